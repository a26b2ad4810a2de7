from __future__ import annotations

import subprocess
import sys
import textwrap
from pathlib import Path

from terrarium.local.compute.functions.lambda_runtime import death
from tests.unit.local.compute.functions.laptop import alive, until

WATCHED = """
    import importlib.util, os, sys, time
    spec = importlib.util.spec_from_file_location("death", sys.argv[1])
    death = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(death)
    parent = os.getpid()
    if os.fork() == 0:
        os.setpgid(0, 0)
        death.watch_parent(parent, every=0.01)
        print(os.getpid(), flush=True)
        while True:
            time.sleep(1)
    os.wait()
    """


async def test_where_the_kernel_does_not_a_child_notices_itself_that_its_parent_is_gone() -> None:
    script = [sys.executable, "-c", textwrap.dedent(WATCHED), str(Path(death.__file__))]
    with subprocess.Popen(script, stdout=subprocess.PIPE) as parent:  # noqa: ASYNC220 - it is not waited for here
        assert parent.stdout is not None
        child = int(parent.stdout.readline())
        assert alive(child)
        parent.kill()
        await until(lambda: not alive(child))
