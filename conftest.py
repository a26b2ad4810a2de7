"""What holds for every test, of the package and of the systems.

No test leaves this machine or sees an AWS account, and one whose optional part is absent says so.
"""

from __future__ import annotations

import functools
import ipaddress
import os
import shutil
import socket
import subprocess
import sys
from collections.abc import AsyncIterator, Callable, Sequence
from pathlib import Path
from typing import Any

import hypothesis
import pytest
import pytest_asyncio
from botocore.loaders import JSONFileLoader
from playwright.async_api import Browser, async_playwright

SLOW_FOLDERS = frozenset({"docs", "system"})  # each of their tests brings systems up
_QUICK = 2
REQUIRED = os.environ.get("TERRARIUM_REQUIRE_OPTIONAL") == "1"
PLUGINS = "TERRARIUM_TERRAFORM_PLUGINS"
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")


def _missing_terraform() -> str | None:
    if not shutil.which("terraform"):
        return "terraform is not on the PATH"
    plugins = os.environ.get(PLUGINS)
    if not plugins or not any(Path(plugins).glob("*/hashicorp/aws/*/*/terraform-provider-aws_v*")):
        return f"${PLUGINS} names no folder with the AWS provider in it"
    return None


def _missing_browser() -> str | None:
    return None if CHROMIUM else "chromium is not on the PATH"


def _missing_node() -> str | None:
    return None if shutil.which("node") else "node is not on the PATH"


@functools.cache
def _missing_mounts() -> str | None:
    asks = (
        "from terrarium.local.compute.functions.lambda_runtime import mounts; raise SystemExit(not mounts.available())"
    )
    done = subprocess.run([sys.executable, "-c", asks], check=False, timeout=60)
    return None if done.returncode == 0 else "the kernel does not let this user mount"


def _missing_command_line() -> str | None:
    return None if aws_version_2() else "no aws of version 2 is on the PATH"


@functools.cache
def aws_version_2() -> str | None:
    """The AWS CLI's version 2, wherever on the PATH; version 1, which is PyPI's, has no ``logs tail``."""
    for folder in os.environ.get("PATH", "").split(os.pathsep):
        command = shutil.which("aws", path=folder) if folder else None
        if command and _says_version_2(command):
            return command
    return None


def _says_version_2(command: str) -> bool:
    try:
        said = subprocess.run([command, "--version"], capture_output=True, text=True, check=False, timeout=30).stdout
    except (OSError, subprocess.TimeoutExpired):
        return False
    return said.startswith("aws-cli/2.")


OPTIONAL: dict[str, Callable[[], str | None]] = {
    "terraform": _missing_terraform,
    "browser": _missing_browser,
    "node": _missing_node,
    "mounts": _missing_mounts,
    "aws2": _missing_command_line,
}
# Also where every part is required these may be absent: a distribution may have another version of them, or none.
NEVER_REQUIRED = frozenset({"aws2"})


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--update-golden", action="store_true", help="keep what back-ends write now as golden files")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Deals the tests to the workers, slow ones first; tests with a browser run on the browser's loop."""
    for item in items:
        if "chromium" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.asyncio(loop_scope="session"), append=False)
    items[:] = _dealt(items, int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", "1")))


def _dealt(items: Sequence[pytest.Item], workers: int) -> list[pytest.Item]:
    """Each worker's share, one after the other: slow modules, then quick ones; nobody ends alone with a slow one.

    With `--dist=worksteal` a worker begins with its part of the list, all parts being equal, and who is done takes from
    the end of another's: https://pytest-xdist.readthedocs.io/en/stable/distribution.html.
    """
    modules: dict[Path, list[pytest.Item]] = {}
    for item in items:
        modules.setdefault(item.path, []).append(item)
    ranked = sorted(modules.values(), key=lambda tests: min(map(_rank, tests)))
    slow = [tests for tests in ranked if min(map(_rank, tests)) < _QUICK]
    quick = [item for tests in ranked[len(slow) :] for item in tests]
    dealt: list[pytest.Item] = []
    for worker in range(workers):
        hand = [item for tests in slow[worker::workers] for item in tests]
        room = max(0, len(items) * (worker + 1) // workers - len(dealt) - len(hand)) if worker < workers - 1 else None
        dealt += [*hand, *quick[:room]]
        del quick[:room]
    return dealt


def _rank(item: pytest.Item) -> int:
    """How soon a test is run: Terraform's wait for minutes, others bring systems up, most are quick."""
    if item.get_closest_marker("terraform"):
        return 0
    return 1 if item.get_closest_marker("slow") or SLOW_FOLDERS & set(item.path.parent.parts) else _QUICK


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Skips a test whose optional part is absent, or fails it where every part is required."""
    for marker, missing in OPTIONAL.items():
        if item.get_closest_marker(marker) and (reason := missing()):
            (pytest.fail if REQUIRED and marker not in NEVER_REQUIRED else pytest.skip)(reason)


def pytest_configure() -> None:
    # How long an example may take is no property: another program may have the processor. Where somebody waits, half as
    # many have to do.
    hypothesis.settings.register_profile(
        "patient",
        deadline=None,
        max_examples=100 if REQUIRED else 50,
        suppress_health_check=[hypothesis.HealthCheck.too_slow],
    )
    hypothesis.settings.load_profile("patient")
    _stay_on_loopback()
    _forget_real_accounts()
    _forget_make()
    _compile_once()
    _read_models_once()


def _stay_on_loopback() -> None:
    """Refuses connections that would leave this machine: a wrong endpoint fails at once instead of reaching AWS."""
    connect = socket.socket.connect

    # An address is whatever its family makes of it: a pair, a quadruple, a path.
    def guarded(self: socket.socket, address: Any) -> None:
        if self.family in (socket.AF_INET, socket.AF_INET6) and not _is_loopback(address[0]):
            raise PermissionError(f"tests stay on this machine: {address[0]} is not loopback")
        connect(self, address)

    socket.socket.connect = guarded  # type: ignore[method-assign, assignment]  # the point of it


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")


def _forget_real_accounts() -> None:
    """Whatever AWS account the developer uses, no test sees it."""
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        del os.environ[name]
    os.environ |= {
        "AWS_ACCESS_KEY_ID": "testing",
        "AWS_SECRET_ACCESS_KEY": "testing",
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        "AWS_EC2_METADATA_DISABLED": "true",
    }


def _forget_make() -> None:
    """A test that calls make is not a part of the make that runs the tests."""
    for name in ("MAKEFLAGS", "MAKELEVEL", "MFLAGS", "MAKEOVERRIDES"):
        os.environ.pop(name, None)


def _compile_once() -> None:
    """Hundreds of interpreters are started, and each would compile the same modules where none may keep the result."""
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)


def _read_models_once() -> None:
    """What botocore knows of AWS's services is some megabytes of JSON, which each session would read for itself."""
    own = JSONFileLoader.load_file

    @functools.cache
    def read(path: str) -> Any:  # whatever JSON is there
        return own(JSONFileLoader(), path)

    def load_file(_: JSONFileLoader, file_path: str) -> Any:
        return read(file_path)

    JSONFileLoader.load_file = load_file  # type: ignore[method-assign, assignment]  # the point of it


@pytest.fixture
def aws2() -> str:
    """The AWS CLI's version 2; mark the test with `aws2`."""
    command = aws_version_2()
    assert command is not None
    return command


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def chromium() -> AsyncIterator[Browser]:
    """The system's Chromium, headless, one for all tests of a worker."""
    quiet = ["--disable-background-networking", "--disable-component-update", "--disable-quic", "--disable-sync"]
    root = ["--no-sandbox"] if os.geteuid() == 0 else []
    async with async_playwright() as playwright:
        started = await playwright.chromium.launch(executable_path=CHROMIUM, args=quiet + root)
        yield started
        await started.close()


@pytest_asyncio.fixture(loop_scope="session")
async def browser(chromium: Browser) -> AsyncIterator[Browser]:
    """The browser, as if nobody had used it: its contexts share nothing. Mark the test with `browser`."""
    assert not chromium.contexts
    yield chromium
    for context in chromium.contexts:
        await context.close()
