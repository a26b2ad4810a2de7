"""The parts of a table that a laptop keeps and hands back: encryption, table class, tags, recovery.

https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_SSEDescription.html
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from terrarium.local.data.tables.errors import validation
from terrarium.local.data.tables.values.wire import Body

MOST_TAGS = 50
# The id that the account's AWS managed key for DynamoDB has on this laptop; AWS mints one per account and region.
_MANAGED_KEY = "alias/aws/dynamodb"


# Any: JSON parts of a description.
def settings_of(body: Body, region: str, account: str) -> dict[str, Any]:
    """Settings as CreateTable or UpdateTable gives them; only those that it gives."""
    settings: dict[str, Any] = {}
    if body.get("SSESpecification"):
        settings["sse"] = sse_of(body["SSESpecification"], region, account)
    if body.get("TableClass"):
        settings["class"] = {"TableClass": body["TableClass"]}
    if body.get("Tags"):
        settings["tags"] = tags_of(body["Tags"])
    return settings


def sse_of(given: Mapping[str, Any], region: str, account: str) -> dict[str, str] | None:
    """SSEDescription for an SSESpecification: on means KMS, with DynamoDB's own key unless another is named."""
    if not given.get("Enabled"):
        if given.get("KMSMasterKeyId"):
            raise validation(
                "One or more parameter values were invalid: KMSMasterKeyId can not be specified when SSE is disabled"
            )
        return None  # DynamoDB's own encryption, of which a description says nothing
    key = given.get("KMSMasterKeyId") or _MANAGED_KEY
    arn = key if key.startswith("arn:") else f"arn:aws:kms:{region}:{account}:{_key_part(key)}"
    return {"Status": "ENABLED", "SSEType": "KMS", "KMSMasterKeyArn": arn}


def tags_of(given: list[Mapping[str, str]]) -> dict[str, str]:
    """Tags as names and values."""
    tags = {tag["Key"]: tag["Value"] for tag in given}
    if len(tags) < len(given):
        raise validation("One or more parameter values were invalid: Cannot have two tags with the same key")
    return tags


def _key_part(key: str) -> str:
    return key if key.startswith("alias/") else f"key/{key}"
