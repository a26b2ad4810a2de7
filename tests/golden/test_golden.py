"""What each system ships as, kept beside it: a change of a construct or a writer shows as a diff of what users get.

``pytest tests/golden --update-golden`` keeps what is made now.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import pytest

from terrarium.cloudformation.write import write as write_template
from terrarium.load import load, systems
from terrarium.model.graph import Architecture
from terrarium.model.resolve import resolve
from terrarium.terraform.write import write
from terrarium.testing.golden import differences, update


def _template(architecture: Architecture) -> Mapping[str, str]:
    text = write_template(resolve(architecture)).text
    return {"template.yaml": text} if text else {}


# The folders of `golden/`, and what is kept in them.
KEPT: Mapping[str, Callable[[Architecture], Mapping[str, str]]] = {"terraform": write, "cloudformation": _template}


@pytest.mark.parametrize("kind", KEPT)
@pytest.mark.parametrize("system", sorted(systems()))
def test_a_system_ships_as_it_is_kept(system: str, kind: str, request: pytest.FixtureRequest) -> None:
    folder = systems()[system].parent / "golden" / kind
    made = KEPT[kind](load(system))
    if request.config.getoption("--update-golden"):
        update(made, folder)
    different = differences(made, folder)
    if different:
        pytest.fail(f"{different}\nif this is meant: pytest tests/golden --update-golden", pytrace=False)
