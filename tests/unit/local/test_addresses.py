"""Where things are reached."""

from __future__ import annotations

from pathlib import Path

import pytest

from terrarium.local.addresses import Addresses, site_name

PLAIN = Addresses("shop", 4500, tls=False, own_port=4500)


def test_a_site_is_reached_by_name_and_by_path() -> None:
    assert PLAIN.by_name("queue") == "http://queue.shop.localhost:4500"
    assert PLAIN.by_path("queue", websocket=True) == "ws://localhost:4500/shop/queue"
    assert PLAIN.by_name() == "http://shop.localhost:4500"
    assert PLAIN.by_path() == "http://localhost:4500/shop"
    assert PLAIN.front == "http://localhost:4500/"


def test_with_tls_browsers_use_it_and_the_systems_own_functions_do_not() -> None:
    secure = Addresses("shop", 4500, tls=True, own_port=5555, authority=Path("/ca.pem"))
    assert secure.by_name("queue", websocket=True) == "wss://queue.shop.localhost:4500"
    assert secure.own == "http://127.0.0.1:5555"
    assert set(secure.trust().values()) == {"/ca.pem"}
    assert {"AWS_CA_BUNDLE", "NODE_EXTRA_CA_CERTS", "REQUESTS_CA_BUNDLE", "SSL_CERT_FILE"} == set(secure.trust())
    assert PLAIN.trust() == {}


@pytest.mark.parametrize(("label", "name"), [("queue", "queue"), ("My_Api", "my-api"), ("__", "site"), ("a.b", "a-b")])
def test_a_label_becomes_a_part_of_a_host_name(label: str, name: str) -> None:
    assert site_name(label) == name
