"""What every server that is measured has in common."""

from __future__ import annotations

from pathlib import Path
from typing import Protocol

CHAT = Path(__file__).parents[1] / "chat"
TABLE = "people"


class ChatServer(Protocol):
    """A server that runs the chat sample.

    Attributes:
        name: As the table calls it.
        url: Where clients connect, once it has started.
        lambda_endpoint: Where boto3 invokes functions.
        echo: The name of the function that answers with its event.
    """

    name: str
    url: str
    lambda_endpoint: str
    echo: str

    def start(self) -> None:
        """Begins to come up; clients try until they are let in.

        Raises:
            RuntimeError: It does not come up.
        """
        ...

    def stop(self) -> None:
        """Ends it and forgets its state."""
        ...


class TableServer(Protocol):
    """A server that answers DynamoDB's calls.

    Attributes:
        name: As the table calls it.
        endpoint: Where boto3 calls it.
    """

    name: str
    endpoint: str

    def start(self) -> None:
        """Returns once it listens."""
        ...

    def stop(self) -> None:
        """Ends it."""
        ...
