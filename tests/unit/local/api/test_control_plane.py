"""Which calls change what exists."""

from __future__ import annotations

import botocore.session
import pytest

from terrarium.local.api.control_plane import changes
from terrarium.local.api.protocols import Wire


@pytest.mark.parametrize(
    ("wire", "service", "operation", "method", "path"),
    [
        (Wire.EC2, "ec2", "RunInstances", "POST", "/"),
        (Wire.QUERY, "iam", "PutRolePolicy", "POST", "/"),
        (Wire.QUERY, "ses", "VerifyDomainIdentity", "POST", "/"),
        (Wire.JSON_1_1, "cognito-identity", "GetId", "POST", "/"),
        (Wire.JSON_1_1, "kms", "ScheduleKeyDeletion", "POST", "/"),
        (Wire.JSON_1_0, "sqs", "SetQueueAttributes", "POST", "/"),
        (Wire.CBOR, "monitoring", "PutMetricAlarm", "POST", "/service/x/operation/PutMetricAlarm"),
        (Wire.REST_XML, "route53", "", "POST", "/2013-04-01/hostedzone"),
        (Wire.REST_JSON, "apigateway", "", "DELETE", "/restapis/a1"),
        (Wire.S3, "s3", "", "PUT", "/v20180820/configuration/publicAccessBlock"),
        (Wire.JSON_1_1, "something-new", "Frobnicate", "POST", "/"),
    ],
)
def test_what_makes_or_removes_changes(wire: Wire, service: str, operation: str, method: str, path: str) -> None:
    assert changes(wire, service, operation, method, path)


@pytest.mark.parametrize(
    ("wire", "service", "operation", "method", "path"),
    [
        (Wire.EC2, "ec2", "DescribeVpcs", "POST", "/"),
        (Wire.QUERY, "iam", "ListRoles", "POST", "/"),
        (Wire.JSON_1_1, "secretsmanager", "BatchGetSecretValue", "POST", "/"),
        (Wire.JSON_1_0, "sqs", "SendMessageBatch", "POST", "/"),
        (Wire.QUERY, "sns", "Publish", "POST", "/"),
        (Wire.JSON_1_1, "kms", "GenerateDataKeyWithoutPlaintext", "POST", "/"),
        (Wire.REST_XML, "route53", "", "GET", "/2013-04-01/hostedzone"),
        (Wire.REST_JSON, "xray", "", "POST", "/GetSamplingRules"),
        (Wire.REST_JSON, "ses", "", "POST", "/v2/email/outbound-emails"),
        (Wire.S3, "s3", "", "PUT", "/bucket/key"),
    ],
)
def test_what_looks_or_passes_through_does_not(
    wire: Wire, service: str, operation: str, method: str, path: str
) -> None:
    assert not changes(wire, service, operation, method, path)


MAKING = ("Create", "Put", "Update", "Delete", "Tag", "Untag", "Attach", "Detach", "Register", "Set", "Modify", "Add")


@pytest.mark.parametrize(
    "service", ["ec2", "iam", "elbv2", "kms", "sns", "sqs", "ssm", "secretsmanager", "events", "acm", "cognito-idp"]
)
def test_no_operation_that_is_named_for_a_change_is_missed(service: str) -> None:
    """Every operation of AWS's own models, so that a rule too wide is noticed."""
    model = botocore.session.Session().get_service_model(service)
    signing = model.signing_name
    named = [name for name in model.operation_names if name.startswith(MAKING)]
    missed = [name for name in named if not changes(Wire.JSON_1_1, signing, name, "POST", "/")]
    assert {*missed} <= {"DeleteMessage", "DeleteMessageBatch", "PutEvents"}
    assert named
