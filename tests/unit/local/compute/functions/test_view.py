"""What a worker sees of the file system: its code, its layers, a `/tmp` of its own."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from terrarium.local.compute.functions.lambda_runtime import layers, view
from tests.environment import ROOT
from tests.unit.local.compute.functions.laptop import running, until

# A checkout that itself lies in /tmp is there for workers too, who load the SDK from it.
STAYS = [ROOT.parts[2]] if ROOT.is_relative_to("/tmp") else []
SEES = """
    import os, pathlib, sys, tempfile
    def handler(event, context):
        return eval(event)
    """


REFUSES = """
import ctypes
class Refusing(ctypes.CDLL):
    def __getattr__(self, name):
        return (lambda *_: -1) if name == "unshare" else super().__getattr__(name)
ctypes.CDLL = Refusing
"""


def laid(folder: Path, **files: str) -> Path:
    """A folder with files; two underscores stand for a slash, one for a dot."""
    for name, text in files.items():
        path = folder / name.replace("__", "/").replace("_", ".")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return folder


def without_mounts(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Workers on a machine that lets nobody mount; the forking parent finds out, so it has to be told there."""
    laid(tmp_path / "hook", sitecustomize_py=REFUSES)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path / "hook"))


@pytest.mark.mounts
async def test_the_code_is_at_var_task_and_cannot_be_changed(tmp_path: Path) -> None:
    async with running(tmp_path, private=True) as laptop:
        laptop.function(SEES)
        asked = "[os.getcwd(), __file__, os.environ['LAMBDA_TASK_ROOT'], os.listdir('/var/task'), sys.path[0]]"
        assert await laptop.result(asked) == ["/var/task", "/var/task/app.py", "/var/task", ["app.py"], "/var/task"]
        assert (await laptop.error("open('/var/task/new', 'w')"))["errorMessage"].startswith("[Errno 30]")
        assert await laptop.result("os.path.exists('/var/lib') and os.path.exists('/usr/bin')")


@pytest.mark.mounts
async def test_tmp_is_empty_kept_by_a_worker_and_shared_with_nobody(tmp_path: Path) -> None:
    async with running(tmp_path, private=True) as laptop:
        laptop.function(SEES)
        assert await laptop.result("[os.listdir('/tmp'), tempfile.gettempdir()]") == [STAYS, "/tmp"]
        assert await laptop.result("pathlib.Path('/tmp/kept').write_text('x')") == 1
        assert await laptop.result("sorted(os.listdir('/tmp'))") == sorted([*STAYS, "kept"])
        assert not Path("/tmp/kept").exists()
        laptop.functions.reload()
        assert await laptop.result("os.listdir('/tmp')") == STAYS


@pytest.mark.mounts
async def test_tmp_holds_as_much_as_the_function_asked_for(tmp_path: Path) -> None:
    async with running(tmp_path, private=True) as laptop:
        laptop.function(
            """
            import shutil
            def handler(event, context):
                with open('/tmp/large', 'wb') as file:
                    for _ in range(event):
                        file.write(b'x' * (1 << 20))
                return shutil.disk_usage('/tmp').total >> 20
            """,
            ephemeral_storage=20,
        )
        assert await laptop.result(10) == 20
        error = await laptop.error(21)
    assert (error["errorType"], error["errorMessage"]) == ("OSError", "[Errno 28] No space left on device")


@pytest.mark.mounts
async def test_a_layer_is_at_opt_and_cannot_be_changed(tmp_path: Path) -> None:
    layer = laid(
        tmp_path / "layer", python__part_py="where = __file__", data_txt="from a layer", bin__tool="#!/bin/sh\necho ran"
    )
    (layer / "bin" / "tool").chmod(0o755)
    async with running(tmp_path / "code", private=True) as laptop:
        laptop.function(SEES, layers=(layer,))
        assert await laptop.result("open('/opt/data.txt').read()") == "from a layer"
        assert await laptop.result("__import__('part').where") == "/opt/python/part.py"
        assert await laptop.result("__import__('subprocess').check_output(['tool'], text=True)") == "ran\n"
        assert (await laptop.error("open('/opt/new', 'w')"))["errorMessage"].startswith("[Errno 30]")


@pytest.mark.mounts
async def test_without_layers_opt_is_empty(tmp_path: Path) -> None:
    async with running(tmp_path, private=True) as laptop:
        laptop.function(SEES)
        assert await laptop.result("os.listdir('/opt')") == []


@pytest.mark.parametrize("private", [pytest.param(True, marks=pytest.mark.mounts), False])
async def test_several_layers_are_one_folder_in_which_the_last_wins(tmp_path: Path, private: bool) -> None:
    first = laid(tmp_path / "first", python__both_py="name = 'first'", python__one_py="name = 'first'", a_txt="a")
    last = laid(tmp_path / "last", python__both_py="name = 'last'", python__two_py="name = 'last'", lib__b_so="b")
    async with running(tmp_path / "code", private=private) as laptop:
        laptop.function(SEES, layers=(first, last))
        assert await laptop.result("[__import__(name).name for name in ('both', 'one', 'two')]") == [
            "last",
            "first",
            "last",
        ]
        found = "[path for path in os.environ['LD_LIBRARY_PATH'].split(':') if os.path.exists(path + '/b.so')]"
        [folder] = await laptop.result(found)
        assert not private or folder == "/opt/lib"
        assert not private or await laptop.result("open('/opt/a.txt').read()") == "a"


@pytest.mark.mounts
@pytest.mark.node
async def test_node_has_the_same_view(tmp_path: Path) -> None:
    layer = laid(tmp_path / "layer", nodejs__node_modules__far__index_js="module.exports = __filename;")
    text = "const os = require('node:os'), fs = require('node:fs');\n"
    text += "const seen = () => [__filename, process.cwd(), os.tmpdir(), fs.readdirSync('/tmp'), require('far')];\n"
    text += "exports.handler = async () => seen();"
    (layer / "nodejs" / "node.modules").rename(layer / "nodejs" / "node_modules")
    async with running(tmp_path / "code", private=True) as laptop:
        laptop.write(text, "index.js")
        laptop.function(runtime="nodejs20.x", handler="index.handler", layers=(layer,))
        seen = await laptop.result()
    assert seen == ["/var/task/index.js", "/var/task", "/tmp", STAYS, "/opt/nodejs/node_modules/far/index.js"]


@pytest.mark.mounts
async def test_what_the_worker_itself_needs_below_tmp_stays_there(tmp_path: Path) -> None:
    """Certificates of the laptop, and a folder that code put together from several links to."""
    authority = laid(tmp_path / "authority", ca_pem="trusted") / "ca.pem"
    part = laid(tmp_path / "part", piece_py="name = 'piece'")
    async with running(tmp_path / "code", private=True) as laptop:
        laptop.write(SEES)
        (tmp_path / "code" / "part").symlink_to(part)
        laptop.function(environment={"SSL_CERT_FILE": str(authority)})
        assert await laptop.result(f"open({str(authority)!r}).read()") == "trusted"
        assert await laptop.result("__import__('part.piece').piece.name") == "piece"
        assert not await laptop.result(f"os.path.exists({str(tmp_path / 'code')!r})")
        assert await laptop.result("pathlib.Path('/tmp/x').write_text('x')") == 1


async def test_where_nobody_may_mount_tmpdir_is_the_workers_own_and_goes_with_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    without_mounts(monkeypatch, tmp_path)
    async with running(tmp_path / "code", private=True) as laptop:
        laptop.function(SEES)
        folder, task = await laptop.result("[tempfile.gettempdir(), os.environ['LAMBDA_TASK_ROOT']]")
        assert task == str(tmp_path / "code")
        assert await laptop.result("[os.environ['TMPDIR'], os.listdir(tempfile.gettempdir())]") == [folder, []]
        await laptop.result("pathlib.Path(tempfile.gettempdir(), 'x').write_text('x')")
        assert (Path(folder) / "x").exists()
        laptop.functions.reload()
        await until(lambda: not Path(folder).parent.exists())
        left = await laptop.result("tempfile.gettempdir()")
    assert not Path(left).parent.exists()


def test_what_a_killed_forking_parent_left_is_removed_by_the_next(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    dead = subprocess.Popen(["true"])
    dead.wait()
    for parent in (dead.pid, os.getpid()):
        laid(Path(view.scratch_of(parent, 1)), tmp__x="x")
    view.sweep()
    assert [path.name for path in tmp_path.iterdir()] == [f"terrarium-function-{os.getpid()}-1"]


def test_layers_merge_folders_and_later_files_go_over_earlier_ones(tmp_path: Path) -> None:
    one = laid(tmp_path / "one", a__x="1", a__same="1", b__deep__y="1", c="file")
    two = laid(tmp_path / "two", a__same="2", b__deep__z="2", c__inside="2", d__w="2")
    target = tmp_path / "opt"
    layers.merge([str(one), str(two)], str(target))
    found = {str(path.relative_to(target)): path.read_text() for path in _files(target)}
    assert found == {"a/x": "1", "a/same": "2", "b/deep/y": "1", "b/deep/z": "2", "c/inside": "2", "d/w": "2"}
    assert (target / "d").is_symlink()


def _files(folder: Path) -> list[Path]:
    return [Path(place) / name for place, _, names in os.walk(folder, followlinks=True) for name in names]


@pytest.mark.parametrize(("hook", "answer"), [("", "True"), (REFUSES, "False")])
@pytest.mark.mounts
def test_whether_this_machine_lets_one_mount_is_found_out(hook: str, answer: str) -> None:
    asks = f"{hook}\nfrom terrarium.local.compute.functions.lambda_runtime import mounts\nprint(mounts.available())"
    done = subprocess.run([sys.executable, "-c", asks], capture_output=True, text=True, timeout=60)
    assert done.stdout.strip() == answer
