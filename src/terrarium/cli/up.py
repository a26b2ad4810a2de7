"""``terrarium up``: a system, alive."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

from terrarium.cli import tfvars
from terrarium.cli.screen import errors, machine, output
from terrarium.errors import UserError, did_you_mean
from terrarium.load import find, load
from terrarium.local.addresses import PORT
from terrarium.local.registry import Entry
from terrarium.local.state import State
from terrarium.model.graph import Architecture
from terrarium.model.order import in_order

if TYPE_CHECKING:
    from terrarium.local.compute.functions.zygote_process import ZygoteProcess
    from terrarium.local.run import Options

#: Where OpenSSL looks for them, over what it was built with: https://docs.openssl.org/3.0/man7/openssl-env/
_AUTHORITIES = ("SSL_CERT_FILE", "SSL_CERT_DIR")
# Names the file descriptor that a detached system closes once it has said where it is.
_SAID = "TERRARIUM_SAID"


@click.command()
@click.argument(
    "system", default="tictactoe", help="A system's name, or the path of an architecture.py; tictactoe, if not given."
)
@click.option(
    "--port",
    type=click.IntRange(0, 65535),
    default=PORT,
    show_default=True,
    help="The port that everything is reached at; 0 takes a free one.",
)
@click.option("--var", multiple=True, metavar="NAME=VALUE", help="A variable's value, name=value; may be repeated.")
@click.option(
    "--var-file",
    multiple=True,
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="A file of variables' values, .tfvars or .tfvars.json; may be repeated.",
)
@click.option("--detach", is_flag=True, help="Come back once it is up, and leave it running.")
@click.option("--tls", is_flag=True, help="Speak TLS, with a certificate authority of your own.")
@click.option("--fsync", is_flag=True, help="Let what tables acknowledge survive a power cut too.")
@click.option("--watch", is_flag=True, help="Use changed code from the next message on.")
@click.option("--json", "as_json", is_flag=True, help="Print what came alive as JSON.")
def up(
    system: str,
    *,
    port: int,
    var: tuple[str, ...],
    var_file: tuple[Path, ...],
    detach: bool,
    tls: bool,
    fsync: bool,
    watch: bool,
    as_json: bool,
) -> None:
    """Bring a system alive on this machine, and say where to click.

    Example: terrarium up tictactoe --port 4600 --var instance_type=t3.small
    """
    architecture = load(system)
    values = values_of_files(var_file, architecture) | values_of(var, architecture)
    web = web_folder(system)
    if detach:
        _detached(architecture.name, sys.argv[1:])
        return
    _keep_to_itself()
    gc.disable()  # what is loaded now stays: the collector works again once all of it is there
    # All of this is imported here, as other commands start without it.
    from terrarium.local.compute.functions.zygote_process import ZygoteProcess

    zygote = ZygoteProcess()
    zygote.launch()  # it imports the SDK while we import the rest

    import uvloop

    with no_public_authorities():
        from terrarium.local.run import Options

    options = Options(port=port, tls=tls, fsync=fsync, values=values, web=web)
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(_run(architecture, options, zygote, watch=watch, as_json=as_json))


def values_of_files(files: Sequence[Path], architecture: Architecture) -> dict[str, Any]:
    """The values that files give, each checked against its variable; a later file counts more.

    Raises:
        UserError: A file cannot be read, or a value does not fit its variable.
    """
    values: dict[str, Any] = {}
    for file in files:
        for name, given in tfvars.read(file).items():
            variable = architecture.variables.get(name)
            if variable is None:
                # Terraform warns too, and goes on: one file may serve several configurations.
                hint = did_you_mean(name, architecture.variables)
                errors.print(f"{given.where}: {architecture.name} has no variable {name!r}. {hint}", markup=False)
                continue
            try:
                values[name] = variable.accepted(given.value)
            except UserError as error:
                raise UserError(error.what, where=given.where, hint=error.hint, exit_code=2) from error
    return values


def web_folder(system: str) -> Path | None:
    """The folder of a system's page, if it has one."""
    folder = find(system).parent / "web"
    return folder if folder.is_dir() else None


def values_of(given: Sequence[str], architecture: Architecture) -> dict[str, Any]:
    """``name=value`` texts as values of the variables' types.

    Raises:
        UserError: A text has another form, or a list or map is not JSON.
    """
    values: dict[str, Any] = {}
    for text in given:
        name, equals, value = text.partition("=")
        if not equals:
            raise UserError(f"--var {text} has no value", hint="write --var name=value", exit_code=2)
        variable = architecture.variables.get(name)
        if variable is not None and variable.type.startswith(("list(", "set(", "map(", "object(", "any")):
            try:
                values[name] = json.loads(value)
            except json.JSONDecodeError as error:
                raise UserError(
                    f"--var {name} is a {variable.type}: {error}",
                    hint=f"write JSON: --var '{name}=[\"a\"]'",
                    exit_code=2,
                ) from error
        else:
            values[name] = value
    return values


@contextlib.contextmanager
def no_public_authorities() -> Iterator[None]:
    """Within it, OpenSSL trusts nobody.

    aiohttp reads the public authorities when it is imported, all hundred and more of them, for clients that call the
    public network. Here there are none, and that reading is a tenth of the whole start.
    """
    before = {name: os.environ.get(name) for name in _AUTHORITIES}
    os.environ.update(dict.fromkeys(_AUTHORITIES, os.devnull))
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value


async def _run(
    architecture: Architecture, options: Options, zygote: ZygoteProcess, *, watch: bool, as_json: bool
) -> None:
    """Brings it up, and stays until it is asked to end."""
    from terrarium.local.run import LocalCloud

    loop = asyncio.get_running_loop()
    with _progress(architecture) as (progress, task):
        cloud = LocalCloud(
            architecture,
            options,
            created=lambda entry: _created(progress, task, entry),
            reported=lambda sentence: errors.print(f"[yellow]{sentence}[/]"),
            zygote=zygote,
        )
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            loop.add_signal_handler(number, cloud.ended.set)
        await cloud.start()
        gc.freeze()  # what is there now stays, and need not be looked through again and again
        gc.enable()
        progress.update(task, description="ready")
    try:
        machine(cloud.status()) if as_json else show(cloud.status())
        _tell_who_waits()
        if watch:
            cloud.watch()
        await cloud.ended.wait()
    finally:
        errors.print("[dim]ending …[/]")
        await cloud.stop()


class _progress:  # noqa: N801  # reads as the function it stands for
    """A bar that counts resources."""

    def __init__(self, architecture: Architecture) -> None:
        self._total = len(in_order(architecture))
        self._bar = Progress(
            TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), console=errors, transient=True
        )
        self._name = architecture.name

    def __enter__(self) -> tuple[Progress, Any]:  # rich's TaskID
        self._bar.__enter__()
        return self._bar, self._bar.add_task(self._name, total=self._total)

    def __exit__(self, *_: object) -> None:
        self._bar.__exit__(None, None, None)


def _created(progress: Progress, task: Any, entry: Entry) -> None:  # rich's TaskID
    progress.update(task, advance=1, description=entry.address.split(".")[-1])


def show(status: dict[str, Any]) -> None:  # the status as plain JSON values
    """Prints what came alive and where to click."""
    resources = status["resources"]
    alive, modelled = (sum(1 for one in resources if one["state"] == state) for state in ("alive", "modelled"))
    command = _command()
    output.print(
        f"[bold green]{status['system']}[/] is alive: {alive} resources; "
        f"{modelled} are only modelled ({command} status --all)"
    )
    for one in resources:
        if one["state"] == "unsupported":
            output.print(f"  [yellow]{one['address']} does nothing here[/]: {one['note']}")
    links = {
        one["address"].split(".", 1)[-1]: one["reached_at"]
        for one in resources
        if one["reached_at"].startswith(("http", "ws"))
    }
    if status["page"] and status["page"] not in {link.rstrip("/") for link in links.values()}:
        links = {"page": status["page"], **links}
    width = max(map(len, links), default=0)
    for address, link in links.items():
        # Not a table: an address that is cut or wrapped cannot be clicked.
        output.print(f"  {address:<{width}}  [cyan]{link}[/]")
    output.print(
        f"everything at [bold cyan]{status['front']}[/]   logs: {command} logs -f   end: Ctrl-C or {command} down"
    )


def _command() -> str:
    """What a person types to run this command again: its name, or its path where the shell would not find it."""
    own = Path(sys.argv[0])
    if own.name != "terrarium":
        return f"{Path(sys.executable).name} -m terrarium.cli"
    found = shutil.which("terrarium")
    if found and Path(found).resolve() == own.resolve():
        return "terrarium"
    return min(os.path.relpath(own), str(own.resolve()), key=len)


def _detached(name: str, arguments: list[str]) -> None:
    """Starts the same command in a session of its own, and waits until it is up."""
    state = State(name)
    if state.running() is not None:
        raise UserError(f"{name} is up already, from this folder", hint=f"end it with `terrarium down {name}`")
    log = Path(state.folder) / "up.log"
    log.parent.mkdir(parents=True, exist_ok=True)
    command = [sys.executable, "-m", "terrarium.cli", *(one for one in arguments if one != "--detach")]
    told, said = os.pipe()
    with log.open("w") as out:
        child = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=out, stderr=subprocess.STDOUT, start_new_session=True,
            pass_fds=(said,), env=os.environ | {_SAID: str(said)},
        )  # fmt: skip  # our own command
    os.close(said)
    os.read(told, 1)  # nothing ever comes: it ends when the child has closed its end, or is gone
    os.close(told)
    if not state.running():
        child.wait()
        raise UserError(f"{name} did not come up:\n{log.read_text().strip()}")
    output.print(log.read_text().strip())


def _keep_to_itself() -> None:
    """Lets no process that is started here hold what tells whoever waits, who would wait for its end too."""
    if said := os.environ.get(_SAID):
        os.set_inheritable(int(said), False)


def _tell_who_waits() -> None:
    """Lets go whoever started this command and waits for what it has to say."""
    said = os.environ.pop(_SAID, "")
    if said:
        sys.stdout.flush()
        os.close(int(said))
