"""Lambda: function URLs."""

from __future__ import annotations

import base64
import json
import time
from typing import Any

import requests
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest

from tests.fidelity.statement import source
from tests.fidelity.statements.test_lambda_versions import Versioned, refusal
from tests.fidelity.targets.target import SECONDS, Target

URLS = "https://docs.aws.amazon.com/lambda/latest/dg/urls-configuration.html"
INVOKING = "https://docs.aws.amazon.com/lambda/latest/dg/urls-invocation.html"
AUTH = "https://docs.aws.amazon.com/lambda/latest/dg/urls-auth.html"
CREATE = "https://docs.aws.amazon.com/lambda/latest/api/API_CreateFunctionUrlConfig.html"
PAGE = "https://page.example"


class Open:
    """A function with a URL.

    Args:
        target: Where it is.
        label: Its code.
        public: Whether its policy lets everybody in.
        **options: More about the URL.
    """

    def __init__(self, target: Target, label: str = "returns", *, public: bool = True, **options: Any) -> None:
        self.function = Versioned(target, label)
        functions, name = self.function.functions, self.function.name
        asked = {"AuthType": "NONE", **options}
        self.url: str = functions.create_function_url_config(FunctionName=name, **asked)["FunctionUrl"]
        if public:
            everybody = {"FunctionName": name, "Principal": "*"}
            functions.add_permission(
                **everybody, StatementId="url", Action="lambda:InvokeFunctionUrl", FunctionUrlAuthType="NONE"
            )
            functions.add_permission(
                **everybody, StatementId="function", Action="lambda:InvokeFunction", InvokedViaFunctionUrl=True
            )

    def ask(self, method: str = "GET", path: str = "", **options: Any) -> requests.Response:
        """A request; a real account takes a moment until a new URL's policy holds."""
        deadline = time.monotonic() + SECONDS
        while True:
            answer = requests.request(method, self.url + path, timeout=SECONDS, allow_redirects=False, **options)
            if answer.status_code != 403 or time.monotonic() > deadline:
                return answer
            time.sleep(0.5)

    def saying(self, value: Any) -> requests.Response:
        """The answer where the function returns that."""
        return self.ask("POST", data=json.dumps(value), headers={"Content-Type": "application/json"})

    # An event is any JSON.
    def event(self, method: str = "GET", path: str = "", **options: Any) -> Any:
        """The event that the function sees."""
        return self.ask(method, path, **options).json()


@source(INVOKING)
def test_event(target: Target) -> None:
    """A request is an event of payload format 2.0: path, query, method, and headers by names in lower case."""
    event = Open(target).event("PUT", "a/b?c=1&c=2&d=3", headers={"X-Mark": "here"})
    assert (event["version"], event["rawPath"], event["rawQueryString"]) == ("2.0", "/a/b", "c=1&c=2&d=3")
    assert event["queryStringParameters"] == {"c": "1,2", "d": "3"}
    assert event["requestContext"]["http"]["method"] == "PUT"
    assert event["headers"]["x-mark"] == "here"


@source(INVOKING)
def test_context(target: Target) -> None:
    """The event's context has the URL's id and domain, and $default as route and stage."""
    context = Open(target).event()["requestContext"]
    assert context["domainName"] == f"{context['apiId']}.lambda-url.{target.region}.on.aws"
    assert context["domainPrefix"] == context["apiId"]
    assert (context["routeKey"], context["stage"]) == ("$default", "$default")


@source(INVOKING)
def test_cookies(target: Target) -> None:
    """Cookies of a request are a list."""
    assert Open(target).event(headers={"Cookie": "a=1; b=2"})["cookies"] == ["a=1", "b=2"]


@source(INVOKING)
def test_binary(target: Target) -> None:
    """A binary body is base64 in the event."""
    headers = {"Content-Type": "application/octet-stream"}
    event = Open(target, "describe").ask("POST", data=b"\x00\xff", headers=headers).json()["event"]
    assert (event["body"], event["isBase64Encoded"]) == (base64.b64encode(b"\x00\xff").decode(), True)


@source(INVOKING)
def test_inferred(target: Target) -> None:
    """A result without a status is the body of an answer with 200, as JSON."""
    answer = Open(target).saying({"message": "Hello"})
    assert (answer.status_code, answer.json()) == (200, {"message": "Hello"})
    assert answer.headers["content-type"] == "application/json"


@source(INVOKING)
def test_custom(target: Target) -> None:
    """A result with a status decides status, headers and body."""
    answer = Open(target).saying({"statusCode": 201, "headers": {"X-Own": "yes"}, "body": "made"})
    assert (answer.status_code, answer.headers["x-own"], answer.text) == (201, "yes", "made")


@source(INVOKING)
def test_set_cookies(target: Target) -> None:
    """Cookies of a result become Set-Cookie headers."""
    answer = Open(target).saying({"statusCode": 200, "cookies": ["a=1", "b=2"], "body": ""})
    assert answer.cookies.get_dict() == {"a": "1", "b": "2"}


@source(INVOKING)
def test_decoded(target: Target) -> None:
    """A result's body that says it is base64 is decoded."""
    body = base64.b64encode(b"\x00\xff").decode()
    assert Open(target).saying({"statusCode": 200, "body": body, "isBase64Encoded": True}).content == b"\x00\xff"


@source("https://docs.aws.amazon.com/lambda/latest/dg/urls-monitoring.html")
def test_failed(target: Target) -> None:
    """A function that raises is answered with 502."""
    answer = Open(target, "raises").ask()
    assert (answer.status_code, answer.text) == (502, "Internal Server Error")


@source(URLS)
def test_throttled(target: Target) -> None:
    """A URL is shut by a reserved concurrency of zero: 429."""
    opened = Open(target)
    name = opened.function.name
    opened.function.functions.put_function_concurrency(FunctionName=name, ReservedConcurrentExecutions=0)
    assert opened.ask().status_code == 429


@source(AUTH)
def test_without_policy(target: Target) -> None:
    """Without a policy that lets everybody in, a URL of the type NONE refuses with 403."""
    opened = Open(target, public=False)
    answer = requests.get(opened.url, timeout=SECONDS)
    assert (answer.status_code, answer.headers["x-amzn-errortype"]) == (403, "AccessDeniedException")


@source(AUTH)
def test_both_permissions(target: Target) -> None:
    """Leave to InvokeFunctionUrl alone is not enough for a new URL: 403."""
    opened = Open(target, public=False)
    opened.function.functions.add_permission(
        FunctionName=opened.function.name,
        StatementId="url",
        Action="lambda:InvokeFunctionUrl",
        Principal="*",
        FunctionUrlAuthType="NONE",
    )
    assert requests.get(opened.url, timeout=SECONDS).status_code == 403


@source(AUTH)
def test_signed(target: Target) -> None:
    """A URL of the type AWS_IAM refuses who does not sign, and tells the function who does."""
    opened = Open(target, public=False, AuthType="AWS_IAM")
    assert requests.get(opened.url, timeout=SECONDS).status_code == 403
    request, credentials = AWSRequest(method="GET", url=opened.url), target.session().get_credentials()
    assert credentials is not None
    SigV4Auth(credentials, "lambda", target.region).add_auth(request)
    event = opened.event(headers=dict(request.headers))
    assert event["requestContext"]["authorizer"]["iam"]["userArn"].startswith("arn:aws:")


@source(URLS)
def test_preflight(target: Target) -> None:
    """A URL with a CORS configuration answers preflights by itself."""
    opened = Open(target, "raises", Cors={"AllowOrigins": [PAGE], "AllowMethods": ["PUT"], "MaxAge": 60})
    asks = {"Origin": PAGE, "Access-Control-Request-Method": "PUT"}
    answer = opened.ask("OPTIONS", headers=asks)
    assert answer.status_code == 200
    assert answer.headers["access-control-allow-origin"] == PAGE
    assert answer.headers["access-control-allow-methods"] == "PUT"
    assert answer.headers["access-control-max-age"] == "60"


@source(URLS)
def test_configured_cors(target: Target) -> None:
    """The configured CORS headers go before those that the function returns."""
    opened = Open(target, Cors={"AllowOrigins": [PAGE]})
    says = {"statusCode": 200, "headers": {"Access-Control-Allow-Origin": "https://else.example"}, "body": ""}
    headers = {"Origin": PAGE, "Content-Type": "application/json"}
    answer = opened.ask("POST", data=json.dumps(says), headers=headers)
    assert answer.headers["access-control-allow-origin"] == PAGE


@source(CREATE)
def test_of_alias(target: Target) -> None:
    """An alias has a URL of its own, which runs the version that it leads to."""
    function = Versioned(target)
    function.alias("live", function.publish())
    named = {"FunctionName": function.name, "Qualifier": "live"}
    made = function.functions.create_function_url_config(**named, AuthType="AWS_IAM")
    assert made["FunctionArn"].endswith(f":function:{function.name}:live")
    refused = refusal(function.functions.get_function_url_config, FunctionName=function.name)
    assert refused == ("ResourceNotFoundException", 404)


@source(CREATE)
def test_once(target: Target) -> None:
    """A function has one URL: a second is refused with ResourceConflictException, 409."""
    opened = Open(target, public=False)
    call = opened.function.functions.create_function_url_config
    refused = refusal(call, FunctionName=opened.function.name, AuthType="NONE")
    assert refused == ("ResourceConflictException", 409)
