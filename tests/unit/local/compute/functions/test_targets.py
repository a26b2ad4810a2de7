"""What targets are asked, read back by botocore's own models of the operations."""

from __future__ import annotations

import json
from urllib.parse import parse_qsl

import pytest
from botocore.session import Session

from terrarium.local.aws_error import AwsError
from terrarium.local.compute.functions.targets import Text, fault, request_to, service_of

TEXT = Text(
    '{"a": 1}', {"ErrorCode": ("Number", "200"), "RequestID": ("String", "id-1")}, "Result", ("arn:hello",), "a/b c"
)


def test_a_queue_gets_a_message_with_attributes() -> None:
    request = request_to("arn:aws:sqs:eu-west-1:000000000000:dead", TEXT)
    assert (request.service, request.region, request.method, request.path) == ("sqs", "eu-west-1", "POST", "/")
    assert request.headers["X-Amz-Target"] == "AmazonSQS.SendMessage"
    body = json.loads(request.body)
    assert body["QueueUrl"] == "https://sqs.eu-west-1.amazonaws.com/000000000000/dead"
    assert body["MessageBody"] == '{"a": 1}'
    assert body["MessageAttributes"]["ErrorCode"] == {"DataType": "Number", "StringValue": "200"}
    shape = Session().get_service_model("sqs").operation_model("SendMessage").input_shape
    assert shape is not None
    assert set(body) <= set(shape.members)


def test_a_topic_gets_a_message_with_attributes() -> None:
    request = request_to("arn:aws:sns:eu-west-1:000000000000:news", TEXT)
    form = dict(parse_qsl(request.body.decode()))
    assert (form["Action"], form["TopicArn"]) == ("Publish", "arn:aws:sns:eu-west-1:000000000000:news")
    assert form["Message"] == '{"a": 1}'
    assert form["MessageAttributes.entry.2.Name"] == "RequestID"
    assert form["MessageAttributes.entry.2.Value.StringValue"] == "id-1"


def test_a_bus_gets_an_event_about_the_function() -> None:
    bus = "arn:aws:events:us-east-1:000000000000:event-bus/mine"
    [entry] = json.loads(request_to(bus, TEXT).body)["Entries"]
    assert entry == {
        "Source": "lambda",
        "DetailType": "Result",
        "Detail": '{"a": 1}',
        "Resources": [bus, "arn:hello"],
        "EventBusName": "mine",
    }


def test_a_function_gets_an_event() -> None:
    arn = "arn:aws:lambda:us-east-1:000000000000:function:next"
    request = request_to(arn, TEXT)
    assert request.path == f"/2015-03-31/functions/{arn.replace(':', '%3A')}/invocations"
    assert (request.headers["X-Amz-Invocation-Type"], request.body) == ("Event", b'{"a": 1}')


def test_a_bucket_gets_an_object() -> None:
    request = request_to("arn:aws:s3:::fails", TEXT)
    assert (request.method, request.path, request.body) == ("PUT", "/fails/a/b%20c", b'{"a": 1}')


@pytest.mark.parametrize("target", ["arn:aws:kinesis:us-east-1:000000000000:stream/s", "dead", ""])
def test_nothing_else_takes_anything(target: str) -> None:
    with pytest.raises(AwsError):
        request_to(target, TEXT)


@pytest.mark.parametrize(
    ("body", "code", "message"),
    [
        (b'{"__type":"com.amazonaws.sqs#QueueDoesNotExist","message":"no queue"}', "QueueDoesNotExist", "no queue"),
        (b"<Error><Code>NoSuchBucket</Code><Message>no bucket</Message></Error>", "NoSuchBucket", "no bucket"),
        (b"", "400", ""),
    ],
)
def test_a_refusal_is_read_in_every_format(body: bytes, code: str, message: str) -> None:
    refusal = fault(400, {}, body)
    assert refusal is not None
    assert (refusal.code, refusal.message) == (code, message)


def test_a_bus_refuses_inside_an_answer_that_succeeds() -> None:
    entries = [{"ErrorCode": "ThrottlingException", "ErrorMessage": "slow"}]
    refusal = fault(200, {}, json.dumps({"FailedEntryCount": 1, "Entries": entries}).encode())
    assert refusal is not None
    assert refusal.code == "ThrottlingException"
    assert fault(200, {}, b'{"FailedEntryCount": 0, "Entries": [{"EventId": "1"}]}') is None


def test_only_an_arn_has_a_service() -> None:
    assert [service_of(text) for text in ("arn:aws:s3:::b", "b", "arn:aws")] == ["s3", "", ""]
