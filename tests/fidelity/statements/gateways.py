"""WebSocket APIs that statements make for themselves, by calls, as they need them."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from tests.fidelity.cloud import STAGE
from tests.fidelity.targets.target import Sockets, Target

# Parameters of calls, as botocore's models name them.
Params = Mapping[str, Any]


@dataclass(frozen=True)
class Wanted:
    """What one API is to be like.

    Attributes:
        api: More of CreateApi.
        connect: More of CreateRoute, of the route ``$connect``.
        message: More of CreateRoute, of the route ``$default``.
        integration: More of CreateIntegration, of the one of ``$default``.
        stage: More of CreateStage.
    """

    api: Params = field(default_factory=dict)
    connect: Params = field(default_factory=dict)
    message: Params = field(default_factory=dict)
    integration: Params = field(default_factory=dict)
    stage: Params = field(default_factory=dict)


@dataclass(frozen=True)
class Made:
    """An API that was made: its id, where it is reached, the ids of its integrations by route key."""

    id: str
    sockets: Sockets
    integrations: Mapping[str, str]


def gateway(target: Target, label: str, wanted: Wanted) -> Made:
    """An API whose ``$connect`` notes what it is asked to, and whose messages come back as their handler saw them."""
    return target.once(f"gateway {label}", lambda: _made(target, wanted))


def _made(target: Target, wanted: Wanted) -> Made:
    api = target.client("apigatewayv2")
    made = api.create_api(
        **{
            "Name": f"fidelity-{uuid.uuid4().hex[:8]}",
            "ProtocolType": "WEBSOCKET",
            "RouteSelectionExpression": "$request.body.action",
            **wanted.api,
        }
    )
    id = made["ApiId"]
    target.defer(lambda: api.delete_api(ApiId=id))
    integrations = {
        "$connect": integration(target, id, "connect", {}),
        "$default": integration(target, id, "reply", wanted.integration),
    }
    for key, more in (("$connect", wanted.connect), ("$default", _two_way(wanted.message))):
        route = api.create_route(ApiId=id, RouteKey=key, Target=f"integrations/{integrations[key]}", **more)
        if key == "$default":
            api.create_route_response(ApiId=id, RouteId=route["RouteId"], RouteResponseKey="$default")
    api.create_stage(ApiId=id, StageName=STAGE, AutoDeploy=True, **wanted.stage)
    return Made(id, target.addresses(made), integrations)


def _two_way(more: Params) -> Params:
    return {"RouteResponseSelectionExpression": "$default", **more}


def integration(target: Target, api: str, label: str, more: Params) -> str:
    """An integration of one of the functions; its id."""
    functions = target.client("lambda")
    arn = functions.get_function(FunctionName=target.function(label))["Configuration"]["FunctionArn"]
    functions.add_permission(
        FunctionName=arn,
        StatementId=uuid.uuid4().hex,
        Action="lambda:InvokeFunction",
        Principal="apigateway.amazonaws.com",
    )
    uri = f"arn:aws:apigateway:{target.region}:lambda:path/2015-03-31/functions/{arn}/invocations"
    made: str = target.client("apigatewayv2").create_integration(
        **{"ApiId": api, "IntegrationType": "AWS_PROXY", "IntegrationUri": uri, **more}
    )["IntegrationId"]
    return made
