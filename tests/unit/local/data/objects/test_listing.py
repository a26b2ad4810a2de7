"""Rolling up and paging, against a model that looks at all keys at once."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from dataclasses import dataclass

from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from terrarium.local.data.objects.listing import page, rolled_up, successor
from terrarium.local.object_store import Query


@dataclass(frozen=True)
class Row:
    key: str
    id: str = ""


class Keys:
    """Sorted keys, found as the engine finds them."""

    def __init__(self, keys: set[str]) -> None:
        self.keys = sorted(keys, key=str.encode)
        self.read = 0

    def seek(self, start: str, inclusive: bool) -> Iterator[Row]:
        find = bisect_left if inclusive else bisect_right
        for key in self.keys[find(self.keys, start.encode(), key=str.encode) :]:
            self.read += 1
            yield Row(key)


def expected(keys: set[str], query: Query) -> list[str]:
    """Every entry from `query.after` on: keys that come after it, and prefixes of such that are not it."""
    later = [key for key in keys if key.startswith(query.prefix) and key.encode() > query.after.encode()]
    done = rolled_up(query.after, query.prefix, query.delimiter) == query.after != ""
    entries = {rolled_up(key, query.prefix, query.delimiter) or key for key in later}
    return sorted(entries - ({query.after} if done else set()), key=str.encode)


keys = st.sets(st.text("ab/\U0010ffff\ud7ff\ue000", min_size=1, max_size=6), max_size=25)
short = st.text("ab/\U0010ffff", max_size=3)


@given(keys, short, st.sampled_from(["", "/", "b", "/a"]), short, st.integers(1, 4))
def test_pages_are_the_model_cut_in_pieces(keys: set[str], prefix: str, delimiter: str, after: str, limit: int) -> None:
    query = Query(prefix, delimiter, after, limit=limit)
    found: list[str] = []
    while True:
        one = page(Keys(keys).seek, query)
        assert len(one.items) + len(one.prefixes) <= limit
        found += sorted([*(row.key for row in one.items), *one.prefixes], key=str.encode)
        if not one.truncated:
            break
        query = replace(query, after=one.last)
    assert found == expected(keys, Query(prefix, delimiter, after))


@given(st.text(min_size=1), st.text())
def test_a_successor_comes_after_all_that_begin_so(text: str, rest: str) -> None:
    following = successor(text)
    if following is not None:
        assert (text + rest).encode() < following.encode()
        assert not following.startswith(text)


def test_what_is_rolled_up_is_not_read_key_by_key() -> None:
    keys = Keys({f"a/{number}" for number in range(1000)} | {"b"})
    found = page(keys.seek, Query(delimiter="/"))
    assert found.prefixes == ("a/",)
    assert [row.key for row in found.items] == ["b"]
    assert keys.read == 2


def test_no_entries_asked_for_are_no_reason_to_go_on() -> None:
    found = page(Keys({"a"}).seek, Query(limit=0))
    assert not found.items
    assert not found.truncated
