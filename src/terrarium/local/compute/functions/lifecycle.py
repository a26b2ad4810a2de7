"""The life of a worker, as a table: what may happen in which state. Nothing here knows processes, sockets or time.

It follows https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtime-environment.html#runtimes-lifecycle.
Init ends with the first request for an invocation, each Invoke ends with the request for the next one.
"""

from __future__ import annotations

from enum import Enum


class State(Enum):
    """Where a worker is in its life."""

    STARTING = "starting"  # forked; loading the handler
    FAILED = "failed"  # said that it could not load the handler
    IDLE = "idle"  # waits for an invocation
    BUSY = "busy"  # runs one
    ANSWERED = "answered"  # has posted a result and not yet asked for the next invocation
    ENDED = "ended"  # exited, or told to

    __hash__ = object.__hash__  # there is one of each; the table below is asked several times for each invocation


class Happening(Enum):
    """What can happen to a worker."""

    NEXT = "next"  # it asked for an invocation
    DISPATCH = "dispatch"  # it was given one
    RESPONSE = "response"  # it posted a result
    ERROR = "error"  # it posted an error
    INIT_ERROR = "init error"  # it posted that it could not load its handler
    END = "end"  # it exited, was killed or was retired

    __hash__ = object.__hash__


TRANSITIONS: dict[tuple[State, Happening], State] = {
    (State.STARTING, Happening.NEXT): State.IDLE,
    (State.STARTING, Happening.INIT_ERROR): State.FAILED,
    (State.IDLE, Happening.DISPATCH): State.BUSY,
    (State.BUSY, Happening.RESPONSE): State.ANSWERED,
    (State.BUSY, Happening.ERROR): State.ANSWERED,
    (State.ANSWERED, Happening.NEXT): State.IDLE,
    **{(state, Happening.END): State.ENDED for state in State},
}


class IllegalTransitionError(Exception):
    """Something that may not happen in this state; the Runtime API answers 403."""


def after(state: State, happening: Happening) -> State:
    """The state that follows.

    Raises:
        IllegalTransitionError: The table has no such entry.
    """
    try:
        return TRANSITIONS[state, happening]
    except KeyError:
        raise IllegalTransitionError(f"{happening.value} while {state.value}") from None
