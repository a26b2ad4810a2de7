"""How AWS calls are told from a visitor's requests."""

from __future__ import annotations

from typing import Any

import botocore.session
import pytest
from botocore.awsrequest import AWSRequest
from hypothesis import given, settings
from hypothesis import strategies as st
from multidict import CIMultiDict
from yarl import URL

from terrarium.local.api.request import Signature, is_aws_call, operation_of, read_signature
from tests.unit.local.api.doubles import client

SCOPE = "AKIDEXAMPLE/20250101/eu-west-1/dynamodb/aws4_request"


def test_a_signed_call_names_its_service_and_region() -> None:
    headers = {"Authorization": f"AWS4-HMAC-SHA256 Credential={SCOPE}, SignedHeaders=host, Signature=00"}
    assert read_signature(headers, {}) == Signature("AKIDEXAMPLE", "eu-west-1", "dynamodb")


def test_commas_need_no_space() -> None:
    headers = {"Authorization": f"AWS4-HMAC-SHA256 Credential={SCOPE},SignedHeaders=host,Signature=00"}
    assert read_signature(headers, {}) == Signature("AKIDEXAMPLE", "eu-west-1", "dynamodb")


def test_a_call_signed_for_many_regions_takes_the_first() -> None:
    scope = "AKIDEXAMPLE/20250101/s3/aws4_request"
    headers = {
        "Authorization": f"AWS4-ECDSA-P256-SHA256 Credential={scope}, SignedHeaders=host, Signature=00",
        "X-Amz-Region-Set": "eu-west-1,us-east-1",
    }
    assert read_signature(headers, {}) == Signature("AKIDEXAMPLE", "eu-west-1", "s3")


def test_the_signature_before_version_4_is_s3s() -> None:
    assert read_signature({"Authorization": "AWS AKIDEXAMPLE:c2ln"}, {}) == Signature("AKIDEXAMPLE", "us-east-1", "s3")


@pytest.mark.parametrize("version", ["s3", "s3v4"])
def test_a_presigned_address_is_a_call(version: str) -> None:
    keys = {"aws_access_key_id": "AKIDEXAMPLE", "aws_secret_access_key": "secret"}
    s3 = client("s3", "http://127.0.0.1:1", config={"signature_version": version}, **keys)
    url = URL(s3.generate_presigned_url("get_object", Params={"Bucket": "b", "Key": "k"}))
    assert read_signature({}, url.query) == Signature("AKIDEXAMPLE", "us-east-1", "s3")


def test_signing_up_needs_no_signature() -> None:
    headers = {"X-Amz-Target": "AWSCognitoIdentityProviderService.SignUp"}
    assert read_signature(headers, {}) == Signature("", "us-east-1", "cognito-idp")


def test_a_user_pools_keys_are_read_at_its_services_name_without_a_signature() -> None:
    assert read_signature({"Host": "cognito-idp.eu-west-1.amazonaws.com"}, {}) == Signature(
        "", "eu-west-1", "cognito-idp"
    )
    assert read_signature({"Host": "cognito-idp.eu-west-1.example.com"}, {}) is None


@pytest.mark.parametrize(
    ("headers", "query"),
    [
        ({}, {}),
        ({"Authorization": "Bearer abc"}, {}),
        ({"Authorization": "Basic abc:def"}, {}),
        ({"Authorization": "AWS4-HMAC-SHA256 Credential=nonsense"}, {}),
        ({"Authorization": "AWS4-HMAC-SHA256"}, {}),
        ({"X-Amz-Target": "Something.Else"}, {}),
        ({}, {"X-Amz-Credential": "a/b"}),
        ({}, {"Signature": "x"}),
    ],
)
def test_a_visitors_request_is_no_call(headers: dict[str, str], query: dict[str, str]) -> None:
    assert not is_aws_call(headers, query)


@settings(deadline=None)
@given(st.text(), st.text())
def test_any_header_is_survived(authorization: str, credential: str) -> None:
    is_aws_call({"Authorization": f"AWS4-HMAC-SHA256 {authorization}"}, {"X-Amz-Credential": credential})


@pytest.mark.parametrize(
    ("path", "headers", "query", "operation"),
    [
        ("/", {"X-Amz-Target": "DynamoDB_20120810.PutItem"}, {}, "PutItem"),
        ("/service/Granite/operation/PutMetricData", {"smithy-protocol": "rpc-v2-cbor"}, {}, "PutMetricData"),
        ("/", {}, {"Action": "GetCallerIdentity"}, "GetCallerIdentity"),
        ("/2015-03-31/functions/f/invocations", {}, {}, ""),
    ],
)
def test_the_operation_is_read_from_where_the_protocol_puts_it(
    path: str, headers: dict[str, str], query: dict[str, str], operation: str
) -> None:
    assert operation_of(path, headers, query) == operation


@pytest.mark.parametrize("service", ["dynamodb", "lambda", "sts", "logs", "kms", "sqs", "sns", "ssm", "iam", "s3"])
def test_what_botocore_signs_is_recognised(service: str) -> None:
    session = botocore.session.Session()
    session.set_credentials("AKIDEXAMPLE", "secret")
    made = session.create_client(service, region_name="us-east-1", endpoint_url="http://127.0.0.1:1")
    sent: list[Any] = []

    def catch(request: AWSRequest, **_: Any) -> Any:
        sent.append(request)
        raise InterruptedError

    made.meta.events.register("before-send", catch)
    listing = {"sts": "get_caller_identity", "ssm": "describe_parameters", "logs": "describe_log_groups"}
    listing |= {"lambda": "list_functions", "iam": "list_roles", "s3": "list_buckets", "sns": "list_topics"}
    listing |= {"dynamodb": "list_tables", "kms": "list_keys", "sqs": "list_queues"}
    with pytest.raises(InterruptedError):
        getattr(made, listing[service])()
    headers = CIMultiDict(
        {name: value.decode() if isinstance(value, bytes) else value for name, value in sent[0].headers.items()}
    )
    assert read_signature(headers, {}) == Signature("AKIDEXAMPLE", "us-east-1", service)
