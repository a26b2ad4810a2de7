"""The AWS services that are answered here, by the name that calls are signed for; moto answers the others."""

from __future__ import annotations

import functools

from terrarium.local.api.api_gateway.service import ApiGateway
from terrarium.local.api.call import Service
from terrarium.local.api.dynamodb import DynamoDb
from terrarium.local.api.dynamodb import Recalling as TableEngine
from terrarium.local.api.endpoint import AwsEndpoint
from terrarium.local.api.execute_api import Apis, Domains, ExecuteApi
from terrarium.local.api.json_service import JsonService
from terrarium.local.api.lambda_ import Lambda
from terrarium.local.api.lambda_control.code import CodeStore
from terrarium.local.api.lambda_control.deployed import DeployedCode
from terrarium.local.api.lambda_control.service import LambdaControl
from terrarium.local.api.lambda_control.versions import Versions
from terrarium.local.api.load_balancing.service import LoadBalancing
from terrarium.local.api.load_balancing.targets import Health
from terrarium.local.api.metrics import Metrics as CloudWatch
from terrarium.local.api.moto import Moto
from terrarium.local.api.resources import Resources
from terrarium.local.api.s3 import S3
from terrarium.local.api.sts import Sts
from terrarium.local.data.objects import Objects
from terrarium.local.kinds.kind import Parts
from terrarium.local.watch.logs_api import LogsApi
from terrarium.local.watch.metrics_api import MetricsApi


def aws_endpoint(
    parts: Parts,
    *,
    tables: TableEngine,
    connections: Apis,
    domains: Domains,
    urls: Service,
    resources: Resources,
    code: CodeStore,
    versions: Versions,
    health: Health,
    deployed: DeployedCode,
) -> AwsEndpoint:
    """The one endpoint that SDKs call.

    Args:
        parts: The engines.
        tables: Answers for tables, in front of the engine.
        connections: The WebSocket APIs, which answer at their own addresses.
        domains: The custom domain names that lead to them.
        urls: Answers at function URLs.
        resources: Takes what calls create.
        code: Takes the code that they upload.
        versions: Publishes versions of functions.
        health: Tells how the targets of load balancers are.
        deployed: The zips of functions and layers, and links to them.
    """
    moto = Moto(parts.moto)
    functions = parts.functions
    prefix = f"arn:aws:lambda:{parts.region}:{parts.account}:"
    fetch = functools.partial(_object, parts.objects)
    control = LambdaControl(resources, code, fetch, parts.clock, prefix, versions, functions.provisioned, deployed)
    services: dict[str, Service] = {
        "dynamodb": DynamoDb(tables, parts.streams),
        "lambda": Lambda(functions, lambda: map(functions.get, functions.names()), deployed, control, urls),
        "sts": Sts(parts.credentials, lambda arn: bool(parts.registry.of("aws_iam_role", arn=arn))),
        "logs": JsonService(LogsApi(parts.logs, parts.clock, account=parts.account, region=parts.region)),
        "monitoring": CloudWatch(MetricsApi(parts.metrics, parts.clock), moto),
        "apigateway": ApiGateway(resources, moto, parts.clock, region=parts.region, account=parts.account),
        "elasticloadbalancing": LoadBalancing(
            resources, moto, parts.moto.ask, health, parts.clock, region=parts.region, account=parts.account
        ),
        "execute-api": ExecuteApi(connections, domains),
        "s3": S3(parts.objects, parts.clock, account=parts.account, own_host=parts.addresses.host(), control=moto),
    }
    return AwsEndpoint(services, moto, parts.credentials, parts.clock)


async def _object(objects: Objects, bucket: str, key: str, version: str | None) -> bytes:
    """An object's content, for a service that reads it in its caller's name."""
    found = objects.get(bucket, key, version)
    with objects.reading(found, 0, found.size) as chunks:
        return b"".join([chunk async for chunk in chunks])
