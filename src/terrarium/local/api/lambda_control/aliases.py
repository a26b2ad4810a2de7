"""Aliases of functions by the API.

https://docs.aws.amazon.com/lambda/latest/api/API_CreateAlias.html and its neighbours.
"""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable, Mapping
from typing import Any

from terrarium.local.api.lambda_control.asked import (
    Answer,
    Asked,
    Body,
    Operations,
    not_found,
    page,
    same_revision,
)
from terrarium.local.api.lambda_control.dependents import belonging
from terrarium.local.api.lambda_control.functions import alive, revision_of
from terrarium.local.api.lambda_control.names import attributes, described
from terrarium.local.api.lambda_control.versions import ALIAS as TYPE
from terrarium.local.api.lambda_control.versions import Versions
from terrarium.local.api.resources import Resources
from terrarium.local.aws_error import AwsError
from terrarium.local.function_names import LATEST, FunctionName, named
from terrarium.local.registry import Entry

#: A name of digits alone would be a version's.
_NAME = re.compile(r"(?!\d+$)[A-Za-z0-9_-]{1,128}", re.ASCII)


# Bodies and answers have the members that each operation defines.
class AliasResources:
    """The aliases of the functions of a system.

    Args:
        resources: Where they are recorded and come alive.
        versions: What they may lead to.
        arn: A function's ARN by its name; it refuses where there is no such function.
    """

    def __init__(self, resources: Resources, versions: Versions, arn: Callable[[str], str]) -> None:
        self._resources = resources
        self._versions = versions
        self._arn = arn
        self.operations: Operations = (
            ("POST", "functions/([^/]+)/aliases", self._create),
            ("GET", "functions/([^/]+)/aliases", self._list),
            ("GET", "functions/([^/]+)/aliases/([^/]+)", self._get),
            ("PUT", "functions/([^/]+)/aliases/([^/]+)", self._update),
            ("DELETE", "functions/([^/]+)/aliases/([^/]+)", self._delete),
        )

    def find(self, function: str, name: str) -> Entry | None:
        """An alias, if there is one."""
        return next((entry for entry in self._of(function) if entry["name"] == name), None)

    async def _create(self, asked: Asked) -> Answer:
        arn, name = self._arn(asked.function), str(asked.body.get("Name", ""))
        if not _NAME.fullmatch(name):
            raise AwsError(
                "ValidationException",
                f"1 validation error detected: Value '{name}' at 'name' failed to satisfy constraint: "
                "Member must satisfy regular expression pattern: (?!^[0-9]+$)([a-zA-Z0-9-_]+)",
            )
        if self.find(asked.function, name) is not None:
            raise AwsError("ResourceConflictException", f"Alias already exists: {arn}:{name}", 409, Type="User")
        values = self._asked_for(asked.function, arn, asked.body)
        own = {"function_name": asked.function, "name": name, "revision_id": str(uuid.uuid4())}
        entry = await alive(self._resources.put(TYPE, f"{asked.function}-{name}", values | own))
        return 201, self._described(entry)

    async def _get(self, asked: Asked) -> Answer:
        return 200, self._described(self._existing(asked))

    async def _update(self, asked: Asked) -> Answer:
        entry = self._existing(asked)
        same_revision(asked.body, revision_of(entry))
        kept = described(entry.values, ("FunctionVersion",))
        values = self._asked_for(asked.function, self._arn(asked.function), kept | asked.body)
        changed = await alive(self._resources.change(entry, values | {"revision_id": str(uuid.uuid4())}))
        return 200, self._described(changed)

    async def _delete(self, asked: Asked) -> Answer:
        """What is not there stays so; what was said of the alias goes with it."""
        self._arn(asked.function)
        entry = self.find(asked.function, asked.names[1])
        if entry is not None:
            for dependent in belonging(self._resources, FunctionName(asked.function, entry["name"])):
                await self._resources.remove(dependent)
            await self._resources.remove(entry)
        return 204, None

    async def _list(self, asked: Asked) -> Answer:
        self._arn(asked.function)
        version = asked.query.get("FunctionVersion")
        found = sorted((self._described(entry) for entry in self._of(asked.function)), key=_name)
        listed = [alias for alias in found if version in (None, alias["FunctionVersion"])]
        return 200, page("Aliases", listed, asked.query, marker=_name)

    def _asked_for(self, function: str, arn: str, body: Mapping[str, Any]) -> dict[str, Any]:
        """The attributes of an alias, once its versions are known to be there.

        Raises:
            AwsError: ``ResourceNotFoundException`` (404) for a version that is not there;
                ``InvalidParameterValueException`` for shares that cannot be.
        """
        version = str(body.get("FunctionVersion", ""))
        routing = body.get("RoutingConfig")
        weights = (routing or {}).get("AdditionalVersionWeights") or {}
        for wanted in (version, *weights):
            if wanted != LATEST and self._versions.find(function, wanted) is None:
                raise not_found(f"Function not found: {arn}:{wanted}")
        if weights:
            self._check_weights(function, version, weights)
        values = attributes(body, ("FunctionVersion", "Description"))
        if routing is not None:
            values["routing_config"] = [{"additional_version_weights": dict(weights)}] if weights else []
        return values

    def _check_weights(self, function: str, version: str, weights: Mapping[str, float]) -> None:
        """https://docs.aws.amazon.com/lambda/latest/dg/configuring-alias-routing.html."""
        if LATEST in (version, *weights):
            raise _refused("$LATEST is not supported for an alias pointing to more than 1 version")
        if len(weights) > 1 or version in weights:
            raise _refused("An alias can point to a maximum of two different versions")
        if not all(0 <= share <= 1 for share in weights.values()):
            raise _refused("The share of a version must be between 0.0 and 1.0")
        pair = [entry for one in (version, *weights) if (entry := self._versions.find(function, one))]
        if len({entry["role"] for entry in pair}) > 1:
            raise _refused("Both versions of an alias must have the same execution role")
        if len({str(entry.get("dead_letter_config")) for entry in pair}) > 1:
            raise _refused("Both versions of an alias must have the same dead-letter queue, or none")

    def _of(self, function: str) -> list[Entry]:
        return [entry for entry in self._resources.of(TYPE) if named(entry["function_name"]).name == function]

    def _existing(self, asked: Asked) -> Entry:
        arn = self._arn(asked.function)
        entry = self.find(asked.function, asked.names[1])
        if entry is None:
            raise not_found(f"Cannot find alias arn: {arn}:{asked.names[1]}")
        return entry

    @staticmethod
    def _described(entry: Entry) -> Body:
        weights = entry.block("routing_config").get("additional_version_weights") or {}
        routing = {"RoutingConfig": {"AdditionalVersionWeights": dict(weights)}} if weights else {}
        return {
            "AliasArn": entry["arn"],
            "Name": entry["name"],
            "FunctionVersion": entry["function_version"],
            "Description": entry.get("description", ""),
            "RevisionId": revision_of(entry),
        } | routing


def _name(alias: Body) -> str:
    return str(alias["Name"])


def _refused(message: str) -> AwsError:
    return AwsError("InvalidParameterValueException", message)
