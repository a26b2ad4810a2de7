"""Custom domain names of WebSocket APIs: each a site of its own, with the mapped stages below it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar, cast

from aiohttp import web

from terrarium.catalog.identifiers import domain_target
from terrarium.catalog.place import Place
from terrarium.errors import UserError
from terrarium.local.addresses import site_name
from terrarium.local.api.api_gateway.domains import DOMAIN, MAPPING
from terrarium.local.api.execute_api import Address, below_stage
from terrarium.local.edge.server import Site
from terrarium.local.edge.websocket_api import mappings
from terrarium.local.kinds.arrivals import PREFIX
from terrarium.local.kinds.kind import NotAliveError, Parts
from terrarium.local.kinds.websocket_apis import WebSocketApiKind
from terrarium.local.mapped import Mapped
from terrarium.local.registry import Entry


class CustomDomainKind:
    """Domain names, and what is mapped to them.

    Args:
        parts: The engines.
        apis: What they lead to.
    """

    types: ClassVar[tuple[str, ...]] = (DOMAIN, MAPPING)

    def __init__(self, parts: Parts, apis: WebSocketApiKind) -> None:
        self._parts = parts
        self._apis = apis
        self._sites: dict[str, str] = {}  # names of sites by domain names

    async def create(self, entry: Entry) -> Mapping[str, Any]:
        if entry.type == DOMAIN:
            return self._checked_domain(entry)
        mappings.check_key(entry.get("api_mapping_key", ""))
        if not self._parts.registry.alive("aws_apigatewayv2_api", id=entry["api_id"]):
            raise NotAliveError("its API does nothing here")
        if not self._parts.registry.alive(DOMAIN, domain_name=entry["domain_name"]):
            raise NotAliveError("its domain name leads nowhere here")
        return {}

    def _checked_domain(self, entry: Entry) -> Mapping[str, Any]:
        """What AWS decides, of a domain name that it would take.

        https://docs.aws.amazon.com/apigateway/latest/developerguide/websocket-api-custom-domain-names.html
        """
        block = entry.block("domain_name_configuration")
        for name, only in (("endpoint_type", "REGIONAL"), ("security_policy", "TLS_1_2")):
            if str(block.get(name) or only).upper() != only:
                what = f"the custom domain name {entry['domain_name']} has {name} = {block[name]!r}"
                raise UserError(what, where=entry.origin, hint=f"API Gateway's second API takes {only} alone")
        if not block.get("certificate_arn"):
            hint = "name the certificate of AWS Certificate Manager that is for it"
            raise UserError(f"{entry['domain_name']} has no certificate", where=entry.origin, hint=hint)
        if str(entry["domain_name"]).startswith("*."):
            raise NotAliveError("it stands for every name below it, and none of them leads here yet")
        if entry.block("mutual_tls_authentication"):
            raise NotAliveError("nobody is asked for a client certificate here yet")
        place = Place(f"{self._parts.region}/{entry['domain_name']}", self._parts.region, self._parts.account)
        return {"domain_name_configuration": [{**domain_target(place), **{k: v for k, v in block.items() if v}}]}

    async def start(self) -> None:
        for entry in self._parts.registry.alive(DOMAIN):
            await self.arrived(entry)

    async def stop(self) -> None:
        """Nothing to end: the port goes by itself."""

    async def arrived(self, entry: Entry) -> None:
        """Leads to what is mapped now."""
        name = entry["domain_name"]
        if entry.type == MAPPING or name in self._sites:
            return
        self._sites[name] = site = self._free_site(entry)
        addresses = self._parts.addresses
        self._parts.edge.add(Site(addresses.host(site), addresses.path(site), self._handler(name), also=name.lower()))
        self._tell_programs()

    async def left(self, entry: Entry) -> None:
        """A domain name leads nowhere any more."""
        if entry.type == DOMAIN and (site := self._sites.pop(entry["domain_name"], None)) is not None:
            self._parts.edge.remove(self._parts.addresses.host(site))
            self._tell_programs()

    def reached_at(self, entry: Entry) -> str:
        if entry.type == DOMAIN or (site := self._sites.get(entry["domain_name"])) is None:
            return ""
        key = entry.get("api_mapping_key", "")
        return f"{self._parts.addresses.by_name(site, websocket=True)}/{key}"

    def find(self, host: str, path: str) -> Address | None:
        """The stage or the connection that a request to a custom domain name is about.

        Args:
            host: The Host header.
            path: The path as sent, still percent-encoded.
        """
        name, addresses = host.rsplit(":", 1)[0].lower(), self._parts.addresses
        for domain, site in self._sites.items():
            prefix = addresses.path(site)
            if name in (domain.lower(), addresses.host(site)):
                return self._below(domain, path)
            if path.startswith(f"{prefix}/"):
                return self._below(domain, path.removeprefix(prefix))
        return None

    def _below(self, domain: str, path: str) -> Address | None:
        known = self._parts.registry.alive(MAPPING, domain_name=domain)
        by_key = {entry.get("api_mapping_key", ""): entry for entry in known}
        found = mappings.find(path, by_key)
        if found is None:
            return None
        key, rest = found
        entry = by_key[key]
        return below_stage(entry["api_id"], entry["stage"], rest, Mapped(domain, key))

    def _handler(
        self, domain: str
    ) -> Any:  # the edge's Handler; web.Request and BaseRequest differ only in typing here
        async def handle(request: web.BaseRequest) -> web.StreamResponse:
            """Answers what is not signed; what is comes in by `find`."""
            address = self._below(domain, request.rel_url.raw_path)
            return await self._apis.answer(address, cast(web.Request, request))

        return handle

    def _free_site(self, entry: Entry) -> str:
        """Its label, where no other site has that; what a call made has its domain name instead."""
        if entry.address.startswith(f"{PREFIX}."):
            return site_name(entry["domain_name"])
        names = (site_name(entry.label), f"{site_name(entry.label)}-domain")
        free = (name for name in names if self._parts.addresses.host(name) not in self._parts.edge.sites)
        return next(free, site_name(entry.address))

    def _tell_programs(self) -> None:
        """Makes the names lead here in functions and programs too."""
        if self._parts.names is not None:
            self._parts.names.lead_here(self._sites)
