"""Published versions: a function's code and settings as they were, under a number, for as long as nobody deletes them.

Terraform has no resource for a version: `publish` of a function makes one. So it stands in the registry under a type of
Terrarium's own, with the attributes of the function that it was made of.
https://docs.aws.amazon.com/lambda/latest/dg/configuration-versions.html
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import uuid
from collections.abc import Mapping
from typing import Any

from terrarium.local.api.lambda_control.asked import not_found
from terrarium.local.api.lambda_control.code import Code, CodeStore
from terrarium.local.api.lambda_control.dependents import belonging
from terrarium.local.api.lambda_control.numbers import VersionNumbers
from terrarium.local.api.resources import Resources
from terrarium.local.aws_error import AwsError
from terrarium.local.function_names import LATEST, FunctionName, named
from terrarium.local.registry import Entry
from terrarium.model.expressions import Bundle

TYPE = "aws_lambda_function_version"
FUNCTION = "aws_lambda_function"
LAYER = "aws_lambda_layer_version"
ALIAS = "aws_lambda_alias"

#: What a version keeps of its function. Concurrency, tags and permissions are the function's own.
_KEPT = (
    "function_name", "arn", "role", "handler", "runtime", "description", "timeout", "memory_size", "environment",
    "layers", "tracing_config", "logging_config", "dead_letter_config", "kms_key_arn", "ephemeral_storage",
    "snap_start", "architectures", "package_type",
)  # fmt: skip


class Versions:
    """The published versions of the functions of a system.

    Args:
        resources: Where they are recorded and come alive.
        code: Where their code is kept.
        numbers: Their numbers.
    """

    def __init__(self, resources: Resources, code: CodeStore, numbers: VersionNumbers) -> None:
        self._resources = resources
        self._code = code
        self._numbers = numbers
        self._publishing = asyncio.Lock()

    def of(self, function: str) -> list[Entry]:
        """A function's published versions, the first one first."""
        found = self._resources.of(TYPE, function_name=function)
        return sorted(found, key=lambda entry: int(entry["version"]))

    def find(self, function: str, version: str) -> Entry | None:
        """One of them."""
        return next(iter(self._resources.of(TYPE, function_name=function, version=version)), None)

    async def publish(self, function: Entry, description: str | None = None, expected: str | None = None) -> Entry:
        """A version of a function as it is now; the last one again, if nothing has changed since.

        Args:
            function: The function.
            description: Takes the place of the function's own.
            expected: The hash that its code must have.

        Raises:
            UserError: Its code cannot be read.
            AwsError: Its code is too large, or another than was expected.
        """
        async with self._publishing:
            code = await asyncio.to_thread(self._keep, function["filename"])
            _check_code(expected, str(function.get("code_sha256") or code.sha256))
            values = {name: function[name] for name in _KEPT if function.get(name) is not None}
            made_of = _digest(values, code)
            last = self.of(function["function_name"])[-1:]
            if last and last[0]["made_of"] == made_of:
                return last[0]
            number = self._numbers.next(function["function_name"])
            kept = await asyncio.to_thread(self._layers, function)
            name = f"{function['function_name']}-{number}"
            values |= {
                "version": str(number),
                "qualified_arn": f"{function['arn']}:{number}",
                "filename": Bundle((("", code.folder),), name),
                "layer_code": kept,
                "code_sha256": function.get("code_sha256") or code.sha256,
                "source_code_size": function.get("source_code_size") or code.size,
                "last_modified": function.get("last_modified"),
                "revision_id": str(uuid.uuid4()),
                "made_of": made_of,
            }
            if description is not None:
                values["description"] = description
            return await self._resources.put(TYPE, name, values)

    async def delete(self, function: str, version: str) -> None:
        """Removes one version.

        Raises:
            AwsError: ``InvalidParameterValueException`` for ``$LATEST``; ``ResourceNotFoundException`` (404);
                ``ResourceConflictException`` (409) where an alias leads to it.
        """
        if version == LATEST:
            message = "$LATEST version cannot be deleted without deleting the function."
            raise AwsError("InvalidParameterValueException", message)
        entry = self.find(function, version)
        if entry is None:
            raise not_found(f"Function not found: {function}:{version}")
        leading = [alias["name"] for alias in self._resources.of(ALIAS) if _leads_to(alias, function, version)]
        if leading:
            message = f"Unable to delete version because the following aliases reference it: [{', '.join(leading)}]"
            raise AwsError("ResourceConflictException", message, 409, Type="User")
        for dependent in belonging(self._resources, FunctionName(function, version)):
            await self._resources.remove(dependent)
        await self._resources.remove(entry)

    def _keep(self, code: object) -> Code:
        if not isinstance(code, Bundle):
            raise AwsError("InvalidParameterValueException", "The function has no code that could be published")
        return self._code.keep(code)

    def _layers(self, function: Entry) -> list[Bundle]:
        """The code of a function's layers, which a version needs also when a layer is gone."""
        found = [self._resources.of(LAYER, arn=arn)[0] for arn in function.get("layers", ())]
        return [Bundle((("", self._keep(layer["filename"]).folder),), layer["layer_name"]) for layer in found]


def _leads_to(alias: Entry, function: str, version: str) -> bool:
    weights = alias.block("routing_config").get("additional_version_weights") or {}
    return named(alias["function_name"]).name == function and version in (alias["function_version"], *weights)


def _check_code(expected: str | None, found: str) -> None:
    if expected not in (None, found):
        message = (
            f"CodeSHA256 ({expected}) is different from current CodeSHA256 in $LATEST ({found}). "
            "Please try again with the CodeSHA256 in $LATEST."
        )
        raise AwsError("InvalidParameterValueException", message)


# Attributes are of any type, as Terraform names them.
def _digest(values: Mapping[str, Any], code: Code) -> str:
    text = json.dumps([values, code.sha256], sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()
