"""Function URLs of a system, as browsers, signing clients and other functions reach them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import boto3
import pytest
import requests
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from tests.system.conftest import Up, living

ARCHITECTURE = """
from terrarium import Architecture, aws

app = Architecture("urls")
public = aws.Function(app, "public", code="code").url(public=True)
signed = aws.Function(app, "signed", code="code").alias("live").url()
closed = app.add("aws_lambda_function_url", "closed", function_name="urls-calls", authorization_type="NONE")
calls = aws.Function(app, "calls", code="code")
closed.set(function_name=calls.name)
app.output("public", public.url, "For everybody")
app.output("id", public.resource["url_id"], "Its id")
app.output("signed", signed.url, "For those who sign")
app.output("closed", closed["function_url"], "For nobody")
"""
CODE = {
    "public": "def handler(event, context): return {'path': event['rawPath'], 'said': event.get('body')}",
    "signed": """def handler(event, context):
        return [context.function_version, event["requestContext"]["authorizer"]["iam"]["userArn"]]
    """,
    "calls": """
import urllib.request
def handler(event, context):
    return urllib.request.urlopen(event["url"], timeout=20).read().decode()
    """,
}


@pytest.fixture(scope="module")
def system(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Up]:
    """One for all: nobody changes it."""
    folder = tmp_path_factory.mktemp("urls")
    (folder / "code").mkdir()
    for name, text in CODE.items():
        (folder / "code" / f"{name}.py").write_text(text)
    file = folder / "architecture.py"
    file.write_text(ARCHITECTURE)
    with living(folder, str(file)) as one:
        yield one


# Outputs and results are any JSON.
def at(system: Up, name: str) -> Any:
    return system.status["outputs"][name]


def signature(url: str) -> dict[str, str]:
    """What signs a request to a function URL."""
    request = AWSRequest(method="GET", url=url)
    SigV4Auth(Credentials("anyone", "anything"), "lambda", "us-east-1").add_auth(request)
    return dict(request.headers)


def test_a_url_is_reached_by_path_by_name_and_by_functions_under_awss_own_name(system: Up) -> None:
    by_path = requests.post(f"{at(system, 'public')}a/b?c=d", json={"e": 1}, timeout=30)
    assert (by_path.status_code, by_path.json()) == (200, {"path": "/a/b", "said": '{"e": 1}'})
    host = {"Host": f"public-url.urls.localhost:{system.port}"}
    assert requests.get(f"http://127.0.0.1:{system.port}/a", headers=host, timeout=30).json()["path"] == "/a"

    make: Any = boto3.client
    keys = {"aws_access_key_id": "anyone", "aws_secret_access_key": "anything"}
    functions = make("lambda", endpoint_url=f"http://127.0.0.1:{system.port}", region_name="us-east-1", **keys)
    event = json.dumps({"url": f"https://{at(system, 'id')}.lambda-url.us-east-1.on.aws/from/aws"})
    told = json.loads(functions.invoke(FunctionName="urls-calls", Payload=event)["Payload"].read())
    assert isinstance(told, str), told
    assert json.loads(told)["path"] == "/from/aws"


def test_a_url_for_those_who_sign_refuses_everybody_else(system: Up) -> None:
    url = at(system, "signed")
    assert requests.get(url, timeout=30).status_code == 403
    answer = requests.get(url, headers=signature(url), timeout=30)
    assert (answer.status_code, answer.json()) == (200, ["1", "arn:aws:iam::000000000000:root"])


def test_a_url_without_a_public_policy_refuses_everybody_and_says_so(system: Up) -> None:
    answer = requests.get(at(system, "closed"), timeout=30)
    assert (answer.status_code, answer.headers["x-amzn-errortype"]) == (403, "AccessDeniedException")
    assert "refuses everybody" in system.terrarium("status").stdout


def test_a_name_that_is_no_function_urls_is_refused(system: Up) -> None:
    for host in ("abc.lambda-url.us-east-1.on.aws", "page.example"):
        answer = requests.get(f"http://127.0.0.1:{system.port}/", headers={"Host": host}, timeout=30)
        assert answer.status_code == 421
