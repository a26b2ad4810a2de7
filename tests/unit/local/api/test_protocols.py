"""Refusals in the shape of each protocol, as botocore's own parsers read them."""

from __future__ import annotations

from typing import Any

import pytest
from botocore.model import StructureShape
from botocore.parsers import create_parser
from multidict import CIMultiDict

from terrarium.local.api.protocols import Wire, refusal, wire_of
from terrarium.local.aws_error import AwsError

PARSERS = {
    Wire.JSON_1_0: "json",
    Wire.JSON_1_1: "json",
    Wire.CBOR: "smithy-rpc-v2-cbor",
    Wire.QUERY: "query",
    Wire.EC2: "ec2",
    Wire.REST_JSON: "rest-json",
    Wire.REST_XML: "rest-xml",
    Wire.S3: "rest-xml",
}


@pytest.mark.parametrize("wire", list(Wire))
def test_every_protocols_clients_read_the_code_and_message(wire: Wire) -> None:
    error = AwsError("LimitExceededException", 'no <more> & "quotes" é', 400)
    reply = refusal(wire, "dynamodb", error, "request-1")
    headers: Any = CIMultiDict(reply.headers)
    shape = StructureShape("Output", {"type": "structure", "members": {}})
    answer = {"status_code": reply.status, "headers": headers, "body": reply.body}
    parsed = create_parser(PARSERS[wire]).parse(answer, shape)
    assert parsed["Error"]["Code"] == "LimitExceededException"
    assert parsed["Error"]["Message"] == 'no <more> & "quotes" é'
    assert parsed["ResponseMetadata"]["HTTPStatusCode"] == 400


@pytest.mark.parametrize(
    ("service", "headers", "wire"),
    [
        ("dynamodb", {"X-Amz-Target": "a.b", "Content-Type": "application/x-amz-json-1.0"}, Wire.JSON_1_0),
        ("logs", {"X-Amz-Target": "a.b", "Content-Type": "application/x-amz-json-1.1"}, Wire.JSON_1_1),
        ("monitoring", {"smithy-protocol": "rpc-v2-cbor"}, Wire.CBOR),
        ("sts", {"Content-Type": "application/x-www-form-urlencoded; charset=utf-8"}, Wire.QUERY),
        ("ec2", {"Content-Type": "application/x-www-form-urlencoded; charset=utf-8"}, Wire.EC2),
        ("s3", {"Content-Type": "application/x-www-form-urlencoded"}, Wire.S3),
        ("lambda", {}, Wire.REST_JSON),
        ("route53", {}, Wire.REST_XML),
    ],
)
def test_the_protocol_is_told_from_the_call(service: str, headers: dict[str, str], wire: Wire) -> None:
    assert wire_of(service, headers) is wire
