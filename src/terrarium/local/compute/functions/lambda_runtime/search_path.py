"""Where a handler's imports come from: its code, its layers, the standard library and the SDK that Lambda brings.

Nothing else: what happens to be installed beside Terrarium must not be found, or a function would work here and fail on
AWS.
See https://docs.aws.amazon.com/lambda/latest/dg/python-package.html#python-package-searchpath.
"""

from __future__ import annotations

import contextlib
import importlib
import site
import sys
import sysconfig
from collections.abc import Sequence
from importlib.machinery import BuiltinImporter, FrozenImporter, ModuleSpec, PathFinder
from pathlib import Path
from types import ModuleType

# What Lambda's Python runtimes carry: boto3 and what it needs.
SDK = ("boto3", "botocore", "s3transfer", "jmespath", "dateutil", "six", "urllib3")
_WARM = (
    "boto3", "boto3.dynamodb.transform", "boto3.s3.inject", "botocore.httpsession", "botocore.session",
    "botocore.signers", "dateutil.tz", "jmespath", "s3transfer.manager", "asyncio", "concurrent.futures",
    "email.utils", "logging.handlers", "uuid",
)  # fmt: skip


def import_the_sdk(lent: Sequence[str] = ()) -> None:
    """Imports what makes a cold start slow, once, before any fork.

    Args:
        lent: Folders of another Python's packages, of which the SDK is used; this one may be built without a part that
            it needs, which only a handler that imports it shall notice.
    """
    if not lent:
        for name in _WARM:
            importlib.import_module(name)
        return
    sys.meta_path.append(SdkFinder(lent))
    for name in _WARM:
        with contextlib.suppress(ImportError):
            importlib.import_module(name)


class SdkFinder:
    """Finds the SDK's packages, and only those, where this interpreter has them."""

    def __init__(self, folders: Sequence[str]) -> None:
        self._folders = folders

    def find_spec(
        self, name: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """As `importlib.abc.MetaPathFinder.find_spec`."""
        if path is None and name in SDK:
            return PathFinder.find_spec(name, self._folders, target)
        return None


def restrict(own: Sequence[str]) -> None:
    """Sets this process's search path.

    Args:
        own: The function's folders, the first to be searched first.
    """
    library = [entry for entry in sys.path if _is_standard_library(entry)]
    others = [entry for entry in sys.path if entry and entry not in library]
    sys.path[:] = [*own, *library]
    lent = [finder for finder in sys.meta_path if isinstance(finder, SdkFinder)]
    sys.meta_path[:] = [BuiltinImporter, FrozenImporter, PathFinder, *(lent or [SdkFinder(others)])]
    sys.path_importer_cache.clear()
    if _brings_its_own_sdk(own):
        forget(SDK)


def forget(packages: Sequence[str]) -> None:
    """Drops packages from the modules that are loaded, so that the next import finds them afresh."""
    for name in [name for name in sys.modules if name.partition(".")[0] in packages]:
        del sys.modules[name]


def _is_standard_library(entry: str) -> bool:
    packages = {*site.getsitepackages(), site.getusersitepackages()}
    if entry in packages or Path(entry).name in {"site-packages", "dist-packages"}:
        return False
    roots = {sysconfig.get_path("stdlib"), sysconfig.get_path("platstdlib")}
    archive = f"python{sys.version_info.major}{sys.version_info.minor}.zip"
    return entry in roots or Path(entry).parent.as_posix() in roots or Path(entry).name == archive


def _brings_its_own_sdk(own: Sequence[str]) -> bool:
    return any((Path(folder) / name).is_dir() for folder in own for name in SDK) or any(
        (Path(folder) / "six.py").is_file() for folder in own
    )
