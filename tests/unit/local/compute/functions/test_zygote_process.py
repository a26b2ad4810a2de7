from __future__ import annotations

import asyncio
from pathlib import Path

from terrarium.local.compute.functions.zygote_process import ZygoteProcess
from tests.unit.local.compute.functions.laptop import alive, running


def test_a_forking_parent_launched_before_there_is_an_event_loop_serves_functions(tmp_path: Path) -> None:
    zygote = ZygoteProcess()
    zygote.launch()
    launched = zygote.pid
    assert launched is not None

    async def invoke() -> tuple[object, int | None]:
        async with running(tmp_path, zygote=zygote) as laptop:
            laptop.function("import os\ndef handler(event, context): return os.getppid()")
            return await laptop.result(), zygote.pid

    assert asyncio.run(invoke()) == (launched, launched)
    assert not alive(launched)


async def test_a_forking_parent_that_was_launched_and_never_used_ends(tmp_path: Path) -> None:
    zygote = ZygoteProcess()
    zygote.launch()
    launched = zygote.pid
    assert launched is not None
    async with running(tmp_path, zygote=zygote):
        pass
    assert not alive(launched)
