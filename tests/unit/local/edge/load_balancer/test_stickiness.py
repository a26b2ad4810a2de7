"""Cookies that keep a client, https://docs.aws.amazon.com/elasticloadbalancing/latest/application/sticky-sessions.html."""

from __future__ import annotations

from cryptography.fernet import Fernet
from hypothesis import given, settings
from hypothesis import strategies as st

from terrarium.local.edge.load_balancer.cookies import LONGEST, ROTATION, Seal, read, write
from terrarium.local.edge.load_balancer.settings import Forward, Stickiness, Target
from terrarium.local.edge.load_balancer.stickiness import Sessions

NOW = 1_700_000_000.0
TARGET = Target("i-1", 80)
DAY = Stickiness(duration=86_400)
APP = Stickiness("app_cookie", 3600, "SESSION")


def sent_back(set_cookies: list[str]) -> list[str]:
    return ["; ".join(cookie.partition(";")[0] for cookie in set_cookies)]


def test_a_client_comes_back_to_its_target_until_the_cookie_is_stale() -> None:
    sessions = Sessions(Seal())
    cookies = sent_back(sessions.renew_target("tg", DAY, TARGET, NOW, was_sticky=False, set_cookies=[]))
    assert sessions.target("tg", DAY, cookies, NOW + 86_400) == TARGET
    assert sessions.target("tg", DAY, cookies, NOW + 86_402) is None
    assert sessions.target("another", DAY, cookies, NOW) is None


def test_the_cookie_for_cross_origin_requests_is_enough() -> None:
    sessions = Sessions(Seal())
    plain, cors = sessions.renew_target("tg", DAY, TARGET, NOW, was_sticky=False, set_cookies=[])
    assert plain.startswith("AWSALB=")
    assert plain.endswith("; Expires=Wed, 15 Nov 2023 22:13:20 GMT; Path=/")
    assert cors.startswith("AWSALBCORS=")
    assert cors.endswith("; Path=/; SameSite=None; Secure")
    assert sessions.target("tg", DAY, sent_back([cors]), NOW) == TARGET


def test_a_cookie_that_was_tampered_with_or_comes_from_elsewhere_says_nothing() -> None:
    sessions = Sessions(Seal())
    (cookie,) = sent_back(sessions.renew_target("tg", DAY, TARGET, NOW, was_sticky=False, set_cookies=[])[:1])
    assert "i-1" not in cookie
    assert sessions.target("tg", DAY, [cookie[:-6] + "AAAAA="], NOW) is None
    assert sessions.target("tg", DAY, ["AWSALB=nonsense"], NOW) is None
    assert Sessions(Seal()).target("tg", DAY, [cookie], NOW) is None


def test_keys_rotate_and_old_cookies_stay_readable_for_a_week() -> None:
    keys: list[bytes] = []

    def new_key() -> bytes:
        keys.append(Fernet.generate_key())
        return keys[-1]

    seal = Seal(new_key)
    first = seal.close(("a",), NOW)
    for day in range(1, 7):
        seal.close(("b",), NOW + day * ROTATION)
    assert len(keys) == 7
    assert seal.open(first, LONGEST, NOW + LONGEST) == ("a",)
    seal.close(("c",), NOW + 9 * ROTATION)
    assert seal.open(first, 100 * ROTATION, NOW + 9 * ROTATION) is None


def test_application_stickiness_begins_with_the_applications_cookie() -> None:
    sessions = Sessions(Seal())
    assert sessions.renew_target("tg", APP, TARGET, NOW, was_sticky=False, set_cookies=["OTHER=1"]) == []
    (ours,) = sessions.renew_target("tg", APP, TARGET, NOW, was_sticky=False, set_cookies=["SESSION=abc; Path=/"])
    assert ours.startswith("AWSALBAPP=")
    assert "Expires=Tue, 21 Nov 2023" in ours  # seven days, whatever the duration
    assert sessions.target("tg", APP, sent_back([ours]), NOW) is None  # both cookies must come
    both = [f"SESSION=abc; {sent_back([ours])[0]}"]
    assert sessions.target("tg", APP, both, NOW + 3600) == TARGET
    assert sessions.target("tg", APP, both, NOW + 3602) is None
    assert len(sessions.renew_target("tg", APP, TARGET, NOW, was_sticky=True, set_cookies=[])) == 1


def test_a_client_stays_with_its_weighted_group_while_that_gets_traffic() -> None:
    sessions = Sessions(Seal())
    action = Forward((("a", 1), ("b", 1)), stickiness=60)
    cookies = sent_back(sessions.renew_group(action, "b", NOW))
    assert cookies[0].startswith("AWSALBTG=")
    assert sessions.group(action, cookies, NOW + 60) == "b"
    assert sessions.group(Forward((("a", 1), ("b", 0)), stickiness=60), cookies, NOW) is None
    assert sessions.group(Forward((("a", 1), ("b", 1))), cookies, NOW) is None


@settings(deadline=None)
@given(st.text(alphabet=st.characters(min_codepoint=33, max_codepoint=126, exclude_characters=";,"), min_size=1))
def test_a_cookie_is_read_as_it_was_written(value: str) -> None:
    header = write("AWSALB", value, 60, NOW).partition("; Expires")[0]
    assert read([f"before=1; {header}; after=2"], "AWSALB") == value
