"""Concurrency by the API: what is reserved for functions, what is provisioned, what the account has left.

https://docs.aws.amazon.com/lambda/latest/dg/lambda-concurrency.html
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any, Protocol

from terrarium.local.api.lambda_control.asked import Answer, Asked, Body, Operations, page, within
from terrarium.local.api.lambda_control.code import UNZIPPED_LIMIT, ZIPPED_LIMIT
from terrarium.local.api.lambda_control.dependents import belonging, owner
from terrarium.local.api.lambda_control.functions import FunctionResources, alive
from terrarium.local.api.lambda_control.versions import ALIAS
from terrarium.local.api.resources import Resources
from terrarium.local.aws_error import AwsError
from terrarium.local.clock import Clock
from terrarium.local.function_names import LATEST, FunctionName, named
from terrarium.local.registry import Entry

TYPE = "aws_lambda_provisioned_concurrency_config"
FUNCTION = "aws_lambda_function"

#: AWS's default quota, how much of it no reservation may take, and 75 GB for code.
#: https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
ACCOUNT, LEAST_UNRESERVED, CODE_STORAGE = 1000, 100, 80_530_636_800


class Kept(Protocol):
    """How far a provisioned concurrency is."""

    @property
    def allocated(self) -> int: ...
    @property
    def available(self) -> int: ...
    @property
    def failed(self) -> bool: ...


# Bodies and answers have the members that each operation defines.
class ConcurrencyResources:
    """Reserved and provisioned concurrency.

    Args:
        resources: Where they are recorded and take effect.
        functions: The functions.
        clock: Time.
        arn: The ARN of a function, a version or an alias; it refuses where there is none.
        kept: How far the provisioned concurrency of ``name:qualifier`` is.
    """

    def __init__(
        self,
        resources: Resources,
        functions: FunctionResources,
        clock: Clock,
        arn: Callable[[FunctionName], str],
        kept: Callable[[str], Kept],
    ) -> None:
        self._resources = resources
        self._functions = functions
        self._clock = clock
        self._arn = arn
        self._kept = kept
        self.operations: Operations = (
            ("PUT", "functions/([^/]+)/concurrency", self._reserve),
            ("DELETE", "functions/([^/]+)/concurrency", self._unreserve),
            ("PUT", "functions/([^/]+)/provisioned-concurrency", self._put),
            ("GET", "functions/([^/]+)/provisioned-concurrency", self._get),
            ("DELETE", "functions/([^/]+)/provisioned-concurrency", self._delete),
            ("GET", "account-settings", self._account),
        )

    async def _reserve(self, asked: Asked) -> Answer:
        self._arn(FunctionName(asked.function))
        count = asked.body.get("ReservedConcurrentExecutions")
        if not isinstance(count, int):
            raise _refused("A reservation needs ReservedConcurrentExecutions")
        within("ReservedConcurrentExecutions", count, 0)
        if count > 0:
            self._leave_enough(self._taken(asked.function) + max(count, self._provisioned(asked.function)))
        if count < self._provisioned(asked.function):
            raise _refused(
                f"ReservedConcurrentExecutions  {count} should not be lower than function's total provisioned "
                f"concurrency [{self._provisioned(asked.function)}]."
            )
        await self._functions.reserve(asked.function, count)
        return 200, {"ReservedConcurrentExecutions": count}

    async def _unreserve(self, asked: Asked) -> Answer:
        self._arn(FunctionName(asked.function))
        await self._functions.reserve(asked.function, None)
        return 204, None

    async def _put(self, asked: Asked) -> Answer:
        target, count = asked.target, asked.body.get("ProvisionedConcurrentExecutions")
        if not isinstance(count, int):
            raise _refused("A configuration needs ProvisionedConcurrentExecutions")
        within("ProvisionedConcurrentExecutions", count, 1)
        self._check_target(target)
        before = self._find(target)
        self._check_room(target, count - (int(before["provisioned_concurrent_executions"]) if before else 0))
        values = {"provisioned_concurrent_executions": count, "last_modified": self._now()}
        if before is None:
            own = {"function_name": target.name, "qualifier": target.qualifier}
            put = self._resources.put(TYPE, target.target.replace(":", "-"), own | values)
        else:
            put = self._resources.change(before, values)
        return 202, self._described(await alive(put))

    async def _get(self, asked: Asked) -> Answer:
        """One configuration, or the list of all: both have the same path."""
        if asked.query.get("List") != "ALL":
            return 200, self._described(self._existing(asked))
        self._arn(FunctionName(asked.function))
        listed = [
            self._described(entry) | {"FunctionArn": self._arn(owner(entry))}
            for entry in belonging(self._resources, FunctionName(asked.function), TYPE)
        ]
        found = sorted(listed, key=_arn_of)
        return 200, page("ProvisionedConcurrencyConfigs", found, asked.query, marker=_arn_of)

    async def _delete(self, asked: Asked) -> Answer:
        self._arn(asked.target)
        entry = self._find(asked.target)
        if entry is not None:
            await self._resources.remove(entry)
        return 204, None

    async def _account(self, _: Asked) -> Answer:
        functions = self._resources.of(FUNCTION)
        return 200, {
            "AccountLimit": {
                "TotalCodeSize": CODE_STORAGE,
                "CodeSizeUnzipped": UNZIPPED_LIMIT,
                "CodeSizeZipped": ZIPPED_LIMIT,
                "ConcurrentExecutions": ACCOUNT,
                "UnreservedConcurrentExecutions": ACCOUNT - self._taken(""),
            },
            "AccountUsage": {
                "TotalCodeSize": sum(int(entry.get("source_code_size", 0)) for entry in functions),
                "FunctionCount": len(functions),
            },
        }

    def _check_target(self, target: FunctionName) -> None:
        """Refuses what is not published, and a version that is provisioned by another name already."""
        self._arn(target)
        if target.qualifier in ("", LATEST):
            raise _refused("Provisioned Concurrency Configs cannot be applied to unpublished function versions.")
        for alias in self._resources.of(ALIAS):
            pointed = FunctionName(named(alias["function_name"]).name, str(alias["function_version"]))
            own = FunctionName(pointed.name, alias["name"])
            if target == pointed and self._find(own):
                raise _conflict("Version is pointed by a Provisioned Concurrency alias")
            if target == own and self._find(pointed):
                raise _conflict(
                    "Alias can't be used for Provisioned Concurrency configuration on an already Provisioned version"
                )

    def _check_room(self, target: FunctionName, more: int) -> None:
        """Refuses more than the function has reserved, or than the account has left."""
        entry = self._functions.find(target.name)
        reserved = _reserved(entry) if entry else None
        wanted = self._provisioned(target.name) + more
        if reserved is not None and wanted > reserved:
            raise _refused(
                "Requested Provisioned Concurrency should not be greater than the "
                "reservedConcurrentExecution for function"
            )
        if reserved is None:
            self._leave_enough(self._taken(target.name) + wanted)

    @staticmethod
    def _leave_enough(taken: int) -> None:
        if ACCOUNT - taken < LEAST_UNRESERVED:
            raise _refused(
                "Specified ConcurrentExecutions for function decreases account's "
                f"UnreservedConcurrentExecution below its minimum value of [{LEAST_UNRESERVED}]."
            )

    def _taken(self, but: str) -> int:
        """What functions have reserved or provisioned, without one of them."""
        others = [entry for entry in self._resources.of(FUNCTION) if entry["function_name"] != but]
        return sum(
            self._provisioned(entry["function_name"]) if (reserved := _reserved(entry)) is None else reserved
            for entry in others
        )

    def _provisioned(self, function: str) -> int:
        found = belonging(self._resources, FunctionName(function), TYPE)
        return sum(int(entry["provisioned_concurrent_executions"]) for entry in found)

    def _find(self, target: FunctionName) -> Entry | None:
        return next((entry for entry in self._resources.of(TYPE) if owner(entry) == target), None)

    def _existing(self, asked: Asked) -> Entry:
        self._arn(asked.target)
        entry = self._find(asked.target)
        if entry is None:
            message = "No Provisioned Concurrency Config found for this function"
            raise AwsError("ProvisionedConcurrencyConfigNotFoundException", message, 404, Type="User")
        return entry

    def _described(self, entry: Entry) -> Body:
        kept = self._kept(owner(entry).target)
        ready = "READY" if kept.available >= kept.allocated else "IN_PROGRESS"
        why = {"StatusReason": "FUNCTION_ERROR_INIT_FAILURE"} if kept.failed else {}
        return {
            "RequestedProvisionedConcurrentExecutions": int(entry["provisioned_concurrent_executions"]),
            "AllocatedProvisionedConcurrentExecutions": kept.allocated,
            "AvailableProvisionedConcurrentExecutions": kept.available,
            "Status": "FAILED" if kept.failed else ready,
            "LastModified": entry.get("last_modified") or self._now(),
        } | why

    def _now(self) -> str:
        return datetime.fromtimestamp(self._clock.now(), UTC).strftime("%Y-%m-%dT%H:%M:%S+0000")


def _reserved(function: Entry) -> int | None:
    reserved: Any = function.get("reserved_concurrent_executions")
    return None if reserved in (None, -1) else int(reserved)


def _arn_of(described: Mapping[str, Any]) -> str:
    return str(described["FunctionArn"])


def _refused(message: str) -> AwsError:
    return AwsError("InvalidParameterValueException", message)


def _conflict(message: str) -> AwsError:
    return AwsError("ResourceConflictException", message, 409, Type="User")
