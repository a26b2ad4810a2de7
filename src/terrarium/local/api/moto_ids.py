"""Lets a seed decide the id that moto gives what it makes, so that ids agree with the registry's.

Lives in moto's process only. What can be decided: UUIDs (KMS keys, certificates), EC2's ids, the ids of IAM's roles,
and those of moto's own id manager (secrets' suffixes, hosted zones, REST APIs). Every other random id comes from a
generator that is seeded with the seed's key, so that it is the same after moto is started anew.
"""

from __future__ import annotations

import contextlib
import random
import threading
from collections.abc import Iterator
from typing import Any
from uuid import UUID

from moto.moto_api._internal import mock_random
from moto.utilities.id_generator import moto_id_manager

_wanted = threading.local()
_one_seeded_call = threading.Lock()


@contextlib.contextmanager
def use_custom_id(custom_id: str, random_seed: str) -> Iterator[None]:
    """Within it, this thread's next fitting id is `custom_id`, and all others follow from `random_seed`."""
    if not random_seed:
        yield
        return
    with _one_seeded_call:
        _wanted.id = custom_id
        mock_random.seed(random_seed)
        try:
            yield
        finally:
            _wanted.id = ""
            mock_random.seed(random.SystemRandom().getrandbits(128))


def use_wanted_ids() -> None:
    """Makes the generators that all services share ask for the wanted id first."""
    own_uuid4 = mock_random.uuid4

    def uuid4() -> UUID:
        return _take_uuid() or own_uuid4()

    mock_random.uuid4 = uuid4  # type: ignore[method-assign]  # replacing it is the purpose
    moto_id_manager.add_id_source(_take_any)


def use_wanted_ec2_ids() -> None:
    """The same for EC2, which has generators of its own."""
    import moto.ec2.utils as ec2  # only where EC2 is called: it takes long to load

    own_id = ec2.random_id

    def random_id(prefix: str = "", size: int = 17) -> str:
        return _take_starting(f"{prefix}-") or own_id(prefix, size)

    ec2.random_id = random_id
    _spare_default_network()


def use_wanted_role_ids() -> None:
    """The same for IAM's roles, whose ids stand in what GetCallerIdentity says of their sessions."""
    from moto.iam import models  # only where IAM is called: it takes long to load
    from moto.iam.utils import random_role_id as own_id

    def random_role_id(account_id: str) -> str:
        return _take_starting("AROA") or own_id(account_id)

    models.random_role_id = random_role_id  # type: ignore[attr-defined]  # where roles look it up


def _spare_default_network() -> None:
    """A region of moto makes its default VPC when it is first called: that one must not get the wanted id."""
    from moto.ec2.models import EC2Backend

    own_init = EC2Backend.__init__

    def init(self: Any, region_name: str, account_id: str) -> None:
        wanted, _wanted.id = getattr(_wanted, "id", ""), ""
        own_init(self, region_name, account_id)
        _wanted.id = wanted

    EC2Backend.__init__ = init  # type: ignore[method-assign]  # replacing it is the purpose


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
