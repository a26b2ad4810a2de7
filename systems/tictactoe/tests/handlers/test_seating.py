"""The writes that seat people, when two handlers act on the same belief."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError

if TYPE_CHECKING:
    from tests.conftest import Queue


@pytest.fixture
def waiting(queue: Queue) -> dict[str, Any]:
    """Ann and Bob as a handler read them: both wait, and both seats were free."""
    for number, name in enumerate(("ann", "bob")):
        queue.route(name, "$connect")
        queue.table.update_item(
            Key={"connectionId": name},
            UpdateExpression="SET #status = :inactive, joinedAt = :at",
            ExpressionAttributeNames={"#status": "status"},
            ExpressionAttributeValues={":inactive": "inactive", ":at": f"2030-01-01T00:00:0{number}.000000Z"},
        )
    return queue.items()


def test_whoever_is_second_at_a_seat_does_not_get_it(queue: Queue, waiting: dict[str, Any]) -> None:
    from seating import Seated, sit

    assert sit(waiting["ann"], "X") is Seated.DONE
    assert sit(waiting["bob"], "X") is Seated.TAKEN
    assert queue.seats() == {"X": "ann", "O": None}
    assert queue.items()["bob"]["status"] == "inactive"


def test_nobody_gets_both_seats(queue: Queue, waiting: dict[str, Any]) -> None:
    from seating import Seated, sit

    assert sit(waiting["ann"], "X") is Seated.DONE
    assert sit(waiting["ann"], "O") is Seated.MOVED
    assert queue.seats() == {"X": "ann", "O": None}


def test_whoever_joined_anew_is_not_seated_on_an_old_belief(queue: Queue, waiting: dict[str, Any]) -> None:
    from seating import Seated, sit

    assert sit({**waiting["ann"], "joinedAt": "2029-12-31T23:59:59.000000Z"}, "X") is Seated.MOVED
    assert queue.seats() == {"X": None, "O": None}


def test_a_seating_ends_once_and_only_by_its_own_id(queue: Queue, waiting: dict[str, Any]) -> None:
    from seating import leave, sit

    sit(waiting["ann"], "X")
    seating = queue.items()["seat#X"]["seating"]
    assert not leave("ann", "X", "another seating")
    assert not leave("ann", "O", seating)
    assert leave("ann", "X", seating)
    assert not leave("ann", "X", seating)


def test_a_write_that_meets_another_transaction_is_tried_again(queue: Queue) -> None:
    from seating import patiently

    answers: list[Any] = [conflict(), conflict(), "done"]
    assert patiently(lambda: given(answers)) == "done"
    assert answers == []


def test_another_failure_is_not_tried_again(queue: Queue) -> None:
    from seating import patiently

    answers: list[Any] = [ClientError({"Error": {"Code": "AccessDeniedException"}}, "TransactWriteItems"), "done"]
    with pytest.raises(ClientError, match="AccessDenied"):
        patiently(lambda: given(answers))
    assert answers == ["done"]


def given(answers: list[Any]) -> Any:
    """The next answer, raised if it is an error."""
    answer = answers.pop(0)
    if isinstance(answer, Exception):
        raise answer
    return answer


def conflict() -> ClientError:
    """What a transaction is told that met another one at an item."""
    reasons: Any = [{"Code": "None"}, {"Code": "TransactionConflict"}]
    error: Any = {"Error": {"Code": "TransactionCanceledException"}, "CancellationReasons": reasons}
    return ClientError(error, "TransactWriteItems")
