"""Runs the blocks of a page one after the other, in a folder of their own."""

from __future__ import annotations

import os
import re
import selectors
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from tests.docs.blocks import Block, blocks, commands, shows
from tests.environment import ROOT, copy_of_checkout, free_port

PATIENCE = 60.0  # seconds for one command


class Reader:
    """Does what someone does who follows a page from top to bottom.

    Args:
        folder: An empty folder.
        cleanup: Ends what goes on in the background.
    """

    def __init__(self, folder: Path, cleanup: ExitStack) -> None:
        self.desk = folder / "desk"
        self.desk.mkdir()
        self.checkout = folder / "checkout"
        self.ports = {"4500": str(free_port()), "4600": str(free_port())}
        self.cleanup = cleanup
        paths = [str(Path(sys.executable).parent), os.environ["PATH"]]
        self.environment = os.environ | {
            "PATH": os.pathsep.join(paths),
            "ARGS": f"--port {self.ports['4500']}",  # of `make up`
            "NO_COLOR": "1",
            "COLUMNS": "120",
            "TERM": "dumb",
        }

    def follow(self, block: Block) -> None:
        """Runs one block.

        Raises:
            AssertionError: A command failed, or printed something else than the page shows.
        """
        if block.skipped:
            return
        if block.title:
            self._write(block)
        elif block.language == "python":
            self._run([sys.executable, "-c", self._local(block.text)], block)
        elif block.language == "bash":
            self._run(["bash", "-euc", self._local(block.text)], block)
        elif block.language == "console":
            self._type(block)

    def _write(self, block: Block) -> None:
        file = self.desk / block.title
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(self._local(block.text) + "\n", encoding="utf-8")

    def _type(self, block: Block) -> None:
        for command in commands(block):
            shell = ["bash", "-euc", self._local(command.text)]
            if block.until:
                self._start(shell, block)
            else:
                output = self._run(shell, block)
                assert shows([self._local(line) for line in command.output], output), (
                    f"{command.text} printed:\n{output}"
                )

    def _local(self, text: str) -> str:
        """The text of a page with this run's ports instead of those that the pages use."""
        return re.sub("|".join(self.ports), lambda match: self.ports[match[0]], text)

    def _folder(self, block: Block) -> Path:
        if not block.checkout:
            return self.desk
        if not self.checkout.exists():
            copy_of_checkout(self.checkout)
        return self.checkout

    def _run(self, command: list[str], block: Block) -> str:
        done = subprocess.run(
            command,
            cwd=self._folder(block),
            env=self.environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=PATIENCE,
            check=False,
        )
        assert done.returncode == 0, f"{command[-1]} returned {done.returncode}:\n{done.stdout}"
        return done.stdout

    def _start(self, command: list[str], block: Block) -> None:
        process = self.cleanup.enter_context(_background(command, self._folder(block), self.environment))
        output = "".join(_lines_until(process, self._local(block.until)))
        assert self._local(block.until) in output, f"{command[-1]} printed:\n{output}"


@contextmanager
def _background(command: list[str], folder: Path, environment: dict[str, str]) -> Iterator[subprocess.Popen[bytes]]:
    """A process group that ends with the block, as Ctrl-C would end it."""
    process = subprocess.Popen(
        command,
        cwd=folder,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        start_new_session=True,
    )
    try:
        yield process
    finally:
        _stop(process)


def _stop(process: subprocess.Popen[bytes]) -> None:
    for sign in (signal.SIGINT, signal.SIGKILL):
        if process.poll() is None:
            os.killpg(process.pid, sign)
            try:
                process.communicate(timeout=15)
            except subprocess.TimeoutExpired:
                continue
    if process.stdout:
        process.stdout.close()


def _lines_until(process: subprocess.Popen[bytes], text: str) -> Iterator[str]:
    """What a process prints, to the first time it holds the text, to its end, or until patience does."""
    assert process.stdout
    end = time.monotonic() + PATIENCE
    seen = ""
    with selectors.DefaultSelector() as selector:
        selector.register(process.stdout, selectors.EVENT_READ)
        while text not in seen and selector.select(max(0.0, end - time.monotonic())):
            piece = os.read(process.stdout.fileno(), 65536).decode(errors="replace")
            if not piece:
                return
            seen += piece
            yield piece


def follow(page: Path, folder: Path) -> None:
    """Runs every block of a page in order; an error names the page and the line.

    Raises:
        AssertionError: What the page says does not hold.
    """
    with ExitStack() as cleanup:
        reader = Reader(folder, cleanup)
        for block in blocks(page.read_text(encoding="utf-8")):
            try:
                reader.follow(block)
            except (AssertionError, subprocess.TimeoutExpired) as error:
                raise AssertionError(f"{page.relative_to(ROOT)}:{block.line}: {error}") from None
