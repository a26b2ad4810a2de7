"""The queue's life through its handlers: join, sit down, be told, leave."""

from __future__ import annotations

import re
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.conftest import Browsers, Queue


def test_the_first_two_sit_down_and_the_rest_wait_in_order(queue: Queue) -> None:
    queue.enter("ann", "bob", "cat", "dan")

    assert queue.seats() == {"X": "ann", "O": "bob"}
    assert queue.line() == ["cat", "dan"]
    queue.check()


def test_everybody_sees_the_queue_in_order_and_onlookers_too(queue: Queue, browsers: Browsers) -> None:
    queue.say("guest", "$connect")
    queue.enter("ann", "bob", "cat")

    for browser in ("guest", "ann", "cat"):
        update = browsers.last(browser, "queueUpdate")
        assert [(one["username"], one["status"], one["marker"]) for one in update["queue"]] == [
            ("Ann", "active", "X"),
            ("Bob", "active", "O"),
            ("Cat", "inactive", None),
        ]
        assert update["total"] == 3


def test_the_times_of_joining_sort_as_text(queue: Queue) -> None:
    queue.enter("ann", "bob")

    times = [queue.items()[name]["joinedAt"] for name in ("ann", "bob")]
    assert times == sorted(times)
    assert all(re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z", time) for time in times)


def test_the_private_session_is_told_to_its_owner_only(queue: Queue, browsers: Browsers) -> None:
    queue.enter("ann", "bob", "cat")
    queue.say("bob", "sendInfo")

    sessions = {name: queue.items()[name]["sessionId"] for name in ("ann", "bob", "cat")}
    assert browsers.last("bob", "info")["sessionId"] == sessions["bob"]
    for name, messages in browsers.told.items():
        others = [session for owner, session in sessions.items() if owner != name]
        assert not any(session in str(messages) for session in others)
    assert not any(
        "sessionId" in str(message) for message in browsers.told["ann"] if message["action"] == "queueUpdate"
    )


def test_a_connection_that_only_looks_on_is_in_no_line(queue: Queue, browsers: Browsers) -> None:
    queue.enter("ann")
    queue.say("guest", "$connect")
    queue.say("guest", "sendInfo")

    assert browsers.last("guest", "info")["status"] is None
    assert [one["username"] for one in browsers.last("guest", "queueUpdate")["queue"]] == ["Ann"]


def test_joining_twice_keeps_the_place(queue: Queue) -> None:
    queue.enter("ann", "bob", "cat", "dan")
    queue.say("cat", "joinQueue", username="Cat again")

    assert queue.line() == ["cat", "dan"]
    assert queue.items()["cat"]["username"] == "Cat"


def test_joining_needs_a_name(queue: Queue, browsers: Browsers) -> None:
    queue.say("ann", "$connect")
    answer = queue.say("ann", "joinQueue", username=" \u200b\n ")

    assert answer["statusCode"] == 400
    assert browsers.last("ann", "error") == {
        "action": "error",
        "request": "joinQueue",
        "code": "name",
        "message": "Take a name before you join",
    }
    assert queue.seats() == {"X": None, "O": None}


def test_a_name_taken_before_joining_is_kept(queue: Queue) -> None:
    queue.say("ann", "$connect")
    queue.say("ann", "updateDB", username="  Ann \t  Lee ")
    queue.say("ann", "joinQueue")

    assert queue.items()["ann"]["username"] == "Ann Lee"


@pytest.mark.parametrize("wish", [{"marker": "X"}, {"status": "active"}, {"joinedAt": "2000"}, {"sessionId": "mine"}])
def test_a_message_changes_the_name_and_nothing_else(queue: Queue, wish: dict[str, str]) -> None:
    queue.enter("ann", "bob", "cat", "eve")
    before = queue.items()["eve"]
    queue.say("eve", "updateDB", username="Evil", **wish)

    assert queue.items()["eve"] == {**before, "username": "Evil"}


def test_a_name_is_cut_and_stays_plain_text(queue: Queue) -> None:
    queue.say("eve", "$connect")
    queue.say("eve", "joinQueue", username="<img src=x onerror=alert(1)>\x00\x1b[31m")

    assert queue.items()["eve"]["username"] == "<img src=x onerror=alert"


@pytest.mark.parametrize("route", ["joinQueue", "updateDB", "sendInfo"])
def test_a_connection_that_was_deleted_does_not_come_back(queue: Queue, browsers: Browsers, route: str) -> None:
    answer = queue.say("ghost", route, username="Ghost")

    assert answer["statusCode"] == 400
    assert browsers.last("ghost", "error")["code"] == "unknown"
    assert "ghost" not in queue.items()


def test_a_closed_tab_frees_the_seat_for_the_next(queue: Queue) -> None:
    queue.enter("ann", "bob", "cat", "dan")
    queue.leave("ann")

    assert queue.seats() == {"X": "cat", "O": "bob"}
    assert queue.line() == ["dan"]
    assert "ann" not in queue.items()
    queue.check()


def test_a_closed_tab_in_the_line_leaves_the_seats_alone(queue: Queue) -> None:
    queue.enter("ann", "bob", "cat", "dan")
    queue.leave("cat")

    assert queue.seats() == {"X": "ann", "O": "bob"}
    assert queue.line() == ["dan"]


def test_closing_twice_is_the_same_as_once(queue: Queue) -> None:
    queue.enter("ann", "bob", "cat")
    queue.leave("ann")
    before = queue.items()
    queue.leave("ann")

    assert queue.items() == before


def test_everybody_leaves_and_the_next_to_come_gets_x(queue: Queue) -> None:
    queue.enter("ann", "bob")
    queue.leave("ann")
    queue.leave("bob")
    queue.enter("cat")

    assert queue.seats() == {"X": "cat", "O": None}


def test_a_connection_that_vanished_without_a_word_is_found_and_replaced(queue: Queue, browsers: Browsers) -> None:
    queue.enter("ann", "bob", "cat")
    queue.table.update_item(
        Key={"connectionId": "ann"},
        UpdateExpression="SET connectedAt = :before",
        ExpressionAttributeValues={":before": "2000-01-01T00:00:00.000000Z"},
    )
    browsers.gone.add("ann")
    queue.say("cat", "updateDB", username="Cathy")

    assert queue.seats() == {"X": "cat", "O": "bob"}
    assert "ann" not in queue.items()
    queue.check()


def test_a_connection_that_is_still_opening_is_not_taken_for_gone(queue: Queue, browsers: Browsers) -> None:
    queue.say("ann", "$connect")
    browsers.gone.add("ann")
    queue.enter("bob")

    assert "ann" in queue.items()


def test_the_stream_seats_whom_a_lagging_index_overlooked(queue: Queue) -> None:
    before = queue.items()
    queue.table.put_item(
        Item={
            "connectionId": "ann",
            "sessionId": "s",
            "username": "Ann",
            "status": "inactive",
            "marker": None,
            "joinedAt": "2030-01-01T00:00:00.000000Z",
            "connectedAt": "2030-01-01T00:00:00.000000Z",
        }
    )
    queue.settle(before)

    assert queue.seats() == {"X": "ann", "O": None}
    queue.check()


def test_the_stream_frees_a_seat_whose_holder_was_deleted_by_hand(queue: Queue) -> None:
    queue.enter("ann", "bob", "cat")
    before = queue.items()
    queue.table.delete_item(Key={"connectionId": "ann"})
    queue.settle(before)

    assert queue.seats() == {"X": "cat", "O": "bob"}
    queue.check()


def test_fifty_who_join_at_once_take_two_seats(queue: Queue) -> None:
    names = [f"player-{number}" for number in range(50)]
    with ThreadPoolExecutor(max_workers=16) as tabs:
        list(tabs.map(lambda name: queue.route(name, "$connect"), names))
        list(tabs.map(lambda name: queue.route(name, "joinQueue", username=name), names))

    queue.check()
    assert len(queue.line()) == 48


def test_those_who_come_and_go_at_once_leave_the_seats_in_order(queue: Queue) -> None:
    queue.enter(*[f"old-{number}" for number in range(10)])
    before = queue.items()

    def come_or_go(number: int) -> None:
        if number % 2:
            queue.route(f"old-{number}", "$disconnect")
        else:
            queue.route(f"new-{number}", "$connect")
            queue.route(f"new-{number}", "joinQueue", username="New")

    with ThreadPoolExecutor(max_workers=8) as tabs:
        list(tabs.map(come_or_go, range(10)))
    queue.settle(before)

    queue.check()
    assert queue.line()[:3] == ["old-4", "old-6", "old-8"]


def test_a_missing_setting_says_its_name(monkeypatch: pytest.MonkeyPatch, queue: Queue) -> None:
    from utility import SettingMissingError, setting

    monkeypatch.delenv("QUEUE_ENDPOINT")
    with pytest.raises(SettingMissingError, match="QUEUE_ENDPOINT is not set"):
        setting("QUEUE_ENDPOINT")
