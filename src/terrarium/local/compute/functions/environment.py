"""The environment that a worker wakes up in.

See https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html#configuration-envvars-runtime.
Nothing of the laptop's own environment is in it but the search path for programs: no credentials, no profile, no home.
"""

from __future__ import annotations

import importlib.util
import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from terrarium.local.compute.functions.lambda_runtime.search_path import SDK
from terrarium.local.compute.functions.runtimes import Runtime, runtime
from terrarium.local.compute.functions.settings import FunctionSettings

CERTIFICATES = ("AWS_CA_BUNDLE", "REQUESTS_CA_BUNDLE", "SSL_CERT_FILE", "NODE_EXTRA_CA_CERTS")
_RUNTIME_FOLDER = Path(__file__).parent / "lambda_runtime"


def variables(settings: FunctionSettings, credentials: Mapping[str, str], endpoint: str) -> dict[str, str]:
    """The environment variables, but for ``AWS_LAMBDA_LOG_STREAM_NAME``, which each worker has its own of.

    Args:
        settings: The function.
        credentials: Of the function's role, as the three variables that SDKs read.
        endpoint: The URL that SDKs are to call instead of AWS; empty for none.
    """
    own = {**({"AWS_ENDPOINT_URL": endpoint} if endpoint else {}), **settings.environment}
    runs_in = runtime(settings.runtime)
    return {
        "PATH": os.environ.get("PATH", os.defpath),
        "LANG": "en_US.UTF-8",
        # The home of Lambda's own user; it does not exist, there as here, so that nobody's ~/.aws is read.
        "HOME": "/home/sbx_user1051",
        "TZ": ":UTC",
        **own,
        **credentials,
        "AWS_REGION": settings.region,
        "AWS_DEFAULT_REGION": settings.region,
        "AWS_LAMBDA_FUNCTION_NAME": settings.name,
        "AWS_LAMBDA_FUNCTION_VERSION": settings.version,
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": str(settings.memory),
        "AWS_LAMBDA_LOG_GROUP_NAME": settings.log_group,
        "AWS_LAMBDA_INITIALIZATION_TYPE": "on-demand",
        "AWS_EXECUTION_ENV": f"AWS_Lambda_{runs_in.name}",
        "AWS_XRAY_CONTEXT_MISSING": "LOG_ERROR",
        "AWS_XRAY_DAEMON_ADDRESS": "127.0.0.1:2000",  # nobody listens: segments go nowhere
        "LAMBDA_RUNTIME_DIR": str(_RUNTIME_FOLDER),
        "_HANDLER": settings.handler,
    }


# A worker's message holds what JSON can say.
def launch(settings: FunctionSettings, variables: Mapping[str, str], *, private: bool) -> dict[str, Any]:
    """What a worker is told of its function; its environment and its output are told apart.

    Args:
        settings: The function.
        variables: Its environment.
        private: Whether it has the files that Lambda would give it and a ``/tmp`` of its own, where that can be.
    """
    runs_in = runtime(settings.runtime)
    return {
        "folder": str(settings.code.resolve()),
        "layers": [str(layer.resolve()) for layer in settings.layers],
        "tmp": settings.ephemeral_storage if private else 0,
        "needed": _needed(runs_in, variables),
        "path": ["/var/task", f"/opt/python/lib/{runs_in.name}/site-packages", "/opt/python"],
        "paths": {name: paths for name, paths in _paths(runs_in).items() if name not in settings.environment},
        "handler": settings.handler,
        "runtime": settings.runtime,
        "program": list(runs_in.command(settings.environment.get("NODE_OPTIONS", ""))),
    }


def _paths(runs_in: Runtime) -> dict[str, list[str]]:
    """What Lambda adds to the variables that name folders; a worker knows where these are here.

    See https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html#configuration-envvars-runtime.
    """
    paths = {"PATH": ["/opt/bin"], "LD_LIBRARY_PATH": ["/var/task", "/var/task/lib", "/opt/lib"]}
    if runs_in.program is None:
        return paths
    own = f"node{runs_in.name.removeprefix('nodejs').removesuffix('.x')}"
    return paths | {"NODE_PATH": [f"/opt/nodejs/{own}/node_modules", "/opt/nodejs/node_modules"]}


def _needed(runs_in: Runtime, variables: Mapping[str, str]) -> list[str]:
    """What a worker has to see of this machine: certificates, what programs load, and the program that it becomes."""
    certificates = {variables[name] for name in CERTIFICATES if name in variables}
    modules = [path for path in variables.get("PYTHONPATH", "").split(os.pathsep) if path]
    return [*certificates, *modules, *([] if runs_in.program is None else [str(runs_in.program.resolve().parents[1])])]


def of_the_forking_parent() -> dict[str, str]:
    """What the forking parent needs in order to find the SDK; no worker sees it."""
    kept = ("PATH", "PYTHONPATH", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH")
    return {name: os.environ[name] for name in kept if name in os.environ}


def command(control: int, interpreter: Path | None = None) -> list[str]:
    """How a forking parent is started.

    Args:
        control: The file descriptor of its socket.
        interpreter: The Python that it shall be; None for Terrarium's own.
    """
    script = [str(_RUNTIME_FOLDER / "start.py"), str(control)]
    if interpreter is None:
        return [sys.executable, "-P", "-X", "utf8", *script]
    # Another Python has packages of its own, which no function shall find; it is lent the SDK.
    return [str(interpreter), "-I", "-S", "-X", "utf8", *script, *_folders_of_the_sdk()]


def _folders_of_the_sdk() -> list[str]:
    """Where this Python has the SDK, which is plain Python and runs in any version."""
    files = [Path(spec.origin) for name in SDK if (spec := importlib.util.find_spec(name)) and spec.origin]
    return list(dict.fromkeys(str(file.parents[1] if file.name == "__init__.py" else file.parent) for file in files))
