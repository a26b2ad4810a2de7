"""What moto has to be told after every start, in the order in which it was first asked for.

A record that carries nothing out, and the form in which its entries travel to moto's process: bytes as
``{"$bytes": base64}``, files as ``{"$file": path}``, so that an object's content is read where it is used.
"""

from __future__ import annotations

import base64
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from msgspec import Struct, field

SEED_PATH = "/_terrarium/seed"
STATE_PATH = "/_terrarium/state"


class Seed(Struct, frozen=True):
    """One thing that shall exist in moto.

    Attributes:
        service: botocore's service name, for example ``secretsmanager``.
        operation: The operation that makes it, for example ``CreateSecret``.
        params: That operation's parameters; a Path stands for a file's content.
        undo: Operation and parameters that remove it again, None where something else removes it along.
        custom_id: The id it shall get, where its kind lets moto be told (see `moto_ids`).
        region: Where it is; empty for the system's own region.
    """

    service: str
    operation: str
    # Parameters have the members that each operation defines.
    params: Mapping[str, Any]
    undo: tuple[str, Mapping[str, Any]] | None = None
    custom_id: str = ""
    region: str = ""


class Seeds(Struct):
    """The seeds by key, in order."""

    _by_key: dict[str, Seed] = field(default_factory=dict)

    def put(self, key: str, seed: Seed) -> None:
        """Records a seed, in its old place if the key is known."""
        self._by_key[key] = seed

    def get(self, key: str) -> Seed | None:
        """The seed of a key, None where there is none."""
        return self._by_key.get(key)

    def remove(self, key: str) -> Seed | None:
        """Forgets a seed and gives it back, None where there is none."""
        return self._by_key.pop(key, None)

    def __iter__(self) -> Iterator[tuple[str, Seed]]:
        return iter(tuple(self._by_key.items()))

    def __len__(self) -> int:
        return len(self._by_key)


# Parameters are whatever JSON carries, and bytes and files.
def encode_params(value: Any) -> Any:
    """Parameters as JSON carries them."""
    if isinstance(value, (bytes, bytearray)):
        return {"$bytes": base64.b64encode(value).decode()}
    if isinstance(value, Path):
        return {"$file": str(value)}
    if isinstance(value, Mapping):
        return {name: encode_params(inner) for name, inner in value.items()}
    if isinstance(value, (list, tuple)):
        return [encode_params(inner) for inner in value]
    return value


def decode_params(value: Any) -> Any:
    """The inverse of `encode_params`; a file becomes its content."""
    if isinstance(value, list):
        return [decode_params(inner) for inner in value]
    if not isinstance(value, dict):
        return value
    if set(value) == {"$bytes"}:
        return base64.b64decode(value["$bytes"])
    if set(value) == {"$file"}:
        return Path(value["$file"]).read_bytes()
    return {name: decode_params(inner) for name, inner in value.items()}
