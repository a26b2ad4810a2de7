"""What a WebSocket API puts into the graph beyond its routes."""

from __future__ import annotations

from pathlib import Path

import pytest

from terrarium import Architecture, aws
from terrarium.errors import UserError
from terrarium.model.graph import Resource
from terrarium.model.order import resources


@pytest.fixture
def app() -> Architecture:
    return Architecture("demo")


@pytest.fixture
def api(app: Architecture) -> aws.WebSocketApi:
    return aws.WebSocketApi(app, "api", stage="dev")


@pytest.fixture
def function(app: Architecture, tmp_path: Path) -> aws.Function:
    return aws.Function(app, "check", code=tmp_path)


def of(app: Architecture, type: str) -> list[Resource]:
    return [one for one in resources(app) if one.type == type]


def test_an_authorizer_guards_connect_and_may_be_asked(
    app: Architecture, api: aws.WebSocketApi, function: aws.Function
) -> None:
    authorizer = api.authorizer("tokens", function, identity_sources=["route.request.querystring.token"])
    route = api.route("$connect", function, authorizer=authorizer)
    assert authorizer.attributes["authorizer_type"] == "REQUEST"
    assert route.attributes["authorization_type"] == "CUSTOM"
    assert route.attributes["authorizer_id"] == authorizer["id"]
    sources = [str(one.attributes["source_arn"]) for one in of(app, "aws_lambda_permission")]
    assert any("authorizers" in source for source in sources)


def test_an_authorizer_of_messages_is_refused(api: aws.WebSocketApi, function: aws.Function) -> None:
    authorizer = api.authorizer("tokens", function)
    with pytest.raises(UserError, match="cannot have an authorizer"):
        api.route("join", function, authorizer=authorizer)


def test_a_signed_connect_asks_for_iam_and_whoever_connects_may(api: aws.WebSocketApi, function: aws.Function) -> None:
    assert api.route("$connect", function, signed=True).attributes["authorization_type"] == "AWS_IAM"
    (statement,) = api.connecting().statements
    assert statement.actions == ("execute-api:Invoke",)
    assert str(statement.resources[0]).endswith("/dev/$connect")


def test_a_signature_for_messages_or_beside_an_authorizer_is_refused(
    api: aws.WebSocketApi, function: aws.Function
) -> None:
    with pytest.raises(UserError, match="asks for a signature"):
        api.route("join", function, signed=True)
    with pytest.raises(UserError, match="has an authorizer and asks for a signature"):
        api.route("$connect", function, signed=True, authorizer=api.authorizer("tokens", function))


def test_a_two_way_route_has_its_response(app: Architecture, api: aws.WebSocketApi, function: aws.Function) -> None:
    route = api.route("join", function, two_way=True)
    api.route("leave", function)
    assert route.attributes["route_response_selection_expression"] == "$default"
    assert [one.attributes["route_id"] for one in of(app, "aws_apigatewayv2_route_response")] == [route["id"]]


def test_a_mock_answers_by_a_template(app: Architecture, api: aws.WebSocketApi) -> None:
    api.mock("ping", answer="pong")
    (integration,) = of(app, "aws_apigatewayv2_integration")
    (response,) = of(app, "aws_apigatewayv2_integration_response")
    assert integration.attributes["integration_type"] == "MOCK"
    assert response.attributes["integration_id"] == integration["id"]
    assert response.attributes["integration_response_key"] == "$default"
    assert response.attributes["response_templates"] == {"application/json": "pong"}


def test_messages_may_go_to_an_http_endpoint(app: Architecture, api: aws.WebSocketApi) -> None:
    api.http("out", "http://localhost:8000/in", method="PUT", parameters={"integration.request.header.id": "'a'"})
    (integration,) = of(app, "aws_apigatewayv2_integration")
    assert integration.attributes["integration_type"] == "HTTP_PROXY"
    assert integration.attributes["integration_method"] == "PUT"
    assert of(app, "aws_apigatewayv2_route_response") == []


def test_a_route_decided_on_deployment_needs_a_label(app: Architecture, api: aws.WebSocketApi) -> None:
    with pytest.raises(UserError, match="needs a label"):
        api.mock(app.variable("key", "ping", "A key"), answer="pong")


def test_two_apis_may_share_a_function(app: Architecture, api: aws.WebSocketApi, function: aws.Function) -> None:
    other = aws.WebSocketApi(app, "other", stage="dev")
    api.route("say", function)
    other.route("say", function, label="other_say")
    assert [one.label for one in of(app, "aws_apigatewayv2_integration")] == ["check", "other_check"]
