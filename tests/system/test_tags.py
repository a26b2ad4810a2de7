"""Tags of a whole architecture, which every resource has that can be tagged: SDKs are told of them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import boto3

from tests.system.architectures import write
from tests.system.conftest import Up

TAGGED = """
app.tags = {"Project": "mini", "Team": "core"}
bucket = aws.Bucket(app, "files", name="mini-files")
bucket.resource.set(tags={"Team": "files"})
"""


def test_tables_buckets_groups_and_apis_tell_the_tags_of_their_architecture(
    up: Callable[..., Up], tmp_path: Path
) -> None:
    system = up(write(tmp_path, more=TAGGED))
    everywhere = {"Project": "mini", "Team": "core"}

    # boto3 makes its clients' classes while it runs: there is no type to name.
    def client(service: str) -> Any:
        make: Any = boto3.client
        return make(service, endpoint_url=f"http://127.0.0.1:{system.port}")

    def told(tags: list[dict[str, str]]) -> dict[str, str]:
        return {tag["Key"]: tag["Value"] for tag in tags}

    tables, files = client("dynamodb"), client("s3")
    arn = tables.describe_table(TableName="mini-things")["Table"]["TableArn"]
    assert told(tables.list_tags_of_resource(ResourceArn=arn)["Tags"]) == everywhere
    assert told(files.get_bucket_tagging(Bucket="mini-files")["TagSet"]) == {"Project": "mini", "Team": "files"}
    (api,) = client("apigatewayv2").get_apis()["Items"]
    assert api["Tags"] == everywhere
    group = f"arn:aws:logs:us-east-1:{system.status['account']}:log-group:/aws/lambda/mini-echo"
    assert client("logs").list_tags_for_resource(resourceArn=group)["tags"] == everywhere
