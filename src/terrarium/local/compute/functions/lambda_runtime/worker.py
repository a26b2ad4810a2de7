"""A worker's life after the fork: become a Lambda environment, load the handler, serve invocations one at a time."""

from __future__ import annotations

import os
import signal
import socket
import sys
import tempfile
import time
import traceback
from typing import Any

from terrarium.local.compute.functions.lambda_runtime import death, handler, names, output, program, search_path, view
from terrarium.local.compute.functions.lambda_runtime.client import GoneError, Invocation, RuntimeClient
from terrarium.local.compute.functions.lambda_runtime.context import LambdaContext


# What the main process says of the function; written by environment.py.
def main(settings: dict[str, Any], fds: tuple[int, int], parent: int) -> int:
    """Runs until the main process closes the Runtime API.

    Args:
        settings: ``environment``, ``paths``, ``path``, ``handler``, ``runtime``, ``program``, ``mark``, and what
            `view.take` needs.
        fds: File descriptors of the Runtime API's socket, and of the pipe for standard output and standard error.
        parent: Process id of the forking parent.

    Returns:
        The exit status of the process.
    """
    api, log = fds
    _leave_the_parent(parent)
    _bind_output(log)
    try:
        seen = _look_around(settings)
        if settings["program"]:
            program.become(settings, seen.task, api)
        _become_environment(settings, seen)
        client = RuntimeClient(socket.socket(fileno=api))
        return _run(client, settings["handler"], settings["mark"].encode())
    except GoneError:
        return 0
    except SystemExit as request:
        return _exit_status(request)
    except BaseException:  # noqa: BLE001 - as the interpreter does with what nobody catches
        traceback.print_exc()
        return 1


def _leave_the_parent(parent: int) -> None:
    os.setpgid(0, 0)  # so that what the handler starts ends with it
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGCHLD):
        signal.signal(number, signal.SIG_DFL)
    death.die_with_parent(signal.SIGKILL, parent)


def _bind_output(log: int) -> None:
    nothing = os.open(os.devnull, os.O_RDONLY)
    for source, target in ((nothing, 0), (log, 1), (log, 2)):
        os.dup2(source, target)
    os.close(nothing)
    os.close(log)
    output.open_streams()


def _look_around(settings: dict[str, Any]) -> view.View:
    """Takes its view of the file system, and writes into its environment where things are."""
    seen = view.take(settings)
    found = settings["environment"]
    for name, paths in settings["paths"].items():
        here = [path for path in map(seen.here, paths) if path]
        found[name] = os.pathsep.join([*([found[name]] if name in found else []), *here])
    found["LAMBDA_TASK_ROOT"] = seen.task
    if seen.scratch:
        found.setdefault("TMPDIR", seen.scratch)
    return seen


def _become_environment(settings: dict[str, Any], seen: view.View) -> None:
    os.environ.clear()
    os.environ.update(settings["environment"])
    if told := os.environ.pop(names.VARIABLE, ""):
        port, _, hosts = told.partition(" ")
        names.resolve_aws_at(int(port), hosts)
    time.tzset()
    os.chdir(seen.task)
    tempfile.tempdir = None  # what the forking parent has found out is another's
    search_path.restrict([folder for folder in map(seen.here, settings["path"]) if os.path.isdir(folder)])  # noqa: PTH112
    search_path.forget(("terrarium",))
    sys.argv = [""]


def _run(client: RuntimeClient, name: str, mark: bytes) -> int:
    output.set_up_logging(mark)
    try:
        function = handler.find(name)
    except Exception as error:  # noqa: BLE001 - a module may raise anything at all; Lambda reports it
        failure = handler.describe(error)
        output.write_message(mark, failure.text())
        client.fail_to_start(failure.body(), failure.error_type)
        return 1
    while True:
        _serve(client, function, client.next(), mark)


def _serve(client: RuntimeClient, function: handler.Handler, invocation: Invocation, mark: bytes) -> None:
    output.begin(invocation.request_id)
    _set_trace(invocation.trace_id)
    try:
        result = handler.call(function, invocation.event, LambdaContext(invocation))
    except Exception as error:  # noqa: BLE001 - a handler may raise anything at all; Lambda reports it
        failure = handler.describe(error)
        output.write_message(mark, failure.text())
        client.fail(invocation.request_id, failure.body(invocation.request_id))
    else:
        client.respond(invocation.request_id, result)


def _set_trace(trace_id: str | None) -> None:
    if trace_id is None:
        os.environ.pop("_X_AMZN_TRACE_ID", None)
    else:
        os.environ["_X_AMZN_TRACE_ID"] = trace_id


def _exit_status(request: SystemExit) -> int:
    if request.code is None or isinstance(request.code, int):
        return (request.code or 0) & 0xFF
    print(request.code, file=sys.stderr)  # noqa: T201 - as the interpreter does
    return 1
