"""Where mappings keep their places: a small file for each, replaced as a whole."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

from terrarium.local.compute.functions.stream_lanes import is_of


class FileCheckpoints:
    """A mapping's place in each shard, in a file that is replaced as a whole.

    Args:
        file: The file.
    """

    def __init__(self, file: Path) -> None:
        self._file = file
        self._places: dict[str, str] = json.loads(file.read_text()) if file.is_file() else {}

    def load(self, shard_id: str) -> str | None:
        """What was saved last for a shard."""
        return self._places.get(shard_id)

    def save(self, shard_id: str, place: str) -> None:
        """Keeps a shard's place."""
        self._places[shard_id] = place
        self._write()

    def places(self, shard_id: str) -> Mapping[str, str]:
        """Every place of a shard, by the shard or its lane."""
        return {name: place for name, place in self._places.items() if is_of(name, shard_id)}

    def forget(self, name: str) -> None:
        """Keeps a place no longer."""
        self._places.pop(name, None)
        self._write()

    def _write(self) -> None:
        self._file.parent.mkdir(parents=True, exist_ok=True)
        temporary = self._file.with_suffix(".new")
        temporary.write_text(json.dumps(self._places))
        temporary.replace(self._file)
