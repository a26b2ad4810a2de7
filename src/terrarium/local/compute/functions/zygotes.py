"""The forking parents of one system: one for each version of Python that its functions run in."""

from __future__ import annotations

import asyncio
from pathlib import Path

from terrarium.local.compute.functions.runtimes import runtime
from terrarium.local.compute.functions.zygote_process import ZygoteProcess


class Zygotes:
    """Forking parents, each started when it is first needed.

    Args:
        own: The one of Terrarium's own version, where it was launched already.
    """

    def __init__(self, own: ZygoteProcess | None = None) -> None:
        self._by_interpreter: dict[Path | None, ZygoteProcess] = {None: own or ZygoteProcess()}
        self._started = False

    def of(self, named: str) -> ZygoteProcess:
        """The forking parent for a runtime; what is no Python starts from Terrarium's own.

        Args:
            named: The runtime, as a function names it.
        """
        interpreter = runtime(named).interpreter
        if interpreter not in self._by_interpreter:
            self._by_interpreter[interpreter] = ZygoteProcess(interpreter)
        zygote = self._by_interpreter[interpreter]
        if self._started:
            zygote.ensure()
        return zygote

    def start(self) -> None:
        """Starts those that are known, so that no first invocation need wait for their imports."""
        self._started = True
        for zygote in self._by_interpreter.values():
            zygote.ensure()

    async def stop(self) -> None:
        """Ends them, and with them every worker."""
        self._started = False
        await asyncio.gather(*(zygote.stop() for zygote in self._by_interpreter.values()))
