"""Integrations of AWS services: what a URI names, what is called, what the client hears of it.

https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-websocket-api-integration-requests.html
"""

from __future__ import annotations

import json

import botocore.session
import pytest

from terrarium.errors import UserError
from terrarium.local.edge.websocket_api.aws_services import (
    TARGETS,
    VERSIONS,
    ServiceRequest,
    ServiceTarget,
    request,
    target,
)
from terrarium.local.edge.websocket_api.integration_types import Reply
from terrarium.local.edge.websocket_api.settings import Integration, IntegrationResponse
from tests.unit.local.edge.websocket_api.gateway import running, settings
from tests.unit.local.edge.websocket_api.test_integration_types import asked, route, templates

ROLE = "arn:aws:iam::000000000000:role/gateway"
PUT = ServiceTarget("dynamodb", "us-east-1", "/", "PutItem", ROLE)
SEND = ServiceTarget("sqs", "us-east-1", "/000000000000/jobs", "", ROLE)


def test_a_uri_names_an_action_or_a_path() -> None:
    assert target("arn:aws:apigateway:us-east-1:dynamodb:action/PutItem", ROLE) == PUT
    assert target("arn:aws:apigateway:us-east-1:sqs:path/000000000000/jobs", ROLE) == SEND
    assert target("arn:aws:apigateway:eu-west-1:s3:path//bucket", ROLE).path == "/bucket"


@pytest.mark.parametrize(
    ("uri", "role", "words"),
    [
        ("arn:aws:lambda:us-east-1:000000000000:function:f", ROLE, "an integration calls arn:aws:lambda"),
        ("arn:aws:apigateway:us-east-1:ec2:action/RunInstances", ROLE, "calls the action RunInstances of ec2"),
        ("arn:aws:apigateway:us-east-1:dynamodb:action/PutItem", None, "in nobody's name"),
    ],
)
def test_what_cannot_be_called_is_refused_where_it_is_written(uri: str, role: str | None, words: str) -> None:
    with pytest.raises(UserError, match=words):
        target(uri, role)


def test_an_action_is_told_as_its_protocol_tells_it() -> None:
    made = request(PUT, "POST", {}, {}, b"{}")
    assert made.headers == {
        "Content-Type": "application/x-amz-json-1.0",
        "X-Amz-Target": "DynamoDB_20120810.PutItem",
    }
    published = request(ServiceTarget("sns", "us-east-1", "/", "Publish", ROLE), "POST", {}, {"Message": "a b"}, b"")
    assert published.path == "/?Action=Publish&Version=2010-03-31&Message=a+b"
    assert request(SEND, "POST", {"Content-Type": "text/plain"}, {}, b"").headers == {"Content-Type": "text/plain"}


def test_the_tables_say_what_botocores_models_say() -> None:
    session = botocore.session.get_session()
    for service, (prefix, version) in TARGETS.items():
        model = session.get_service_model({"states": "stepfunctions"}.get(service, service))
        assert (model.metadata["targetPrefix"], model.metadata["jsonVersion"]) == (prefix, version)
    for service, version in VERSIONS.items():
        assert session.get_service_model({"monitoring": "cloudwatch"}.get(service, service)).api_version == version


async def test_a_message_becomes_a_call_through_its_template_and_the_answer_a_reply() -> None:
    sent: list[ServiceRequest] = []
    integration = Integration(
        "unused",
        "AWS",
        request=templates(json='{"TableName": "Words", "Item": {"id": {"S": $input.json(\'$.word\')}}}'),
        parameters={"integration.request.header.X-Connection": "context.connectionId"},
        responses=(
            IntegrationResponse("/4[0-9]+/", templates(json='{"said": "no"}')),
            IntegrationResponse("$default", templates(json='{"said": "yes"}')),
        ),
        service=PUT,
    )
    for status, said in ((200, "yes"), (400, "no")):

        async def call(one: ServiceRequest, status: int = status) -> Reply:
            sent.append(one)
            return Reply(status, "{}")

        async with running(settings(route(integration)), services=call) as gateway:
            assert json.loads(await asked(gateway, word="hello")) == {"said": said}
    assert json.loads(sent[0].body) == {"TableName": "Words", "Item": {"id": {"S": "hello"}}}
    assert sent[0].headers["X-Connection"]
    assert (sent[0].target, sent[0].service, sent[0].region) == (PUT, "dynamodb", "us-east-1")


async def test_where_nothing_calls_services_the_client_hears_no_more_than_that_it_failed() -> None:
    integration = Integration("unused", "AWS", service=PUT)
    async with running(settings(route(integration))) as gateway:
        assert json.loads(await asked(gateway))["message"] == "Internal server error"
