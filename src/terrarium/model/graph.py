"""The graph: Terraform resources with references between them, in modules, as a user wrote them.

A resource here *is* a Terraform resource: type, label, attributes. The graph knows no front-end and no back-end.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from terrarium.errors import Origin, UserError, did_you_mean
from terrarium.model import validate
from terrarium.model.expressions import Each, Every, Export, Expression, Ref, Value, both, entered, walk
from terrarium.model.origin import origin
from terrarium.model.schema import Block, Mode, block_of, types
from terrarium.model.variables import Output, Variable, variable

_LABEL = re.compile(r"[A-Za-z_][A-Za-z0-9_-]*")


@dataclass(frozen=True)
class Provider:
    """The AWS provider for one region, under a name.

    Attributes:
        alias: The name; empty for the architecture's own region.
        region: For example ``us-east-1``; may be an expression.
    """

    alias: str
    region: Value


@dataclass(frozen=True)
class Lifecycle:
    """How Terraform treats changes of a resource (https://developer.hashicorp.com/terraform/language/meta-arguments/lifecycle)."""

    create_before_destroy: bool = False
    prevent_destroy: bool = False
    ignore_changes: tuple[str, ...] = ()


@dataclass(eq=False, repr=False)
class Resource:
    """A Terraform resource or data source.

    Attributes:
        mode: ``resource`` or ``data``.
        type: Terraform's type, for example ``aws_sqs_queue``.
        label: Its name in the module.
        module: Where it lives.
        when: Whether it exists: True, or a condition that a deployer decides.
        layer: The file of the module that it is written to, without ending.
        attributes: What the user wrote, checked; nested blocks are lists of mappings.
        each: The item per which it exists, if it exists more than once.
        depends_on: Resources that come first though nothing of theirs is mentioned.
        programs: What the laptop runs in its place (never written to Terraform), by name.
    """

    mode: Mode
    type: str
    label: str
    module: Module
    when: Value
    layer: str
    origin: Origin
    provider: Provider | None = None
    lifecycle: Lifecycle | None = None
    depends_on: tuple[Resource, ...] = ()
    attributes: dict[str, Value] = field(default_factory=dict)
    each: Each | None = None
    programs: dict[str, Any] = field(default_factory=dict)  # of types that only back-ends know

    def __repr__(self) -> str:
        return self.address

    @property
    def address(self) -> str:
        """Its name within the module, as Terraform writes it."""
        return f"{'data.' if self.mode == 'data' else ''}{self.type}.{self.label}"

    @property
    def full_address(self) -> str:
        """Its name within the whole architecture."""
        return f"module.{self.module.name}.{self.address}" if self.module.parent else self.address

    @property
    def schema(self) -> Block:
        """What the provider accepts for this type."""
        block = block_of(self.mode, self.type)
        assert block is not None, "checked when the resource was added"
        return block

    def set(self, **attributes: Value) -> None:
        """Writes attributes and nested blocks, over what was there; None takes one away.

        Raises:
            UserError: The type has no such attribute, or the value does not fit.
        """
        checked = validate.attributes(
            self.schema, {name: entered(value) for name, value in attributes.items()}, self.address
        )
        for name, value in checked.items():
            if value is None:
                self.attributes.pop(name, None)
            else:
                self.attributes[name] = value
                self._run_over(value)

    def _run_over(self, value: Value) -> None:
        """Notes the item that a value mentions: the resource then exists once per item."""
        for expression in walk(value):
            if isinstance(expression, Ref) and expression.resource.module.root is not self.module.root:
                raise UserError(f"{self.address} refers to {expression!r} of another architecture", where=origin())
            if not isinstance(expression, Each):
                continue
            if self.each is not None and self.each != expression:
                raise UserError(
                    f"{self.address} cannot exist once per item of both {self.each.source!r} and {expression.source!r}",
                    where=origin(),
                )
            self.each = expression

    def __getitem__(self, attribute: str) -> Ref:
        """A reference to one of its attributes.

        Raises:
            UserError: The type has no such attribute.
        """
        block = self.schema
        if attribute not in block.attributes and attribute not in block.blocks:
            raise UserError(
                f"{self.address} has no attribute {attribute!r}",
                where=origin(),
                hint=did_you_mean(attribute, [*block.attributes, *block.blocks]),
            )
        return Ref(self, attribute)

    def every(self, attribute: str) -> Every:
        """One attribute of every copy of it, as a list."""
        return Every(self[attribute])

    def expressions(self) -> Iterator[Expression]:
        """Every expression it mentions."""
        yield from walk(self.when)
        yield from walk(self.attributes)
        if self.each is not None:
            yield from walk(self.each.source)


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
            UserError: The type, the label or an attribute is wrong, a required attribute is missing, or the address is taken.
        """
        return self._add("resource", type, label, when, provider, depends_on, lifecycle, attributes)

    def data(
        self, type: str, label: str, /, *, when: Value = True, provider: Provider | None = None, **attributes: Value
    ) -> Resource:
        """Adds a data source: something that exists already, looked up on deployment. Arguments and errors as for `add`."""
        return self._add("data", type, label, when, provider, (), None, attributes)

    def _add(
        self,
        mode: Mode,
        type: str,
        label: str,
        when: Value,
        provider: Provider | None,
        depends_on: Sequence[Resource],
        lifecycle: Lifecycle | None,
        attributes: Mapping[str, Value],
    ) -> Resource:
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
        resource = Resource(
            mode,
            type,
            label,
            self,
            both(self._when, entered(when)),
            self._layer,
            where,
            provider,
            lifecycle,
            tuple(depends_on),
        )
        earlier = self._known.get(resource.address)
        if earlier is not None:
            raise UserError(
                f"{resource.address} exists already, from {earlier.origin}",
                where=where,
                hint="give one of them another label",
            )
        validate.complete(resource.schema, attributes, resource.address)
        resource.set(**attributes)
        self.resources.append(resource)
        self._known[resource.address] = resource
        return resource

    @contextmanager
    def when(self, condition: Value) -> Iterator[None]:
        """Makes everything that is added inside exist only if a condition holds."""
        outer, self._when = self._when, both(self._when, entered(condition))
        try:
            yield
        finally:
            self._when = outer

    @contextmanager
    def layer(self, name: str) -> Iterator[None]:
        """Puts everything that is added inside into one file of the module, named without ending."""
        outer, self._layer = self._layer, name
        try:
            yield
        finally:
            self._layer = outer

    def export(self, **values: Value) -> None:
        """Names values of this module for others: ``module.export(vpc_id=…)`` is read as ``module.vpc_id``."""
        self.exports |= {name: entered(value) for name, value in values.items()}

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
        self.tags: Value = None
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
        self.outputs[name] = Output(name, entered(value), description, sensitive, origin())

    def provider(self, alias: str, *, region: Value) -> Provider:
        """The AWS provider for another region; asking twice gives the same one."""
        if alias not in self.providers:
            self.providers[alias] = Provider(alias, entered(region))
        return self.providers[alias]
