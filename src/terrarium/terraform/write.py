"""The graph as Terraform: files that a person would have written.

A value in, a value out: `write` returns texts by file name and touches no disk. `terrarium.terraform.bundles` makes the
zips that the texts name.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Literal

from terrarium.model import tokens
from terrarium.model.graph import Architecture
from terrarium.model.order import in_order
from terrarium.terraform import hcl, json
from terrarium.terraform.layout import layout
from terrarium.terraform.tree import Block

Syntax = Literal["hcl", "json"]
_PRINTERS: Mapping[Syntax, tuple[str, Callable[[Sequence[Block]], str]]] = {
    "hcl": (".tf", hcl.printed),
    "json": (".tf.json", json.printed),
}


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
    in_order(architecture)  # Terraform would find circles only on deployment
    ending, printed = _PRINTERS[syntax]
    files = {f"{name}{ending}": printed(blocks) for name, blocks in layout(architecture).items()}
    for name, text in files.items():
        assert not tokens.holds_token(text), f"a reference was left undecoded in {name}"
    return files
