"""`make setup`: which Python it takes, what it notices, and what it says when it cannot go on."""

from __future__ import annotations

import errno
import hashlib
import json
import os
import shutil
import subprocess
import zipfile
from pathlib import Path
from types import ModuleType

import pytest

from tests.environment import ROOT, copy_of_checkout, lent_environment, setup_script


def python_that_says(folder: Path, name: str, answer: str) -> None:
    """A command that answers the question which Python it is, and tells when it is asked to set up."""
    file = folder / name
    file.write_text(f'#!/bin/sh\n[ "$1" = -c ] && echo "{answer}" || echo "{name} sets up"\n')
    file.chmod(0o755)


@pytest.fixture
def machine(tmp_path: Path) -> Path:
    """A checkout on a machine that has no Python but what a test adds to its `bin`."""
    (tmp_path / "bin").mkdir()
    for tool in ("sh", "dirname"):
        (tmp_path / "bin" / tool).symlink_to(shutil.which(tool) or tool)
    shutil.copytree(ROOT / "scripts", tmp_path / "scripts", ignore=shutil.ignore_patterns("__pycache__"))
    return tmp_path


def set_up(machine: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["sh", "scripts/setup.sh", "runtime"],
        cwd=machine,
        env={"PATH": str(machine / "bin"), **environment},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize(
    ("pythons", "chosen"),
    [
        ({"python3": "ready 3.11"}, "python3"),
        ({"python3": "ready 3.14", "python3.12": "ready 3.12"}, "python3.12"),
        ({"python3": "old 3.9", "python3.11": "ready 3.11"}, "python3.11"),
        ({"python3.13": "bare 3.13", "python3": "bare 3.9"}, None),
    ],
)
def test_the_newest_python_that_can_do_it_is_taken(machine: Path, pythons: dict[str, str], chosen: str | None) -> None:
    for name, answer in pythons.items():
        python_that_says(machine / "bin", name, answer)
    done = set_up(machine)
    assert done.stdout.strip() == (f"{chosen} sets up" if chosen else "")


def test_a_python_of_ones_choice_is_taken(machine: Path) -> None:
    python_that_says(machine / "bin", "python3.13", "ready 3.13")
    python_that_says(machine / "bin", "mine", "ready 3.11")
    assert set_up(machine, PYTHON="mine").stdout.strip() == "mine sets up"


@pytest.mark.parametrize(
    ("pythons", "advice"),
    [
        ({}, "install python3"),
        ({"python3": "old 3.9"}, "python3 is 3.9"),
        ({"python3": "bare 3.11"}, "apt install python3.11-venv"),
        ({"python3": "bare 3.9"}, "Python 3.11 or newer is needed"),
        ({"python3.11": "bare 3.11", "python3": "old 3.9"}, "apt install python3.11-venv"),
    ],
)
def test_what_is_missing_is_named_in_one_line(machine: Path, pythons: dict[str, str], advice: str) -> None:
    for name, answer in pythons.items():
        python_that_says(machine / "bin", name, answer)
    done = set_up(machine)
    assert done.returncode == 1
    assert advice in done.stderr
    assert len(done.stderr.splitlines()) == 1


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("setup") / "checkout"
    copy_of_checkout(folder)
    return folder


@pytest.fixture
def setup(checkout: Path) -> ModuleType:
    return setup_script(checkout)


@pytest.mark.parametrize("kind", ["runtime", "dev"])
def test_what_is_set_up_is_not_set_up_again(setup: ModuleType, kind: str) -> None:
    assert setup.is_current(kind)


def test_a_make_target_in_a_checkout_that_is_set_up_says_nothing(checkout: Path) -> None:
    done = subprocess.run(["make", "setup"], cwd=checkout, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_a_changed_lock_is_noticed(setup: ModuleType, checkout: Path) -> None:
    lock = checkout / "requirements" / "dev.txt"
    before = lock.read_bytes()
    lock.write_bytes(before + b"\n")
    try:
        assert not setup.is_current("dev")
        assert setup.is_current("runtime")
    finally:
        lock.write_bytes(before)


def test_a_checkout_that_was_moved_is_noticed(checkout: Path, tmp_path: Path) -> None:
    moved = tmp_path / "moved"
    shutil.copytree(checkout, moved, symlinks=True)
    assert not setup_script(moved).is_current("runtime")


def test_an_environment_whose_python_is_gone_is_noticed(checkout: Path, tmp_path: Path) -> None:
    broken = tmp_path / "checkout"
    shutil.copytree(checkout, broken, symlinks=True)
    setup = setup_script(broken)
    setup.STAMP.write_text(json.dumps({"runtime": setup.fingerprint("runtime")}))
    assert setup.is_current("runtime")
    (broken / ".venv" / "bin" / "python").unlink()
    (broken / ".venv" / "bin" / "python").symlink_to(tmp_path / "gone")
    assert not setup.is_current("runtime")


def test_an_interrupted_set_up_is_noticed(checkout: Path, tmp_path: Path) -> None:
    half = tmp_path / "checkout"
    shutil.copytree(checkout, half, symlinks=True)
    setup = setup_script(half)
    setup.STAMP.write_text('{"runtime": "')
    assert not setup.is_current("runtime")


@pytest.fixture
def fresh(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """The set-up of a checkout that has no environment yet, and an index that nobody has to be asked for."""
    folder = tmp_path / "checkout"
    folder.mkdir()
    shutil.copy(ROOT / "pyproject.toml", folder)
    for name in ("scripts", "requirements"):
        shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in [name for name in os.environ if name.startswith(("PIP_", "UV_"))]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    return setup_script(folder)


def test_pip_is_the_one_that_python_brings(fresh: ModuleType) -> None:
    fresh.make_environment()
    version = fresh.provide_pip()
    assert fresh.run(fresh.pip("--version")).stdout.startswith(f"pip {version} from {fresh.VENV}")


def test_what_half_an_unpacking_left_is_unpacked_again(fresh: ModuleType) -> None:
    fresh.make_environment()
    version = fresh.provide_pip()
    package = next(fresh.VENV.glob("lib/*/site-packages/pip"))
    (package / "__init__.py").unlink()
    assert fresh.provide_pip() == version


def test_packages_that_cannot_be_had_are_told_in_pips_words(fresh: ModuleType) -> None:
    fresh.make_environment()
    with pytest.raises(fresh.SetupError, match=r"pip could not install uv\n  ERROR: .*uv==") as told:
        fresh.install_requirements("runtime")
    assert len(str(told.value).splitlines()) <= 6


@pytest.fixture
def fetched(fresh: ModuleType, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """The same where uv is there already, lent by the environment that runs this test."""
    shutil.rmtree(fresh.VENV, ignore_errors=True)
    lent_environment(fresh.VENV)
    return fresh


def test_packages_that_cannot_be_had_are_told_in_uvs_words(fetched: ModuleType) -> None:
    (fetched.ROOT / "requirements" / "runtime.txt").write_text("absent==1.0 --hash=sha256:" + "0" * 64)
    with pytest.raises(fetched.SetupError, match=r"(?s)uv could not install the requirements\n.* absent"):
        fetched.install_requirements("runtime")


def test_a_file_that_is_not_the_locked_one_is_refused(
    fetched: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with zipfile.ZipFile(tmp_path / "swapped-1.0-py3-none-any.whl", "w") as wheel:
        wheel.writestr("swapped.py", "")
        wheel.writestr("swapped-1.0.dist-info/METADATA", "Metadata-Version: 2.1\nName: swapped\nVersion: 1.0\n")
        wheel.writestr("swapped-1.0.dist-info/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        wheel.writestr("swapped-1.0.dist-info/RECORD", "")
    monkeypatch.setenv("PIP_FIND_LINKS", str(tmp_path))
    lock = fetched.ROOT / "requirements" / "runtime.txt"
    lock.write_text("swapped==1.0 --hash=sha256:" + "0" * 64)
    with pytest.raises(fetched.SetupError, match="swapped"):
        fetched.install_requirements("runtime")
    digest = hashlib.sha256((tmp_path / "swapped-1.0-py3-none-any.whl").read_bytes()).hexdigest()
    lock.write_text(f"swapped==1.0 --hash=sha256:{digest}")
    fetched.install_requirements("runtime")
    assert [*fetched.VENV.glob("lib/*/site-packages/swapped.py")]


def test_a_full_disk_is_told_in_one_line(
    fresh: ModuleType, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(fresh.VENV))

    monkeypatch.setattr(fresh, "make_environment", full)
    assert fresh.main("install", "runtime") == 1
    assert f"error: [Errno {errno.ENOSPC}] No space left on device: '{fresh.VENV}'" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("listed", "told"),
    [
        ("global.index-url='https://mirror.example/simple'", {"UV_DEFAULT_INDEX": "https://mirror.example/simple"}),
        (
            "global.extra-index-url='https://a.example\\nhttps://b.example'",
            {"UV_INDEX": "https://a.example https://b.example"},
        ),
        ("global.find-links='/wheels /more'", {"UV_FIND_LINKS": "/wheels,/more"}),
        ("install.trusted-host='a.example'", {"UV_INSECURE_HOST": "a.example"}),
        (":env:.cert='/etc/company.pem'\nglobal.cert='/etc/other.pem'", {"SSL_CERT_FILE": "/etc/company.pem"}),
        (
            "install.proxy='http://proxy.example:3128'\nglobal.proxy='http://old.example'",
            {"ALL_PROXY": "http://proxy.example:3128"},
        ),
        (":env:.default-timeout='180'", {"UV_HTTP_TIMEOUT": "180"}),
        ("global.keyring-provider='subprocess'", {"UV_KEYRING_PROVIDER": "subprocess"}),
        ("global.keyring-provider='import'", {}),
        ("list.format='columns'\nglobal.progress-bar='off'\nglobal.extra-index-url=''", {}),
    ],
)
def test_what_pip_is_configured_with_holds_for_uv(setup: ModuleType, listed: str, told: dict[str, str]) -> None:
    assert setup.told_to_uv(setup.pip_settings(listed)) == told


def test_whom_pip_trusts_uv_trusts(setup: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SSL_CERT_FILE", raising=False)
    monkeypatch.delenv("REQUESTS_CA_BUNDLE", raising=False)
    monkeypatch.setenv("CURL_CA_BUNDLE", "/etc/company.pem")
    monkeypatch.setattr(setup.sys, "platform", "darwin")
    assert setup.trust("23.2.1") == {"SSL_CERT_FILE": "/etc/company.pem"}
    assert setup.trust("24.2") == {"SSL_CERT_FILE": "/etc/company.pem", "UV_SYSTEM_CERTS": "true"}


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("Downloading botocore (15.8MiB)\n", "downloading botocore (15.8mib)"),
        ("Resolved 70 packages in 1.11s\n", "resolved 70 packages in 1.11s"),
        (" + aiohttp==3.14.5\n", None),
    ],
)
def test_the_steps_of_uv_are_told(setup: ModuleType, line: str, said: str | None) -> None:
    found = setup.STEP.match(line)
    assert (found and (found["step"] + found["about"]).lower()) == said


def test_settings_that_lead_packages_elsewhere_are_not_passed_on(
    setup: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("PIP_TARGET", "UV_TARGET", "UV_INDEX_URL", "UV_LINK_MODE", "UV_CACHE_DIR"):
        monkeypatch.setenv(name, os.devnull)
    assert {name for name in setup.environment() if name.startswith(("PIP_T", "UV_"))} == {"UV_CACHE_DIR"}
