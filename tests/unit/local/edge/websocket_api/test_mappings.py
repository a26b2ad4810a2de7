"""API mappings of a custom domain name: the longest key that fits, level by level, and which keys there are."""

from __future__ import annotations

import pytest

from terrarium.errors import UserError
from terrarium.local.edge.websocket_api.mappings import check_key, find


@pytest.mark.parametrize(
    ("path", "keys", "found"),
    [
        ("/", ["", "orders"], ("", "/")),
        ("/orders", ["", "orders"], ("orders", "")),
        ("/orders/", ["orders"], ("orders", "/")),
        ("/ordersheet", ["", "orders"], ("", "/ordersheet")),
        ("/orders/v1", ["orders", "orders/v1"], ("orders/v1", "")),
        ("/orders/v1/@connections/a%3D", ["orders", "orders/v1"], ("orders/v1", "/@connections/a%3D")),
        ("/@connections/a%3D", [""], ("", "/@connections/a%3D")),
        ("/elsewhere", ["orders"], None),
        ("/orders", [], None),
    ],
)
def test_the_longest_key_takes_a_path(path: str, keys: list[str], found: tuple[str, str] | None) -> None:
    assert find(path, keys) == found


@pytest.mark.parametrize("key", ["", "orders", "orders/v1", "a$-_.+!*'()z"])
def test_a_key_that_aws_takes_is_taken(key: str) -> None:
    check_key(key)


@pytest.mark.parametrize("key", ["/", "/orders", "orders/", "a//b", "a b", "ä", "a" * 301])
def test_another_is_refused(key: str) -> None:
    with pytest.raises(UserError, match="API mapping key"):
        check_key(key)
