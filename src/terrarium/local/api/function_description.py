"""How Lambda describes a function, written from its settings and the folder that holds its code.

It reads files, and knows neither HTTP nor how functions run.
https://docs.aws.amazon.com/lambda/latest/api/API_FunctionConfiguration.html
"""

from __future__ import annotations

import base64
import hashlib
import platform
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Protocol

from msgspec import Struct

#: Folders that hold no code of the function's own.
_SKIPPED = frozenset({"__pycache__", ".git", ".venv", "node_modules"})


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


class _CodeFolder(Struct, frozen=True):
    size: int
    sha256: str
    modified: float


# The described members are of any JSON type.
def configuration(facts: FunctionFacts) -> dict[str, Any]:
    """The FunctionConfiguration of one function."""
    code = _measure(facts.code)
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


def location(code: Path) -> dict[str, str]:
    """Where the code is: AWS gives a link to its own bucket, the laptop the folder itself."""
    return {"RepositoryType": "S3", "Location": code.resolve().as_uri()}


def _lambda_time(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "+0000"


def _measure(folder: Path) -> _CodeFolder:
    size, modified, digest = 0, 0.0, hashlib.sha256()
    for file in _files(folder):
        facts = file.stat()
        content = file.read_bytes()
        size += len(content)
        modified = max(modified, facts.st_mtime)
        digest.update(file.relative_to(folder).as_posix().encode() + b"\0" + hashlib.sha256(content).digest())
    return _CodeFolder(size, base64.b64encode(digest.digest()).decode(), modified)


def size_of(folder: Path) -> int:
    """Bytes of all files of a folder of code; that of a zip is known only where one was uploaded."""
    return sum(file.stat().st_size for file in _files(folder))


def _files(folder: Path) -> Iterator[Path]:
    for entry in sorted(folder.iterdir()) if folder.is_dir() else ():
        if entry.is_dir() and entry.name not in _SKIPPED and not entry.is_symlink():
            yield from _files(entry)
        elif entry.is_file():
            yield entry
