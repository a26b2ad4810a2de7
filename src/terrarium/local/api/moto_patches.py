"""Where moto answers otherwise than AWS in a way that breaks clients: mended when a service is first called.

Lives in moto's process only. Each entry says what was wrong; an entry goes once moto does it right.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from terrarium.local.api.moto_balancers import let_target_groups_go
from terrarium.local.api.moto_ec2 import mend_ec2
from terrarium.local.api.moto_ids import use_wanted_pool_ids, use_wanted_role_ids
from terrarium.local.api.moto_tags import mend_budgets, mend_scaling


def _mend_events() -> None:
    """Rules hand events on as they are.

    moto asks a package that is not among its requirements for every target, also where nothing is to be transformed.
    """
    from moto.events.utils import EventTemplateParser

    transformed = EventTemplateParser.parse

    def parse(input_template: Any, input_paths_map: Any, event: Any) -> Any:
        if input_template:
            return transformed(input_template, input_paths_map, event)
        return {name: value for name, value in event.items() if name != "ingestion-time"}

    EventTemplateParser.parse = parse  # type: ignore[method-assign]  # replacing it is the purpose


#: What to do before the first call to a service, by moto's name of it.
PATCHES: Mapping[str, Callable[[], None]] = {
    "autoscaling": let_target_groups_go,
    "cloudformation": let_target_groups_go,
    "applicationautoscaling": mend_scaling,
    "budgets": mend_budgets,
    "cognitoidp": use_wanted_pool_ids,
    "ec2": mend_ec2,
    "events": _mend_events,
    "iam": use_wanted_role_ids,
}
