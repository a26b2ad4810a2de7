"""Asks for a system's tables: over its port while it is up, from its files while it is not."""

from __future__ import annotations

import asyncio
import http.client
import json
from collections.abc import Iterator, Mapping
from typing import Any, Protocol

from terrarium.errors import UserError
from terrarium.local.aws_error import AwsError
from terrarium.local.clock import SystemClock
from terrarium.local.state import State

# DynamoDB's JSON bodies, of many shapes.
Body = dict[str, Any]
# A signature nobody checks: who may read a folder may read what is in it.
_SIGNATURE = (
    "AWS4-HMAC-SHA256 Credential={system}/20250101/us-east-1/dynamodb/aws4_request, SignedHeaders=host, Signature=0"
)


class Reader(Protocol):
    """Answers calls of DynamoDB's API."""

    def call(self, operation: str, body: Body) -> Body:
        """Answers one call.

        Raises:
            UserError: It was refused.
        """
        ...


class OverPort:
    """Asks a system that is up.

    Args:
        system: Its name.
        facts: How it is reached.
    """

    def __init__(self, system: str, facts: Mapping[str, Any]) -> None:  # plain JSON values
        self._system = system
        self._facts = facts

    def call(self, operation: str, body: Body) -> Body:
        connection = http.client.HTTPConnection("127.0.0.1", self._facts["port"], timeout=60)
        headers = {
            "Authorization": _SIGNATURE.format(system=self._system),
            "Content-Type": "application/x-amz-json-1.0",
            "Host": self._facts["host"],
            "X-Amz-Target": f"DynamoDB_20120810.{operation}",
        }
        try:
            connection.request("POST", "/", json.dumps(body), headers)
            response = connection.getresponse()
            reply: Body = json.loads(response.read())
        except (OSError, ValueError) as error:
            raise UserError(f"{self._system} does not answer: {error}") from error
        finally:
            connection.close()
        if response.status != http.client.OK:
            raise UserError(reply.get("message") or reply.get("Message") or f"{operation} was refused")
        return reply


class FromFiles:
    """Reads the files of a system that is not up.

    Args:
        state: Its state.
    """

    def __init__(self, state: State) -> None:
        self._state = state

    def call(self, operation: str, body: Body) -> Body:
        try:
            return asyncio.run(self._call(operation, body))
        except AwsError as error:
            raise UserError(error.message) from error

    async def _call(self, operation: str, body: Body) -> Body:
        from terrarium.local.data.tables import Tables  # the engines take their time, and few commands need them
        from terrarium.local.engines import ACCOUNT

        tables = Tables(self._state.folder / "tables", clock=SystemClock(), account=ACCOUNT, region="us-east-1")
        await tables.start()
        try:
            return await tables.call(operation, body)
        finally:
            await tables.stop()


def table_names(reader: Reader) -> list[str]:
    """The names of all tables."""
    return [name for page in _pages(reader, "ListTables", {}, "TableNames", "TableName") for name in page]


def items(reader: Reader, operation: str, body: Body, limit: int | None) -> Iterator[Body]:
    """Items of a Scan or Query, page by page, at most `limit`."""
    count = 0
    for page in _pages(reader, operation, body, "Items", "Key"):
        for item in page:
            if limit is not None and count >= limit:
                return
            count += 1
            yield item


def _pages(
    reader: Reader, operation: str, body: Body, member: str, place: str
) -> Iterator[list[Any]]:  # names or items
    start: Body = {}
    while True:
        reply = reader.call(operation, body | start)
        yield reply.get(member, [])
        last = reply.get(f"LastEvaluated{place}")
        if not last:
            return
        start = {f"ExclusiveStart{place}": last}
