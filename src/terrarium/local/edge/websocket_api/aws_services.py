"""Integrations of AWS services: what a URI names, and the call that it stands for.

Pure: it signs nothing and sends nothing.

https://docs.aws.amazon.com/apigatewayv2/latest/api-reference/apis-apiid-integrations.html (integrationUri)
https://docs.aws.amazon.com/apigateway/latest/api/API_PutIntegration.html#apigw-PutIntegration-request-uri
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final
from urllib.parse import urlencode

from msgspec import Struct

from terrarium.errors import UserError

_URI: Final = re.compile(
    r"arn:aws[a-z-]*:apigateway:(?P<region>[a-z0-9-]+):(?P<service>[a-z0-9-]+):(?P<kind>action|path)/(?P<rest>.*)"
)

TARGETS: Final[Mapping[str, tuple[str, str]]] = {
    "cognito-idp": ("AWSCognitoIdentityProviderService", "1.1"),
    "dynamodb": ("DynamoDB_20120810", "1.0"),
    "events": ("AWSEvents", "1.1"),
    "firehose": ("Firehose_20150804", "1.1"),
    "kinesis": ("Kinesis_20131202", "1.1"),
    "kms": ("TrentService", "1.1"),
    "logs": ("Logs_20140328", "1.1"),
    "secretsmanager": ("secretsmanager", "1.1"),
    "sqs": ("AmazonSQS", "1.0"),
    "ssm": ("AmazonSSM", "1.1"),
    "states": ("AWSStepFunctions", "1.0"),
}
"""Services of the JSON protocols: what stands before an action's name, and the protocol's version."""

VERSIONS: Final[Mapping[str, str]] = {"sns": "2010-03-31", "monitoring": "2010-08-01"}
"""Services of the query protocol, and the version of their API."""


class ServiceTarget(Struct, frozen=True):
    """What an integration's URI names.

    Attributes:
        service: The service, for example ``dynamodb``.
        region: Its region.
        path: The path of the call, beginning with a slash.
        action: The action; empty where the URI gives a path.
        role: The ARN of the role in whose name API Gateway calls.
    """

    service: str
    region: str
    path: str
    action: str
    role: str


class ServiceRequest(Struct, frozen=True):
    """A call of an AWS service, not yet signed.

    Attributes:
        target: What is called.
        method: HTTP's method.
        path: Its path and query string, encoded.
        headers: Its headers.
        body: Its body.
    """

    target: ServiceTarget
    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes

    @property
    def service(self) -> str:
        """The service that it is signed for."""
        return self.target.service

    @property
    def region(self) -> str:
        """The region that it is signed for."""
        return self.target.region


def target(uri: str, role: str | None) -> ServiceTarget:
    """What a URI names.

    Raises:
        UserError: It names no service, an action of a service whose calls are not known here, or nobody may call it.
    """
    found = _URI.fullmatch(uri)
    if found is None:
        hint = "a function's invoke_arn, or for example arn:aws:apigateway:us-east-1:dynamodb:action/PutItem"
        raise UserError(f"an integration calls {uri}", hint=hint)
    service, rest = found["service"], found["rest"]
    action = rest if found["kind"] == "action" else ""
    if action and service not in TARGETS and service not in VERSIONS:
        hint = f"actions of {', '.join(sorted([*TARGETS, *VERSIONS]))} are known here; others by their path"
        raise UserError(f"an integration calls the action {action} of {service}", hint=hint)
    if not role:
        raise UserError(f"an integration calls {uri} in nobody's name", hint="set credentials_arn to a role's ARN")
    return ServiceTarget(service, found["region"], "/" if action else f"/{rest.lstrip('/')}", action, role)


def request(
    found: ServiceTarget, method: str, headers: Mapping[str, str], query: Mapping[str, str], body: bytes
) -> ServiceRequest:
    """The call of a service: an action is told as the service's protocol tells it."""
    sent = {"Content-Type": "application/json", **headers}
    asked = dict(query)
    if found.action and found.service in TARGETS:
        prefix, version = TARGETS[found.service]
        sent = {"Content-Type": f"application/x-amz-json-{version}", "X-Amz-Target": f"{prefix}.{found.action}"} | dict(
            headers
        )
    elif found.action:
        asked = {"Action": found.action, "Version": VERSIONS[found.service], **asked}
    path = f"{found.path}?{urlencode(asked)}" if asked else found.path
    return ServiceRequest(found, method, path, sent, body)
