"""The graph: Terraform resources with references between them, in modules, as a user wrote them.

The graph knows no front-end and no back-end.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from terrarium.errors import UserError, did_you_mean
from terrarium.model import validate
from terrarium.model.conditions import both
from terrarium.model.expressions import Each, Export, Expression, Value, entered, walk
from terrarium.model.origin import origin
from terrarium.model.resource import Lifecycle, Provider, Resource
from terrarium.model.schema import Mode, block_of, types
from terrarium.model.variables import Output, Variable, variable

__all__ = ["Architecture", "Lifecycle", "Module", "Provider", "Resource"]

_LABEL = re.compile(r"[A-Za-z_][A-Za-z0-9_-]*")
# Files that are written besides those of the layers.
_FILES = ("versions", "providers", "variables", "outputs")


class Module:
    """A scope for resources: the architecture itself, or one of its modules.

    Args:
        name: Its name in Terraform; empty for the architecture itself.
        parent: The architecture it belongs to.
    """

    def __init__(self, name: str, parent: Architecture | None) -> None:
        self.name = name
        self.parent = parent
        self.resources: list[Resource] = []
        self.exports: dict[str, Value] = {}
        self._known: dict[str, Resource] = {}
        self._when: Value = True
        self._layer = "main"

    def __repr__(self) -> str:
        return self.name or self.root.name

    @property
    def root(self) -> Architecture:
        """The architecture."""
        assert self.parent is not None
        return self.parent

    @property
    def prefix(self) -> Value:
        """What physical names begin with."""
        return self.root.prefix

    @property
    def region(self) -> Value:
        """The architecture's region, for example ``us-east-1``; may be an expression."""
        return self.root.region

    def add(
        self,
        type: str,
        label: str,
        /,
        *,
        when: Value = True,
        provider: Provider | None = None,
        depends_on: Sequence[Resource] = (),
        lifecycle: Lifecycle | None = None,
        **attributes: Value,
    ) -> Resource:
        """Adds a resource.

        Args:
            type: Terraform's type, for example ``aws_sqs_queue``.
            label: Its name in this module, unique per type.
            when: Whether it exists: a bool, or a condition that a deployer decides.
            provider: Where it lives, if not in the architecture's region.
            depends_on: Resources that come first though nothing of theirs is mentioned.
            lifecycle: How Terraform treats changes of it.
            **attributes: As Terraform names them; nested blocks are mappings, or lists of mappings.

        Returns:
            The resource, whose attributes can be referred to: ``resource["arn"]``.

        Raises:
            UserError: The type, the label or an attribute is wrong, something required is missing, or the address is
                taken.
        """
        resource = self._new("resource", type, label, when)
        resource.provider = provider
        resource.lifecycle = lifecycle
        resource.depends_on = _before(resource, depends_on)
        return self._added(resource, attributes)

    def data(
        self, type: str, label: str, /, *, when: Value = True, provider: Provider | None = None, **attributes: Value
    ) -> Resource:
        """Adds a data source: what exists already and is looked up on deployment. Arguments and errors as for `add`."""
        resource = self._new("data", type, label, when)
        resource.provider = provider
        return self._added(resource, attributes)

    def _new(self, mode: Mode, type: str, label: str, when: Value) -> Resource:
        """A resource without attributes, under a name that is free."""
        where = origin()
        if block_of(mode, type) is None:
            raise UserError(
                f"the AWS provider has no {mode} {type!r}", where=where, hint=did_you_mean(type, types(mode))
            )
        if not _LABEL.fullmatch(label):
            raise UserError(
                f"{label!r} cannot name a {type}: letters, digits, _ and - only, not beginning with a digit",
                where=where,
            )
        exists = self._when if when is True else both(self._when, _condition(when, self.root))
        resource = Resource(mode, type, label, self, exists, self._layer, where)
        earlier = self._known.get(resource.address)
        if earlier is not None:
            raise UserError(
                f"{resource.address} exists already, from {earlier.origin}",
                where=where,
                hint="give one of them another label",
            )
        return resource

    def _added(self, resource: Resource, attributes: Mapping[str, Value]) -> Resource:
        resource.set(**attributes)
        self.resources.append(resource)
        self._known[resource.address] = resource
        return resource

    def known(self, address: str) -> Resource | None:
        """The resource at an address of this module, if there is one."""
        return self._known.get(address)

    @contextmanager
    def when(self, condition: Value) -> Iterator[None]:
        """Makes everything that is added inside exist only if a condition holds."""
        outer, self._when = self._when, both(self._when, _condition(condition, self.root))
        try:
            yield
        finally:
            self._when = outer

    @contextmanager
    def layer(self, name: str) -> Iterator[None]:
        """Puts everything that is added inside into one file of the module, named without ending.

        Raises:
            UserError: The name is no file's, or that of a file which is written anyway.
        """
        if not _LABEL.fullmatch(name) or name in _FILES:
            raise UserError(f"{name!r} cannot name a layer", where=origin(), hint="letters, digits, _ and - only")
        outer, self._layer = self._layer, name
        try:
            yield
        finally:
            self._layer = outer

    def export(self, **values: Value) -> None:
        """Names values of this module for others: ``module.export(vpc_id=…)`` is read as ``module.vpc_id``.

        Raises:
            UserError: It exports that name already.
        """
        for name, value in values.items():
            if name in self.exports:
                raise UserError(f"module {self!r} exports {name!r} already", where=origin())
            self.exports[name] = _named(value, self.root, f"the export {name}")

    def __getattr__(self, name: str) -> Export:
        exports: dict[str, Value] = self.__dict__.get("exports", {})
        if name in exports:
            return Export(self, name)
        if name.startswith("_"):
            raise AttributeError(name)
        hint = did_you_mean(name, exports) or (f"it exports {', '.join(exports)}" if exports else "it exports nothing")
        raise UserError(f"module {self!r} exports no {name!r}", where=origin(), hint=hint)


class Architecture(Module):
    """A whole system.

    Args:
        name: Short name: letters, digits and hyphens, at most 32 characters.
        region: Where it lives, for example ``us-east-1``; may be an expression.
        prefix: What physical names begin with; the name, if not given.
        description: One sentence for people.
    """

    def __init__(self, name: str, *, region: Value = "us-east-1", prefix: Value = None, description: str = "") -> None:
        super().__init__("", None)
        if not re.fullmatch(r"[a-z][a-z0-9-]{0,31}", name):
            raise UserError(
                f"{name!r} cannot name an architecture",
                where=origin(),
                hint="lower-case letters, digits and hyphens, beginning with a letter, at most 32 characters",
            )
        self.name = name
        self.description = description
        self.modules: list[Module] = []
        self.variables: dict[str, Variable] = {}
        self.outputs: dict[str, Output] = {}
        self.providers: dict[str, Provider] = {}
        self._tags: Value = None
        self._region = entered(region)
        self._prefix = name if prefix is None else prefix

    def __repr__(self) -> str:
        return self.name

    @property
    def address(self) -> str:
        """Empty: the architecture is where addresses begin."""
        return ""

    @property
    def root(self) -> Architecture:
        return self

    @property
    def prefix(self) -> Value:
        return self._prefix

    @prefix.setter
    def prefix(self, value: Value) -> None:
        self._prefix = value

    @property
    def tags(self) -> Value:
        """Tags of everything that can have some, as a mapping."""
        return self._tags

    @tags.setter
    def tags(self, value: Value) -> None:
        self._tags = entered(value)

    @property
    def region(self) -> Value:
        return self._region

    @region.setter
    def region(self, value: Value) -> None:
        self._region = entered(value)

    @property
    def scopes(self) -> tuple[Module, ...]:
        """The modules in the order in which they were made, then the architecture itself."""
        return (*self.modules, self)

    def module(self, name: str) -> Module:
        """Adds a module, a scope like the architecture."""
        if not _LABEL.fullmatch(name):
            raise UserError(f"{name!r} cannot name a module: letters, digits, _ and - only", where=origin())
        if any(module.name == name for module in self.modules):
            raise UserError(f"module {name!r} exists already", where=origin())
        self.modules.append(Module(name, self))
        return self.modules[-1]

    def variable(self, name: str, default: Value = ..., description: str = "", **options: Any) -> Variable:
        """Declares something that whoever deploys may choose. Arguments as for `terrarium.model.variables.variable`."""
        if name in self.variables:
            raise UserError(f"variable {name!r} exists already", where=origin())
        self.variables[name] = variable(name, default, description, **options)
        return self.variables[name]

    def output(self, name: str, value: Value, description: str, *, sensitive: bool = False) -> None:
        """Names a value that a deployment reports.

        Args:
            name: Terraform's name of the output.
            value: Anything; usually a reference.
            description: One sentence for people.
            sensitive: Whether Terraform hides it on screen.
        """
        if name in self.outputs:
            raise UserError(f"output {name!r} exists already", where=origin())
        if not _LABEL.fullmatch(name):
            raise UserError(f"{name!r} cannot name an output: letters, digits, _ and - only", where=origin())
        self.outputs[name] = Output(name, _named(value, self, f"the output {name}"), description, sensitive, origin())

    def provider(self, alias: str, *, region: Value) -> Provider:
        """The AWS provider for another region; asking twice gives the same one.

        Raises:
            UserError: The name stands for a region already, and for another one.
        """
        wanted = Provider(alias, entered(region))
        known = self.providers.setdefault(alias, wanted)
        if repr(known.region) != repr(wanted.region):
            raise UserError(f"provider {alias!r} is for {known.region!r} already, not {region!r}", where=origin())
        return known


def _before(resource: Resource, others: Sequence[object]) -> tuple[Resource, ...]:
    """What a resource waits for, checked."""
    for other in others:
        if not isinstance(other, Resource):
            kind = type(other).__name__
            raise UserError(f"{resource.address} can wait for resources only, not for a {kind}", where=origin())
        if other.module.root is not resource.module.root:
            raise UserError(f"{resource.address} waits for {other.address} of another architecture", where=origin())
    return tuple(other for other in others if isinstance(other, Resource))


def _condition(when: Value, root: Architecture) -> Value:
    """A condition as it enters the graph."""
    condition = entered(when)
    if not isinstance(condition, (bool, Expression)):
        raise UserError(
            f"{when!r} is no condition", where=origin(), hint="use a bool, a variable, equals(…) or given(…)"
        )
    mentioned = walk(condition)
    if any(isinstance(expression, Each) for expression in mentioned):
        raise UserError("whether something exists cannot depend on the item that it exists for", where=origin())
    validate.of_architecture(mentioned, root, "a condition")
    return condition


def _named(value: Value, root: Architecture, place: str) -> Value:
    """A value that is reported or handed on, as it enters the graph."""
    made = entered(value)
    validate.of_architecture(walk(made), root, place)
    return made
