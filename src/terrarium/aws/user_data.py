"""The script that makes a fresh Amazon Linux 2023 instance run a program behind Nginx.

The same `Program` is started as a process on the laptop, so both read one value.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from terrarium.model.bundles import PACKAGES
from terrarium.model.expressions import Value
from terrarium.model.program import Program


def user_data(program: Program, *, bucket: Value, key: Value, packages: Sequence[str], region: Value) -> str:
    """The script, with tokens where values are known only on deployment.

    Args:
        program: What it runs.
        bucket: The name of the bucket with its code.
        key: The key of the zip in it.
        packages: What is installed by dnf besides Nginx. (Amazon Linux's repositories are in S3, so that a gateway
            endpoint suffices: https://docs.aws.amazon.com/linux/al2023/ug/managing-repos-os-updates.html)
        region: Where the bucket is.
    """
    name, home = program.name, f"/opt/{program.name}"
    return "\n".join(
        [
            "#!/bin/bash",
            f"# Runs {name} behind Nginx: installs both, fetches the code, and keeps it running.",
            "set -euo pipefail",
            "",
            *_RETRY,
            "",
            f"retry dnf install -y {' '.join(['nginx', 'unzip', *packages])}",
            f"id {name} >/dev/null 2>&1 || useradd --system --no-create-home --shell /sbin/nologin {name}",
            "",
            f'retry aws s3 cp --region "{region}" "s3://{bucket}/{key}" /tmp/{name}.zip',
            f"mkdir -p {home}",
            f"unzip -q -o /tmp/{name}.zip -d {home}",
            f"rm /tmp/{name}.zip",
            "",
            f"cat > /etc/systemd/system/{name}.service <<'UNIT'",
            *_unit(program, home, region),
            "UNIT",
            "",
            f"cat > /etc/nginx/conf.d/{name}.conf <<'NGINX'",
            *_nginx(program),
            "NGINX",
            "",
            "systemctl daemon-reload",
            f"systemctl enable --now {name} nginx",
            "",
        ]
    )


# A fresh role takes seconds to be known everywhere: https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot.html
_RETRY = (
    "retry() {",
    "  for pause in 2 4 8 16 32; do",
    '    "$@" && return',
    '    sleep "$pause"',
    "  done",
    '  "$@"',
    "}",
)


def _unit(program: Program, home: str, region: Value) -> list[str]:
    """Source: https://www.freedesktop.org/software/systemd/man/latest/systemd.service.html."""
    environment: Mapping[str, Value] = {
        "AWS_REGION": region,
        "PORT": program.binds,
        "PYTHONPATH": f"{home}/{PACKAGES}",
        **program.environment,
    }
    return [
        "[Unit]",
        f"Description={program.name}",
        "After=network-online.target",
        "Wants=network-online.target",
        "",
        "[Service]",
        f"User={program.name}",
        f"WorkingDirectory={home}",
        f"ExecStart=/usr/bin/env {_escaped(' '.join(program.command))}",
        *(f'Environment="{name}={_escaped(value)}"' for name, value in environment.items()),
        "Restart=always",
        "RestartSec=1",
        "NoNewPrivileges=true",
        "ProtectSystem=strict",
        "ProtectHome=true",
        "PrivateTmp=true",
        "",
        "[Install]",
        "WantedBy=multi-user.target",
    ]


def _escaped(value: Value) -> str:
    """A percent sign would begin one of systemd's own abbreviations, a quote would end the setting."""
    return str(value).replace("%", "%%").replace("\\", "\\\\").replace('"', '\\"')


def _nginx(program: Program) -> list[str]:
    """Source: https://nginx.org/en/docs/http/websocket.html."""
    return [
        "map $http_upgrade $connection_upgrade {",
        "    default upgrade;",
        "    ''      close;",
        "}",
        "",
        "server {",
        f"    listen {program.serves} default_server;",
        "    server_name _;",
        "    server_tokens off;",
        "",
        "    location / {",
        f"        proxy_pass http://127.0.0.1:{program.binds};",
        "        proxy_http_version 1.1;",
        "        proxy_set_header Host $host;",
        "        proxy_set_header X-Real-IP $remote_addr;",
        "        proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;",
        "        proxy_set_header X-Forwarded-Proto $http_x_forwarded_proto;",
        "        proxy_set_header Upgrade $http_upgrade;",
        "        proxy_set_header Connection $connection_upgrade;",
        "        proxy_read_timeout 3600s;",
        *(f'        add_header {name} "{value}" always;' for name, value in program.headers.items()),
        "    }",
        "}",
    ]
