"""A Terraform resource: type, label, attributes, checked as they are written."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from terrarium.errors import Origin, UserError, did_you_mean
from terrarium.model import validate
from terrarium.model.expressions import Each, Every, Expression, Ref, Value, entered, walk
from terrarium.model.origin import origin
from terrarium.model.schema import Block, Mode, block_of

if TYPE_CHECKING:
    from terrarium.model.graph import Module


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
        address: Its name within the module, as Terraform writes it.
        schema: What the provider accepts for its type.
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
    _mentioned: Sequence[Expression] = ()  # in the attributes, which only `set` changes

    # Both are asked for so often that a property would take more time than all that is done with them.
    address: str = field(init=False)
    schema: Block = field(init=False)

    def __post_init__(self) -> None:
        self.address = f"{'data.' if self.mode == 'data' else ''}{self.type}.{self.label}"
        block = block_of(self.mode, self.type)
        assert block is not None, "checked before the resource is made"
        self.schema = block

    def __repr__(self) -> str:
        return self.address

    @property
    def full_address(self) -> str:
        """Its name within the whole architecture."""
        return f"module.{self.module.name}.{self.address}" if self.module.parent else self.address

    def set(self, **attributes: Value) -> None:
        """Writes attributes and nested blocks, over what was there; None takes one away.

        Raises:
            UserError: The type has no such attribute, a value does not fit, or something required would be missing.
        """
        new = {name: entered(value) for name, value in attributes.items()}
        checked = validate.attributes(self.schema, new, self.address)
        after = {name: value for name, value in {**self.attributes, **checked}.items() if value is not None}
        validate.complete(self.schema, after, self.address)
        mentioned = walk(after)
        if mentioned:
            validate.of_architecture(mentioned, self.module.root, self.address)
        self.each = self._item_among(mentioned)
        self.attributes = after
        self._mentioned = mentioned

    def _item_among(self, mentioned: Iterable[Expression]) -> Each | None:
        """The item that is mentioned: the resource then exists once per item."""
        found: Each | None = None
        for each in mentioned:
            if not isinstance(each, Each):
                continue
            if found is not None and found != each:
                raise UserError(
                    f"{self.address} cannot exist once per item of both {found.source!r} and {each.source!r}",
                    where=origin(),
                )
            found = each
        return found

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
        if self.when is not True:
            yield from walk(self.when)
        yield from self._mentioned
        if self.each is not None:
            yield from walk(self.each.source)
