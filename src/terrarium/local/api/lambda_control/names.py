"""Between the members of Lambda's API and Terraform's attributes: the same words, spelled differently.

A structure is a block, that is a list of one mapping: https://registry.terraform.io/providers/hashicorp/aws/5.100.0/docs/resources/lambda_function.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

_ACRONYM = re.compile(r"([A-Z]+)([A-Z][a-z])")
_WORD = re.compile(r"([a-z0-9])([A-Z])")
#: Members whose keys are the user's own.
_MAPS = frozenset({"Variables", "Tags"})


def attribute_name(member: str) -> str:
    """``KMSKeyArn`` as Terraform spells it: ``kms_key_arn``."""
    return _WORD.sub(r"\1_\2", _ACRONYM.sub(r"\1_\2", member)).lower()


# Members and attributes are of any type.
def attributes(body: Mapping[str, Any], members: Iterable[str]) -> dict[str, Any]:
    """Some members of a call's body as Terraform's attributes; an empty structure is no block."""
    return {attribute_name(name): _attribute(name, body[name]) for name in members if body.get(name) is not None}


def described(values: Mapping[str, Any], members: Iterable[str]) -> dict[str, Any]:
    """Terraform's attributes as the members of an answer; what is not set is left out."""
    found = ((name, values.get(attribute_name(name))) for name in members)
    return {name: _member(value) for name, value in found if value not in (None, "", [], {})}


def _attribute(name: str, value: Any) -> Any:
    if not isinstance(value, Mapping) or name in _MAPS:
        return value
    block = {attribute_name(inner): _attribute(inner, content) for inner, content in value.items()}
    return [block] if any(content not in (None, "", []) for content in block.values()) else []


def _member(value: Any) -> Any:
    if isinstance(value, list) and len(value) == 1 and isinstance(value[0], Mapping):
        return {_member_name(name): inner for name, inner in value[0].items() if inner not in (None, "")}
    return value


def _member_name(attribute: str) -> str:
    return "".join(word.capitalize() for word in attribute.split("_"))
