"""Which operation a call of Lambda's control plane is, and what carries it out. Invoking is not its concern."""

from __future__ import annotations

import re
from collections.abc import Callable, Coroutine
from typing import Any
from urllib.parse import unquote

from aiohttp import web

from terrarium.local.api.call import AwsCall
from terrarium.local.api.json_service import read_json
from terrarium.local.api.lambda_control.aliases import AliasResources
from terrarium.local.api.lambda_control.asked import Answer, Asked, Body, not_found, only_latest, page, qualified
from terrarium.local.api.lambda_control.code import CodeStore
from terrarium.local.api.lambda_control.code_signing import CodeSigningResources
from terrarium.local.api.lambda_control.concurrency import ConcurrencyResources, Kept
from terrarium.local.api.lambda_control.deployed import DeployedCode
from terrarium.local.api.lambda_control.event_invoke import EventInvokeResources
from terrarium.local.api.lambda_control.functions import Fetch, FunctionResources
from terrarium.local.api.lambda_control.governance import GovernanceResources
from terrarium.local.api.lambda_control.layers import LayerResources
from terrarium.local.api.lambda_control.mappings import TYPE as MAPPING
from terrarium.local.api.lambda_control.mappings import MappingResources
from terrarium.local.api.lambda_control.permissions import PermissionResources
from terrarium.local.api.lambda_control.urls import FunctionUrlResources
from terrarium.local.api.lambda_control.versions import Versions
from terrarium.local.api.resources import Resources
from terrarium.local.clock import Clock
from terrarium.local.function_names import LATEST, FunctionName
from terrarium.local.registry import Entry

#: 50 MB of zip in base64, and what stands around it.
BODY_LIMIT = 72 * 1024 * 1024

#: Describes a function, whoever made it.
Describe = Callable[[str], Coroutine[Any, Any, Body]]


class LambdaControl:
    """Lambda's control plane.

    Args:
        resources: Where everything is recorded and comes alive.
        code: Where zips are unpacked.
        fetch: Reads zips that lie in buckets.
        clock: Time.
        prefix: What ARNs of this account and region begin with: ``arn:aws:lambda:us-east-1:000000000000:``.
        versions: Publishes functions.
        kept: How far provisioned concurrency is, by ``name:qualifier``.
        deployed: The zips of functions and layers.
    """

    def __init__(
        self,
        resources: Resources,
        code: CodeStore,
        fetch: Fetch,
        clock: Clock,
        prefix: str,
        versions: Versions,
        kept: Callable[[str], Kept],
        deployed: DeployedCode,
    ) -> None:
        self.functions = FunctionResources(resources, code, fetch, clock, versions, deployed)
        self._versions = versions
        self._resources = resources
        self._prefix = prefix
        self._layers = LayerResources(resources, code, fetch, clock, f"{prefix}layer:", deployed)
        self._permissions = PermissionResources(resources)
        self._mappings = MappingResources(resources, clock)
        self._aliases = AliasResources(resources, versions, self._arn)
        groups = (
            self._aliases,
            EventInvokeResources(resources, clock, self._qualified_arn),
            FunctionUrlResources(resources, clock, self._qualified_arn),
            ConcurrencyResources(resources, self.functions, clock, self._qualified_arn, kept),
            GovernanceResources(resources, self._qualified_arn),
            CodeSigningResources(resources, self.functions, clock, prefix, self._arn),
        )
        tables = [row for group in groups for row in group.operations]
        self._tables = [(method, _path(path), operation) for method, path, operation in tables]

    async def answer(self, call: AwsCall, describe: Describe) -> web.Response | None:
        """Answers a call; nothing where it is no operation of the control plane.

        Args:
            call: The call.
            describe: Describes a function as it is after the call.

        Raises:
            AwsError: It is refused.
        """
        for method, pattern, operation in _OPERATIONS:
            found = re.fullmatch(pattern, call.path) if method == call.request.method else None
            if found is not None:
                return _respond(call, await operation(self, await _asked(call, found), describe))
        for method, pattern, carried_out in self._tables:
            found = re.fullmatch(pattern, call.path) if method == call.request.method else None
            if found is not None:
                return _respond(call, await carried_out(await _asked(call, found)))
        return None

    def _arn(self, function: str) -> str:
        """A function's ARN.

        Raises:
            AwsError: ``ResourceNotFoundException`` (404).
        """
        entry = self.functions.find(function)
        if entry is None:
            raise not_found(f"Function not found: {self._prefix}function:{function}")
        return str(entry["arn"])

    def _qualified_arn(self, target: FunctionName) -> str:
        """The ARN of a function, or of a version or alias of it.

        Raises:
            AwsError: ``ResourceNotFoundException`` (404).
        """
        arn, qualifier = self._arn(target.name), target.qualifier
        if not qualifier:
            return arn
        published = self._versions.find(target.name, qualifier) or self._aliases.find(target.name, qualifier)
        if qualifier != LATEST and published is None:
            raise not_found(f"Function not found: {arn}:{qualifier}")
        return f"{arn}:{qualifier}"

    async def _create(self, asked: Asked, describe: Describe) -> Answer:
        name = await self.functions.create(asked.body)
        return 201, await describe(await self._maybe_published(name, asked.body))

    async def _update_code(self, asked: Asked, describe: Describe) -> Answer:
        only_latest(asked)
        await self.functions.update_code(asked.function, asked.body)
        return 200, await describe(await self._maybe_published(asked.function, asked.body))

    async def _maybe_published(self, name: str, body: Body) -> str:
        """What a call that may publish answers about: the version, or the function."""
        if not body.get("Publish") or body.get("DryRun"):
            return name
        return f"{name}:{await self.functions.publish(name, {})}"

    async def _update_configuration(self, asked: Asked, describe: Describe) -> Answer:
        only_latest(asked)
        await self.functions.update_configuration(asked.function, asked.body)
        return 200, await describe(asked.function)

    async def _delete(self, asked: Asked, _: Describe) -> Answer:
        if asked.qualifier:
            self._arn(asked.function)
            await self._versions.delete(asked.function, asked.qualifier)
        else:
            await self.functions.delete(asked.function)
        return 204, None

    async def _publish(self, asked: Asked, describe: Describe) -> Answer:
        version = await self.functions.publish(asked.function, asked.body)
        return 201, await describe(f"{asked.function}:{version}")

    async def _list_versions(self, asked: Asked, describe: Describe) -> Answer:
        self._arn(asked.function)
        numbers = ["$LATEST", *(entry["version"] for entry in self._versions.of(asked.function))]
        shown = page("Versions", [{"Version": number} for number in numbers], asked.query, marker=_version)
        described = [await describe(f"{asked.function}:{_version(one)}") for one in shown["Versions"]]
        return 200, shown | {"Versions": described}

    async def _allow(self, asked: Asked, _: Describe) -> Answer:
        self._qualified_arn(asked.target)
        arn = self._arn(asked.function)
        return 201, await self._permissions.add(asked.function, arn, asked.qualifier, asked.body)

    async def _policy(self, asked: Asked, _: Describe) -> Answer:
        return 200, self._permissions.policy(asked.function, self._arn(asked.function), asked.qualifier)

    async def _disallow(self, asked: Asked, _: Describe) -> Answer:
        await self._permissions.remove(asked.function, asked.qualifier, asked.names[1])
        return 204, None

    async def _publish_layer(self, asked: Asked, _: Describe) -> Answer:
        return 201, await self._layers.publish(asked.names[0], asked.body)

    async def _layer(self, asked: Asked, _: Describe) -> Answer:
        return 200, self._layers.get(asked.names[0], asked.names[1])

    async def _layer_versions(self, asked: Asked, _: Describe) -> Answer:
        return 200, self._layers.versions(asked.names[0])

    async def _list_layers(self, asked: Asked, _: Describe) -> Answer:
        if asked.query.get("find") == "LayerVersion":  # by its ARN: …:layer:name:version
            name, version = [*asked.query.get("Arn", "").split(":"), *[""] * 8][6:8]
            return 200, self._layers.get(name, version)
        return 200, self._layers.layers()

    async def _delete_layer(self, asked: Asked, _: Describe) -> Answer:
        await self._layers.delete(asked.names[0], asked.names[1])
        return 204, None

    async def _map(self, asked: Asked, _: Describe) -> Answer:
        arn = self._qualified_arn(qualified(str(asked.body.get("FunctionName", ""))))
        return 202, await self._mappings.create(arn, asked.body)

    async def _mapping(self, asked: Asked, _: Describe) -> Answer:
        return 200, self._mappings.get(asked.names[0])

    async def _list_mappings(self, asked: Asked, _: Describe) -> Answer:
        return 200, self._mappings.list(asked.query)

    async def _remap(self, asked: Asked, _: Describe) -> Answer:
        given = asked.body.get("FunctionName")
        arn = self._qualified_arn(qualified(str(given))) if given else None
        return 202, await self._mappings.update(asked.names[0], asked.body, arn)

    async def _unmap(self, asked: Asked, _: Describe) -> Answer:
        return 202, await self._mappings.delete(asked.names[0])

    async def _tags(self, asked: Asked, _: Describe) -> Answer:
        return 200, {"Tags": self._tagged(asked).tags}

    async def _tag(self, asked: Asked, _: Describe) -> Answer:
        await self.functions.tag(self._tagged(asked), asked.body.get("Tags", {}), [])
        return 204, None

    async def _untag(self, asked: Asked, _: Describe) -> Answer:
        await self.functions.tag(self._tagged(asked), {}, list(asked.tag_keys))
        return 204, None

    def _tagged(self, asked: Asked) -> Entry:
        found = self._resources.of("aws_lambda_function", "aws_lambda_code_signing_config", MAPPING, arn=asked.names[0])
        if not found:
            raise not_found(f"Resource not found: {asked.names[0]}")
        return found[0]


def _version(described: Body) -> str:
    return str(described["Version"])


_Operation = Callable[[LambdaControl, Asked, Describe], Coroutine[Any, Any, Answer]]

#: Paths have dates of their own, which say nothing: https://docs.aws.amazon.com/lambda/latest/api/API_Operations.html
_PATHS: tuple[tuple[str, str, _Operation], ...] = (
    ("POST", "functions", LambdaControl._create),
    ("PUT", "functions/([^/]+)/code", LambdaControl._update_code),
    ("PUT", "functions/([^/]+)/configuration", LambdaControl._update_configuration),
    ("DELETE", "functions/([^/]+)", LambdaControl._delete),
    ("GET", "functions/([^/]+)/versions", LambdaControl._list_versions),
    ("POST", "functions/([^/]+)/versions", LambdaControl._publish),
    ("POST", "functions/([^/]+)/policy", LambdaControl._allow),
    ("GET", "functions/([^/]+)/policy", LambdaControl._policy),
    ("DELETE", "functions/([^/]+)/policy/([^/]+)", LambdaControl._disallow),
    ("GET", "layers", LambdaControl._list_layers),
    ("POST", "layers/([^/]+)/versions", LambdaControl._publish_layer),
    ("GET", "layers/([^/]+)/versions", LambdaControl._layer_versions),
    ("GET", "layers/([^/]+)/versions/([^/]+)", LambdaControl._layer),
    ("DELETE", "layers/([^/]+)/versions/([^/]+)", LambdaControl._delete_layer),
    ("POST", "event-source-mappings", LambdaControl._map),
    ("GET", "event-source-mappings", LambdaControl._list_mappings),
    ("GET", "event-source-mappings/([^/]+)", LambdaControl._mapping),
    ("PUT", "event-source-mappings/([^/]+)", LambdaControl._remap),
    ("DELETE", "event-source-mappings/([^/]+)", LambdaControl._unmap),
    ("GET", "tags/(.+)", LambdaControl._tags),
    ("POST", "tags/(.+)", LambdaControl._tag),
    ("DELETE", "tags/(.+)", LambdaControl._untag),
)


def _path(path: str) -> str:
    """The pattern of a path below a version of the API; compiled where it is looked at, since many starts see none."""
    return rf"/\d{{4}}-\d\d-\d\d/{path}/?"


_OPERATIONS = tuple((method, _path(path), operation) for method, path, operation in _PATHS)


async def _asked(call: AwsCall, found: re.Match[str]) -> Asked:
    names = tuple(unquote(name) for name in found.groups())
    keys = tuple(call.request.query.getall("tagKeys", ()))
    return Asked(names, call.request.query, read_json(await call.body(BODY_LIMIT)), keys)


def _respond(call: AwsCall, answer: Answer) -> web.Response:
    status, body = answer
    headers = {"x-amzn-RequestId": call.request_id}
    if body is None:
        return web.Response(status=status, headers=headers)
    return web.json_response(body, status=status, headers=headers)
