"""The child process in which moto answers the long tail of AWS: served on an inherited socket, seeded over it.

Started by `moto_main`; it ends when its parent does. It imports moto and nothing of Terrarium but its neighbour modules
of the same process. Its first line of input is the key that every request must carry, so that no page in a browser and
no other user of the machine can reach it.
"""

from __future__ import annotations

import ctypes
import hmac
import json
import os
import signal
import socket
import sys
import threading
from collections.abc import Callable, Iterable
from typing import Any

from moto.moto_server.werkzeug_app import DomainDispatcherApplication, MotoRequestHandler, create_backend_app
from werkzeug.serving import make_server

from terrarium.local.api.moto_ids import decided_call, use_wanted_ids
from terrarium.local.api.moto_patches import PATCHES
from terrarium.local.api.moto_seeding import apply_seed
from terrarium.local.api.moto_state import held
from terrarium.local.api.seeds import SEED_PATH, STATE_PATH

#: Headers between the two processes; they never come from a client, whose own of these names are dropped.
KEY_HEADER = "X-Terrarium-Key"
CUSTOM_ID_HEADER = "X-Terrarium-Custom-Id"
RANDOM_SEED_HEADER = "X-Terrarium-Random-Seed"
MOMENT_HEADER = "X-Terrarium-Moment"
UNSUPPORTED_HEADER = "X-Terrarium-Unsupported"

_PR_SET_PDEATHSIG = 1

# WSGI's own types are those of the standard library's wsgiref, which are aliases of Any for the environment.
Environ = dict[str, Any]
StartResponse = Callable[..., Any]


class Front:
    """The WSGI application: checks the key, takes seeds, tells what is held, and gaps from answers."""

    def __init__(self, key: str, port: int) -> None:
        self._key = key
        self._port = port
        self._moto = DomainDispatcherApplication(_backend_app)

    def __call__(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        if not hmac.compare_digest(environ.pop("HTTP_X_TERRARIUM_KEY", ""), self._key):
            return _answer(start_response, "403 Forbidden", b"")
        if environ["PATH_INFO"] == SEED_PATH:
            return self._seed(environ, start_response)
        if environ["PATH_INFO"] == STATE_PATH:
            return _answer(start_response, "200 OK", json.dumps(held(**_order(environ))).encode())
        custom_id = environ.pop("HTTP_X_TERRARIUM_CUSTOM_ID", "")
        random_seed = environ.pop("HTTP_X_TERRARIUM_RANDOM_SEED", "")
        moment = environ.pop("HTTP_X_TERRARIUM_MOMENT", "")
        with decided_call(custom_id, random_seed, float(moment) if moment else None):
            return self._call(environ, start_response)

    def _call(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        try:
            return self._moto(environ, start_response)  # type: ignore[no-any-return]  # moto leaves it untyped
        except NotImplementedError as gap:
            return _unsupported(start_response, str(gap))

    def _seed(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        outcome = apply_seed(_order(environ), f"http://127.0.0.1:{self._port}", self._key)
        return _answer(start_response, "200 OK", json.dumps(outcome).encode())


def _order(environ: Environ) -> dict[str, Any]:
    order: dict[str, Any] = json.loads(environ["wsgi.input"].read(int(environ["CONTENT_LENGTH"])))
    return order


# moto names services by a type of its own that is a long union of literals.
def _backend_app(service: Any) -> Any:
    """The application for one service, mended, whose gaps come through instead of becoming pages of HTML."""
    PATCHES.get(service, _leave)()
    app = create_backend_app(service)
    app.config["PROPAGATE_EXCEPTIONS"] = True
    app.raise_routing_exception = _no_such_path  # type: ignore[method-assign]  # Flask would answer HTML with 404
    return app


def _leave() -> None:
    """Most services need no mending."""


def _no_such_path(request: Any) -> Any:
    raise NotImplementedError(f"no such path: {request.method} {request.path}")


def _answer(start_response: StartResponse, status: str, body: bytes) -> Iterable[bytes]:
    start_response(status, [("Content-Length", str(len(body)))])
    return [body]


def _unsupported(start_response: StartResponse, reason: str) -> Iterable[bytes]:
    body = reason.encode()
    headers = [("Content-Length", str(len(body))), (UNSUPPORTED_HEADER, "1")]
    start_response("400 Bad Request", headers)
    return [body]


def _end_with_parent(lifeline: int) -> None:
    """The kernel kills this process with its parent where it can; everywhere the lifeline's end does."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    threading.Thread(target=_wait_for_end, args=(lifeline,), daemon=True).start()


def _wait_for_end(lifeline: int) -> None:
    while os.read(lifeline, 1):
        continue
    os._exit(0)


class _Handler(MotoRequestHandler):
    """Keeps connections open between requests, and writes no access log."""

    protocol_version = "HTTP/1.1"

    def log_request(self, *_: object) -> None:
        """Says nothing."""


def serve() -> None:
    """Serves until the parent ends."""
    listener, lifeline = int(sys.argv[1]), int(sys.argv[2])
    _end_with_parent(lifeline)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches the whole group; the parent decides when to end
    key = sys.stdin.readline().strip()
    use_wanted_ids()
    port = socket.socket(fileno=os.dup(listener)).getsockname()[1]
    server = make_server("127.0.0.1", port, Front(key, port), threaded=True, request_handler=_Handler, fd=listener)
    os.write(1, b"ready\n")
    os.dup2(2, 1)  # whatever moto prints from here on belongs to its log
    server.serve_forever()
