"""The engines of one system, made and started: what holds state, what runs code, what answers for the rest."""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from terrarium.events import Events
from terrarium.local.addresses import Addresses
from terrarium.local.api.identity import Credentials
from terrarium.local.api.journal import Journal
from terrarium.local.api.moto_process import MotoProcess
from terrarium.local.clock import Clock
from terrarium.local.compute.functions import Functions
from terrarium.local.compute.functions.deliveries import Deliveries
from terrarium.local.compute.functions.event_store import EventStore
from terrarium.local.compute.functions.lambda_runtime import names as names_in_workers
from terrarium.local.compute.functions.settings import FunctionSettings
from terrarium.local.compute.functions.zygote_process import ZygoteProcess
from terrarium.local.compute.names import Names
from terrarium.local.data.objects import Objects
from terrarium.local.data.tables import Exporter, Streams, Tables
from terrarium.local.edge.server import Edge
from terrarium.local.edge.tls import Authority
from terrarium.local.kinds.kind import Parts
from terrarium.local.own_aws import OwnAws
from terrarium.local.registry import Registry
from terrarium.local.watch.function_metrics import FunctionMetrics
from terrarium.local.watch.logs import LogStore
from terrarium.local.watch.metrics import MetricStore
from terrarium.local.watch.table_metrics import TableMetrics

ACCOUNT = "000000000000"
# What undoes one step of coming up: a plain function or a coroutine function.
Undo = Callable[[], Any]


async def start_engines(
    folder: Path,
    *,
    region: str,
    addresses: Addresses,
    edge: Edge,
    clock: Clock,
    events: Events,
    report: Callable[[str], None],
    fsync: bool,
    started: list[Undo],
    zygote: ZygoteProcess | None = None,
    authority: Authority | None = None,
) -> Parts:
    """Makes the engines, and starts those that hold state.

    Args:
        folder: Where the system's state lives.
        region: Where the system is.
        addresses: Where it is reached.
        edge: The port it is reached at.
        clock: Time.
        events: Where it is told what happens.
        report: Told, in a sentence, of what goes wrong in the background.
        fsync: Whether what was acknowledged also survives a power cut.
        started: Gets what ends each engine that was started, even if a later one fails to.
        zygote: The functions' forking parent, where it was launched already.
        authority: Signs for the names of AWS that are answered with TLS; without it programs are led nowhere.

    Raises:
        UserError: The state of one cannot be used.
    """
    logs = LogStore(folder, clock, report=report)
    logs.start()
    started.append(logs.stop)
    metrics = MetricStore(folder, clock, report=report)
    metrics.start()
    started.append(metrics.stop)
    objects = Objects(folder / "objects", clock=clock, fsync=fsync)
    objects.start()
    started.append(objects.stop)
    used = TableMetrics(metrics.meter)
    tables = Tables(folder / "tables", clock=clock, account=ACCOUNT, region=region, fsync=fsync, meter=used)
    await tables.start()
    started.append(tables.stop)
    exporter = Exporter(tables.engine, functools.partial(_put_object, objects), report)
    exporter.start()
    started.append(exporter.stop)
    credentials = Credentials(ACCOUNT, clock)
    journal = Journal(folder / "calls.jsonl", report=report, fsync=fsync)
    moto = MotoProcess(account=ACCOUNT, region=region, clock=clock, report=report, journal=journal)
    started.append(moto.stop)

    names = Names.lay(folder / "names", addresses.aws_port, authority) if addresses.aws_port and authority else None

    def of_role(settings: FunctionSettings) -> Mapping[str, str]:
        own = credentials.issue(settings.role, settings.name)
        if names is None:
            return own | addresses.trust()
        led = names.variables(settings.environment) | addresses.trust(names.authorities)
        return own | led | {names_in_workers.VARIABLE: f"{addresses.aws_port} {names.hosts}"}

    meter = FunctionMetrics(metrics, clock)
    own_aws = OwnAws(lambda: addresses.own, region, credentials.issue)
    started.append(own_aws.stop)
    waiting = EventStore(folder / "events.sqlite", fsync=fsync)
    started.append(waiting.close)
    deliveries = Deliveries(clock=clock, send=own_aws.send, count=meter.counted, report=report)
    return Parts(
        region=region,
        account=ACCOUNT,
        folder=folder,
        addresses=addresses,
        clock=clock,
        events=events,
        registry=Registry(),
        credentials=credentials,
        logs=logs,
        metrics=metrics,
        tables=tables,
        streams=Streams(tables),
        objects=objects,
        functions=Functions(
            clock=clock,
            logs=logs,
            events=events,
            credentials=of_role,
            endpoint=lambda: addresses.own,
            concluded=deliveries.concluded,
            meter=meter,
            waiting=waiting,
            zygote=zygote,
        ),
        deliveries=deliveries,
        meter=meter,
        moto=moto,
        edge=edge,
        own_aws=own_aws,
        names=names,
    )


async def _put_object(objects: Objects, bucket: str, key: str, content: bytes) -> str:
    """Puts an object in the name of a service, and returns its ETag."""
    return (await objects.put_whole(bucket, key, content)).etag
