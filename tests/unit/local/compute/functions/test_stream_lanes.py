"""Several batches of a shard at once: in order for each item, and nothing lost when their number changes."""

from __future__ import annotations

from terrarium.local.compute.functions.stream_lanes import lane_names, lane_of, settle_places
from tests.unit.local.compute.functions.stream_source import Checkpoints, fail, succeed
from tests.unit.local.compute.functions.test_stream_poller import World


def in_lane(lane: int, lanes: int) -> str:
    """An item's key that belongs to a lane."""
    keys = (f"key-{number}" for number in range(1000))
    return next(key for key in keys if lane_of({"dynamodb": {"Keys": {"id": {"S": key}}}}, lanes) == lane)


async def test_a_batch_that_fails_holds_up_its_own_items_alone() -> None:
    world = World(lambda values: fail() if values[0].startswith("bad") else succeed())
    world.stream.shard()
    mapping = await world.start(parallelization_factor=2, batch_size=1)
    world.stream.put("bad", "bad again", key=in_lane(0, 2))
    world.stream.put("good", "good again", key=in_lane(1, 2))
    await world.pass_time(3)
    await mapping.stop()
    assert ["good"] in world.delivered
    assert ["good again"] in world.delivered
    assert ["bad again"] not in world.delivered


async def test_the_changes_of_an_item_stay_in_order() -> None:
    world = World()
    world.stream.shard()
    mapping = await world.start(parallelization_factor=10, batch_size=2)
    for number in range(40):
        world.stream.put(f"{number % 8}:{number}", key=f"item-{number % 8}")
    await world.pass_time(1)
    await mapping.stop()
    delivered = [value for values in world.delivered for value in values]
    assert len(delivered) == 40
    for item in range(8):
        own = [int(value.split(":")[1]) for value in delivered if value.startswith(f"{item}:")]
        assert own == sorted(own)


async def test_every_lane_goes_on_from_its_own_place() -> None:
    world = World(lambda values: fail() if values == ["bad"] else succeed())
    world.stream.shard()
    world.stream.put("bad", key=in_lane(0, 2))
    world.stream.put("good", key=in_lane(1, 2))
    mapping = await world.start(parallelization_factor=2)
    await mapping.stop()
    assert sorted(world.delivered) == [["bad"], ["good"]]
    world.delivered.clear()
    mapping = await world.start(parallelization_factor=2)
    await mapping.stop()
    assert world.delivered == [["bad"]]


async def test_with_another_number_of_lanes_nothing_is_lost() -> None:
    world = World(lambda values: fail() if values == ["bad"] else succeed())
    world.stream.shard()
    world.stream.put("first", key=in_lane(0, 2))
    world.stream.put("bad", key=in_lane(0, 2))
    world.stream.put("good", key=in_lane(1, 2))
    mapping = await world.start(parallelization_factor=2, batch_size=1)
    await mapping.stop()
    world.delivered.clear()
    mapping = await world.start(parallelization_factor=1, batch_size=1)
    await mapping.stop()
    assert world.delivered == [["bad"]]
    assert set(world.checkpoints) == {"one"}


async def test_a_child_waits_for_every_lane_of_its_parent() -> None:
    world = World(lambda values: fail() if values == ["bad"] else succeed())
    world.stream.shard("one").closed = True
    world.stream.shard("child", parent="one")
    world.stream.put("bad", shard="one", key=in_lane(0, 2))
    world.stream.put("after", shard="child")
    mapping = await world.start(parallelization_factor=2)
    await world.pass_time(5)
    await mapping.stop()
    assert ["after"] not in world.delivered


def test_places_move_to_the_earliest() -> None:
    one, two = lane_names("s", 2)
    checkpoints = Checkpoints({one: "0009", two: "0010", "other": "1"})
    settle_places(checkpoints, "s", 1)
    assert checkpoints == {"s": "0009", "other": "1"}
    settle_places(checkpoints, "s", 3)
    assert checkpoints == {**dict.fromkeys(lane_names("s", 3), "0009"), "other": "1"}


def test_a_lane_that_has_read_nothing_yet_decides_where_all_begin() -> None:
    one, two = lane_names("s", 2)
    checkpoints = Checkpoints({one: "0009", two: "written-after:0"})
    settle_places(checkpoints, "s", 1)
    assert checkpoints == {"s": "written-after:0"}
