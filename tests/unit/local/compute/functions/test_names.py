"""Names of AWS inside a worker; in a process of its own, as resolving is changed for good."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from terrarium.local.compute.functions.lambda_runtime.names import is_aws

RESOLVE = """
import json, socket
from terrarium.local.compute.functions.lambda_runtime import names
names.resolve_aws_at(4711)
host = "a1b2c3d4e5.execute-api.us-east-1.amazonaws.com"
print(json.dumps({
    "tls": socket.getaddrinfo(host, 443, type=socket.SOCK_STREAM)[0][4],
    "named": socket.getaddrinfo(host, "https", type=socket.SOCK_STREAM)[0][4],
    "other": socket.getaddrinfo(host, 8080, type=socket.SOCK_STREAM)[0][4],
    "local": socket.getaddrinfo("127.0.0.1", 443, type=socket.SOCK_STREAM)[0][4],
    "host": socket.gethostbyname(host),
}))
"""


def test_tls_connections_to_names_of_aws_lead_here_and_no_others() -> None:
    done = subprocess.run([sys.executable, "-c", RESOLVE], capture_output=True, text=True, check=True, timeout=60)
    assert json.loads(done.stdout) == {
        "tls": ["127.0.0.1", 4711],
        "named": ["127.0.0.1", 4711],
        "other": ["127.0.0.1", 8080],
        "local": ["127.0.0.1", 443],
        "host": "127.0.0.1",
    }


@pytest.mark.parametrize(
    ("host", "aws"),
    [
        ("sqs.us-east-1.amazonaws.com", True),
        ("SQS.us-east-1.AMAZONAWS.com.", True),
        (b"sqs.us-east-1.amazonaws.com", True),
        ("amazonaws.com.example", False),
        ("notamazonaws.com", False),
        ("localhost", False),
        (None, False),
    ],
)
def test_which_names_are_of_aws(host: object, aws: bool) -> None:
    assert is_aws(host) is aws
