"""The graph as a CloudFormation template: its tables, and by name what else it holds and the template does not.

A value in, a value out: nothing is written to disk here.
"""

from __future__ import annotations

import re
from typing import Any

from msgspec import Struct

from terrarium.cloudformation import tables, yaml
from terrarium.model.evaluate import is_known
from terrarium.model.expressions import walk
from terrarium.model.resolve import Instance, Resolved

TABLE = "aws_dynamodb_table"


class Template(Struct, frozen=True):
    """What was written.

    Attributes:
        text: The template as YAML; nothing where there is no table to write.
        written: Addresses of the tables that are in it.
        left_out: Why each other resource is not in it, by address.
    """

    text: str | None
    written: tuple[str, ...]
    left_out: dict[str, str]


def write(resolved: Resolved) -> Template:
    """The template of an architecture's tables.

    Args:
        resolved: The architecture for given choices; a template holds plain values.
    """
    left_out = {instance.address: reason for instance in resolved.instances if (reason := _refusal(instance))}
    chosen = [instance for instance in resolved.instances if instance.address not in left_out]
    if not chosen:
        return Template(None, (), left_out)
    template: dict[str, Any] = {"AWSTemplateFormatVersion": "2010-09-09"}
    if resolved.architecture.description:
        template["Description"] = resolved.architecture.description
    template["Resources"] = _resources(chosen)
    return Template(yaml.document(template), tuple(instance.address for instance in chosen), left_out)


def _refusal(instance: Instance) -> str:
    """Why a resource has no place in the template; empty where it has one."""
    if instance.type != TABLE or instance.resource.mode != "resource":
        return "not a table"
    if not is_known(instance.attributes):
        unknown = next(iter(walk(instance.attributes)))
        return f"needs {unknown!r}, which another resource decides"
    unsaid = tables.unsaid(instance.attributes)
    return f"its {' and '.join(unsaid)} has no counterpart here" if unsaid else ""


def _resources(instances: list[Instance]) -> dict[str, Any]:
    """The tables by their logical ids."""
    made: dict[str, Any] = {}
    for instance in instances:
        made[_free(logical_id(instance), made)] = {
            "Type": "AWS::DynamoDB::Table",
            "Properties": tables.properties(instance.attributes),
        }
    return made


def logical_id(instance: Instance) -> str:
    """The name of a table within the template: letters and digits only, from its name in AWS."""
    words = re.findall(r"[A-Za-z0-9]+", str(instance.attributes["name"]))
    return "".join(word[0].upper() + word[1:] for word in words) + "Table"


def _free(wanted: str, taken: dict[str, Any]) -> str:
    """A name like the one wanted that nothing has yet."""
    number = 2
    name = wanted
    while name in taken:
        name, number = f"{wanted}{number}", number + 1
    return name
