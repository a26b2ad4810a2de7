"""The locks: every line hashed, nothing that belongs to one machine, and one of them holding the other."""

from __future__ import annotations

import re
import tomllib

import pytest

from tests.environment import ROOT

LOCKS = ("runtime", "dev")
LINE = re.compile(
    r"^(?P<name>[a-z0-9-]+)==(?P<version>[^ ]+)(?P<marker> ; [^\\]+)? \\\n(?P<hashes>(?: {4}--hash=.*\n)+)",
    re.MULTILINE,
)


def lock(kind: str) -> str:
    return (ROOT / "requirements" / f"{kind}.txt").read_text(encoding="utf-8")


def pinned(kind: str) -> set[tuple[str, str]]:
    return {(match["name"], match["version"]) for match in LINE.finditer(lock(kind))}


@pytest.mark.parametrize("kind", LOCKS)
def test_a_lock_holds_nothing_but_versions_and_their_hashes(kind: str) -> None:
    assert not LINE.sub("", lock(kind)).strip()


def test_who_can_run_the_tests_can_run_the_systems() -> None:
    assert pinned("runtime") < pinned("dev")


@pytest.mark.parametrize(("kind", "groups"), [("runtime", ["build"]), ("dev", ["build", "test", "lint", "docs"])])
def test_what_the_project_asks_for_is_locked(kind: str, groups: list[str]) -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    asked = project["project"]["dependencies"] + [
        line for group in groups for line in project["dependency-groups"][group]
    ]
    names = {re.split(r"[^\w-]", line)[0] for line in asked}
    assert names <= {name for name, _ in pinned(kind)}
