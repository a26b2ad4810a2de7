"""Lambda functions and layers: their folders run as they are."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from typing import Any, ClassVar

from terrarium.errors import UserError
from terrarium.local.api.lambda_control.versions import TYPE as VERSION
from terrarium.local.aws_error import AwsError
from terrarium.local.compute.functions import FunctionSettings
from terrarium.local.compute.functions.runtimes import runtime
from terrarium.local.function_names import LATEST
from terrarium.local.kinds.code import folder_of, with_code
from terrarium.local.kinds.kind import NotAliveError, Parts, Passive
from terrarium.local.registry import Entry

# What Lambda takes where nothing is written: https://docs.aws.amazon.com/lambda/latest/api/API_CreateFunction.html
TIMEOUT_SECONDS = 3
MEMORY_MB = 128

#: Publishes a version of a function as it is now.
Publish = Callable[[Entry], Awaitable[Entry]]


class FunctionKind(Passive):
    """Functions, and the versions that were published of them.

    Args:
        parts: The engines.
        publish: Publishes a version of a function that says `publish`, unless the last one is the same.
    """

    types: ClassVar[tuple[str, ...]] = ("aws_lambda_function", VERSION)

    def __init__(self, parts: Parts, publish: Publish) -> None:
        self._parts = parts
        self._publish = publish

    async def create(self, entry: Entry) -> Mapping[str, Any]:
        named = entry.get("runtime", "")
        if not named.startswith(("python", "nodejs")):
            raise NotAliveError(f"Python and Node run here, not {named or entry.get('package_type', 'this')}")
        asked, entry = entry, await with_code(entry, self._parts.folder, self._parts.objects)
        try:
            self._parts.functions.put(self._settings(entry))
        except UserError as error:
            raise UserError(error.what, where=error.where or entry.origin, hint=error.hint) from error
        code = {} if entry is asked else {"filename": entry["filename"]}
        return code | dict(await self.published(entry) if entry.get("publish") else {})

    async def published(self, entry: Entry) -> Mapping[str, Any]:
        """What Terraform tells of a function that publishes: its newest version, made now if something has changed.

        Raises:
            UserError: Its code cannot be published.
        """
        try:
            version = await self._publish(entry)
        except AwsError as refusal:
            raise UserError(f"{entry.address} cannot be published: {refusal.message}", where=entry.origin) from refusal
        arn = version["qualified_arn"]
        invoke_arn = entry["invoke_arn"].replace(entry["arn"], arn)
        return {"version": version["version"], "qualified_arn": arn, "qualified_invoke_arn": invoke_arn}

    async def arrived(self, entry: Entry) -> None:
        """It runs since it was created."""

    async def left(self, entry: Entry) -> None:
        """What it runs is finished, what waits is refused."""
        version = f":{entry['version']}" if entry.type == VERSION else ""
        self._parts.functions.remove(f"{entry['function_name']}{version}")

    async def start(self) -> None:
        await self._parts.functions.start()

    async def stop(self) -> None:
        await self._parts.functions.stop()
        await self._parts.deliveries.stop()

    def _settings(self, entry: Entry) -> FunctionSettings:
        reserved = entry.get("reserved_concurrent_executions")
        variables = entry.block("environment").get("variables") or {}
        return FunctionSettings(
            name=entry["function_name"],
            arn=entry["arn"],
            handler=entry.get("handler", ""),
            runtime=entry.get("runtime", ""),
            code=folder_of(entry.get("filename"), self._parts.folder, entry),
            layers=self._layers(entry),
            environment={name: "" if value is None else str(value) for name, value in variables.items()},
            timeout=float(entry.get("timeout", TIMEOUT_SECONDS)),
            memory=int(entry.get("memory_size", MEMORY_MB)),
            region=self._parts.region,
            log_group=entry.block("logging_config").get("log_group") or f"/aws/lambda/{entry['function_name']}",
            role=entry["role"],
            version=entry["version"] if entry.type == VERSION else LATEST,
            reserved_concurrency=None if reserved in (None, -1) else int(reserved),
            ephemeral_storage=int(entry.block("ephemeral_storage").get("size", 512)),
            traced=entry.block("tracing_config").get("mode") == "Active",
            address=entry.address,
            dead_letter=entry.block("dead_letter_config").get("target_arn") or "",
        )

    def _layers(self, entry: Entry) -> tuple[Path, ...]:
        """Folders of layers; a version has those that it was published with, whatever became of the layers."""
        if entry.type == VERSION:
            return tuple(folder_of(code, self._parts.folder, entry) for code in entry.get("layer_code", []))
        return tuple(self._layer(arn, entry) for arn in entry.get("layers", []))

    def _layer(self, arn: str, entry: Entry) -> Path:
        layers = self._parts.registry.of("aws_lambda_layer_version", arn=arn)
        if not layers:
            raise UserError(
                f"function {entry['function_name']} uses the layer {arn}, whose code is not at hand",
                where=entry.origin,
                hint="only layers of the architecture itself can run here",
            )
        return folder_of(layers[0].get("filename"), self._parts.folder, layers[0])

    def reached_at(self, entry: Entry) -> str:
        if entry.type == VERSION:
            return f"version {entry['version']} of {entry['function_name']}"
        return f"terrarium logs {entry.label}{_in_another(entry.get('runtime', ''))}"


def _in_another(named: str) -> str:
    """Which version runs a function, where it is not the one that it names: a comment, as it follows a command."""
    if not named.startswith(("python", "nodejs")):
        return ""
    runs_in = runtime(named)
    return "" if runs_in.name == named else f"  # runs in {runs_in.name}, not {named}"


class LayerKind(Passive):
    """Layers: what functions use of them is their folder."""

    types: ClassVar[tuple[str, ...]] = ("aws_lambda_layer_version",)

    def __init__(self, parts: Parts) -> None:
        self._parts = parts

    async def create(self, entry: Entry) -> Mapping[str, Any]:
        found = await with_code(entry, self._parts.folder, self._parts.objects)
        folder_of(found.get("filename"), self._parts.folder, found)
        return {} if found is entry else {"filename": found["filename"]}
