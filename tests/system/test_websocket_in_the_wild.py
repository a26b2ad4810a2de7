"""Handlers as they are found in the wild: they make the address of ``@connections`` by hand, and run unchanged.

https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-how-to-call-websocket-api-connections.html
"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import aiohttp
import pytest

from tests.system.architectures import write
from tests.system.conftest import Up

# The domain name and the stage of the event, as most tutorials have it.
BY_EVENT = """
import boto3


def handler(event, context):
    request = event["requestContext"]
    endpoint = f"https://{request['domainName']}/{request['stage']}"
    connections = boto3.client("apigatewaymanagementapi", endpoint_url=endpoint)
    known = connections.get_connection(ConnectionId=request["connectionId"])
    text = f"hello {known['Identity']['SourceIp']}"
    connections.post_to_connection(ConnectionId=request["connectionId"], Data=text.encode())
    return {"statusCode": 200}
"""

# The host put together from parts, called without an SDK's client; and what the environment shows of all this.
BY_PARTS = """
import json
import os
import ssl
import urllib.request

import boto3
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest


def handler(event, context):
    request = event["requestContext"]
    host = f"{request['apiId']}.execute-api.{os.environ['AWS_REGION']}.amazonaws.com"
    url = f"https://{host}/{request['stage']}/@connections/{request['connectionId'].replace('=', '%3D')}"
    data = json.dumps([name for name in os.environ if "TERRARIUM" in name.upper()])
    signed = AWSRequest("POST", url, data=data.encode())
    credentials = boto3.Session().get_credentials()
    SigV4Auth(credentials, "execute-api", os.environ["AWS_REGION"]).add_auth(signed)
    call = urllib.request.Request(url, data.encode(), dict(signed.headers), method="POST")
    with urllib.request.urlopen(call) as answer:
        assert answer.status == 200
    return {"statusCode": 200}
"""

# The same from a program that a handler starts, and from a handler in Node. They do not sign, which this machine
# answers with 421, behind a certificate for the name; AWS itself would answer 403.
BY_CHILD = """
import json
import subprocess
import sys

ASKS = '''
import sys, urllib.error, urllib.request
try:
    urllib.request.urlopen(sys.argv[1])
except urllib.error.HTTPError as error:
    print(error.code)
'''


def handler(event, context):
    request = event["requestContext"]
    url = f"https://{request['domainName']}/{request['stage']}/@connections/x"
    done = subprocess.run([sys.executable, "-c", ASKS, url], capture_output=True, text=True)
    return {"statusCode": 200, "body": json.dumps([done.stdout, done.stderr])}
"""
IN_NODE = """
const https = require("node:https");
const asked = (url) =>
  new Promise((resolve, reject) => https.get(url, (answer) => resolve(answer.statusCode)).on("error", reject));

exports.handler = async ({ requestContext }) => {
  const url = `https://${requestContext.domainName}/${requestContext.stage}/@connections/x`;
  const child = require("node:child_process").execFileSync(process.execPath, ["-e", `
    fetch("${url}").then((answer) => console.log(answer.status));
  `], { encoding: "utf8" });
  return { statusCode: 200, body: JSON.stringify([await asked(url), (await fetch(url)).status, Number(child)]) };
};
"""

MORE = """
for name in ("by_event", "by_parts"):
    api.route(name, function(name))
"""


async def test_handlers_that_make_the_address_by_hand_reach_their_clients(
    up: Callable[..., Up], session: aiohttp.ClientSession, tmp_path: Path
) -> None:
    system = up(write(tmp_path, more=MORE, by_event=BY_EVENT, by_parts=BY_PARTS))
    async with session.ws_connect(system.url) as client:
        await client.send_json({"action": "by_event"})
        assert (await client.receive(timeout=30)).data == "hello 127.0.0.1"
        await client.send_json({"action": "by_parts"})
        assert json.loads((await client.receive(timeout=30)).data) == []


async def test_they_do_where_the_shared_port_speaks_tls_too(
    up: Callable[..., Up], session: aiohttp.ClientSession, tmp_path: Path
) -> None:
    system = up(write(tmp_path, more=MORE, by_event=BY_EVENT, by_parts=BY_PARTS), "--tls")
    async with session.ws_connect(system.url, ssl=False) as client:
        await client.send_json({"action": "by_event"})
        assert (await client.receive(timeout=30)).data == "hello 127.0.0.1"
        await client.send_str("by environment")
        assert (await client.receive(timeout=30)).data == "by environment"


async def test_what_a_handler_starts_finds_aws_here_too(
    up: Callable[..., Up], session: aiohttp.ClientSession, tmp_path: Path
) -> None:
    more = 'api.route("by_child", function("by_child"), two_way=True)'
    system = up(write(tmp_path, more=more, by_child=BY_CHILD))
    async with session.ws_connect(system.url) as client:
        await client.send_json({"action": "by_child"})
        assert json.loads((await client.receive(timeout=30)).data) == ["421\n", ""]


@pytest.mark.node
async def test_a_handler_in_node_finds_aws_here_too(
    up: Callable[..., Up], session: aiohttp.ClientSession, tmp_path: Path
) -> None:
    more = 'api.route("in_node", function("in_node", runtime="nodejs20.x"), two_way=True)'
    file = write(tmp_path, more=more)
    (file.parent / "code" / "in_node.js").write_text(IN_NODE)
    system = up(file)
    async with session.ws_connect(system.url) as client:
        await client.send_json({"action": "in_node"})
        assert json.loads((await client.receive(timeout=30)).data) == [421, 421, 421]
