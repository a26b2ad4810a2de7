"""Who a request is for, when several systems share a port."""

from __future__ import annotations

import pytest

from terrarium.local.edge.neighbours import Neighbour, Neighbours


@pytest.mark.parametrize(
    ("host", "path", "key", "system"),
    [
        ("chat.localhost:4500", "/", "", "chat"),
        ("api.chat.localhost:4500", "/x", "", "chat"),
        ("localhost:4500", "/chat/api", "", "chat"),
        ("localhost:4500", "/chat", "", "chat"),
        ("localhost:4500", "/", "chat", "chat"),
        ("localhost:4500", "/", "", None),
        ("localhost:4500", "/chatter", "", None),
        ("shop.localhost:4500", "/", "", None),
        ("chat.example", "/", "", None),
    ],
)
async def test_a_neighbour_is_found_by_name_path_or_access_key(
    host: str, path: str, key: str, system: str | None
) -> None:
    neighbours = Neighbours("shop", tls=False)
    neighbours._known["chat"] = Neighbour("chat", 1)  # as if it had joined; the tests of the system let it join

    found = neighbours.find(host, path, key)

    assert (found.system if found else None) == system
