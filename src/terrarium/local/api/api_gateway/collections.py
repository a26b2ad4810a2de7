"""What an API is made of: each collection's path, what its members are called, and what holds where nothing is asked.

https://docs.aws.amazon.com/apigatewayv2/latest/api-reference/apis-apiid.html and its neighbours.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from msgspec import Struct, field


class Collection(Struct, frozen=True):
    """Resources of one kind.

    Attributes:
        type: Terraform's type.
        id: The member that holds a resource's id.
        title: What AWS calls one in its messages.
        defaults: Attributes that hold where nothing is asked for.
        key: The attribute that no two of one API may share, if there is one.
        parent: The attribute that holds the id of what it belongs to.
    """

    type: str
    id: str
    title: str
    defaults: Mapping[str, Any] = field(default_factory=dict)  # attributes of any type
    key: str = ""
    parent: str = "api_id"


API = Collection(
    "aws_apigatewayv2_api",
    "apiId",
    "API",
    {
        "api_key_selection_expression": "$request.header.x-api-key",
        "disable_execute_api_endpoint": False,
        "ip_address_type": "ipv4",
        "route_selection_expression": "$request.body.action",
    },
    parent="",
)

#: What lies below an API, by the next part of the path.
OF_API: Mapping[str, Collection] = {
    "stages": Collection(
        "aws_apigatewayv2_stage",
        "stageName",
        "Stage",
        {"auto_deploy": False, "default_route_settings": [{"detailed_metrics_enabled": False}]},
        key="name",
    ),
    "routes": Collection(
        "aws_apigatewayv2_route",
        "routeId",
        "Route",
        {"api_key_required": False, "authorization_type": "NONE"},
        key="route_key",
    ),
    "integrations": Collection(
        "aws_apigatewayv2_integration",
        "integrationId",
        "Integration",
        {
            "connection_type": "INTERNET",
            "integration_response_selection_expression": "${integration.response.statuscode}",
            "passthrough_behavior": "WHEN_NO_MATCH",
            "payload_format_version": "1.0",
            "timeout_milliseconds": 29_000,
        },
    ),
    "authorizers": Collection("aws_apigatewayv2_authorizer", "authorizerId", "Authorizer", key="name"),
    "deployments": Collection("aws_apigatewayv2_deployment", "deploymentId", "Deployment", {"auto_deployed": False}),
    "models": Collection("aws_apigatewayv2_model", "modelId", "Model", key="name"),
}
#: What lies below one of these.
BELOW: Mapping[str, Collection] = {
    "routeresponses": Collection(
        "aws_apigatewayv2_route_response", "routeResponseId", "RouteResponse", parent="route_id"
    ),
    "integrationresponses": Collection(
        "aws_apigatewayv2_integration_response", "integrationResponseId", "IntegrationResponse", parent="integration_id"
    ),
}
