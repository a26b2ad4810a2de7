"""Access log templates: ``$context`` variables in, one line out.

https://docs.aws.amazon.com/apigateway/latest/developerguide/websocket-api-logging.html
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from terrarium.errors import UserError
from terrarium.local.edge.websocket_api import limits

_VARIABLE: Final = re.compile(r"\$context\.([A-Za-z][A-Za-z0-9]*(?:\.[A-Za-z0-9_-]+)*)")


class LogFormat:
    """A compiled access log template: JSON, CSV, XML or CLF, it is all text with variables.

    Args:
        text: For example ``$context.requestId $context.routeKey $context.status``.

    Raises:
        UserError: If it is longer than API Gateway takes.
    """

    def __init__(self, text: str) -> None:
        if len(text.encode()) > limits.ACCESS_LOG_FORMAT_BYTES:
            raise UserError(f"an access log format is longer than {limits.ACCESS_LOG_FORMAT_BYTES} bytes")
        self.text = text.rstrip("\n")
        # Odd places hold names, even ones what stands between them.
        self._parts = _VARIABLE.split(self.text)

    def __repr__(self) -> str:
        return f"LogFormat({self.text!r})"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, LogFormat) and other.text == self.text

    def __hash__(self) -> int:
        return hash(self.text)

    def render(self, variables: Mapping[str, object]) -> str:
        """The line for one request.

        Args:
            variables: Values by their names without ``$context.``, for example ``identity.sourceIp``. What is empty or
                absent is written as a hyphen, as API Gateway does.
        """
        parts = self._parts
        return "".join(_shown(variables.get(part)) if odd % 2 else part for odd, part in enumerate(parts))


def _shown(value: object) -> str:
    return "-" if value is None or value == "" else str(value)
