"""Changed code of functions that publish: a new version, to which aliases move on that led to the newest."""

from __future__ import annotations

from msgspec.structs import replace

from terrarium.local.function_names import named
from terrarium.local.kinds.aliases import AliasKind
from terrarium.local.kinds.arrivals import PREFIX
from terrarium.local.kinds.functions import FunctionKind
from terrarium.local.registry import Entry, Registry


async def publish_changed(registry: Registry, functions: FunctionKind, aliases: AliasKind) -> None:
    """Does what applying the architecture again would do.

    Args:
        registry: What is alive.
        functions: Publishes.
        aliases: Leads elsewhere.

    Raises:
        UserError: The code of a function cannot be published.
    """
    for function in registry.alive("aws_lambda_function"):
        if not function.get("publish"):
            continue
        told = await functions.published(function)
        if told["version"] == function["version"]:
            continue
        registry.put(replace(function, values={**function.values, **told}))
        for alias in registry.alive("aws_lambda_alias"):
            if _follows(alias, function):
                moved = replace(alias, values={**alias.values, "function_version": told["version"]})
                registry.put(moved)
                await aliases.create(moved)


def _follows(alias: Entry, function: Entry) -> bool:
    """Whether an alias of the architecture led to what was the newest version; who made another decides for it."""
    return (
        not alias.address.startswith(f"{PREFIX}.")
        and named(alias["function_name"]).name == function["function_name"]
        and alias["function_version"] == function["version"]
    )
