"""Who makes a call: every role gets access keys of its own, and any other key is the laptop's owner.

It knows nothing of requests and policies: it answers who an access key is, and others decide what that one may do.
"""

from __future__ import annotations

import base64
import hashlib
import secrets
from collections.abc import Callable

from msgspec import Struct

from terrarium.local.aws_error import AwsError
from terrarium.local.clock import Clock

_ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"

#: Prefixes of unique identifiers: ASIA a temporary access key, AROA a role.
#: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html#identifiers-unique-ids
_KEY_PREFIX = "ASIA"
_ROLE_PREFIX = "AROA"


class Principal(Struct, frozen=True):
    """Who makes a call.

    Attributes:
        account: Twelve digits.
        arn: ``arn:aws:sts::…:assumed-role/Role/session`` or the account's root.
        user_id: ``AROA…:session`` or the account.
        role_arn: The role's own ARN, None for the account's root.
    """

    account: str
    arn: str
    user_id: str
    role_arn: str | None = None


class Issued(Struct, frozen=True):
    """Temporary credentials of one session of one role."""

    access_key: str
    secret_key: str
    session_token: str
    principal: Principal
    expires: float | None

    def environment(self) -> dict[str, str]:
        """The variables under which every SDK looks for credentials."""
        return {
            "AWS_ACCESS_KEY_ID": self.access_key,
            "AWS_SECRET_ACCESS_KEY": self.secret_key,
            "AWS_SESSION_TOKEN": self.session_token,
        }


def role_id(role_arn: str) -> str:
    """The role's unique id (``AROA…``), the same whenever it is asked for."""
    digest = base64.b32encode(hashlib.sha256(role_arn.encode()).digest()).decode()
    return _ROLE_PREFIX + digest[:17]


def assumed_role(role_arn: str, session_name: str) -> Principal:
    """The principal that a session of a role is.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html#identifiers-arns
    """
    _, partition, _, _, account, resource = role_arn.split(":", 5)
    name = resource.rpartition("/")[2]
    arn = f"arn:{partition}:sts::{account}:assumed-role/{name}/{session_name}"
    return Principal(account, arn, f"{role_id(role_arn)}:{session_name}", role_arn)


def _random_word(length: int) -> str:
    return "".join(secrets.choice(_ALPHABET) for _ in range(length))


def _marked(word: str) -> str:
    """An access key that can be told from those of real accounts: its last five characters follow from the others."""
    mark = base64.b32encode(hashlib.sha256(f"terrarium {word}".encode()).digest()).decode()[:5]
    return _KEY_PREFIX + word + mark


def _was_minted(access_key: str) -> bool:
    """Whether an access key is one of a laptop's, perhaps of an earlier run: it must not pass for the owner's."""
    return len(access_key) == 20 and _marked(access_key[4:15]) == access_key


class Credentials:
    """The access keys that were handed out, and whose they are.

    Args:
        account: The laptop's account id.
        clock: Decides when temporary credentials have expired.
        random_word: A random upper-case word of a given length.
    """

    def __init__(self, account: str, clock: Clock, random_word: Callable[[int], str] = _random_word) -> None:
        self._root = Principal(account, f"arn:aws:iam::{account}:root", account)
        self._clock = clock
        self._random_word = random_word
        self._by_key: dict[str, Issued] = {}
        self._lasting: dict[tuple[str, str], Issued] = {}

    def issue(self, role_arn: str, session_name: str) -> dict[str, str]:
        """Credentials that last as long as the process, as environment variables; the same session gets the same."""
        known = self._lasting.get((role_arn, session_name))
        if known is None:
            known = self._lasting[role_arn, session_name] = self._mint(role_arn, session_name, None)
        return known.environment()

    def assume(self, role_arn: str, session_name: str, seconds: int) -> Issued:
        """Credentials that expire after so many seconds."""
        self._forget_expired()
        return self._mint(role_arn, session_name, self._clock.now() + seconds)

    def revoke(self, role_arn: str) -> None:
        """Forgets every session of a role that is gone."""
        self._lasting = {key: issued for key, issued in self._lasting.items() if key[0] != role_arn}
        self._by_key = {key: it for key, it in self._by_key.items() if it.principal.role_arn != role_arn}

    def principal(self, access_key: str) -> Principal:
        """Who an access key is; a key that was never issued by any laptop is the account's root.

        Raises:
            AwsError: ``ExpiredTokenException`` for temporary credentials past their time,
                ``UnrecognizedClientException`` for those that were issued and mean nobody any more.
        """
        return self.identify(access_key)[0]

    def identify(self, access_key: str) -> tuple[Principal, Issued | None]:
        """Who an access key is, and what was handed out under it; None for a key that somebody chose.

        Raises:
            AwsError: As from `principal`.
        """
        issued = self._by_key.get(access_key)
        if issued is None:
            if access_key.startswith(_KEY_PREFIX) and _was_minted(access_key):
                raise AwsError(
                    "UnrecognizedClientException", "The security token included in the request is invalid.", 403
                )
            return self._root, None
        if issued.expires is not None and issued.expires <= self._clock.now():
            raise AwsError("ExpiredTokenException", "The security token included in the request is expired", 403)
        return issued.principal, issued

    def _mint(self, role_arn: str, session_name: str, expires: float | None) -> Issued:
        issued = Issued(
            access_key=_marked(self._random_word(11)),
            secret_key=self._random_word(40),
            session_token=self._random_word(120),
            principal=assumed_role(role_arn, session_name),
            expires=expires,
        )
        self._by_key[issued.access_key] = issued
        return issued

    def _forget_expired(self) -> None:
        """Keeps a day of expired keys, so that their users are told, and no more, so that memory stays bounded."""
        limit = self._clock.now() - 86_400
        stale = [key for key, it in self._by_key.items() if it.expires is not None and it.expires < limit]
        for key in stale:
            del self._by_key[key]
