"""The graph as Terraform: files that a person would have written.

A value in, a value out: `write` returns texts by file name and touches no disk. `terrarium.terraform.bundles` makes the zips that the texts name.
"""

from __future__ import annotations

from collections.abc import Mapping

from terrarium.model import tokens
from terrarium.model.expressions import Conditional, Each, Expression, Value, both
from terrarium.model.graph import Architecture, Module, Provider, Resource
from terrarium.model.order import in_order
from terrarium.model.schema import Block, provider_version
from terrarium.model.variables import REQUIRED, Variable
from terrarium.terraform import hcl
from terrarium.terraform.crossings import Border, Input, borders
from terrarium.terraform.expressions import Speller

# 1.5 is the last version under the MPL, and the oldest that OpenTofu is compatible with.
REQUIRED_VERSION = ">= 1.5"


def write(architecture: Architecture) -> dict[str, str]:
    """The Terraform of an architecture.

    Returns:
        Texts by file name relative to the root module's folder, in the order in which a person would read them.

    Raises:
        UserError: Resources mention each other in a circle, or a value cannot be said in Terraform.
    """
    in_order(architecture)  # Terraform would find circles only on deployment
    border = borders(architecture)
    files = {
        "versions.tf": _versions(()),
        "providers.tf": _providers(architecture),
        "variables.tf": _variables(architecture),
    }
    files |= _root(architecture, border)
    for module in architecture.modules:
        files |= {f"modules/{module.name}/{name}": text for name, text in _module(module, border[module]).items()}
    files = {name: text for name, text in files.items() if text}
    for name, text in files.items():
        assert not tokens.holds_token(text), f"a reference was left undecoded in {name}"
    return files


def _root(architecture: Architecture, border: Mapping[Module, Border]) -> dict[str, str]:
    layers = _layers(architecture)
    calls = [_call(module, border[module], Speller(architecture)) for module in architecture.modules]
    if calls:
        layers["main.tf"] = "\n".join([*calls, *([layers["main.tf"]] if "main.tf" in layers else [])])
    return layers | {"outputs.tf": _outputs(architecture)}


def _module(module: Module, border: Border) -> dict[str, str]:
    inputs = "\n".join(_input(given) for given in border.inputs.values())
    spell = Speller(module)
    outputs = "\n".join(
        hcl.block(
            f'output "{name}"',
            [hcl.aligned([("  description", hcl.text(_said(name))), ("  value", spell.value(value, 1))])],
        )
        + "\n"
        for name, value in border.outputs.items()
    )
    providers = dict.fromkeys(resource.provider for resource in module.resources if resource.provider is not None)
    return {
        "versions.tf": _versions(tuple(providers)),
        "variables.tf": inputs,
        **_layers(module),
        "outputs.tf": outputs,
    }


def _said(name: str) -> str:
    """A description of an export, from its name."""
    words = name.replace("_", " ")
    return words[0].upper() + words[1:]


def _layers(scope: Module) -> dict[str, str]:
    """The resources of a module, a file per layer, in the order in which they were written."""
    spell = Speller(scope)
    found: dict[str, list[str]] = {}
    for resource in scope.resources:
        found.setdefault(f"{resource.layer}.tf", []).append(_resource(resource, spell))
    return {name: "\n".join(texts) for name, texts in found.items()}


def _resource(resource: Resource, spell: Speller) -> str:
    keyword = "data" if resource.mode == "data" else "resource"
    head = _meta(resource, spell)
    body = _body(resource.attributes, resource.schema, spell, 1, resource.when, resource.each)
    tail = [_lifecycle(resource), _depends(resource)]
    return hcl.block(f'{keyword} "{resource.type}" "{resource.label}"', [*head, *body, *tail]) + "\n"


def _meta(resource: Resource, spell: Speller) -> list[str]:
    """How often it exists, and where."""
    head = []
    if resource.when is not True and resource.each is None:
        head.append(hcl.aligned([("  count", f"{_condition(resource.when, spell)} ? 1 : 0")]))
    if resource.each is not None:
        items = _items(resource.each, spell)
        if resource.when is not True:
            items = (
                f"{_condition(resource.when, spell)} ? {items} : {{}}"
                if resource.each.by
                else f"toset({_condition(resource.when, spell)} ? {spell.value(resource.each.source)} : [])"
            )
        head.append(hcl.aligned([("  for_each", items)]))
    if resource.provider is not None:
        head.append(hcl.aligned([("  provider", f"aws.{resource.provider.alias}")]))
    return head


def _condition(when: Value, spell: Speller) -> str:
    text = spell.value(when)
    return f"({text})" if isinstance(when, Conditional) else text


def _items(each: Each, spell: Speller) -> str:
    source = spell.value(each.source)
    return f"{{ for item in {source} : item.{each.by} => item }}" if each.by else f"toset({source})"


def _body(
    values: Mapping[str, Value], block: Block, spell: Speller, indent: int, given: Value, each: Each | None
) -> list[str]:
    """The chunks of a block: its assignments, then its inner blocks."""
    pad = "  " * indent
    inner = {
        name
        for name in values
        if name in block.blocks or block.attributes[name].written_as_block and _block_like(values[name])
    }
    assignments = [
        (pad + name, spell.value(value, indent, given, each)) for name, value in values.items() if name not in inner
    ]
    chunks = [hcl.aligned(assignments)] if assignments else []
    for name in values:
        if name in inner:
            nested = block.blocks[name].block if name in block.blocks else None
            chunks += [_inner(name, item, nested, spell, indent, given, each) for item in values[name]]
    return chunks


def _block_like(value: Value) -> bool:
    """Whether a list of objects can be written as blocks; an expression cannot, nor can an empty list."""
    return isinstance(value, list) and bool(value) and not any(isinstance(item, Expression) for item in value)


def _inner(
    name: str, item: Value, block: Block | None, spell: Speller, indent: int, given: Value, each: Each | None
) -> str:
    if isinstance(item, Conditional):
        return _optional(name, item, block, spell, indent, given, each)
    return hcl.block(name, _content(item, block, spell, indent + 1, given, each), indent)


def _optional(
    name: str, item: Conditional, block: Block | None, spell: Speller, indent: int, given: Value, each: Each | None
) -> str:
    """A block that exists under a condition."""
    pad = "  " * (indent + 1)
    content = _content(item.yes, block, spell, indent + 2, both(given, item.condition), each)
    chunks = [
        f"{pad}for_each = {_condition(item.condition, spell)} ? [1] : []",
        hcl.block("content", content, indent + 1),
    ]
    return hcl.block(f'dynamic "{name}"', ["\n".join(chunks[:1]), chunks[1]], indent)


def _content(
    item: Mapping[str, Value], block: Block | None, spell: Speller, indent: int, given: Value, each: Each | None
) -> list[str]:
    if block is not None:
        return _body(item, block, spell, indent, given, each)
    pad = "  " * indent
    return [hcl.aligned([(pad + name, spell.value(value, indent, given, each)) for name, value in item.items()])]


def _lifecycle(resource: Resource) -> str:
    rules = resource.lifecycle
    if rules is None:
        return ""
    pairs = [(f"    {name}", "true") for name in ("create_before_destroy", "prevent_destroy") if getattr(rules, name)]
    if rules.ignore_changes:
        pairs.append(("    ignore_changes", f"[{', '.join(rules.ignore_changes)}]"))
    return hcl.block("lifecycle", [hcl.aligned(pairs)], 1)


def _depends(resource: Resource) -> str:
    """What must come first though it is not mentioned; across modules, the whole module must."""
    names = [
        other.address if other.module is resource.module else f"module.{other.module.name}"
        for other in resource.depends_on
    ]
    return f"  depends_on = {hcl.listed(list(dict.fromkeys(names)), 1)}" if names else ""


def _call(module: Module, border: Border, spell: Speller) -> str:
    chunks = [hcl.aligned([("  source", hcl.text(f"./modules/{module.name}"))])]
    aliases = dict.fromkeys(resource.provider.alias for resource in module.resources if resource.provider is not None)
    if aliases:
        chunks.append(
            hcl.aligned([("  providers", hcl.mapped([(f"aws.{alias}", f"aws.{alias}") for alias in aliases], 1))])
        )
    if border.inputs:
        chunks.append(
            hcl.aligned([(f"  {name}", spell.value(given.value, 1)) for name, given in border.inputs.items()])
        )
    return hcl.block(f'module "{module.name}"', chunks) + "\n"


def _versions(providers: tuple[Provider, ...]) -> str:
    requirement = [
        ("      source", hcl.text("hashicorp/aws")),
        ("      version", hcl.text(f"~> {provider_version().rsplit('.', 1)[0]}")),
    ]
    if providers:
        requirement.append(
            ("      configuration_aliases", f"[{', '.join(f'aws.{provider.alias}' for provider in providers)}]")
        )
    body = "{\n" + hcl.aligned(requirement) + "\n    }"
    required = hcl.block("required_providers", [f"    aws = {body}"], 1)
    return hcl.block("terraform", [f"  required_version = {hcl.text(REQUIRED_VERSION)}", required]) + "\n"


def _providers(architecture: Architecture) -> str:
    spell = Speller(architecture)
    tags = ""
    if architecture.tags is not None:
        tags = hcl.block("default_tags", [hcl.aligned([("    tags", spell.value(architecture.tags, 2))])], 1)
    region = hcl.aligned([("  region", spell.value(architecture.region))])
    texts = [hcl.block('provider "aws"', [region, tags]) + "\n"]
    for provider in architecture.providers.values():
        head = hcl.aligned([("  alias", hcl.text(provider.alias)), ("  region", spell.value(provider.region))])
        texts.append(hcl.block('provider "aws"', [head, tags]) + "\n")
    return "\n".join(texts)


def _variables(architecture: Architecture) -> str:
    return "\n".join(_variable(variable) for variable in architecture.variables.values())


def _variable(variable: Variable) -> str:
    spell = Speller(variable_scope)
    pairs = [("  description", hcl.text(variable.description)), ("  type", variable.type)]
    if variable.default is not REQUIRED:
        pairs.append(("  default", spell.value(variable.default, 1)))
    if variable.sensitive:
        pairs.append(("  sensitive", "true"))
    if variable.default is not None:
        pairs.append(("  nullable", "false"))
    return hcl.block(f'variable "{variable.name}"', [hcl.aligned(pairs), _validation(variable, spell)]) + "\n"


def _validation(variable: Variable, spell: Speller) -> str:
    name = f"var.{variable.name}"
    if variable.one_of:
        condition = f"contains({spell.value(list(variable.one_of))}, {name})"
        message = f"{variable.name} must be one of {', '.join(map(str, variable.one_of))}."
    elif variable.matches:
        condition, message = (
            f"can(regex({hcl.text(variable.matches)}, {name}))",
            f"{variable.name} must match {variable.matches}",
        )
    else:
        return ""
    if variable.nullable:
        condition = f"{name} == null || {condition}"
    return hcl.block(
        "validation", [hcl.aligned([("    condition", condition), ("    error_message", hcl.text(message))])], 1
    )


def _input(given: Input) -> str:
    pairs = [("  description", hcl.text(given.description)), ("  type", given.type)]
    return hcl.block(f'variable "{given.name}"', [hcl.aligned(pairs)]) + "\n"


def _outputs(architecture: Architecture) -> str:
    spell = Speller(architecture)
    texts = []
    for output in architecture.outputs.values():
        pairs = [("  description", hcl.text(output.description)), ("  value", spell.value(output.value, 1))]
        if output.sensitive:
            pairs.append(("  sensitive", "true"))
        texts.append(hcl.block(f'output "{output.name}"', [hcl.aligned(pairs)]) + "\n")
    return "\n".join(texts)


# Defaults of variables hold no references, so any scope spells them alike.
variable_scope = Architecture("variables")
