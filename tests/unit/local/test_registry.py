"""One record of what is alive."""

from __future__ import annotations

from terrarium.local.registry import Entry, Registry


def test_resources_are_found_by_type_and_values() -> None:
    registry = Registry()
    registry.put(Entry("aws_sqs_queue.a", "aws_sqs_queue", {"name": "a", "fifo": True}))
    registry.put(Entry("aws_sqs_queue.b", "aws_sqs_queue", {"name": "b", "fifo": True}))
    registry.put(Entry("aws_sns_topic.a", "aws_sns_topic", {"name": "a"}))

    assert [entry.address for entry in registry.of("aws_sqs_queue", fifo=True)] == [
        "aws_sqs_queue.a",
        "aws_sqs_queue.b",
    ]
    assert [entry.address for entry in registry.of("aws_sqs_queue", "aws_sns_topic", name="a")] == [
        "aws_sqs_queue.a",
        "aws_sns_topic.a",
    ]
    assert registry.of("aws_sqs_queue", name="c") == []


def test_listeners_hear_what_was_there_before_and_what_is_there_now() -> None:
    registry = Registry()
    heard: list[tuple[Entry | None, Entry | None]] = []
    registry.subscribe(lambda before, after: heard.append((before, after)))
    first, second = (Entry("aws_sqs_queue.a", "aws_sqs_queue", {"name": name}) for name in "ab")

    registry.put(first)
    registry.put(second)
    registry.remove("aws_sqs_queue.a")

    assert heard == [(None, first), (first, second), (second, None)]
    assert len(registry) == 0


def test_an_attribute_that_is_null_counts_as_not_given() -> None:
    entry = Entry("aws_x.y", "aws_x", {"given": 0, "null": None})
    assert entry.get("given", 5) == 0
    assert entry.get("null", 5) == 5
    assert entry.get("absent", 5) == 5


def test_a_nested_block_is_read_whether_it_stands_alone_or_in_a_list() -> None:
    entry = Entry("aws_x.y", "aws_x", {"listed": [{"a": 1}], "alone": {"a": 2}, "empty": []})
    assert entry.block("listed") == {"a": 1}
    assert entry.block("alone") == {"a": 2}
    assert entry.block("empty") == {}
    assert entry.block("absent") == {}


def test_a_label_is_the_last_part_of_an_address_without_a_key() -> None:
    assert Entry('module.compute.aws_x.y["key.with.dots"]', "aws_x", {}).label == "y"
