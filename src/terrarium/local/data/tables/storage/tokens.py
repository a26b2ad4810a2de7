"""Which transactions have been made in the last ten minutes, by their client request tokens.

https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_TransactWriteItems.html
"""

from __future__ import annotations

import hashlib
import json

from terrarium.local.aws_error import AwsError
from terrarium.local.data.tables.storage.database import Database
from terrarium.local.data.tables.values.wire import Body

LIFE = 600  # seconds


class Tokens:
    """The tokens, with a digest of the request that each stands for."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def recall(self, body: Body, now: float) -> Body | None:
        """The answer to a repeated request, or None for a new one.

        Raises:
            AwsError: IdempotentParameterMismatchException where the token stood for another request.
        """
        token = body.get("ClientRequestToken")
        if token is None:
            return None
        row = self._database.read(
            "SELECT digest, answer FROM tokens WHERE token = ? AND used > ?", (token, now - LIFE)
        ).fetchone()
        if row is None:
            return None
        if row[0] != _digest(body):
            raise AwsError(
                "IdempotentParameterMismatchException",
                "The request uses the same client token as a previous, but non-identical request. "
                "Do not reuse a client token with different requests, unless the requests are identical",
            )
        answer: Body = json.loads(row[1])
        return answer

    def remember(self, body: Body, answer: Body, now: float) -> None:
        """Notes that a request has been done, and what to answer when it comes again."""
        token = body.get("ClientRequestToken")
        if token is not None:
            self._database.write("DELETE FROM tokens WHERE used <= ?", (now - LIFE,))
            self._database.write(
                "INSERT OR REPLACE INTO tokens VALUES (?, ?, ?, ?)", (token, _digest(body), now, json.dumps(answer))
            )


def _digest(body: Body) -> str:
    return hashlib.sha256(json.dumps(body, sort_keys=True).encode()).hexdigest()
