"""Lets a seed decide the id that moto gives what it makes, so that ids agree with the registry's.

Lives in moto's process only. What can be decided: UUIDs (KMS keys, certificates), EC2's ids, the ids of IAM's roles,
of Cognito's user pools and their clients, and those of moto's own id manager (secrets' suffixes, hosted zones, REST
APIs). Every other random id follows from the seed's key (`moto_chance`), so that it is the same after moto is started
anew.
"""

from __future__ import annotations

import contextlib
import functools
import threading
from collections.abc import Iterator
from typing import Any
from uuid import UUID

from moto.core.base_backend import AccountSpecificBackend
from moto.moto_api._internal import mock_random
from moto.utilities.id_generator import moto_id_manager

from terrarium.local.api.moto_chance import deciding, follow

#: When that was which is there from the beginning: 2025-01-01.
_BEGINNING = 1_735_689_600.0

_wanted = threading.local()


@contextlib.contextmanager
def decided_call(custom_id: str, random_seed: str, moment: float | None) -> Iterator[None]:
    """Within it, this thread's next fitting id is `custom_id`, and all others follow from `random_seed`.

    Args:
        custom_id: The id; empty where none is wanted.
        random_seed: Empty leaves everything to chance.
        moment: What time it is, in seconds since the epoch; None for the clock's own.
    """
    if not random_seed:
        yield
        return
    _wanted.id = custom_id
    try:
        with deciding(random_seed, moment):
            yield
    finally:
        _wanted.id = ""


def use_wanted_ids() -> None:
    """Makes the generators that all services share ask for the wanted id first."""
    own_uuid4 = mock_random.uuid4

    def uuid4() -> UUID:
        return _take_uuid() or own_uuid4()

    follow(mock_random)
    mock_random.uuid4 = uuid4  # type: ignore[method-assign]  # replacing it is the purpose
    moto_id_manager.add_id_source(_take_any)
    _begin_alike()


def use_wanted_ec2_ids() -> None:
    """The same for EC2, which has generators of its own."""
    import moto.ec2.utils as ec2  # only where EC2 is called: it takes long to load

    own_id = ec2.random_id

    def random_id(prefix: str = "", size: int = 17) -> str:
        return _take_starting(f"{prefix}-") or own_id(prefix, size)

    ec2.random_id = random_id


def use_wanted_role_ids() -> None:
    """The same for IAM's roles, whose ids stand in what GetCallerIdentity says of their sessions."""
    from moto.iam import models  # only where IAM is called: it takes long to load
    from moto.iam.utils import random_role_id as own_id

    def random_role_id(account_id: str) -> str:
        return _take_starting("AROA") or own_id(account_id)

    models.random_role_id = random_role_id  # type: ignore[attr-defined]  # where roles look it up


def use_wanted_pool_ids() -> None:
    """The same for Cognito's user pools, whose id stands in every token, and for their clients."""
    from moto.cognitoidp import models  # only where Cognito is called: it takes long to load

    own_id = models.generate_id  # type: ignore[attr-defined]  # where pools and clients look it up

    def generate_id(strategy: str | None, *args: Any) -> str:
        return _take_any(None) or own_id(strategy, *args)

    models.generate_id = generate_id  # type: ignore[attr-defined]  # likewise


def _begin_alike() -> None:
    """What a service has in a region from the beginning, such as the default VPC, is the same whoever calls it first.

    moto makes it when the region is first called: none of it must get the id that this call wants.
    """
    own_init = AccountSpecificBackend.__init__

    def init(self: Any, **settings: Any) -> None:
        settings["backend"] = functools.partial(_begun, settings["service_name"], settings["backend"])
        with deciding(None, None):
            own_init(self, **settings)

    AccountSpecificBackend.__init__ = init  # type: ignore[method-assign, assignment]  # replacing it is the purpose


# A backend is of a class that its service defines.
def _begun(service: str, backend: Any, region_name: str, account_id: str) -> Any:
    wanted, _wanted.id = getattr(_wanted, "id", ""), ""
    try:
        with deciding(f"{service} {account_id} {region_name}", _BEGINNING):
            return backend(region_name, account_id=account_id)
    finally:
        _wanted.id = wanted


def _take_uuid() -> UUID | None:
    wanted = getattr(_wanted, "id", "")
    try:
        found = UUID(wanted)
    except ValueError:
        return None
    _wanted.id = ""
    return found


def _take_starting(prefix: str) -> str | None:
    wanted: str = getattr(_wanted, "id", "")
    if not wanted.startswith(prefix):
        return None
    _wanted.id = ""
    return wanted


# moto hands over a context of its own type.
def _take_any(_context: Any) -> str | None:
    wanted: str = getattr(_wanted, "id", "")
    _wanted.id = ""
    return wanted or None
