"""Where moto answers otherwise than AWS in a way that breaks clients: mended when a service is first called.

Lives in moto's process only. Each entry says what was wrong; an entry goes once moto does it right.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from terrarium.local.api.moto_ec2 import mend_ec2
from terrarium.local.api.moto_ids import use_wanted_role_ids

#: What to do before the first call to a service, by moto's name of it.
PATCHES: Mapping[str, Callable[[], None]] = {
    "ec2": mend_ec2,
    "iam": use_wanted_role_ids,
}
