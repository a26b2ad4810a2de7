"""What a function is, as its resource says, and what an invocation of it gave."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from msgspec import Struct

from terrarium.errors import UserError
from terrarium.local.compute.functions.runtimes import runtime
from terrarium.local.function_names import LATEST

# https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html#configuration-envvars-runtime
RESERVED = frozenset({
    "_HANDLER", "_X_AMZN_TRACE_ID", "AWS_DEFAULT_REGION", "AWS_REGION", "AWS_EXECUTION_ENV", "AWS_LAMBDA_FUNCTION_NAME",
    "AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "AWS_LAMBDA_FUNCTION_VERSION", "AWS_LAMBDA_INITIALIZATION_TYPE",
    "AWS_LAMBDA_LOG_GROUP_NAME", "AWS_LAMBDA_LOG_STREAM_NAME", "AWS_ACCESS_KEY", "AWS_ACCESS_KEY_ID",
    "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_LAMBDA_RUNTIME_API", "LAMBDA_TASK_ROOT", "LAMBDA_RUNTIME_DIR",
})  # fmt: skip


class FunctionSettings(Struct, frozen=True):
    """A function's configuration.

    Attributes:
        name: Its name.
        arn: Its ARN, without a qualifier.
        handler: ``file.function``, with slashes or dots for folders.
        runtime: AWS's identifier, for example ``python3.12``.
        code: The folder that holds the code itself; what changes there is seen after `Functions.reload`.
        layers: Folders of layers, as they are laid out below ``/opt``; the last one's files go over those before.
        environment: Environment variables of its own.
        timeout: Seconds that an invocation may take.
        memory: Megabytes that it may use.
        region: Where it is.
        log_group: Name of its log group.
        role: ARN of its role.
        version: Its version.
        reserved_concurrency: Invocations that may run side by side; None takes from what the account has left.
        ephemeral_storage: Megabytes of ``/tmp``.
        traced: Whether X-Ray samples it also where nobody before it has decided: the mode ``Active``.
        address: Its resource's address in the graph, for events; its ARN where it has none.
        dead_letter: ARN of the queue or topic that gets events which it could not process; empty for none.
    """

    name: str
    arn: str
    handler: str
    runtime: str
    code: Path
    layers: tuple[Path, ...]
    environment: Mapping[str, str]
    timeout: float
    memory: int
    region: str
    log_group: str
    role: str
    version: str = LATEST
    reserved_concurrency: int | None = None
    ephemeral_storage: int = 512
    traced: bool = False
    address: str = ""
    dead_letter: str = ""

    @property
    def target(self) -> str:
        """What it is called here: its name, with a published version's number behind it."""
        return self.name if self.version == LATEST else f"{self.name}:{self.version}"

    @property
    def resource(self) -> str:
        """What events call it."""
        return self.address or self.arn

    def check(self) -> None:
        """Refuses what cannot run here.

        Raises:
            UserError: A runtime that nothing runs, a folder that is not there, a variable that is Lambda's.
        """
        if taken := RESERVED & self.environment.keys():
            raise UserError(
                f"function {self.name!r} sets {', '.join(sorted(taken))}, which Lambda keeps to itself",
                hint="AWS refuses the function with InvalidParameterValueException",
            )
        try:
            runtime(self.runtime)
        except UserError as error:
            raise UserError(f"function {self.name!r} cannot run: {error.what}", hint=error.hint) from error
        for folder in (self.code, *self.layers):
            if not folder.is_dir():
                raise UserError(f"function {self.name!r} has its code in {folder}, which is not a folder")


class InvocationResult(NamedTuple):
    """What an invocation gave.

    Attributes:
        payload: The handler's result, or the error's shape, as JSON.
        error: The header ``X-Amz-Function-Error``: None where the handler returned, else ``Unhandled``.
        request_id: The invocation's id.
        log_tail: The last 4 KB of its log, not yet in base64; empty where nobody asked for it.
        executed_version: The version that ran.
        duration_ms: What REPORT says, without the cold start.
    """

    payload: bytes
    error: str | None
    request_id: str
    log_tail: bytes
    executed_version: str
    duration_ms: float
