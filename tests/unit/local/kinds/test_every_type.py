"""Every type of the systems that come along has a standing on the laptop: alive, or only modelled with a reason."""

from __future__ import annotations

import pytest

from terrarium.catalog import identifiers
from terrarium.load import load, systems
from terrarium.local.kinds.aliases import AliasKind
from terrarium.local.kinds.bucket_settings import BucketSettingKind
from terrarium.local.kinds.buckets import BucketKind
from terrarium.local.kinds.custom_domains import CustomDomainKind
from terrarium.local.kinds.event_invoke_configs import EventInvokeConfigKind
from terrarium.local.kinds.event_sources import EventSourceKind
from terrarium.local.kinds.function_urls import FunctionUrlKind
from terrarium.local.kinds.functions import FunctionKind, LayerKind
from terrarium.local.kinds.instances import InstanceKind
from terrarium.local.kinds.load_balancers import LoadBalancerKind
from terrarium.local.kinds.logs import LogGroupKind
from terrarium.local.kinds.modelled import REASONS
from terrarium.local.kinds.provisioned_concurrency import ProvisionedConcurrencyKind
from terrarium.local.kinds.seeded import SeededKind
from terrarium.local.kinds.tables import TableKind
from terrarium.local.kinds.usage_plans import UsagePlanKind
from terrarium.local.kinds.websocket_apis import WebSocketApiKind
from terrarium.model.order import resources

KINDS = (
    AliasKind, BucketKind, BucketSettingKind, CustomDomainKind, EventInvokeConfigKind, EventSourceKind, FunctionKind,
    FunctionUrlKind, InstanceKind, LayerKind, LoadBalancerKind, LogGroupKind, ProvisionedConcurrencyKind, SeededKind,
    TableKind, UsagePlanKind, WebSocketApiKind,
)  # fmt: skip
ALIVE = [type for kind in KINDS for type in kind.types]


@pytest.mark.parametrize("system", systems())
def test_no_type_of_a_system_is_unknown(system: str) -> None:
    types = {one.type for one in resources(load(system)) if one.mode == "resource"}
    assert types - set(ALIVE) - set(REASONS) == set()


def test_no_type_is_both_alive_and_only_modelled_or_alive_twice() -> None:
    assert not set(ALIVE) & set(REASONS)
    assert len(ALIVE) == len(set(ALIVE))


def test_every_reason_says_something() -> None:
    assert all(len(reason) > 10 for reason in REASONS.values())


@pytest.mark.parametrize("system", systems())
def test_ids_and_arns_of_a_systems_types_have_awss_own_form(system: str) -> None:
    listed = set(identifiers._TYPES)
    wanting = {
        one.type
        for one in resources(load(system))
        if one.mode == "resource" and one.type not in listed and "arn" in one.schema.attributes
    }
    assert wanting == set()
