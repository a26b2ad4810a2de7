"""Terraform itself, asked by tests: what does it read in what we wrote?"""

from __future__ import annotations

import base64
import json
import os
import subprocess
from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any

from terrarium.model.evaluate import Known, evaluate
from terrarium.model.expressions import entered
from terrarium.model.graph import Architecture
from terrarium.terraform import hcl
from terrarium.terraform import json as json_syntax
from terrarium.terraform.expressions import Speller
from terrarium.terraform.layout import layout
from terrarium.terraform.tree import Assignment, Block, Node, code

PLUGINS = "TERRARIUM_TERRAFORM_PLUGINS"


def terraform(folder: Path, *arguments: str, stdin: str = "") -> subprocess.CompletedProcess[str]:
    """Runs Terraform in a folder, without the settings and the network of whoever runs the tests."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("TF_")}
    environment |= {"CHECKPOINT_DISABLE": "1", "TF_IN_AUTOMATION": "1"}
    # The AWS provider's schema is most of what a command takes, and a fifth of that went into collecting garbage.
    environment |= {"GOGC": "off", "GOMEMLIMIT": "1500MiB"}
    return subprocess.run(
        ["terraform", *arguments], cwd=folder, input=stdin, env=environment, capture_output=True, text=True, check=False
    )


def written(folder: Path, files: Mapping[str, str | bytes]) -> Path:
    """Files in a folder."""
    for name, content in files.items():
        file = folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content.encode() if isinstance(content, str) else content)
    return folder


def initialised(folder: Path) -> Path:
    """A folder whose providers Terraform has found, without the network."""
    done = terraform(folder, "init", "-backend=false", "-input=false", f"-plugin-dir={os.environ[PLUGINS]}")
    assert done.returncode == 0, done.stderr
    return folder


def validated(folder: Path) -> None:
    """Refuses a folder that Terraform refuses."""
    done = terraform(initialised(folder), "validate", "-no-color")
    assert done.returncode == 0, done.stderr + done.stdout


# Values are JSON of any shape.
def read_back(folder: Path, values: Mapping[str, Node], app: Architecture, *, syntax: str = "hcl") -> dict[str, Any]:
    """What Terraform makes of values that stand in a file, by name; numbers come as decimals."""
    blocks = [Block("locals", (), ([Assignment(name, value) for name, value in values.items()],))]
    files = layout(app)
    blocks += files.get("variables", [])
    ending, printed = {"hcl": ("tf", hcl.printed), "json": ("tf.json", json_syntax.printed)}[syntax]
    written(folder, {f"asked.{ending}": printed(blocks)})
    names = ", ".join(f"{name} = local.{name}" for name in values)
    done = terraform(folder, "console", stdin=f"base64encode(jsonencode({{ {names} }}))\n")
    assert done.returncode == 0, done.stderr + printed(blocks)
    answer: dict[str, Any] = json.loads(
        base64.b64decode(done.stdout.strip().strip('"')), parse_float=Decimal, parse_int=Decimal
    )
    return answer


def attempted(value: Any, app: Architecture) -> Node:
    """A value wrapped so that Terraform gives null where it has none."""
    return code("try({ value = ", Speller(app).value(entered(value)), " }, null)")


def decimal(value: Any) -> Any:
    """A value with its numbers as decimals, for comparison."""
    if isinstance(value, dict):
        return {key: decimal(item) for key, item in value.items()}
    if isinstance(value, list):
        return [decimal(item) for item in value]
    plain = isinstance(value, (int, float)) and not isinstance(value, bool)
    return Decimal(repr(value)) if plain else value


def evaluated(value: Any) -> Any:
    """What we make of a value."""
    return decimal(evaluate(entered(value), Known()))
