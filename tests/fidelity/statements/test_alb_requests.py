"""Application Load Balancer: what reaches a target, what comes back, and what the balancer says itself."""

from __future__ import annotations

import re

import aiohttp

from tests.fidelity.statement import source, untrue_here
from tests.fidelity.statements.balancing import ask
from tests.fidelity.targets.target import Target

FORWARDED = "https://docs.aws.amazon.com/elasticloadbalancing/latest/application/x-forwarded-headers.html"
TRACING = "https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-request-tracing.html"
LISTENERS = "https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-listeners.html"
RULES = "https://docs.aws.amazon.com/elasticloadbalancing/latest/application/rule-condition-types.html"
ACTIONS = "https://docs.aws.amazon.com/elasticloadbalancing/latest/application/rule-action-types.html"
ERRORS = "https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-troubleshooting.html"
STICKY = "https://docs.aws.amazon.com/elasticloadbalancing/latest/application/edit-target-group-attributes.html"


@source(LISTENERS)
def test_forward(target: Target) -> None:
    """A request that no rule takes goes to the default action's target, with its method, path and body."""
    told = ask(target, "/any/path?q=1&q=%20", "POST", body="the body").told
    assert (told["method"], told["path"], told["body"]) == ("POST", "/any/path?q=1&q=%20", "the body")


@source(LISTENERS)
def test_answer_passes(target: Target) -> None:
    """A target's status, headers and body reach the client as they are."""
    answer = ask(target, "/")
    assert (answer.status, answer.headers["x-of-the-target"]) == (200, "yes")
    assert answer.headers["server"] == "board"


@source(ERRORS)
def test_target_errors_pass(target: Target) -> None:
    """An error that a target answers with is passed on in the target's own words."""
    answer = ask(target, "/status/503")
    assert (answer.status, answer.body) == (503, "in the target's own words")


@source(FORWARDED)
def test_forwarded_for(target: Target) -> None:
    """X-Forwarded-For is the client's address."""
    (value,) = ask(target, "/").seen("X-Forwarded-For")
    assert re.fullmatch(r"[0-9a-f.:]+", value)


@source(FORWARDED)
def test_forwarded_for_appended(target: Target) -> None:
    """The client's address is appended to an X-Forwarded-For that is there."""
    values = ask(target, "/", X_Forwarded_For="203.0.113.7").seen("X-Forwarded-For")
    assert re.fullmatch(r"203\.0\.113\.7, ?[0-9a-f.:]+", ",".join(values))


@source(FORWARDED)
def test_forwarded_proto(target: Target) -> None:
    """X-Forwarded-Proto is the listener's protocol, whatever the client claims."""
    assert ask(target, "/", X_Forwarded_Proto="gopher").seen("X-Forwarded-Proto") == ["http"]


@source(FORWARDED)
def test_forwarded_port(target: Target) -> None:
    """X-Forwarded-Port is the listener's port."""
    assert ask(target, "/").seen("X-Forwarded-Port") == ["80"]


@source(TRACING)
def test_trace(target: Target) -> None:
    """X-Amzn-Trace-Id is added with a root of time and random digits."""
    (value,) = ask(target, "/").seen("X-Amzn-Trace-Id")
    assert re.fullmatch(r"Root=1-[0-9a-f]{8}-[0-9a-f]{24}", value)


@source(TRACING)
def test_trace_kept(target: Target) -> None:
    """A Root that the client sent is kept, and the balancer adds a Self."""
    sent = "Root=1-67891233-abcdef012345678912345678"
    (value,) = ask(target, "/", X_Amzn_Trace_Id=sent).seen("X-Amzn-Trace-Id")
    assert re.fullmatch(rf"Self=1-[0-9a-f]{{8}}-[0-9a-f]{{24}};{sent}", value)


@source("https://www.rfc-editor.org/rfc/rfc9110#section-7.6.1")
def test_hop_by_hop(target: Target) -> None:
    """Fields that Connection names do not reach the target."""
    answer = ask(target, "/", Connection="X-Only-For-You", X_Only_For_You="1")
    assert answer.seen("X-Only-For-You") == []


@source(ERRORS)
def test_no_targets(target: Target) -> None:
    """A target group without targets is a 503 with the balancer's own page."""
    answer = ask(target, "/nobody")
    assert answer.status == 503
    assert "<center><h1>503 Service Temporarily Unavailable</h1></center>" in answer.body


@source(ERRORS)
def test_cut(target: Target) -> None:
    """A target that closes without an answer is a 502 with the balancer's own page."""
    answer = ask(target, "/cut")
    assert answer.status == 502
    assert "<center><h1>502 Bad Gateway</h1></center>" in answer.body


@source(ERRORS)
def test_garbage(target: Target) -> None:
    """A target's answer that is no HTTP is a 502."""
    assert ask(target, "/garbage").status == 502


@source("https://repost.aws/knowledge-center/elb-alb-troubleshoot-502-errors")
def test_server_header(target: Target) -> None:
    """The balancer's own answers have the Server awselb/2.0."""
    assert ask(target, "/nobody").headers["server"] == "awselb/2.0"


@source(ERRORS)
def test_page_type(target: Target) -> None:
    """The balancer's own pages are text/html."""
    assert ask(target, "/nobody").headers["content-type"].startswith("text/html")


@source(ERRORS)
def test_large_header(target: Target) -> None:
    """A header of more than 16 KB is answered with 400."""
    assert ask(target, "/", X_Large="x" * 17_000).status == 400


@source(ERRORS)
def test_many_forwarders(target: Target) -> None:
    """More than 30 addresses in X-Forwarded-For are answered with 463."""
    assert ask(target, "/", X_Forwarded_For=", ".join(["203.0.113.7"] * 31)).status == 463


@source(ACTIONS)
def test_fixed(target: Target) -> None:
    """A fixed response has its status, text and type."""
    answer = ask(target, "/fixed")
    assert (answer.status, answer.body) == (418, "an answer of the balancer's own")
    assert answer.headers["content-type"].startswith("text/plain")


@source(LISTENERS)
def test_priority(target: Target) -> None:
    """Of several rules that fit, the one with the lowest number decides."""
    assert ask(target, "/fixed").status == 418
    assert ask(target, "/fixed-more").body == "the second rule"


@source(ACTIONS)
def test_redirect_path(target: Target) -> None:
    """A redirect can reuse the path, without its leading slash, and keeps the query."""
    answer = ask(target, "/moved/on?a=1")
    assert answer.status == 301
    assert answer.headers["location"].endswith("/new/moved/on?a=1")


@source(ACTIONS)
def test_redirect_host(target: Target) -> None:
    """A redirect can name another host and protocol; the port stands in its Location."""
    answer = ask(target, "/found")
    assert answer.status == 302
    assert answer.headers["location"] == "https://other.example:443/found"


@source(ACTIONS)
def test_redirect_page(target: Target) -> None:
    """A redirect has the balancer's own page."""
    assert "<center><h1>301 Moved Permanently</h1></center>" in ask(target, "/moved/on").body


@source(RULES)
def test_method_rule(target: Target) -> None:
    """A rule can ask for a method."""
    assert ask(target, "/method", "DELETE").body == "by its method"
    assert ask(target, "/method", "PUT").told["method"] == "PUT"


@source(RULES)
def test_query_rule(target: Target) -> None:
    """A rule can ask for a parameter of the query, with wildcards."""
    assert ask(target, "/query?version=v2").body == "by its query"
    assert ask(target, "/query?version=x2").told["path"] == "/query?version=x2"


@source(RULES)
def test_header_rule(target: Target) -> None:
    """A rule can ask for a header, with wildcards and without regard to case."""
    assert ask(target, "/header", X_Kind="BETA").body == "by its header"
    assert ask(target, "/header", X_Kind="stable").told["path"] == "/header"


@source(RULES)
def test_paths_have_case(target: Target) -> None:
    """Path patterns regard case."""
    assert ask(target, "/Upper").body == "in capital letters"
    assert ask(target, "/upper").told["path"] == "/upper"


@source(STICKY)
def test_sticky_cookies(target: Target) -> None:
    """A sticky target group sets AWSALB, and AWSALBCORS with SameSite=None and Secure."""
    cookies = {cookie.split("=")[0]: cookie for cookie in ask(target, "/sticky").cookies}
    assert {"AWSALB", "AWSALBCORS"} <= set(cookies)
    assert "Expires=" in cookies["AWSALB"]
    assert "Path=/" in cookies["AWSALB"]
    assert "SameSite=None" in cookies["AWSALBCORS"]
    assert "Secure" in cookies["AWSALBCORS"]


@source(STICKY)
def test_sticky(target: Target) -> None:
    """The cookie brings a client back to the same target; without it, targets take turns."""
    first = ask(target, "/sticky")
    cookie = next(cookie for cookie in first.cookies if cookie.startswith("AWSALB=")).split(";")[0]
    again = {ask(target, "/sticky", Cookie=cookie).told["who"] for _ in range(6)}
    assert again == {first.told["who"]}
    assert len({ask(target, "/sticky").told["who"] for _ in range(6)}) == 2


@source("https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-target-groups.html")
def test_not_sticky(target: Target) -> None:
    """A target group that is not sticky sets no cookie."""
    assert ask(target, "/").cookies == []


@source("https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-listeners.html")
async def test_websocket(target: Target, session: aiohttp.ClientSession) -> None:
    """WebSockets pass through, with their subprotocol, text and binary alike."""
    place = target.balancer()
    url = f"http{'s' if place.tls else ''}://{place.host}:{place.port}/socket"
    async with session.ws_connect(url, headers={"Host": place.name}, protocols=("chat",)) as client:
        assert client.protocol == "chat"
        await client.send_str("hello")
        assert (await client.receive(timeout=10)).data == "hello"
        await client.send_bytes(b"\x00\xff")
        assert (await client.receive(timeout=10)).data == b"\x00\xff"


@source("https://docs.aws.amazon.com/elasticloadbalancing/latest/application/application-load-balancers.html")
def test_head(target: Target) -> None:
    """HEAD is answered with the headers of GET and no body."""
    answer = ask(target, "/", "HEAD")
    assert (answer.status, answer.body) == (200, "")
    assert answer.headers["x-of-the-target"] == "yes"


@source(FORWARDED)
def test_host(target: Target) -> None:
    """A target sees the Host that the client sent."""
    (host,) = ask(target, "/").seen("Host")
    assert host.split(":")[0] == target.balancer().name.split(":")[0]


@source("https://docs.aws.amazon.com/elasticloadbalancing/latest/application/edit-load-balancer-attributes.html")
@untrue_here("the port stays, since a browser on the laptop needs it to come back")
def test_host_port(target: Target) -> None:
    """A listener at port 80 takes the port away that a client wrote into Host."""
    place = target.balancer()
    name = place.name.split(":")[0]
    assert ask(target, "/", Host=place.name if ":" in place.name else f"{name}:80").seen("Host") == [name]
