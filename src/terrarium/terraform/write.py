"""The graph as Terraform: files that a person would have written.

A value in, a value out: `write` returns texts by file name and touches no disk. `terrarium.terraform.bundles` makes the
zips that the texts name.
"""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Literal

from terrarium.model import tokens
from terrarium.model.graph import Architecture
from terrarium.model.order import check_circles
from terrarium.terraform import hcl, json
from terrarium.terraform.layout import layout
from terrarium.terraform.tree import Block

Syntax = Literal["hcl", "json"]
_PRINTERS: Mapping[Syntax, tuple[str, Callable[[Sequence[Block]], str]]] = {
    "hcl": (".tf", hcl.printed),
    "json": (".tf.json", json.printed),
}


@contextmanager
def _collector_at_rest() -> Iterator[None]:
    """Keeps Python from looking for circles of garbage: trees are none, and a large one would be gone through often."""
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()


def write(architecture: Architecture, syntax: Syntax = "hcl") -> dict[str, str]:
    """The Terraform of an architecture.

    Args:
        architecture: As written.
        syntax: ``hcl`` for people, ``json`` for tools.

    Returns:
        Texts by file name relative to the root module's folder, in the order in which a person would read them.

    Raises:
        UserError: Resources mention each other in a circle, or a value cannot be said in Terraform.
    """
    check_circles(architecture)  # Terraform would find them only on deployment
    ending, printed = _PRINTERS[syntax]
    with _collector_at_rest():
        files = {f"{name}{ending}": printed(blocks) for name, blocks in layout(architecture).items()}
    for name, text in files.items():
        assert not tokens.holds_token(text), f"a reference was left undecoded in {name}"
    return files
