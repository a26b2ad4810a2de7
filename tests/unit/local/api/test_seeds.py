"""What moto is told, and the form in which it travels."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from terrarium.local.api.seeds import Seed, Seeds, decode_params, encode_params

PARAMS = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text() | st.binary(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(alphabet="abc"), inner),
    max_leaves=15,
)


def test_seeds_keep_their_order_and_a_changed_one_its_place() -> None:
    seeds = Seeds()
    for key in ("bucket", "object", "topic"):
        seeds.put(key, Seed("s3", "Create", {"v": 1}))
    seeds.put("object", Seed("s3", "Create", {"v": 2}))
    seeds.remove("topic")
    assert [(key, seed.params["v"]) for key, seed in seeds] == [("bucket", 1), ("object", 2)]
    assert seeds.remove("topic") is None


@settings(deadline=None)
@given(PARAMS)
def test_parameters_travel_unchanged(params: Any) -> None:
    assert decode_params(json.loads(json.dumps(encode_params(params)))) == params


def test_a_file_travels_by_its_path_and_arrives_as_its_content(tmp_path: Path) -> None:
    (tmp_path / "page").write_bytes(b"\x00page")
    sent = encode_params({"Body": tmp_path / "page"})
    assert decode_params(json.loads(json.dumps(sent))) == {"Body": b"\x00page"}
