"""Application Load Balancer: functions as targets."""

from __future__ import annotations

import base64
import json
from dataclasses import dataclass
from typing import Any

from tests.fidelity.statement import source
from tests.fidelity.statements.balancers import Balancing, forward
from tests.fidelity.statements.balancing import Answer, ask_at
from tests.fidelity.targets.target import Place, Target

MEGABYTE = 1024 * 1024


@dataclass(frozen=True)
class Functions:
    """A balancer in front of one function, below ``/one`` and, with all values of each header, below ``/all``."""

    place: Place
    groups: dict[str, str]

    def ask(self, path: str, method: str = "GET", body: str | bytes | None = None, **headers: str) -> Answer:
        """One request."""
        return ask_at(self.place, path, method, body, **headers)

    def saying(self, value: Any, path: str = "/one") -> Answer:
        """The answer where the function returns that."""
        return self.ask(path, "POST", json.dumps(value), Content_Type="application/json")


def functions(target: Target) -> Functions:
    """The balancer, made once."""
    return target.once("functions behind a balancer", lambda: _made(target))


def _made(target: Target) -> Functions:
    here, name = Balancing(target), target.own_function("balanced")
    function = target.client("lambda").get_function(FunctionName=name)["Configuration"]["FunctionArn"]
    balancer = here.balancer()
    listener = here.listener(balancer)
    groups = {}
    for priority, label in enumerate(("one", "all"), 1):
        arn = here.group(TargetType="lambda")["TargetGroupArn"]
        target.client("lambda").add_permission(
            FunctionName=name,
            StatementId=label,
            Action="lambda:InvokeFunction",
            Principal="elasticloadbalancing.amazonaws.com",
            SourceArn=arn,
        )
        here.elb.register_targets(TargetGroupArn=arn, Targets=[{"Id": function}])
        here.rule(listener, priority, forward(arn), f"/{label}*")
        groups[label] = arn
    several = [{"Key": "lambda.multi_value_headers.enabled", "Value": "true"}]
    here.elb.modify_target_group_attributes(TargetGroupArn=groups["all"], Attributes=several)
    return Functions(target.balancer_place(balancer), groups)


@source("https://docs.aws.amazon.com/elasticloadbalancing/latest/application/lambda-functions.html")
def test_function_event(target: Target) -> None:
    """A function behind a load balancer is told the target group, the method, the path and the forwarding headers."""
    here = functions(target)
    event = here.ask("/one/a", X_Mark="here").told
    assert event["requestContext"] == {"elb": {"targetGroupArn": here.groups["one"]}}
    assert (event["httpMethod"], event["path"], event["headers"]["x-mark"]) == ("GET", "/one/a", "here")
    assert {"x-amzn-trace-id", "x-forwarded-for", "x-forwarded-port", "x-forwarded-proto"} <= event["headers"].keys()


@source("https://docs.aws.amazon.com/elasticloadbalancing/latest/application/lambda-functions.html")
def test_function_last_value(target: Target) -> None:
    """Of a query parameter's several values a function is told the last one."""
    assert functions(target).ask("/one?key=1&key=2").told["queryStringParameters"] == {"key": "2"}


@source("https://docs.aws.amazon.com/elasticloadbalancing/latest/application/lambda-functions.html")
def test_function_every_value(target: Target) -> None:
    """With multi-value headers a function is told every value of a query parameter."""
    event = functions(target).ask("/all?key=1&key=2").told
    assert event["multiValueQueryStringParameters"] == {"key": ["1", "2"]}
    assert not event.keys() & {"queryStringParameters", "headers"}


@source("https://docs.aws.amazon.com/elasticloadbalancing/latest/application/lambda-functions.html")
def test_function_not_decoded(target: Target) -> None:
    """A load balancer leaves it to the function to decode query parameters."""
    assert functions(target).ask("/one?key=a%20b").told["queryStringParameters"] == {"key": "a%20b"}


@source("https://docs.aws.amazon.com/elasticloadbalancing/latest/application/lambda-functions.html")
def test_function_binary(target: Target) -> None:
    """A body that is not known to be text reaches the function in base64."""
    event = functions(target).ask("/one", "POST", b"\x00\xff", Content_Type="image/png").told
    assert (event["body"], event["isBase64Encoded"]) == (base64.b64encode(b"\x00\xff").decode(), True)


@source("https://docs.aws.amazon.com/elasticloadbalancing/latest/application/lambda-functions.html")
def test_function_answer(target: Target) -> None:
    """A function's answer has its status, its headers and its body, out of base64 where it says so."""
    body = base64.b64encode(b"made").decode()
    said = {"statusCode": 201, "statusDescription": "201 Created", "headers": {"X-Own": "yes"}, "isBase64Encoded": True}
    answer = functions(target).saying({**said, "body": body})
    assert (answer.status, answer.headers["x-own"], answer.body) == (201, "yes", "made")


@source("https://docs.aws.amazon.com/elasticloadbalancing/latest/application/lambda-functions.html")
def test_function_cookies(target: Target) -> None:
    """With multi-value headers a function sets several cookies."""
    headers = {"Set-Cookie": ["a=1", "b=2"]}
    said = {"statusCode": 200, "statusDescription": "200 OK", "isBase64Encoded": False, "multiValueHeaders": headers}
    assert functions(target).saying({**said, "body": ""}, "/all").cookies == ["a=1", "b=2"]


@source("https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-troubleshooting.html")
def test_function_malformed(target: Target) -> None:
    """A function that returns no answer makes the load balancer answer 502."""
    assert functions(target).saying("just text").status == 502


@source("https://docs.aws.amazon.com/elasticloadbalancing/latest/application/lambda-functions.html")
def test_function_large_body(target: Target) -> None:
    """A request for a function whose body exceeds a megabyte is answered with 413."""
    here = functions(target)
    assert here.ask("/one", "POST", b" " * (MEGABYTE + 1), Content_Type="image/png").status == 413


@source("https://docs.aws.amazon.com/elasticloadbalancing/latest/application/lambda-functions.html")
def test_function_socket(target: Target) -> None:
    """An upgrade to a WebSocket that would reach a function is refused with 400."""
    asked = {"Connection": "Upgrade", "Upgrade": "websocket", "Sec_WebSocket_Version": "13"}
    key = base64.b64encode(b"0123456789abcdef").decode()
    assert functions(target).ask("/one", Sec_WebSocket_Key=key, **asked).status == 400


@source("https://docs.aws.amazon.com/elasticloadbalancing/latest/application/target-group-health-checks.html")
def test_function_unchecked(target: Target) -> None:
    """How a function is that nobody checks is unavailable: Target.HealthCheckDisabled."""
    (found,) = Balancing(target).health(functions(target).groups["one"])
    health = found["TargetHealth"]
    assert (health["State"], health["Reason"]) == ("unavailable", "Target.HealthCheckDisabled")
