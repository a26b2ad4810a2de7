"""The one shape in which a local service refuses a call; each protocol writes it in its own wire format."""

from __future__ import annotations

from typing import Any


class AwsError(Exception):
    """A refusal as AWS would give it.

    Args:
        code: AWS's error code, for example ``ResourceNotFoundException``.
        message: AWS's text for it.
        status: HTTP status.
        fields: Further members of the error's shape, for example ``CancellationReasons``.
    """

    # Error shapes have members of any JSON type.
    def __init__(self, code: str, message: str, status: int = 400, **fields: Any) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code
        self.message = message
        self.status = status
        self.fields = fields
