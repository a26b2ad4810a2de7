"""The board's real user data, run in a scratch system: only the package manager and systemctl are stood in for."""

from __future__ import annotations

import asyncio
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import aiohttp
import pytest

from terrarium.load import load
from terrarium.local.run import LocalCloud, Options
from tests.environment import free_port

# What the scratch system shares with this one: programs, libraries, Python with its packages.
SHARED = ("/usr", "/bin", "/sbin", "/lib", "/lib64", "/dev", "/proc", sys.prefix, sys.base_prefix)
INSTANCE = "module.compute.aws_instance.jpro_instance"


def _may_unshare() -> bool:
    if not shutil.which("unshare"):
        return False
    return (
        subprocess.run(["unshare", "--mount", "chroot", "/", "true"], capture_output=True, check=False).returncode == 0
    )


pytestmark = pytest.mark.skipif(not _may_unshare(), reason="a scratch root needs root and `unshare --mount`")


@pytest.fixture
def root(tmp_path: Path) -> Iterator[Path]:
    """An empty system with this one's programs in it, and nothing of its /etc, /opt or /tmp."""
    scratch = tmp_path / "root"
    for folder in ("etc/systemd/system", "etc/nginx/conf.d", "opt", "tmp", "var", "root", "stand-ins"):
        (scratch / folder).mkdir(parents=True)
    for name in ("passwd", "group", "shadow", "gshadow", "login.defs", "hosts"):
        shutil.copy(Path("/etc", name), scratch / "etc" / name)
    for name in ("dnf", "systemctl"):
        stand_in(scratch, name, f'echo "{name} $*" >> /stand-ins/calls')
    # What dnf would have installed.
    stand_in(scratch, "python3.12", f'exec {sys.executable} "$@"')
    yield scratch
    # The mounts went with their namespace; a mistake here must not reach what they showed.
    assert not any((scratch / place.lstrip("/")).is_mount() for place in SHARED)
    shutil.rmtree(scratch)


def stand_in(root: Path, name: str, line: str) -> None:
    file = root / "stand-ins" / name
    file.write_text(f"#!/bin/sh\n{line}\n")
    file.chmod(0o755)


@pytest.fixture
async def cloud(tmp_path: Path) -> AsyncIterator[LocalCloud]:
    cloud = LocalCloud(load("tictactoe"), Options(port=0, root=tmp_path / ".terrarium"))
    await cloud.start()
    yield cloud
    await cloud.stop()


async def inside(root: Path, *command: str, **environment: str) -> asyncio.subprocess.Process:
    """Starts a command that has the scratch system as its root, in a mount namespace that ends with it."""
    mounts = [
        f"mkdir -p {root}{place} && mount --rbind {place} {root}{place}" for place in SHARED if Path(place).exists()
    ]
    script = "\n".join(["set -e", *mounts, f'exec chroot {root} "$@"'])
    path = f"/stand-ins:{Path(sys.executable).parent}:/usr/sbin:/usr/bin:/sbin:/bin"
    return await asyncio.create_subprocess_exec(
        "unshare", "--mount", "--propagation", "private", "sh", "-c", script, "sh", *command,
        env={"PATH": path, "HOME": "/root"} | environment,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )  # fmt: skip


async def test_user_data_makes_an_empty_system_serve_the_board(cloud: LocalCloud, root: Path) -> None:
    parts = cloud.parts
    script = parts.registry[INSTANCE]["user_data"]
    (root / "user-data").write_text(script)
    keys = parts.credentials.issue(parts.registry["module.compute.aws_iam_role.ec2_role"]["arn"], "scratch")
    aws = {**keys, "AWS_ENDPOINT_URL": parts.addresses.own}

    bootstrap = await inside(root, "bash", "/user-data", **aws)
    said, _ = await asyncio.wait_for(bootstrap.communicate(), 60)

    assert bootstrap.returncode == 0, said.decode()
    calls = (root / "stand-ins" / "calls").read_text().splitlines()
    assert calls[0].startswith("dnf install -y nginx ")
    assert calls[-1] == "systemctl enable --now board nginx"
    assert (root / "opt/board/board/__main__.py").is_file()
    assert (root / "opt/board/web/index.html").is_file()
    assert "\nboard:" in (root / "etc/passwd").read_text()
    assert "proxy_pass http://127.0.0.1:8080;" in (root / "etc/nginx/conf.d/board.conf").read_text()

    # systemctl's part: the unit's command in the unit's environment. Its port is this machine's, so another is taken.
    unit = (root / "etc/systemd/system/board.service").read_text()
    environment = dict(match.split("=", 1) for match in re.findall(r'^Environment="(.*)"$', unit, re.MULTILINE))
    (command,) = re.findall(r"^ExecStart=(.*)$", unit, re.MULTILINE)
    port = free_port()
    service = await inside(
        root, "sh", "-c", f"cd /opt/board && exec {shlex.join(command.split())}",
        **aws, **environment | {"PORT": str(port)},
    )  # fmt: skip
    try:
        assert "<title>" in await page(f"http://127.0.0.1:{port}/", service)
        assert parts.addresses.path("queue") in await page(f"http://127.0.0.1:{port}/config.json", service)
    finally:
        service.terminate()
        await service.communicate()


async def page(url: str, service: asyncio.subprocess.Process) -> str:
    """What the service answers, once it does."""
    async with aiohttp.ClientSession() as session:
        for _ in range(600):
            try:
                async with session.get(url) as answer:
                    return await answer.text()
            except aiohttp.ClientConnectionError:
                assert service.returncode is None, "the service ended"
                await asyncio.sleep(0.1)
    raise AssertionError("the service does not answer")
