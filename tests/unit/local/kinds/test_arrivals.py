"""What calls create is in the registry, alive, and there again at the next start; what cannot live leaves no trace."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, ClassVar

import pytest

from terrarium.catalog.place import Place
from terrarium.errors import UserError
from terrarium.local.kinds.arrivals import Arrivals
from terrarium.local.kinds.kind import NotAliveError, OnlyModelledError, Passive
from terrarium.local.registry import Entry, Registry
from terrarium.model.expressions import Bundle

PLACE = Place("empty", "us-east-1", "000000000000")
TYPE = "aws_lambda_function"


class Kind(Passive):
    """Notes what it is told."""

    types: ClassVar[tuple[str, ...]] = (TYPE,)

    def __init__(self) -> None:
        self.told: list[str] = []

    async def create(self, entry: Entry) -> Mapping[str, Any]:
        if entry.get("runtime") == "nodejs":
            raise NotAliveError("only Python runs here")
        if entry.get("runtime") == "provided":
            raise OnlyModelledError("nothing runs it, and it is described")
        return {"decided": "here"}

    async def arrived(self, entry: Entry) -> None:
        if entry.get("handler") == "bad":
            raise UserError("it cannot be served")
        self.told.append(f"arrived {entry['function_name']}")

    async def left(self, entry: Entry) -> None:
        self.told.append(f"left {entry['function_name']}")


def arrivals(folder: Path) -> tuple[Arrivals, Registry, Kind]:
    registry, kind = Registry(), Kind()
    return Arrivals(registry, {TYPE: kind}, folder, PLACE), registry, kind


async def test_what_is_created_is_alive_with_what_its_kind_decided(tmp_path: Path) -> None:
    here, registry, kind = arrivals(tmp_path)
    entry = await here.put(TYPE, "one", {"function_name": "one"})
    assert (entry.state, entry["decided"], entry["arn"].rpartition(":")[2]) == ("alive", "here", "one")
    assert (list(registry), kind.told) == ([entry], ["arrived one"])


async def test_what_is_removed_is_gone_and_its_kind_is_told(tmp_path: Path) -> None:
    here, registry, kind = arrivals(tmp_path)
    await here.remove(await here.put(TYPE, "one", {"function_name": "one"}))
    assert (len(registry), kind.told) == (0, ["arrived one", "left one"])


@pytest.mark.parametrize("refused", [{"runtime": "nodejs"}, {"handler": "bad"}])
async def test_what_cannot_live_is_refused_and_leaves_no_trace(tmp_path: Path, refused: dict[str, str]) -> None:
    here, registry, _ = arrivals(tmp_path)
    with pytest.raises(UserError):
        await here.put(TYPE, "one", {"function_name": "one", **refused})
    assert len(registry) == 0


async def test_what_is_only_described_is_made_and_says_so_at_each_start(tmp_path: Path) -> None:
    here, _, _ = arrivals(tmp_path)
    await here.put(TYPE, "one", {"function_name": "one", "runtime": "provided"})
    after, registry, _ = arrivals(tmp_path)
    await after.restore()
    (entry,) = registry
    assert (entry.state, entry.note) == ("modelled", "nothing runs it, and it is described")


async def test_a_change_that_cannot_live_leaves_everything_as_it_was(tmp_path: Path) -> None:
    here, registry, _ = arrivals(tmp_path)
    entry = await here.put(TYPE, "one", {"function_name": "one"})
    with pytest.raises(UserError):
        await here.change(entry, {"handler": "bad"})
    assert list(registry) == [entry]


async def test_what_was_created_is_there_after_a_restart_with_its_code(tmp_path: Path) -> None:
    code = tmp_path / "code" / "uploaded" / "abc"
    values = {"function_name": "one", "filename": Bundle((("", code),), "one"), "tags": {"a": "1"}}
    before, _, _ = arrivals(tmp_path)
    entry = await before.put(TYPE, "one", values)

    after, registry, _ = arrivals(tmp_path)

    assert await after.restore() == [code]
    assert list(registry) == [entry]


async def test_what_was_removed_does_not_come_back(tmp_path: Path) -> None:
    before, _, _ = arrivals(tmp_path)
    await before.remove(await before.put(TYPE, "one", {"function_name": "one"}))
    after, registry, _ = arrivals(tmp_path)
    assert (await after.restore(), len(registry)) == ([], 0)


async def test_what_the_architecture_describes_is_not_kept_beside_it(tmp_path: Path) -> None:
    here, registry, _ = arrivals(tmp_path)
    registry.put(Entry("aws_lambda_function.one", TYPE, {"function_name": "one"}))
    await here.change(registry["aws_lambda_function.one"], {"timeout": 5})
    after, later, _ = arrivals(tmp_path)
    await after.restore()
    assert (registry["aws_lambda_function.one"]["timeout"], len(later)) == (5, 0)
