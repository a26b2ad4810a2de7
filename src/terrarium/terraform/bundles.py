"""Which zips of code an architecture's Terraform names; `terrarium.model.bundles` makes them."""

from __future__ import annotations

from terrarium.errors import UserError
from terrarium.model.expressions import Bundle, walk
from terrarium.model.graph import Architecture


def bundles(architecture: Architecture) -> dict[str, Bundle]:
    """The zips that an architecture's Terraform names, by file name relative to the root module's folder.

    Raises:
        UserError: Two different bundles have one name.
    """
    found: dict[str, Bundle] = {}
    for scope in architecture.scopes:
        folder = "" if scope is architecture else f"modules/{scope.name}/"
        for resource in scope.resources:
            for bundle in walk(resource.attributes):
                if not isinstance(bundle, Bundle):
                    continue
                name = f"{folder}bundles/{bundle.name}.zip"
                if found.setdefault(name, bundle) != bundle:
                    raise UserError(
                        f"two bundles are named {bundle.name!r}",
                        where=resource.origin,
                        hint="name one of them otherwise",
                    )
    return found
