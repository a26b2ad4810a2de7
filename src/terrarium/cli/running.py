"""Speaks to systems that are up: finds them by their state, and asks them over their port."""

from __future__ import annotations

import http.client
import json
from collections.abc import Iterator
from typing import Any

from terrarium.errors import UserError, did_you_mean
from terrarium.local.control_paths import PREFIX, TOKEN_HEADER
from terrarium.local.state import State, systems

# Replies are JSON of many shapes.
Facts = dict[str, Any]


def one(system: str | None) -> tuple[State, Facts]:
    """A system that is up, and how it is reached.

    Args:
        system: Its name; the only one that is up, if not given.

    Raises:
        UserError: It is not up, or it is not clear which one is meant.
    """
    up = {state.system: (state, facts) for state in systems() if (facts := state.running()) is not None}
    if system is None and len(up) == 1:
        system = next(iter(up))
    if system in up:
        state, facts = up[system]
        if not facts:
            raise UserError(f"{system} is just coming up", hint="try again in a moment")
        return state, facts
    if system is None and up:
        raise UserError(f"several systems are up: {', '.join(up)}", hint="say which one")
    what = f"{system} is not up" if system else "no system is up"
    raise UserError(
        f"{what} from this folder", hint=did_you_mean(system or "", up) or "bring one up: terrarium up tictactoe"
    )


def running_or_stored(system: str | None) -> tuple[State, Facts | None]:
    """A system that is up with how it is reached, or one that is not, with nothing.

    Args:
        system: Its name; the only one with state, if not given.

    Raises:
        UserError: It has no state, or it is not clear which one is meant.
    """
    known = {state.system: state for state in systems()}
    name = system or (next(iter(known)) if len(known) == 1 else None)
    if name is None or name not in known:
        what = f"{name} has no state" if name else "no system has state" if not known else "several systems have state"
        raise UserError(f"{what} in this folder", hint=did_you_mean(name or "", known) or ", ".join(known))
    return known[name], known[name].running() or None


def ask(facts: Facts, path: str, *, method: str = "GET") -> Facts:
    """One question to a running system.

    Raises:
        UserError: It does not answer.
    """
    connection = http.client.HTTPConnection("127.0.0.1", facts["port"], timeout=30)
    try:
        connection.request(method, PREFIX + path, headers={"Host": facts["host"], TOKEN_HEADER: facts["token"]})
        reply: Facts = json.loads(connection.getresponse().read())
    except (OSError, ValueError) as error:
        raise UserError(f"the system on port {facts['port']} does not answer: {error}") from error
    finally:
        connection.close()
    return reply


def follow(facts: Facts, path: str) -> Iterator[Facts]:
    """What a running system tells, line by line, until it ends."""
    connection = http.client.HTTPConnection("127.0.0.1", facts["port"])
    connection.request("GET", PREFIX + path, headers={"Host": facts["host"]})
    try:
        response = connection.getresponse()
        if response.status != http.client.OK:
            refused = json.loads(response.read())
            raise UserError(refused["error"], hint=refused["hint"])
        for line in response:
            yield json.loads(line)
    except (OSError, ValueError, http.client.HTTPException):
        return
    finally:
        connection.close()
