from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

import terrarium
from tests.unit.local.compute.functions.laptop import Laptop, alive, running, until

REPORTS_IN = """
    import os, pathlib, subprocess, time
    def handler(event, context):
        if event is None:
            return [os.getpid(), os.getppid()]
        child = subprocess.Popen(["sleep", "1000"])
        pids = f"{os.getpid()} {os.getppid()} {child.pid}"
        (pathlib.Path(event) / str(os.getpid())).write_text(pids)
        while True:
            time.sleep(1)
    """


async def pids_in(folder: Path) -> list[int]:
    """Worker, forking parent, and what the handler started, once they are told."""
    await until(lambda: any(len(file.read_text().split()) == 3 for file in folder.iterdir()))
    [file] = list(folder.iterdir())
    return [int(word) for word in file.read_text().split()]


async def held(laptop: Laptop, folder: Path) -> tuple[asyncio.Task[dict[str, str]], list[int]]:
    folder.mkdir()
    invocation = asyncio.create_task(laptop.error(str(folder)))
    return invocation, await pids_in(folder)


async def test_a_killed_worker_fails_its_invocation_and_comes_back(tmp_path: Path) -> None:
    async with running(tmp_path / "code") as laptop:
        laptop.function(REPORTS_IN)
        invocation, (worker, parent, child) = await held(laptop, tmp_path / "pids")
        os.kill(worker, signal.SIGKILL)
        error = await invocation
        assert error["errorType"] == "Runtime.ExitError"
        assert error["errorMessage"].endswith("Runtime exited with error: signal: killed")
        assert (await laptop.result())[1] == parent
        await until(lambda: not alive(child))


async def test_a_worker_killed_while_idle_comes_back(tmp_path: Path) -> None:
    async with running(tmp_path) as laptop:
        laptop.function(REPORTS_IN)
        worker, parent = await laptop.result()
        os.kill(worker, signal.SIGKILL)
        await until(lambda: not alive(worker) and not laptop.functions.workers("hello"))
        again, same_parent = await laptop.result()
        assert again != worker
        assert same_parent == parent


async def test_a_killed_forking_parent_fails_what_runs_and_comes_back(tmp_path: Path) -> None:
    async with running(tmp_path / "code") as laptop:
        laptop.function(REPORTS_IN)
        invocation, (worker, parent, child) = await held(laptop, tmp_path / "pids")
        os.kill(parent, signal.SIGKILL)
        error = await invocation
        assert error["errorMessage"].endswith("Runtime exited with error: signal: killed")
        await until(lambda: not any(alive(pid) for pid in (worker, parent, child)))
        assert (await laptop.result())[1] != parent


async def test_a_forking_parent_killed_while_idle_comes_back(tmp_path: Path) -> None:
    async with running(tmp_path) as laptop:
        laptop.function(REPORTS_IN)
        worker, parent = await laptop.result()
        os.kill(parent, signal.SIGKILL)
        await until(lambda: not alive(worker) and not laptop.functions.workers("hello"))
        assert (await laptop.result())[1] != parent


async def test_what_a_handler_left_running_ends_with_its_worker(tmp_path: Path) -> None:
    async with running(tmp_path) as laptop:
        laptop.function(
            """
            import subprocess
            def handler(event, context): return subprocess.Popen(["sleep", "1000"]).pid
            """
        )
        child = await laptop.result()
        assert alive(child)
        laptop.functions.reload()
        await until(lambda: not alive(child))


DETACHES = """
    import subprocess
    def handler(event, context): return subprocess.Popen(["sleep", "1000"], start_new_session=True).pid
    """


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux hands a process the orphans among its descendants")
async def test_what_a_handler_detached_ends_with_its_worker_and_no_other(tmp_path: Path) -> None:
    async with running(tmp_path) as laptop:
        laptop.function(DETACHES, name="one")
        laptop.function(name="two")
        first, second = await laptop.result(name="one"), await laptop.result(name="two")
        laptop.functions.reload("one")
        await until(lambda: not alive(first))
        assert alive(second)
    await until(lambda: not alive(second))


async def test_a_handler_that_breaks_the_runtimes_connection_harms_only_itself(tmp_path: Path) -> None:
    async with running(tmp_path) as laptop:
        laptop.function(
            """
            import os, stat
            def handler(event, context):
                if event == "break":
                    for fd in range(3, 64):
                        try:
                            if stat.S_ISSOCK(os.fstat(fd).st_mode):
                                os.write(fd, b"nonsense\\r\\n\\r\\n")
                        except OSError:
                            pass
                return "fine"
            """
        )
        assert (await laptop.error("break"))["errorType"] == "Runtime.ExitError"
        assert await laptop.result() == "fine"


async def test_stopping_tells_whoever_waits(tmp_path: Path) -> None:
    async with running(tmp_path / "code") as laptop:
        laptop.function(REPORTS_IN)
        invocation, pids = await held(laptop, tmp_path / "pids")
    assert (await invocation)["errorType"] == "Runtime.ExitError"
    await until(lambda: not any(alive(pid) for pid in pids))


async def test_a_main_process_killed_outright_leaves_nothing_behind(tmp_path: Path) -> None:
    code, pids = tmp_path / "code", tmp_path / "pids"
    for folder in (code, pids):
        folder.mkdir()
    (code / "app.py").write_text(textwrap.dedent(REPORTS_IN))
    driver = tmp_path / "driver.py"
    driver.write_text(textwrap.dedent(DRIVER))
    root = Path(__file__).parents[5]
    environment = {**os.environ, "PYTHONPATH": f"{Path(terrarium.__file__).parents[1]}{os.pathsep}{root}"}
    process = subprocess.Popen([sys.executable, str(driver), json.dumps([str(code), str(pids)])], env=environment)  # noqa: ASYNC220 - it is not waited for here
    try:
        processes = await pids_in(pids)
        assert all(alive(pid) for pid in processes)
    finally:
        process.kill()
        process.wait()
    await until(lambda: not any(alive(pid) for pid in processes))
    assert not [path for path in code.rglob("*") if path.name != "app.py"]


DRIVER = """
    import asyncio, json, pathlib, sys
    from tests.unit.local.compute.functions.laptop import Laptop

    async def main():
        code, pids = json.loads(sys.argv[1])
        laptop = Laptop(pathlib.Path(code))
        laptop.function()
        await laptop.invoke(pids)

    asyncio.run(main())
    """


async def test_a_handler_that_always_crashes_fails_everyone_and_leaves_no_worker(tmp_path: Path) -> None:
    async with running(tmp_path) as laptop:
        laptop.function("import os\nos._exit(1)")
        errors = await asyncio.gather(*[laptop.error() for _ in range(30)])
        assert {error["errorType"] for error in errors} == {"Runtime.ExitError"}
        await until(lambda: not laptop.functions.workers("hello"))
