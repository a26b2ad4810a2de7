"""The script that makes a fresh instance run a program."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from terrarium import Architecture, aws
from terrarium.aws.user_data import user_data


def script(**settings: str) -> str:
    program = aws.Program(
        "board",
        folder=Path(),
        command=("python3.12", "-m", "board"),
        binds=8080,
        serves=80,
        environment=settings,
        headers={"Access-Control-Allow-Origin": "https://example.com"},
    )
    return user_data(program, bucket="code", key="board/1.zip", packages=["python3.12"], region="us-east-1")


def test_the_shell_can_read_it() -> None:
    read = subprocess.run(["bash", "-n"], input=script(), capture_output=True, text=True, check=False)
    assert (read.returncode, read.stderr) == (0, "")


def test_what_the_network_may_not_give_at_first_is_tried_again(tmp_path: Path) -> None:
    function = script().split("\n\n")[1]
    counter = tmp_path / "count"
    # Fails twice, then succeeds; sleep is replaced, as waiting proves nothing.
    setup = f"sleep() {{ :; }}; {function}\n"
    flaky = f'{setup}flaky() {{ echo x >> {counter}; [ "$(wc -l < {counter})" -gt 2 ]; }}\nretry flaky'
    assert subprocess.run(["bash", "-euo", "pipefail", "-c", flaky], check=False).returncode == 0
    assert counter.read_text().count("x") == 3


def test_what_never_comes_ends_the_script() -> None:
    function = script().split("\n\n")[1]
    hopeless = f"sleep() {{ :; }}; {function}\nretry false\necho reached"
    ended = subprocess.run(["bash", "-euo", "pipefail", "-c", hopeless], capture_output=True, text=True, check=False)
    assert (ended.returncode, ended.stdout) == (1, "")


def test_the_program_finds_its_settings_port_and_packages() -> None:
    text = script(QUEUE="wss://x/y")
    for line in (
        'Environment="PORT=8080"',
        'Environment="QUEUE=wss://x/y"',
        'Environment="PYTHONPATH=/opt/board/packages"',
    ):
        assert line in text
    assert "ExecStart=/usr/bin/env python3.12 -m board" in text
    assert "User=board" in text


@pytest.mark.parametrize(("value", "written"), [("50%", "50%%"), ('say "hi"', 'say \\"hi\\"'), ("a\\b", "a\\\\b")])
def test_settings_reach_the_program_as_they_are(value: str, written: str) -> None:
    assert f'Environment="SETTING={written}"' in script(SETTING=value)


def test_the_proxy_speaks_websocket_and_adds_headers() -> None:
    text = script()
    for line in (
        "listen 80 default_server;",
        "proxy_pass http://127.0.0.1:8080;",
        "proxy_set_header Upgrade $http_upgrade;",
        'add_header Access-Control-Allow-Origin "https://example.com" always;',
    ):
        assert line in text


def test_an_instance_waits_for_its_permissions_and_its_ways_out(tmp_path: Path) -> None:
    from terrarium import bundle

    app = Architecture("shop")
    bucket = aws.Bucket(app, "code", name="code")
    role = aws.Role(app, "server", name="server", service="ec2")
    endpoint = aws.GatewayEndpoint(app, "s3", vpc="vpc-1", route_tables=["rtb-1"])
    program = aws.Program("p", folder=tmp_path, command=("x",), binds=1, serves=80)
    instance = aws.Instance(
        app, "server", name="server", program=program, bucket=bucket, code=bucket.put("p", bundle("p", p=tmp_path)),
        role=role, profile="server", subnet="subnet-1", security_groups=["sg-1"], after=[endpoint.resource],
    )  # fmt: skip
    assert set(instance.resource.depends_on) == {*role.policies, endpoint.resource}
    assert instance.resource.programs == {"p": instance.program}
    assert instance.resource.attributes["metadata_options"][0]["http_tokens"] == "required"
