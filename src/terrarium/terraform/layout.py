"""The graph as the files that a person would have written, each a list of blocks."""

from __future__ import annotations

from collections.abc import Mapping

from msgspec.structs import replace

from terrarium.errors import UserError
from terrarium.model.expressions import Value
from terrarium.model.graph import Architecture, Module, Provider
from terrarium.model.order import references
from terrarium.model.schema import provider_version
from terrarium.model.variables import REQUIRED, Output, Variable, bounds
from terrarium.terraform.blocks import Group, addresses, resource_block
from terrarium.terraform.crossings import Border, Input, borders, mentions
from terrarium.terraform.descriptions import described
from terrarium.terraform.expressions import Speller
from terrarium.terraform.tree import Assignment, Block, Code, Items, Literal, Name, Names, Node, Pairs, code

# 1.5 is the last version under the MPL, and the oldest that OpenTofu is compatible with.
REQUIRED_VERSION = ">= 1.5"


def layout(architecture: Architecture) -> dict[str, list[Block]]:
    """Blocks by file name without ending, relative to the root module's folder, in the order of reading.

    Raises:
        UserError: A value cannot be said in Terraform.
    """
    border = borders(architecture)
    speller = Speller(architecture)
    calls = [_call(module, border[module], speller) for module in architecture.modules]
    layers = _layers(architecture)
    if calls:
        layers["main"] = [*calls, *layers.get("main", [])]
    files = {
        "versions": [_versions(())],
        "providers": _providers(architecture, speller),
        "variables": [_variable(variable) for variable in architecture.variables.values()],
        **layers,
        "outputs": [_output(output, speller) for output in architecture.outputs.values()],
    }
    for module in architecture.modules:
        inside = _module(module, border[module])
        files |= {f"modules/{module.name}/{name}": blocks for name, blocks in inside.items()}
    return {name: blocks for name, blocks in files.items() if blocks}


def _module(module: Module, border: Border) -> dict[str, list[Block]]:
    return {
        "versions": [_versions(tuple(border.providers.values()))],
        "variables": [_input(given) for given in border.inputs.values()],
        **_layers(module),
        "outputs": [_exported(name, value, module) for name, value in border.outputs.items()],
    }


def _layers(scope: Module) -> dict[str, list[Block]]:
    """The resources of a module, a file per layer, in the order in which they were written."""
    speller = Speller(scope)
    found: dict[str, list[Block]] = {}
    for resource in scope.resources:
        found.setdefault(resource.layer, []).append(resource_block(resource, speller))
    return found


def _call(module: Module, border: Border, speller: Speller) -> Block:
    groups: list[Group] = [[Assignment("source", Literal(f"./modules/{module.name}"), constant=True)]]
    aliases = [f"aws.{provider.alias}" for provider in border.providers.values()]
    if aliases:
        groups.append([Assignment("providers", Pairs(tuple((Name(alias), Name(alias)) for alias in aliases)))])
    groups.append([Assignment(name, speller.value(given.value)) for name, given in border.inputs.items()])
    if border.waits:
        groups.append([Assignment("depends_on", Names(addresses(border.waits, speller.scope)))])
    return Block("module", (module.name,), tuple(groups))


def _versions(providers: tuple[Provider, ...]) -> Block:
    requirement: list[tuple[str | Node, Node]] = [
        ("source", Literal("hashicorp/aws")),
        ("version", Literal(f"~> {provider_version().rsplit('.', 1)[0]}")),
    ]
    if providers:
        aliases = Names(tuple(f"aws.{provider.alias}" for provider in providers))
        requirement.append(("configuration_aliases", aliases))
    required = Block("required_providers", (), ([Assignment("aws", Pairs(tuple(requirement)))],), single=True)
    return Block("terraform", (), ([Assignment("required_version", Literal(REQUIRED_VERSION))], required), single=True)


def _providers(architecture: Architecture, speller: Speller) -> list[Block]:
    """The architecture's own region first, then the others."""
    tags: tuple[Group, ...] = ()
    if architecture.tags is not None:
        tags = (Block("default_tags", (), ([Assignment("tags", speller.value(architecture.tags))],)),)
    own = [Assignment("region", speller.value(architecture.region))]
    blocks = [Block("provider", ("aws",), (own, *tags))]
    for provider in architecture.providers.values():
        other = [Assignment("alias", Literal(provider.alias)), Assignment("region", speller.value(provider.region))]
        blocks.append(Block("provider", ("aws",), (other, *tags)))
    return blocks


def _variable(variable: Variable) -> Block:
    assignments = [
        Assignment("description", Literal(variable.description), constant=True),
        Assignment("type", Name(variable.type)),
    ]
    if variable.default is not REQUIRED:
        assignments.append(Assignment("default", _plain(variable.default), constant=True))
    assignments += [Assignment("sensitive", Literal(value=True))] * variable.sensitive
    if not variable.nullable:
        assignments.append(Assignment("nullable", Literal(value=False)))
    return Block("variable", (variable.name,), (assignments, *_validation(variable)))


def _validation(variable: Variable) -> tuple[Block, ...]:
    """What Terraform checks of a choice, in the words in which we check it ourselves."""
    name = f"var.{variable.name}"
    conditions = []
    if variable.one_of:
        allowed = ", ".join(map(str, variable.one_of))
        test = code("contains(", _plain(list(variable.one_of)), f", {name})")
        conditions.append((test, f"{variable.name} must be one of {allowed}."))
    if variable.matches:
        test = code("can(regex(", Literal(variable.matches), f", {name}))")
        conditions.append((test, f"{variable.name} must match {variable.matches}."))
    tests = [(">=", variable.at_least), ("<=", variable.at_most)]
    bounded = [(sign, bound) for sign, bound in tests if bound is not None]
    if bounded:
        first, *rest = (code(f"{name} {sign} ", Literal(bound)) for sign, bound in bounded)
        test = code(first, *(part for one in rest for part in (" && ", one)))
        conditions.append((test, f"{variable.name} must be {bounds(variable.at_least, variable.at_most)}."))
    return tuple(_rule(variable, test, message) for test, message in conditions)


def _rule(variable: Variable, test: Code, message: str) -> Block:
    if variable.nullable:
        test = code(f"var.{variable.name} == null ? true : ", test)
    return Block("validation", (), ([Assignment("condition", test), Assignment("error_message", Literal(message))],))


def _plain(value: Value) -> Node:
    """A value that holds no references, and so is spelled alike everywhere."""
    if isinstance(value, Mapping):
        return Pairs(tuple((str(key), _plain(item)) for key, item in value.items()))
    return Items(tuple(map(_plain, value))) if isinstance(value, (list, tuple)) else Literal(value)


def _input(given: Input) -> Block:
    assignments = [
        Assignment("description", Literal(given.description), constant=True),
        Assignment("type", Name(given.type)),
    ]
    if given.variable is not None and given.variable.sensitive:
        assignments.append(Assignment("sensitive", Literal(value=True)))
    return Block("variable", (given.name,), (assignments,))


def _exported(name: str, value: Value, module: Module) -> Block:
    return _reported(name, described(name, value), Speller(module).value(value), sensitive=is_sensitive(value))


def _output(output: Output, speller: Speller) -> Block:
    if is_sensitive(output.value) and not output.sensitive:
        raise UserError(
            f"output {output.name} would show a secret", where=output.origin, hint="say that it is one: sensitive=True"
        )
    spelled = replace(speller, where=output.origin).value(output.value)
    return _reported(output.name, output.description, spelled, sensitive=output.sensitive)


def _reported(name: str, description: str, value: Node, *, sensitive: bool) -> Block:
    assignments = [Assignment("description", Literal(description), constant=True), Assignment("value", value)]
    assignments += [Assignment("sensitive", Literal(value=True))] * sensitive
    return Block("output", (name,), (assignments,))


def is_sensitive(value: Value) -> bool:
    """Whether Terraform hides a value: a secret of the deployer's or of AWS's is in it."""
    for expression in mentions(value):
        if isinstance(expression, Variable) and expression.sensitive:
            return True
        for ref in references(expression):
            attribute = ref.resource.schema.attributes.get(ref.attribute)
            if attribute is not None and "s" in attribute.flags:
                return True
    return False
