"""Whose access key is whose."""

from __future__ import annotations

import pytest

from terrarium.local.api.identity import Credentials, assumed_role, role_id
from terrarium.local.aws_error import AwsError
from terrarium.testing.clock import ManualClock

ACCOUNT = "000000000000"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/service/game/player"


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
def credentials(clock: ManualClock) -> Credentials:
    return Credentials(ACCOUNT, clock)


def test_a_session_is_named_after_its_role_without_the_roles_path() -> None:
    assert assumed_role(ROLE, "s").arn == f"arn:aws:sts::{ACCOUNT}:assumed-role/player/s"
    assert assumed_role(ROLE, "s").user_id == f"{role_id(ROLE)}:s"


def test_a_roles_id_is_its_own_and_lasts() -> None:
    assert role_id(ROLE) == role_id(ROLE) != role_id(ROLE + "2")
    assert role_id(ROLE).startswith("AROA")
    assert len(role_id(ROLE)) == 21


def test_the_same_session_gets_the_same_keys(credentials: Credentials) -> None:
    first = credentials.issue(ROLE, "s")
    assert credentials.issue(ROLE, "s") == first
    assert credentials.issue(ROLE, "t") != first
    assert credentials.principal(first["AWS_ACCESS_KEY_ID"]).role_arn == ROLE


def test_an_unknown_key_is_the_accounts_root(credentials: Credentials) -> None:
    for key in ("AKIAANYTHING", "ASIAIOSFODNN7EXAMPLE", "", "ASIA"):
        assert credentials.principal(key).arn == f"arn:aws:iam::{ACCOUNT}:root"


def test_a_revoked_roles_keys_are_nobodys(credentials: Credentials) -> None:
    key = credentials.issue(ROLE, "s")["AWS_ACCESS_KEY_ID"]
    credentials.revoke(ROLE)
    with pytest.raises(AwsError, match="UnrecognizedClientException"):
        credentials.principal(key)
    assert credentials.issue(ROLE, "s")["AWS_ACCESS_KEY_ID"] != key


def test_a_key_of_an_earlier_run_does_not_pass_for_the_owners(credentials: Credentials, clock: ManualClock) -> None:
    earlier = Credentials(ACCOUNT, clock).issue(ROLE, "s")["AWS_ACCESS_KEY_ID"]
    with pytest.raises(AwsError, match="UnrecognizedClientException"):
        credentials.principal(earlier)


async def test_expired_keys_are_refused_for_a_day_and_then_forgotten(
    credentials: Credentials, clock: ManualClock
) -> None:
    issued = credentials.assume(ROLE, "s", 900)
    assert credentials.principal(issued.access_key).role_arn == ROLE
    await clock.advance(900)
    with pytest.raises(AwsError, match="ExpiredTokenException"):
        credentials.principal(issued.access_key)
    await clock.advance(2 * 86_400)
    credentials.assume(ROLE, "another", 900)
    with pytest.raises(AwsError, match="UnrecognizedClientException"):
        credentials.principal(issued.access_key)
