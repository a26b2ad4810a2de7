"""``terrarium build``: an architecture as files that ship."""

from __future__ import annotations

import shlex
from enum import StrEnum
from pathlib import Path
from typing import Literal

import click

from terrarium.cli.folder import Placed, place
from terrarium.cli.screen import errors, machine, output
from terrarium.cloudformation.write import Template
from terrarium.cloudformation.write import write as write_template
from terrarium.errors import UserError
from terrarium.load import load
from terrarium.model.bundles import zipped
from terrarium.model.graph import Architecture
from terrarium.model.resolve import resolve
from terrarium.terraform.bundles import bundles
from terrarium.terraform.packages import fetched
from terrarium.terraform.write import write

TEMPLATE = "template.yaml"
CACHE = Path(".terrarium") / "packages"


class Format(StrEnum):
    """What can be written."""

    hcl = "hcl"
    json = "json"
    cloudformation = "cloudformation"


@click.command()
@click.argument("system", help="A system's name, or the path of an architecture.py.")
@click.option("-o", "--out", type=click.Path(path_type=Path), required=True, help="The folder to write to.")
@click.option(
    "--format",
    type=click.Choice(Format),
    default=Format.hcl,
    show_default=True,
    help="Terraform as HCL or JSON, or the tables' template.",
)
@click.option(
    "--packages/--no-packages",
    default=True,
    show_default=True,
    help="Fetch the packages that programs are shipped with.",
)
@click.option("--json", "as_json", is_flag=True, help="Print what was written as JSON.")
def build(system: str, *, out: Path, format: Format, packages: bool, as_json: bool) -> None:
    """Write a system as Terraform that is yours to keep, with its code as zips.

    Example: terrarium build tictactoe --out terraform
    """
    architecture = load(system)
    template = write_template(resolve(architecture)) if format is Format.cloudformation else None
    files = template_files(template, architecture) if template else terraform_files(architecture, format, packages)
    placed = place(files, out)
    left_out = template.left_out if template else {}
    if as_json:
        machine(_report(out, placed, left_out))
        return
    _show(out, placed, files)
    _show_left_out(left_out)
    output.print(_next(format, architecture, out), markup=False)


def terraform_files(architecture: Architecture, format: Format, packages: bool) -> dict[str, bytes]:
    """Terraform and the zips that it names, by name relative to the folder.

    Args:
        architecture: As written.
        format: HCL or JSON.
        packages: Whether zips hold the packages that their programs need.

    Raises:
        UserError: Something cannot be written, or packages cannot be fetched.
    """
    syntax: Literal["hcl", "json"] = "json" if format is Format.json else "hcl"
    files = {name: text.encode() for name, text in write(architecture, syntax).items()}
    for name, bundle in bundles(architecture).items():
        files[name] = zipped(bundle, fetched(bundle, CACHE) if packages else None)
    return files


def template_files(template: Template, architecture: Architecture) -> dict[str, bytes]:
    """The template of an architecture's tables.

    Raises:
        UserError: There is none to write.
    """
    if template.text is None:
        raise UserError(
            f"{architecture.name} has no table that CloudFormation could own", hint="--format hcl writes all"
        )
    return {TEMPLATE: template.text.encode()}


def _report(out: Path, placed: Placed, left_out: dict[str, str]) -> dict[str, object]:
    written = {"written": placed.written, "unchanged": placed.unchanged, "removed": placed.removed}
    return {"out": str(out), **written, "left_out": left_out}


def _show(out: Path, placed: Placed, files: dict[str, bytes]) -> None:
    """Each file, with what became of it and its size."""
    marks = dict.fromkeys(placed.written, "[green]+[/]") | dict.fromkeys(placed.unchanged, "[dim]=[/]")
    output.print(f"[bold]{out}[/]")
    for name, content in files.items():
        output.print(f"  {marks[name]} {name} [dim]{_size(len(content))}[/]")
    for name in placed.removed:
        output.print(f"  [red]-[/] {name}")


def _show_left_out(left_out: dict[str, str]) -> None:
    """What the template does not hold; on standard error, as it is no part of what was asked for."""
    if left_out:
        errors.print(f"\n[bold]not in the template[/] ({len(left_out)}):")
    for address, reason in left_out.items():
        errors.print(f"  {address}: {reason}", markup=False)


def _size(length: int) -> str:
    return f"{length / 1024:.1f} KB" if length >= 1024 else f"{length} B"


def _next(format: Format, architecture: Architecture, out: Path) -> str:
    """What one would type next."""
    folder = shlex.quote(str(out))
    if format is Format.cloudformation:
        stack = f"{architecture.name}-tables"
        return f"\nnext: aws cloudformation deploy --template-file {folder}/{TEMPLATE} --stack-name {stack}"
    return f"\nnext: cd {folder} && terraform init && terraform plan"
