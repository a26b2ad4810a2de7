"""Which target statements are tried against: Terrarium, unless the command line names another."""

from __future__ import annotations

import contextlib
import os
import socket
import uuid
from collections.abc import AsyncIterator, Generator, Iterator
from pathlib import Path

import aiohttp
import pytest

from tests.fidelity.targets.choose import chosen
from tests.fidelity.targets.target import Target, UnavailableError


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("fidelity")
    group.addoption("--endpoint", help="the URL of an AWS endpoint to try the statements against")
    group.addoption("--profile", help="an AWS profile: tries them against a real account, which costs money")
    group.addoption("--serverless-offline", help="a folder that holds serverless-offline, to try them against it")


def option(config: pytest.Config, name: str) -> str | None:
    """A command line option; None where this file was loaded too late to have any."""
    value: str | None = config.getoption(name, default=None)
    return value


@pytest.hookimpl(trylast=True)
def pytest_configure(config: pytest.Config) -> None:
    """With a profile, and only then, tests may leave this machine and see an account."""
    if option(config, "--profile"):
        del socket.socket.connect
        for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"):
            os.environ.pop(name, None)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """What Terrarium admits to fail is expected to fail, for Terrarium alone."""
    if any(option(config, name) for name in ("--endpoint", "--profile", "--serverless-offline")):
        return
    for item in items:
        reason = getattr(getattr(item, "function", None), "untrue_here", None)
        if reason:
            item.add_marker(pytest.mark.xfail(reason=reason, strict=True))


@pytest.fixture
def target(request: pytest.FixtureRequest, cloud: Target) -> Iterator[Target]:
    """What a statement is tried against."""
    yield cloud
    if request.node.stash.get(FAILED, False):
        cloud.recover()


@pytest.fixture(scope="session")
def cloud(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Target]:
    """The target, one for each worker."""
    config = request.config
    cloud = chosen(
        tmp_path_factory.mktemp("fidelity"),
        endpoint=option(config, "--endpoint"),
        profile=option(config, "--profile"),
        serverless_offline=Path(folder) if (folder := option(config, "--serverless-offline")) else None,
    )
    with contextlib.closing(cloud):
        yield cloud


FAILED = pytest.StashKey[bool]()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Remembers which tests failed at something that the target has."""
    report = yield
    absent = call.excinfo is not None and call.excinfo.errisinstance(UnavailableError)
    item.stash[FAILED] = item.stash.get(FAILED, False) or (report.failed and not absent)
    return report


@pytest.fixture
async def session() -> AsyncIterator[aiohttp.ClientSession]:
    """An HTTP and WebSocket client."""
    async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=30)) as client:
        yield client


@pytest.fixture
def fresh() -> str:
    """A text that nobody else uses."""
    return uuid.uuid4().hex
