"""How Lambda describes a function, written from its settings and the zip of its code.

It knows neither HTTP nor how functions run.
https://docs.aws.amazon.com/lambda/latest/api/API_FunctionConfiguration.html
"""

from __future__ import annotations

import platform
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Protocol

from terrarium.local.api.lambda_control.deployed import Package


class FunctionFacts(Protocol):
    """A function's settings, as far as Lambda's API shows them."""

    @property
    def name(self) -> str: ...
    @property
    def arn(self) -> str: ...
    @property
    def handler(self) -> str: ...
    @property
    def runtime(self) -> str: ...
    @property
    def code(self) -> Path: ...
    @property
    def environment(self) -> Mapping[str, str]: ...
    @property
    def timeout(self) -> float: ...
    @property
    def memory(self) -> int: ...
    @property
    def log_group(self) -> str: ...
    @property
    def role(self) -> str: ...
    @property
    def version(self) -> str: ...
    @property
    def reserved_concurrency(self) -> int | None: ...
    @property
    def ephemeral_storage(self) -> int: ...


# The described members are of any JSON type.
def configuration(facts: FunctionFacts, code: Package) -> dict[str, Any]:
    """The FunctionConfiguration of one function with this code."""
    environment = {"Environment": {"Variables": dict(facts.environment)}} if facts.environment else {}
    return {
        "FunctionName": facts.name,
        "FunctionArn": facts.arn,
        "Runtime": facts.runtime,
        "Role": facts.role,
        "Handler": facts.handler,
        "CodeSize": code.size,
        "CodeSha256": code.sha256,
        "Description": "",
        "Timeout": int(facts.timeout),
        "MemorySize": facts.memory,
        "LastModified": _lambda_time(code.modified),
        "Version": facts.version,
        "TracingConfig": {"Mode": "PassThrough"},
        "State": "Active",
        "LastUpdateStatus": "Successful",
        "PackageType": "Zip",
        "Architectures": ["arm64" if platform.machine() in ("arm64", "aarch64") else "x86_64"],
        "EphemeralStorage": {"Size": facts.ephemeral_storage},
        "LoggingConfig": {"LogFormat": "Text", "LogGroup": facts.log_group},
        **environment,
    }


def _lambda_time(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "+0000"
