"""What belongs to a function, or to one version or alias of it, and goes when that goes."""

from __future__ import annotations

from terrarium.local.api.resources import Resources
from terrarium.local.function_names import FunctionName, named
from terrarium.local.registry import Entry

#: Types whose `function_name` and `qualifier` say what they belong to.
TYPES = (
    "aws_lambda_function_event_invoke_config",
    "aws_lambda_function_recursion_config",
    "aws_lambda_function_url",
    "aws_lambda_permission",
    "aws_lambda_provisioned_concurrency_config",
    "aws_lambda_runtime_management_config",
)


def belonging(resources: Resources, target: FunctionName, *types: str) -> list[Entry]:
    """What belongs to a function as a whole, with everything of its versions and aliases, or to one of these.

    Args:
        resources: Everything there is.
        target: The function; with a qualifier, that version or alias alone.
        types: The types to look at; all that belong to functions, if none are given.
    """
    return [
        entry for entry in resources.of(*(types or TYPES)) if target in (owner(entry), FunctionName(owner(entry).name))
    ]


def owner(entry: Entry) -> FunctionName:
    """What a resource belongs to: its `function_name` may be a name or an ARN, and qualified itself."""
    name = named(str(entry["function_name"]))
    return FunctionName(name.name, str(entry.get("qualifier") or name.qualifier))
