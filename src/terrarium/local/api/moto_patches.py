"""Where moto answers otherwise than AWS in a way that breaks clients: mended when a service is first called.

Lives in moto's process only. Each entry says what was wrong; an entry goes once moto does it right.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from terrarium.local.api.moto_ec2 import mend_ec2
from terrarium.local.api.moto_ids import use_wanted_role_ids


def _mend_s3() -> None:
    """Bucket policies deny nothing.

    moto applies a Deny without looking at its Condition, so that the usual statement against plain HTTP
    (``aws:SecureTransport``) would shut everybody out.
    """
    from moto.iam.access_control import PermissionResult
    from moto.s3.models import FakeBucket

    def neutral(_self: Any, _action: str, _resource: str) -> Any:
        return PermissionResult.NEUTRAL

    FakeBucket.get_permission = neutral  # type: ignore[method-assign, assignment]  # replacing it is the purpose


#: What to do before the first call to a service, by moto's name of it.
PATCHES: Mapping[str, Callable[[], None]] = {
    "ec2": mend_ec2,
    "iam": use_wanted_role_ids,
    "s3": _mend_s3,
}
