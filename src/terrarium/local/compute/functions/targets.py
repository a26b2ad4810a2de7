"""What is asked of a queue, a topic, an event bus, a function or a bucket so that it takes something: plain requests.

It knows AWS's wire formats and neither who asks nor how a request travels.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote, urlencode

from msgspec import Struct, field

from terrarium.local.aws_error import AwsError

#: What may receive the records of event invocations.
#: https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-retain-records.html
DESTINATIONS = ("sqs", "sns", "lambda", "events", "s3")
#: What may receive the records of batches that were given up; Kafka may too, and there is none here.
#: https://docs.aws.amazon.com/lambda/latest/dg/services-dynamodb-errors.html
OF_STREAMS = ("sqs", "sns", "s3")

_XML_CODE = re.compile(rb"<Code>([^<]*)</Code>")
_XML_MESSAGE = re.compile(rb"<Message>([^<]*)</Message>", re.IGNORECASE)


class Request(Struct, frozen=True):
    """One request to an AWS service.

    Attributes:
        service: The name that it is signed for.
        region: The region that it is signed for; empty for that of the caller.
        method: HTTP's.
        path: Percent-encoded.
        headers: All but those of the signature.
        body: The content.
    """

    service: str
    region: str
    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes


class Text(Struct, frozen=True):
    """Something to deliver.

    Attributes:
        body: The content, as text.
        attributes: Attributes of a message: a type of SQS's and a value, by name.
        title: What an event bus calls it.
        about: The ARNs of what it is about, for an event bus.
        key: What a bucket calls it.
    """

    body: str
    attributes: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    title: str = ""
    about: tuple[str, ...] = ()
    key: str = ""


def service_of(arn: str) -> str:
    """The service of an ARN; empty for what is none."""
    parts = arn.split(":", 5)
    return parts[2] if len(parts) == 6 and parts[0] == "arn" else ""


def request_to(target: str, text: Text) -> Request:
    """What makes a target take something.

    Raises:
        AwsError: The target is of no kind that can.
    """
    make = _MAKE.get(service_of(target))
    if make is None:
        raise AwsError("InvalidParameterValueException", f"{target} is nothing that a function's records can go to")
    return make(target, text)


def fault(status: int, headers: Mapping[str, str], body: bytes) -> AwsError | None:
    """What an answer refuses, if it does."""
    if status >= 300:
        code, message = _refusal(headers, body)
        return AwsError(code or str(status), message, status)
    if b"FailedEntryCount" in body:  # an event bus answers 200 and refuses inside
        failed = [entry for entry in json.loads(body).get("Entries", ()) if entry.get("ErrorCode")]
        if failed:
            return AwsError(failed[0]["ErrorCode"], failed[0].get("ErrorMessage", ""))
    return None


def _refusal(headers: Mapping[str, str], body: bytes) -> tuple[str, str]:
    """Code and text, in whichever of AWS's formats."""
    try:
        shape = json.loads(body)
    except ValueError:
        found = [pattern.search(body) for pattern in (_XML_CODE, _XML_MESSAGE)]
        code, message = (match[1].decode() if match else "" for match in found)
        return code, message
    code = str(headers.get("x-amzn-ErrorType") or shape.get("__type") or "").partition(":")[0]
    return code.rpartition("#")[2], str(shape.get("message") or shape.get("Message") or "")


# Bodies are the operations' own JSON.
def _json(service: str, target: str, operation: str, version: str, body: Mapping[str, Any]) -> Request:
    headers = {"Content-Type": f"application/x-amz-json-{version}", "X-Amz-Target": operation}
    return Request(service, _region(target), "POST", "/", headers, json.dumps(body).encode())


def _queue(target: str, text: Text) -> Request:
    _, _, _, region, account, name = target.split(":", 5)
    attributes = {name: {"DataType": type, "StringValue": value} for name, (type, value) in text.attributes.items()}
    url = f"https://sqs.{region}.amazonaws.com/{account}/{name}"
    body = {"QueueUrl": url, "MessageBody": text.body, "MessageAttributes": attributes}
    return _json("sqs", target, "AmazonSQS.SendMessage", "1.0", body)


def _topic(target: str, text: Text) -> Request:
    form = {"Action": "Publish", "Version": "2010-03-31", "TopicArn": target, "Message": text.body}
    for number, (name, (type, value)) in enumerate(text.attributes.items(), start=1):
        entry = f"MessageAttributes.entry.{number}"
        form |= {f"{entry}.Name": name, f"{entry}.Value.DataType": type, f"{entry}.Value.StringValue": value}
    headers = {"Content-Type": "application/x-www-form-urlencoded; charset=utf-8"}
    return Request("sns", _region(target), "POST", "/", headers, urlencode(form).encode())


def _bus(target: str, text: Text) -> Request:
    """https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-retain-records.html names source and types."""
    entry = {
        "Source": "lambda",
        "DetailType": text.title,
        "Detail": text.body,
        "Resources": [target, *text.about],
        "EventBusName": target.rsplit(":event-bus/", maxsplit=1)[-1],
    }
    return _json("events", target, "AWSEvents.PutEvents", "1.1", {"Entries": [entry]})


def _function(target: str, text: Text) -> Request:
    path = f"/2015-03-31/functions/{quote(target, safe='')}/invocations"
    headers = {"Content-Type": "application/json", "X-Amz-Invocation-Type": "Event"}
    return Request("lambda", _region(target), "POST", path, headers, text.body.encode())


def _bucket(target: str, text: Text) -> Request:
    path = f"/{target.rsplit(':::', maxsplit=1)[-1].partition('/')[0]}/{quote(text.key)}"
    return Request("s3", "", "PUT", path, {"Content-Type": "application/json"}, text.body.encode())


def _region(arn: str) -> str:
    return arn.split(":")[3]


_MAKE = {"sqs": _queue, "sns": _topic, "events": _bus, "lambda": _function, "s3": _bucket}
