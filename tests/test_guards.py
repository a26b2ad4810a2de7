"""What `conftest.py` promises: no way off this machine, no account, optional parts that are never silently absent."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from tests.environment import ROOT

OPTIONAL = """
import pytest

@pytest.mark.{marker}
def test_that_needs_it():
    pass
"""


@pytest.mark.parametrize("address", [("192.0.2.1", 443), ("amazonaws.com", 443)])
def test_a_connection_off_this_machine_is_refused(address: tuple[str, int]) -> None:
    with socket.socket() as client, pytest.raises(PermissionError, match="not loopback"):
        client.connect(address)


def test_a_connection_on_this_machine_is_made() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server, socket.create_connection(server.getsockname()) as client:
        assert client.getpeername() == server.getsockname()


def test_no_account_of_the_developer_is_seen() -> None:
    assert os.environ["AWS_ACCESS_KEY_ID"] == "testing"
    assert "AWS_PROFILE" not in os.environ


@pytest.mark.parametrize(
    ("marker", "required", "outcome"),
    [
        ("terraform", "", "1 skipped"),
        ("terraform", "1", "1 error"),
        ("browser", "", "1 skipped"),
        ("browser", "1", "1 error"),
        ("node", "", "1 skipped"),
        ("node", "1", "1 error"),
        ("aws2", "", "1 skipped"),
        ("aws2", "1", "1 skipped"),  # not every distribution has it
    ],
)
def test_an_optional_part_that_is_absent_is_told(marker: str, required: str, outcome: str, tmp_path: Path) -> None:
    shutil.copy(ROOT / "conftest.py", tmp_path)
    (tmp_path / "pytest.ini").write_text(f"[pytest]\nmarkers = {marker}\n")
    (tmp_path / "test_part.py").write_text(OPTIONAL.format(marker=marker))
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-ra", "-p", "no:xdist", "-p", "no:cacheprovider"],
        cwd=tmp_path,
        env={"PATH": "", "TERRARIUM_REQUIRE_OPTIONAL": required},
        capture_output=True,
        text=True,
        check=False,
    )
    assert outcome in done.stdout
    assert "PATH" in done.stdout
