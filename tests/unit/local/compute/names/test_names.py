"""Names of AWS in programs that somebody starts: Python and Node load what leads them here."""

from __future__ import annotations

import datetime as dt
import json
import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from terrarium.local.compute.names import Names
from terrarium.local.edge.tls import Authority

HOST = "a1b2c3d4e5.execute-api.us-east-1.amazonaws.com"
PYTHON = f"""
import json, socket
print(json.dumps([socket.getaddrinfo("{HOST}", 443, type=socket.SOCK_STREAM)[0][4], socket.gethostbyname("{HOST}")]))
"""
NODE = f"""
const net = require('node:net'), dns = require('node:dns');
const open = (...how) => new Promise((resolve, reject) => {{
  const socket = net.connect(...how, () => {{ resolve(socket.remotePort); socket.destroy(); }}).on('error', reject);
}});
(async () => {{
  const address = await new Promise((resolve) => dns.lookup('{HOST}', (_, found) => resolve(found)));
  const url = {{ port: 443, host: 'x.lambda-url.us-east-1.on.aws' }};
  const ports = [await open(443, '{HOST}'), await open(url), await open(PORT, '127.0.0.1')];
  console.log(JSON.stringify([address, (await dns.promises.lookup('{HOST}')).address, ...ports]));
}})();
"""


def laid(folder: Path, port: int = 4711) -> Names:
    return Names.lay(folder, port, Authority(folder.parent / "tls", dt.datetime.now(dt.UTC)))


def run(names: Names, command: list[str], **more: str) -> str:
    environment = {"PATH": os.environ["PATH"], **names.variables(more)}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_a_program_in_python_finds_aws_here(tmp_path: Path) -> None:
    names = laid(tmp_path / "names")
    assert json.loads(run(names, [sys.executable, "-c", PYTHON])) == [["127.0.0.1", 4711], "127.0.0.1"]


@pytest.mark.node
@pytest.mark.parametrize("folder", ["names", "with a space"])
def test_a_program_in_node_finds_aws_here(tmp_path: Path, folder: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        names = laid(tmp_path / folder, port)
        found = run(names, ["node", "-e", NODE.replace("PORT", str(port))])
    assert json.loads(found) == ["127.0.0.1", "127.0.0.1", port, port, port]


def test_what_a_program_sets_itself_is_kept(tmp_path: Path) -> None:
    (tmp_path / "own").mkdir()
    (tmp_path / "own" / "sitecustomize.py").write_text("import builtins; builtins.own = 'ran too'")
    names = laid(tmp_path / "names")
    assert run(names, [sys.executable, "-c", "print(own)"], PYTHONPATH=str(tmp_path / "own")) == "ran too\n"
    given = names.variables({"NODE_OPTIONS": "--trace-warnings"})
    assert given["NODE_OPTIONS"].split() == ["--trace-warnings", "--require", str(tmp_path / "names" / "names.cjs")]


def test_a_name_of_the_systems_own_leads_here_as_long_as_it_is_one_also_in_a_program_that_runs(tmp_path: Path) -> None:
    names = laid(tmp_path / "names")
    names.lead_here(["Chat.Example.com"])
    asks = """
import json, pathlib, socket, sys
def resolved():
    try:
        return socket.getaddrinfo("chat.example.com", 443, type=socket.SOCK_STREAM)[0][4]
    except OSError:  # nobody else answers for it
        return []
first = resolved()
pathlib.Path(sys.argv[1]).unlink()
print(json.dumps([first, resolved() == first]))
"""
    found = json.loads(run(names, [sys.executable, "-c", asks, str(names.hosts)]))
    assert found == [["127.0.0.1", 4711], False]


@pytest.mark.node
def test_a_name_of_the_systems_own_leads_here_in_node_too(tmp_path: Path) -> None:
    names = laid(tmp_path / "names")
    names.lead_here(["chat.example.com"])
    asks = "require('node:dns').lookup('chat.example.com', (_, found) => console.log(found))"
    assert run(names, ["node", "-e", asks]) == "127.0.0.1\n"
