"""Settings of functions that change nothing on a laptop, kept and given back: loops, runtimes' patches, signed code.

https://docs.aws.amazon.com/lambda/latest/api/API_PutFunctionRecursionConfig.html
https://docs.aws.amazon.com/lambda/latest/api/API_PutRuntimeManagementConfig.html
"""

from __future__ import annotations

from collections.abc import Callable

from terrarium.local.api.lambda_control.asked import Answer, Asked, Operations
from terrarium.local.api.lambda_control.dependents import owner
from terrarium.local.api.resources import Resources
from terrarium.local.aws_error import AwsError
from terrarium.local.function_names import FunctionName
from terrarium.local.registry import Entry

RECURSION = "aws_lambda_function_recursion_config"
RUNTIME = "aws_lambda_runtime_management_config"

_LOOPS = ("Terminate", "Allow")
_UPDATES = ("Auto", "FunctionUpdate", "Manual")


class GovernanceResources:
    """What is said of functions and has no effect here. The default is not kept: it is what holds without a word.

    Args:
        resources: Where it is recorded.
        arn: The ARN of a function, a version or an alias; it refuses where there is none.
    """

    def __init__(self, resources: Resources, arn: Callable[[FunctionName], str]) -> None:
        self._resources = resources
        self._arn = arn
        self.operations: Operations = (
            ("PUT", "functions/([^/]+)/recursion-config", self._put_recursion),
            ("GET", "functions/([^/]+)/recursion-config", self._recursion),
            ("PUT", "functions/([^/]+)/runtime-management-config", self._put_runtime),
            ("GET", "functions/([^/]+)/runtime-management-config", self._runtime),
        )

    async def _put_recursion(self, asked: Asked) -> Answer:
        self._arn(FunctionName(asked.function))
        loop = _one_of("recursiveLoop", asked.body.get("RecursiveLoop"), _LOOPS)
        await self._keep(RECURSION, FunctionName(asked.function), {"recursive_loop": loop}, loop != _LOOPS[0])
        return 200, {"RecursiveLoop": loop}

    async def _recursion(self, asked: Asked) -> Answer:
        self._arn(FunctionName(asked.function))
        entry = self._find(RECURSION, FunctionName(asked.function))
        return 200, {"RecursiveLoop": entry["recursive_loop"] if entry else _LOOPS[0]}

    async def _put_runtime(self, asked: Asked) -> Answer:
        arn = self._arn(asked.target)
        update = _one_of("updateRuntimeOn", asked.body.get("UpdateRuntimeOn"), _UPDATES)
        version = asked.body.get("RuntimeVersionArn")
        if (update == "Manual") != bool(version):
            raise AwsError("InvalidParameterValueException", "RuntimeVersionArn is for UpdateRuntimeOn Manual")
        values = {"update_runtime_on": update, "runtime_version_arn": version}
        await self._keep(RUNTIME, asked.target, values, update != _UPDATES[0])
        return 200, {"UpdateRuntimeOn": update, "RuntimeVersionArn": version, "FunctionArn": arn}

    async def _runtime(self, asked: Asked) -> Answer:
        arn, entry = self._arn(asked.target), self._find(RUNTIME, asked.target)
        update = entry["update_runtime_on"] if entry else _UPDATES[0]
        version = entry.get("runtime_version_arn") if entry else None
        return 200, {"UpdateRuntimeOn": update, "RuntimeVersionArn": version, "FunctionArn": arn}

    async def _keep(self, type: str, target: FunctionName, values: dict[str, str | None], differs: bool) -> None:
        entry = self._find(type, target)
        if entry is not None and not differs:
            await self._resources.remove(entry)
        elif entry is not None:
            await self._resources.change(entry, values)
        elif differs:
            own = {"function_name": target.name} | ({"qualifier": target.qualifier} if target.qualifier else {})
            await self._resources.put(type, target.key.replace(":", "-"), own | values)

    def _find(self, type: str, target: FunctionName) -> Entry | None:
        return next((entry for entry in self._resources.of(type) if owner(entry).key == target.key), None)


def _one_of(member: str, value: object, known: tuple[str, ...]) -> str:
    if value in known:
        return str(value)
    raise AwsError(
        "ValidationException",
        f"1 validation error detected: Value '{value}' at '{member}' failed to satisfy constraint: "
        f"Member must satisfy enum value set: [{', '.join(known)}]",
    )
