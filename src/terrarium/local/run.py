"""One system, alive: the one place where its parts are made, wired, started and stopped."""

from __future__ import annotations

import asyncio
import contextlib
import os
import secrets
from collections.abc import AsyncIterator, Callable, Mapping
from pathlib import Path
from typing import Any

from aiohttp import hdrs, web
from msgspec import Struct, field

from terrarium.catalog.place import Place
from terrarium.errors import UserError
from terrarium.events import Event, Events
from terrarium.local.addresses import PORT
from terrarium.local.api.lambda_control.code import CodeStore
from terrarium.local.api.lambda_control.deployed import DeployedCode
from terrarium.local.api.lambda_control.numbers import VersionNumbers
from terrarium.local.api.lambda_control.versions import TYPE as VERSION
from terrarium.local.api.lambda_control.versions import Versions
from terrarium.local.api.request import is_aws_call, read_signature
from terrarium.local.clock import Clock, SystemClock
from terrarium.local.compute.functions.zygote_process import ZygoteProcess
from terrarium.local.control import Control
from terrarium.local.control_paths import CONTROL, PREFIX
from terrarium.local.creation import Creation
from terrarium.local.direct import Answerer, Head
from terrarium.local.door import Door
from terrarium.local.edge.front_page import FrontPage, Live, TableCalls, TablePages
from terrarium.local.edge.neighbours import EDGE_PATH, JOIN_PATH
from terrarium.local.edge.server import Edge, Handler, Site
from terrarium.local.edge.web_client import WebClient
from terrarium.local.engines import ACCOUNT, Undo, start_engines
from terrarium.local.following import follow, line
from terrarium.local.kinds.aliases import AliasKind
from terrarium.local.kinds.arrivals import Arrivals
from terrarium.local.kinds.bucket_settings import BucketSettingKind
from terrarium.local.kinds.buckets import BucketKind
from terrarium.local.kinds.code import code_folders
from terrarium.local.kinds.custom_domains import CustomDomainKind
from terrarium.local.kinds.event_invoke_configs import EventInvokeConfigKind
from terrarium.local.kinds.event_sources import EventSourceKind
from terrarium.local.kinds.function_urls import FunctionUrlKind
from terrarium.local.kinds.functions import FunctionKind, LayerKind
from terrarium.local.kinds.held import address_of, made_by_calls
from terrarium.local.kinds.instances import InstanceKind
from terrarium.local.kinds.kind import Kind, Parts
from terrarium.local.kinds.load_balancers import LoadBalancerKind
from terrarium.local.kinds.logs import LogGroupKind, groups_by_name, log_groups
from terrarium.local.kinds.provisioned_concurrency import ProvisionedConcurrencyKind
from terrarium.local.kinds.publishing import publish_changed
from terrarium.local.kinds.seeded import SeededKind
from terrarium.local.kinds.tables import TableKind
from terrarium.local.kinds.usage_plans import UsagePlanKind
from terrarium.local.kinds.websocket_apis import WebSocketApiKind
from terrarium.local.registry import Entry
from terrarium.local.services import aws_endpoint
from terrarium.local.state import ROOT, State
from terrarium.local.status import described
from terrarium.model.evaluate import Known, evaluate
from terrarium.model.graph import Architecture
from terrarium.model.resolve import chosen

READY_SECONDS = 20.0


class Options(Struct, frozen=True):
    """How a system is brought up.

    Attributes:
        port: The port that everything is reached at; 0 takes a free one.
        tls: Whether that port speaks TLS.
        fsync: Whether what a table acknowledged also survives a power cut.
        values: What was chosen for the architecture's variables.
        root: The folder of all systems' state.
        web: The folder of a page that is served here, where the system serves none itself.
    """

    port: int = PORT
    tls: bool = False
    fsync: bool = False
    values: Mapping[str, Any] = field(default_factory=dict)
    root: Path = ROOT
    web: Path | None = None


class LocalCloud:
    """A system on this machine.

    Args:
        architecture: As written.
        options: How it is brought up.
        clock: Time.
        created: Told of each resource that was created.
        reported: Told, in a sentence, of what goes wrong in the background.
        zygote: The functions' forking parent, where it was launched already.
    """

    def __init__(
        self,
        architecture: Architecture,
        options: Options,
        *,
        clock: Clock | None = None,
        created: Callable[[Entry], None] = lambda _: None,
        reported: Callable[[str], None] = lambda _: None,
        zygote: ZygoteProcess | None = None,
    ) -> None:
        self.architecture = architecture
        self.options = options
        self.clock = clock or SystemClock()
        self.created = created
        self.reported = reported
        self._zygote = zygote
        self.events = Events()
        self.state = State(architecture.name, options.root)
        self.ended = asyncio.Event()
        self.parts: Parts
        self.kinds: tuple[Kind, ...] = ()
        self.creation: Creation
        self._started: list[Undo] = []  # undone last first

    async def start(self) -> None:
        """Brings everything up.

        Raises:
            UserError: The port is taken, the state cannot be used, or the architecture cannot come alive as written.
        """
        try:
            await self._start()
        except BaseException:
            await self.stop()
            raise

    async def _start(self) -> None:
        self.state.open()
        self._started.append(self.state.close)
        door = await Door.find(self.architecture.name, self.options.port, tls=self.options.tls, root=self.options.root)
        self._started.append(door.close)
        self._neighbours = door.neighbours
        self.parts = await self._engines(door)
        self.kinds = self._all_kinds(self.parts)
        self._answers()
        self._started += [self.parts.edge.close, self._live.close]  # open pages must not hold up the end
        await door.open(self.parts.edge)
        await self._create()
        for kind in self.kinds:
            self._started.append(kind.stop)
            await kind.start()
        self.parts.functions.resume_events(self._report)
        self._serve_page()
        await self._until_ready()
        own = self.parts.addresses.own_port
        facts = {"pid": os.getpid(), "port": own, "host": f"localhost:{own}", "token": self._token}
        self.state.announce({**facts, "started": self.clock.now()})

    def _serve_page(self) -> None:
        """Serves the system's page where nothing of the system does."""
        host, path = self.parts.addresses.host(), self.parts.addresses.path()
        if self.options.web and host not in self.parts.edge.sites:
            client = WebClient(
                self.options.web, lambda: self.creation.outputs(sensitive=False), self.parts.addresses.by_name()
            )
            self.parts.edge.add(Site(host, path, client.handle))

    async def _until_ready(self) -> None:
        """Waits for programs to answer, so that the first click finds them; health tells of those that do not."""
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._instances.ready(), READY_SECONDS)
        await self._balancers.check_now()

    async def stop(self) -> None:
        """Ends everything that was begun, in the opposite order; where a step fails, the others still end."""
        errors: list[Exception] = []
        while self._started:
            undo = self._started.pop()
            try:
                result = undo()
                if asyncio.iscoroutine(result):
                    await result
            except Exception as error:  # noqa: BLE001  # all are raised together, below
                errors.append(error)
        self.ended.set()
        if errors:
            raise ExceptionGroup("parts of the system did not end cleanly", errors)

    async def _engines(self, door: Door) -> Parts:
        variables = Known(chosen(self.architecture, self.options.values))
        return await start_engines(
            self.state.folder,
            region=evaluate(self.architecture.region, variables),
            addresses=door.addresses,
            edge=Edge(
                aws=self._aws,
                is_aws_call=_is_aws_call,
                front=self._front,
                elsewhere=self._elsewhere,
                direct=self._direct,
            ),
            clock=self.clock,
            events=self.events,
            report=self._report,
            fsync=self.options.fsync,
            started=self._started,
            zygote=self._zygote,
            authority=door.authority,
        )

    def _all_kinds(self, parts: Parts) -> tuple[Kind, ...]:
        """Every kind, in the order in which they start: what is called before those who call it."""
        self._instances = instances = InstanceKind(parts)
        usage = UsagePlanKind(parts)
        self._websockets = WebSocketApiKind(parts, usage.plans.admit)
        self._domains = CustomDomainKind(parts, self._websockets)
        self._functions, self._aliases = FunctionKind(parts, self._publish), AliasKind(parts)
        self._urls = FunctionUrlKind(parts)
        self._balancers = LoadBalancerKind(parts, instances.resolve)
        return (
            LogGroupKind(parts),
            TableKind(parts),
            BucketKind(parts),
            BucketSettingKind(parts),
            SeededKind(parts),
            LayerKind(parts),
            self._functions,
            self._aliases,
            EventInvokeConfigKind(parts),
            ProvisionedConcurrencyKind(parts),
            self._urls,
            EventSourceKind(parts),
            usage,
            self._websockets,
            instances,
            self._balancers,
            self._domains,  # last: its sites take the names that the others leave
        )

    def _answers(self) -> None:
        """Makes what answers: the AWS endpoint, the control, the front page."""
        parts = self.parts
        self._token = secrets.token_urlsafe(24)
        self._page = FrontPage()
        self._live = Live(lambda count: map(line, parts.logs.tail(count)), parts.clock, self._tell_pages)
        addresses = parts.addresses
        deployed = DeployedCode(
            parts.folder / "code" / "packed", lambda: f"{addresses.plain(CONTROL)}/code", parts.clock
        )
        tables_view = TablePages(parts.tables.call).handle
        views = {"live": self._live.handle, "tables": tables_view, "code": deployed.handle}
        self._control = Control(
            status=self.status, follow=self._follow, end=self.ended.set, token=self._token, views=views
        )
        tables = TableCalls(parts.tables, self._live, self._table_address, parts.clock)
        self._code = CodeStore(parts.folder / "code" / "uploaded")
        self._arrivals = Arrivals(
            parts.registry, self._by_type(), parts.folder, Place(self.architecture.name, parts.region, ACCOUNT)
        )
        self._versions = Versions(self._arrivals, self._code, VersionNumbers(parts.folder / "versions.json"))
        self._endpoint = aws_endpoint(
            parts,
            tables=tables,
            connections=self._websockets,
            domains=self._domains,
            urls=self._urls,
            resources=self._arrivals,
            code=self._code,
            versions=self._versions,
            health=self._balancers.health,
            deployed=deployed,
        )
        parts.edge.add(Site(addresses.host(CONTROL), addresses.path(CONTROL), self._control.handle))

    async def _create(self) -> None:
        self.creation = Creation(
            self.architecture,
            self.options.values,
            registry=self.parts.registry,
            kinds=self._by_type(),
            region=self.parts.region,
            account=ACCOUNT,
            created=self.created,
        )
        await self._arrivals.restore(VERSION)  # so that what is published now is known to be new or not
        await self.creation.run()
        self._code.prune(await self._arrivals.restore())

    async def _publish(self, function: Entry) -> Entry:
        return await self._versions.publish(function)

    def _by_type(self) -> dict[str, Kind]:
        return {type: kind for kind in self.kinds for type in kind.types}

    async def _aws(self, request: web.BaseRequest) -> web.StreamResponse:
        return await self._endpoint.handle(request)

    def _elsewhere(self, request: web.BaseRequest) -> Handler | None:
        """Whoever has the port hands on what is for the systems of other processes."""
        if not self._neighbours.present:
            return None
        signature = read_signature(request.headers, request.query)
        key = signature.access_key if signature else ""
        neighbour = self._neighbours.find(request.headers.get(hdrs.HOST, ""), request.rel_url.raw_path, key)
        return None if neighbour is None else lambda one: self._neighbours.hand_on(one, neighbour)

    def _direct(self, head: Head) -> Answerer | None:
        """What is for other processes is handed on by the web server."""
        if self._neighbours.present:
            signature = read_signature(head.headers, {})
            if signature is None or self._neighbours.find(head.host, head.path, signature.access_key):
                return None
        return self._endpoint.direct(head)

    def _tell_pages(self) -> Callable[[], None]:
        """Tells open pages what happens; what it returns ends that."""
        ends = (
            self.parts.events.subscribe(self._live.event),
            self.parts.logs.subscribe(lambda event: self._live.line(line(event))),
        )

        def end() -> None:
            for one in ends:
                one()

        return end

    def _table_address(self, name: str) -> str:
        described = self.parts.registry.of("aws_dynamodb_table", name=name)
        return described[0].address if described else address_of("aws_dynamodb_table", name)

    async def _front(self, request: web.BaseRequest) -> web.StreamResponse:
        if request.path == JOIN_PATH:
            return await self._neighbours.accept(request)
        if request.path == EDGE_PATH:
            return self._neighbours.describe()
        if request.path.startswith(PREFIX):
            return await self._control.handle(request)
        return await self._page.handle(request)

    def _report(self, sentence: str) -> None:
        self.events.publish(Event(self.clock.now(), self.architecture.name, "reported", {"message": sentence}))
        self.reported(sentence)

    def watch(self) -> None:
        """Uses changed code from the next message on, until the end."""
        watcher = asyncio.create_task(self._watch())
        self._started.append(watcher.cancel)

    async def _watch(self) -> None:
        folders = code_folders(self.parts.registry)
        from watchfiles import awatch  # it takes its time, and few ask for it

        async for changes in awatch(*folders):
            names = sorted({Path(path).name for _, path in changes})
            self.parts.functions.reload()
            try:
                await publish_changed(self.parts.registry, self._functions, self._aliases)
            except UserError as error:
                self._report(str(error))
            self._instances.programs.reload()
            self.parts.events.publish(Event(self.clock.now(), "code", "changed", {"files": names}))

    def status(self) -> dict[str, Any]:  # plain JSON values
        """What is alive, what is only modelled, and where to go."""
        entries = self._entries()
        groups = groups_by_name(entries)
        return {
            "system": self.architecture.name,
            "description": self.architecture.description,
            "account": ACCOUNT,
            "region": self.parts.region,
            "port": self.parts.addresses.port,
            "front": self.parts.addresses.front,
            "page": self.parts.addresses.by_name() if self.parts.addresses.host() in self.parts.edge.sites else None,
            "resources": [described(entry, self._kind(entry), groups) for entry in entries],
            "calls": dict(self.parts.moto.calls.counts()),
            "health": self._balancers.health(),
            "outputs": self.creation.outputs(),
            "sensitive": [name for name, output in self.architecture.outputs.items() if output.sensitive],
            "trust": self.parts.addresses.trust(),
        }

    def _entries(self) -> list[Entry]:
        """Every resource, whoever made it."""
        return [*self.parts.registry, *made_by_calls(self.kinds, self.parts.registry)]

    def _kind(self, entry: Entry) -> Kind | None:
        return next((kind for kind in self.kinds if entry.type in kind.types), None)

    def _follow(self, query: Mapping[str, str]) -> AsyncIterator[Mapping[str, Any]]:
        """Log events of what a query names."""
        groups = log_groups(query.get("resource", ""), self._entries())
        return follow(self.parts.logs, groups, last=int(query.get("last", "20")), on=query.get("follow", "1") != "0")


def _is_aws_call(request: web.BaseRequest) -> bool:
    return is_aws_call(request.headers, request.query)
