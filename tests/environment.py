"""Places to run the project in: another checkout, an environment far from this one.

They need no network: what is installed here is lent to them.
"""

from __future__ import annotations

import importlib.util
import json
import shutil
import socket
import subprocess
import sys
import sysconfig
from pathlib import Path
from types import ModuleType

ROOT = Path(__file__).resolve().parent.parent
# What a clone would hold; tests and documents are not needed to bring a system up.
CHECKOUT = (
    "Makefile",
    "README.md",
    "LICENSE",
    "pyproject.toml",
    ".gitignore",
    "requirements",
    "scripts",
    "src",
    "systems",
)


def free_port() -> int:
    """A port of this machine that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def lent_environment(folder: Path) -> Path:
    """An empty environment that borrows the packages installed here, but not this checkout; returns its Python."""
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(folder)], check=True, capture_output=True)
    python = folder / "bin" / "python"
    purelib = subprocess.run(
        [python, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))"],
        check=True,
        capture_output=True,
        text=True,
    )
    # A line in a .pth file adds a folder without reading the .pth files in it: the link to this checkout is not lent.
    Path(purelib.stdout.strip(), "lent.pth").write_text(sysconfig.get_path("purelib") + "\n", encoding="utf-8")
    return python


def copy_of_checkout(folder: Path) -> None:
    """A checkout as `git clone` and `make develop` would leave it, made without the network."""
    folder.mkdir()
    for name in CHECKOUT:
        source = ROOT / name
        if source.is_dir():
            shutil.copytree(source, folder / name, ignore=shutil.ignore_patterns("__pycache__", ".terrarium"))
        else:
            shutil.copy(source, folder / name)
    lent_environment(folder / ".venv")
    setup = setup_script(folder)
    setup.install_checkout()
    setup.STAMP.write_text(json.dumps({kind: setup.fingerprint(kind) for kind in setup.GIVES["dev"]}), encoding="utf-8")


def setup_script(folder: Path) -> ModuleType:
    """The module `scripts/setup.py` of a checkout."""
    spec = importlib.util.spec_from_file_location("setup_script", folder / "scripts" / "setup.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
