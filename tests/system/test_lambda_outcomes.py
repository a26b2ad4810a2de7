"""What becomes of events is told to queues, topics, buses, functions and buckets of the same laptop."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import boto3

from tests.system.conftest import Up, until

ARCHITECTURE = '''"""Functions that fail, and one that does not, each with somebody who is told."""
from terrarium import Architecture, aws

app = Architecture("outcomes", region="us-east-1")
dead, told = (aws.Queue(app, name, name=name) for name in ("dead", "told"))
topic = aws.Topic(app, "news", name="news")
bucket = aws.Bucket(app, "fails", name="fails")


def function(label, handler="bad", **options):
    made = aws.Function(app, label, code="handlers", name=label, handler=f"app.{handler}", **options)
    made.events(retries=0)
    return made


follows = function("follows", handler="good")
function("good", handler="good").on_success(told)
function("queued", dead_letter=dead).on_failure(told)
function("published", dead_letter=topic)
function("followed").on_failure(follows)
function("stored").on_failure(bucket)
bus = "arn:aws:events:us-east-1:000000000000:event-bus/default"
bused = function("bused")
bused.role.grant([aws.Statement(("events:PutEvents",), (bus,))])
bused.events().set(destination_config={"on_failure": {"destination": bus}}, maximum_retry_attempts=0)
lost = function("lost")
lost.resource.set(dead_letter_config={"target_arn": "arn:aws:sqs:us-east-1:000000000000:nowhere"})
'''

HANDLERS = """
def good(event, context):
    print("told", event)
    return "done"


def bad(event, context):
    raise ValueError("no luck")
"""


class Cloud:
    def __init__(self, port: int) -> None:
        names = ("sqs", "sns", "events", "s3", "lambda", "logs", "cloudwatch")
        self.sqs, self.sns, self.events, self.s3, self.functions, self.logs, self.cloudwatch = (
            self._client(name, port) for name in names
        )

    # boto3's stubs know each service's client by its literal name.
    @staticmethod
    def _client(service: Any, port: int) -> Any:
        return boto3.client(
            service,
            endpoint_url=f"http://127.0.0.1:{port}",
            region_name="us-east-1",
            aws_access_key_id="test",
            aws_secret_access_key="test",
        )

    def queue(self, name: str) -> tuple[str, str]:
        url = self.sqs.create_queue(QueueName=name)["QueueUrl"]
        return url, f"arn:aws:sqs:us-east-1:000000000000:{name}"

    def invoke(self, name: str) -> None:
        self.functions.invoke(FunctionName=name, InvocationType="Event", Payload=json.dumps({"of": name}))

    def message(self, url: str) -> Any:
        """The next message of a queue, which is then gone."""
        found: list[Any] = []

        def there() -> bool:
            found.extend(self.sqs.receive_message(QueueUrl=url, MessageAttributeNames=["All"]).get("Messages", ()))
            return bool(found)

        until(there)
        self.sqs.delete_message(QueueUrl=url, ReceiptHandle=found[0]["ReceiptHandle"])
        return found[0]


def test_everybody_who_is_to_be_told_is_told(up: Callable[..., Up], tmp_path: Path) -> None:
    (tmp_path / "handlers").mkdir()
    (tmp_path / "handlers" / "app.py").write_text(HANDLERS)
    (tmp_path / "architecture.py").write_text(ARCHITECTURE)
    system = up(tmp_path / "architecture.py")
    cloud = Cloud(system.port)
    dead, told = cloud.queue("dead")[0], cloud.queue("told")[0]

    cloud.invoke("queued")
    letter = cloud.message(dead)
    assert json.loads(letter["Body"]) == {"of": "queued"}
    attributes = {name: value["StringValue"] for name, value in letter["MessageAttributes"].items()}
    assert (attributes["ErrorCode"], attributes["ErrorMessage"]) == ("200", "no luck")
    record = json.loads(cloud.message(told)["Body"])
    assert record["requestContext"]["condition"] == "RetriesExhausted"
    assert record["requestContext"]["requestId"] == attributes["RequestID"]
    assert record["responsePayload"]["errorMessage"] == "no luck"

    cloud.invoke("good")
    record = json.loads(cloud.message(told)["Body"])
    assert (record["requestContext"]["condition"], record["responsePayload"]) == ("Success", "done")

    news, news_arn = cloud.queue("of-news")
    cloud.sns.subscribe(TopicArn="arn:aws:sns:us-east-1:000000000000:news", Protocol="sqs", Endpoint=news_arn)
    cloud.invoke("published")
    notification = json.loads(cloud.message(news)["Body"])
    assert json.loads(notification["Message"]) == {"of": "published"}
    assert notification["MessageAttributes"]["ErrorCode"]["Value"] == "200"

    events, events_arn = cloud.queue("of-bus")
    cloud.events.put_rule(Name="failures", EventPattern=json.dumps({"source": ["lambda"]}))
    cloud.events.put_targets(Rule="failures", Targets=[{"Id": "queue", "Arn": events_arn}])
    cloud.invoke("bused")
    event = json.loads(cloud.message(events)["Body"])
    assert event["detail-type"] == "Lambda Function Invocation Result - Failure"
    assert event["detail"]["requestPayload"] == {"of": "bused"}
    assert "arn:aws:lambda:us-east-1:000000000000:function:bused:$LATEST" in event["resources"]

    cloud.invoke("followed")
    until(lambda: cloud.logs.filter_log_events(logGroupName="/aws/lambda/follows", filterPattern="told")["events"])

    cloud.invoke("stored")
    until(lambda: cloud.s3.list_objects_v2(Bucket="fails").get("Contents"))
    [stored] = cloud.s3.list_objects_v2(Bucket="fails")["Contents"]
    assert stored["Key"].startswith("aws/lambda/async/stored/")

    cloud.invoke("lost")
    until(lambda: cloud.cloudwatch.list_metrics(MetricName="DeadLetterErrors")["Metrics"])
    assert "did not reach" in (system.folder / "errors.txt").read_text()
