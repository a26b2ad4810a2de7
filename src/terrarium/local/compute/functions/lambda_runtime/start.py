"""Started as a script: makes `terrarium` a bare name that leads to this folder, and runs the forking parent.

Importing the real package would bring everything that a user of Terrarium imports into every worker.
"""

from __future__ import annotations

import importlib
import sys
from pathlib import Path
from types import ModuleType

_PACKAGE = "terrarium.local.compute.functions.lambda_runtime"


def _lay_bare_packages() -> None:
    folder = Path(__file__).resolve().parent
    for depth in range(_PACKAGE.count(".") + 1):
        name = _PACKAGE.rsplit(".", depth)[0]
        package = ModuleType(name)
        package.__path__ = [str(folder)]
        sys.modules[name] = package
        folder = folder.parent


if __name__ == "__main__":
    _lay_bare_packages()
    importlib.import_module(f"{_PACKAGE}.zygote").main(int(sys.argv[1]), sys.argv[2:])
