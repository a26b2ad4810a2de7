"""Tokens: what lets somebody in, and everything that looks like it and does not."""

from __future__ import annotations

import base64
import hmac
import json
import warnings
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from joserfc import jwt
from joserfc.jwk import RSAKey

if TYPE_CHECKING:
    from types import ModuleType

ARN = "arn:aws:execute-api:us-east-1:000000000000:api/dev/$connect"
ISSUER, CLIENT, NOW = "https://cognito-idp.us-east-1.amazonaws.com/us-east-1_abcdefghi", "client", 1_800_000_000
CLAIMS = {
    "iss": ISSUER,
    "sub": "7d0e8f6a-0c1d-4f3e-9a52-5b1c2d3e4f50",
    "username": "ada",
    "client_id": CLIENT,
    "token_use": "access",
    "exp": NOW + 3600,
    "cognito:groups": ["moderators", "early"],
}
KEY = RSAKey.generate_key(2048, {"kid": "one", "use": "sig"})
OTHER = RSAKey.generate_key(2048, {"kid": "one"})
with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # a library for tokens warns of what this test is about
    WEAK = RSAKey.generate_key(1024, {"kid": "weak"})
PUBLIC = {"keys": [KEY.as_dict(private=False), WEAK.as_dict(private=False)]}


def made(claims: dict[str, Any], key: Any = KEY, **head: Any) -> str:
    """A token by other hands than those that check it."""
    head = {"alg": "RS256", "kid": "one"} | head
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return jwt.encode(head, claims, key, algorithms=["RS256", "HS256", "PS256", "none"])


def opened(tokens: ModuleType, token: str, now: float = NOW) -> Any:
    keys = tokens.Keys(lambda: PUBLIC, lambda: now)
    return tokens.verified(token, keys, issuer=ISSUER, client=CLIENT, now=now)


def test_a_genuine_token_says_who_it_is_about(tokens: ModuleType) -> None:
    assert opened(tokens, made(CLAIMS)) == CLAIMS


def parts(token: str) -> list[str]:
    return token.split(".")


def written(value: Any) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()


def with_public_key_as_secret() -> str:
    """The forgery that works where a token may choose its algorithm."""
    signed = f"{written({'alg': 'HS256', 'kid': 'one'})}.{written(CLAIMS)}"
    signature = hmac.new(KEY.as_pem(private=False), signed.encode(), "sha256").digest()
    return f"{signed}.{base64.urlsafe_b64encode(signature).rstrip(b'=').decode()}"


FORGED: dict[str, Callable[[], str]] = {
    "nothing": lambda: "",
    "the token for tests": lambda: "valid_test_token",
    "too long": lambda: made(CLAIMS | {"x": "y" * 9000}),
    "other claims": lambda: ".".join(
        [parts(made(CLAIMS))[0], written(CLAIMS | {"sub": "eve"}), parts(made(CLAIMS))[2]]
    ),
    "no signature": lambda: ".".join([written({"alg": "none", "kid": "one"}), written(CLAIMS), "AA"]),
    "another key under the name": lambda: made(CLAIMS, OTHER),
    "the public key as a secret": with_public_key_as_secret,
    "another algorithm of the key": lambda: made(CLAIMS, alg="PS256"),
    "a key nobody has": lambda: made(CLAIMS, kid="two"),
    "a weak key": lambda: made(CLAIMS, WEAK, kid="weak"),
    "another pool": lambda: made(CLAIMS | {"iss": ISSUER + "x"}),
    "another program": lambda: made(CLAIMS | {"client_id": "other"}),
    "an id token": lambda: made(CLAIMS | {"token_use": "id", "aud": CLIENT}),
    "expired": lambda: made(CLAIMS | {"exp": NOW}),
    "for ever": lambda: made({name: value for name, value in CLAIMS.items() if name != "exp"}),
    "expiry that is no number": lambda: made(CLAIMS | {"exp": "9999999999"}),
    "a program's, about nobody": lambda: made({name: value for name, value in CLAIMS.items() if name != "username"}),
    "claims that are a list": lambda: ".".join([parts(made(CLAIMS))[0], written([1]), parts(made(CLAIMS))[2]]),
}


@pytest.mark.parametrize("kind", FORGED)
def test_no_other_token_lets_anybody_in(tokens: ModuleType, kind: str) -> None:
    with pytest.raises(tokens.BadTokenError):
        opened(tokens, FORGED[kind]())


TOKEN = made(CLAIMS)


@settings(deadline=None, max_examples=200)
@given(st.integers(0, len(TOKEN) - 1), st.sampled_from("AZaz09-_."))
def test_no_character_of_a_token_can_be_changed(tokens: ModuleType, place: int, letter: str) -> None:
    ends_part = TOKEN[place + 1 : place + 2] in {"", "."}  # its last letter holds bits that stand for nothing
    assume(TOKEN[place] != letter and not ends_part)
    changed = TOKEN[:place] + letter + TOKEN[place + 1 :]
    with pytest.raises(tokens.BadTokenError):
        opened(tokens, changed)


def test_a_padded_signature_is_compared_as_a_whole(tokens: ModuleType) -> None:
    """With the exponent 3 a signature can be made up whose end nobody looks at."""
    head, claims, _ = parts(made(CLAIMS))
    wide = RSAKey.generate_key(3072, {"kid": "wide"})
    public = wide.as_dict(private=False) | {"e": "Aw"}
    digest = tokens._SHA_256 + tokens.hashlib.sha256(f"{head}.{claims}".encode()).digest()
    prefix = b"\x00\x01" + b"\xff" * 8 + b"\x00" + digest
    wanted = int.from_bytes(prefix + b"\xff" * (384 - len(prefix)), "big")
    root = cube_root(wanted)
    signature = root.to_bytes(384, "big")
    assert (root**3).to_bytes(384, "big").startswith(prefix)
    with pytest.raises(tokens.BadTokenError):
        tokens._check_signature(f"{head}.{claims}".encode(), signature, public)


def cube_root(number: int) -> int:
    low, high = 0, 1 << (number.bit_length() // 3 + 1)
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if middle**3 <= number else (low, middle - 1)
    return low


def test_keys_are_asked_for_when_a_new_one_is_named_and_not_at_everybodys_will(tokens: ModuleType) -> None:
    asked: list[float] = []
    time = [0.0]
    sets = iter([{"keys": []}, PUBLIC])

    def fetch() -> Any:
        asked.append(time[0])
        return next(sets)

    keys = tokens.Keys(fetch, lambda: time[0])
    for now in (0.0, 10.0, 299.0):
        time[0] = now
        with pytest.raises(tokens.BadTokenError):
            keys.find("one")
    time[0] = 300.0
    assert keys.find("one")["kid"] == "one"
    assert keys.find("one")
    assert asked == [0.0, 300.0]


@pytest.fixture
def asked(authorize: ModuleType, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], Any]:
    """What the authorizer answers to a token."""
    monkeypatch.setenv("ISSUER", ISSUER)
    monkeypatch.setenv("CLIENT_ID", CLIENT)
    monkeypatch.setattr(authorize.time, "time", lambda: NOW)
    monkeypatch.setattr(authorize, "keys", lambda issuer: authorize.tokens.Keys(lambda: PUBLIC, lambda: NOW))
    return lambda token: authorize.handler({"methodArn": ARN, "queryStringParameters": {"token": token}}, None)


def test_the_authorizer_tells_the_api_who_comes_in(asked: Callable[[str], Any]) -> None:
    answer = asked(made(CLAIMS))
    assert answer["policyDocument"]["Statement"] == [
        {"Action": "execute-api:Invoke", "Effect": "Allow", "Resource": ARN}
    ]
    assert answer["context"] == {"userId": CLAIMS["sub"], "username": "ada", "groups": "moderators,early"}
    assert answer["principalId"] == CLAIMS["sub"]


def test_the_authorizer_denies_with_a_reason_in_the_log_and_without_the_token(
    asked: Callable[[str], Any], capsys: pytest.CaptureFixture[str]
) -> None:
    token = made(CLAIMS | {"client_id": "other"})
    answer = asked(token)
    assert answer["policyDocument"]["Statement"][0]["Effect"] == "Deny"
    assert "context" not in answer
    said = capsys.readouterr().out
    assert "client_id" in said
    assert token not in said
