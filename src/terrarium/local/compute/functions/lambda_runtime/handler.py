"""Finding a function's handler, calling it, and saying what went wrong in the shape that Lambda's Python runtime gives.

See https://docs.aws.amazon.com/lambda/latest/dg/python-exceptions.html.
"""

from __future__ import annotations

import decimal
import importlib
import json
import sys
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any

# A handler takes and returns whatever JSON can say.
Handler = Callable[[Any, Any], Any]


@dataclass(frozen=True, slots=True)
class Failure:
    """An error as Lambda reports it.

    Attributes:
        error_type: Name of the exception, or one of the runtime's own such as ``Runtime.ImportModuleError``.
        message: The exception's text.
        stack: Formatted frames, the outermost first.
    """

    error_type: str
    message: str
    stack: tuple[str, ...] = ()

    def body(self, request_id: str = "") -> bytes:
        """The payload that an invoker receives."""
        shape = {
            "errorMessage": self.message,
            "errorType": self.error_type,
            "requestId": request_id,
            "stackTrace": list(self.stack),
        }
        return json.dumps(shape, ensure_ascii=False).encode("utf-8", "backslashreplace")

    def text(self) -> str:
        """What the log shows of it, one event of several lines."""
        head = f"[ERROR] {self.error_type}: {self.message}" if self.message else f"[ERROR] {self.error_type}"
        lines = [line for frame in self.stack for line in frame.splitlines()]
        # Lambda keeps a line's indentation as no-break spaces, which CloudWatch does not strip.
        kept = ["\u00a0" * (len(line) - len(line.lstrip(" "))) + line.lstrip(" ") for line in lines]
        return "\n".join([head, "Traceback (most recent call last):", *kept])


class HandlerError(Exception):
    """The handler could not be found or its result not be sent; carries the failure to report."""

    def __init__(self, failure: Failure) -> None:
        super().__init__(failure.message)
        self.failure = failure


def find(name: str) -> Handler:
    """The function that a handler setting such as ``folder/file.function`` names.

    Raises:
        HandlerError: It cannot be imported, or is not there.
        BaseException: Whatever the module raised while it was imported.
    """
    module_name, dot, attribute = name.rpartition(".")
    if not dot:
        message = f"Bad handler '{name}': not enough values to unpack (expected 2, got 1)"
        raise HandlerError(Failure("Runtime.MalformedHandlerName", message))
    module = _import(module_name)
    if not hasattr(module, attribute):
        message = f"Handler '{attribute}' missing on module '{module_name}'"
        raise HandlerError(Failure("Runtime.HandlerNotFound", message))
    found: Handler = getattr(module, attribute)
    return found


# A module has whatever its author gave it.
def _import(name: str) -> Any:
    if name.partition(".")[0] in sys.builtin_module_names:
        message = f"Cannot use built-in module {name} as a handler module"
        raise HandlerError(Failure("Runtime.BuiltInModuleConflict", message))
    try:
        return importlib.import_module(name.replace("/", "."))
    except ImportError as error:
        message = f"Unable to import module '{name}': {error}"
        raise HandlerError(Failure("Runtime.ImportModuleError", message)) from error
    except SyntaxError as error:
        frame = f'  File "{error.filename}" Line {error.lineno}\n    {error.text}'
        message = f"Syntax error in module '{name}': {error}"
        raise HandlerError(Failure("Runtime.UserCodeSyntaxError", message, (frame,))) from error


def call(handler: Handler, event: bytes, context: Any) -> bytes:
    """Calls the handler with the event's JSON and returns its result's JSON.

    Raises:
        HandlerError: The event is no JSON, or the result cannot be written as JSON.
        BaseException: Whatever the handler raises.
    """
    try:
        value = _read(event)
    except ValueError as error:
        raise HandlerError(Failure("Runtime.UnmarshalError", f"Unable to unmarshal input: {error}")) from error
    result = handler(value, context)
    if isinstance(result, bytes):
        return result
    try:
        return _encode(result).encode()
    except Exception as error:
        raise HandlerError(Failure("Runtime.MarshalError", f"Unable to marshal response: {error}")) from error


# An event is whatever JSON can say.
def _read(event: bytes) -> Any:
    try:
        return json.loads(event.decode())
    except ValueError:
        return json.loads(event)  # which takes UTF-16 too, but looks for it each time; or says what is wrong


def _plain(value: object) -> object:
    """Decimals, which DynamoDB's resources return, become numbers; nothing else does."""
    if isinstance(value, decimal.Decimal):
        return int(value) if value == value.to_integral_value() and value.as_tuple().exponent == 0 else float(value)
    raise TypeError(f"Object of type {type(value).__name__} is not JSON serializable")


_encode = json.JSONEncoder(ensure_ascii=False, default=_plain).encode  # `json.dumps` would make one for each result


def describe(error: BaseException) -> Failure:
    """An exception as a failure, its stack beginning in the user's code."""
    if isinstance(error, HandlerError):
        return error.failure
    frames = traceback.format_list(_users_frames(error.__traceback__))
    return Failure(type(error).__name__, str(error), tuple(frames))


def _users_frames(trace: TracebackType | None) -> list[traceback.FrameSummary]:
    frames = list(traceback.extract_tb(trace))
    hidden = (str(Path(__file__).parent), "<frozen importlib", importlib.__file__)
    while frames and frames[0].filename.startswith(hidden):
        del frames[0]
    return frames
