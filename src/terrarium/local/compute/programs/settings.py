"""What a program is told and what its service manager and reverse proxy are told, as plain values.

Must not know processes or sockets: whoever reads the graph builds these values.
"""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Mapping
from pathlib import Path

from msgspec import Struct, field

PASSED_ON = ("PATH", "LANG", "LC_ALL", "LC_CTYPE", "TZ", "TMPDIR")
"""What a program gets of the environment of whoever runs the laptop cloud; the rest may be secrets of theirs."""


class RestartPolicy(Struct, frozen=True):
    """``Restart=always`` with its limits; https://www.freedesktop.org/software/systemd/man/latest/systemd.service.html.

    Attributes:
        delay: ``RestartSec=``, seconds between an exit and the next start.
        limit_interval: ``StartLimitIntervalSec=``, seconds; 0 lifts the limit.
        limit_burst: ``StartLimitBurst=``, starts allowed within the interval.
        stop_timeout: ``TimeoutStopSec=``, seconds from SIGTERM to SIGKILL. systemd waits 90; at a keyboard 10 are long.
    """

    delay: float = 0.1
    limit_interval: float = 10
    limit_burst: int = 5
    stop_timeout: float = 10


class NginxSettings(Struct, frozen=True):
    """The server block that user data writes for a program; defaults are Nginx's own.

    Attributes:
        response_headers: ``add_header`` lines.
        client_max_body_size: Bytes; 0 lifts the limit.
        connect_timeout: ``proxy_connect_timeout``, seconds.
        read_timeout: ``proxy_read_timeout``, seconds.
    """

    response_headers: Mapping[str, str] = field(default_factory=dict)
    client_max_body_size: int = 1_048_576
    connect_timeout: float = 60
    read_timeout: float = 60


class ProgramSettings(Struct, frozen=True):
    """A program of an instance.

    Attributes:
        name: What it is known by here, for example the instance's id.
        folder: Where it is started; the code itself, so that changes take effect with a restart.
        command: ``python`` or ``python3.12`` as its first word means the interpreter that Terrarium runs in.
        environment: What user data sets.
        port_variable: The variable in which it finds the port to bind.
        binds: The port it binds on the instance, reachable from there only.
        serves: The port at which Nginx serves it to the network; the same as `binds` where nothing stands in front.
        health: The path that answers with less than 500 once the program works.
        address: The resource's address in the graph, which events carry; empty: the name.
        log_group: Where its output goes; empty: ``/programs/<name>``.
        home: Its home directory; None: its folder.
    """

    name: str
    folder: Path
    command: tuple[str, ...]
    environment: Mapping[str, str] = field(default_factory=dict)
    port_variable: str = "PORT"
    binds: int = 8080
    serves: int = 80
    health: str = "/"
    address: str = ""
    log_group: str = ""
    home: Path | None = None
    restart: RestartPolicy = RestartPolicy()
    nginx: NginxSettings = field(default_factory=NginxSettings)

    def arguments(self) -> tuple[str, ...]:
        """The command as it is started here."""
        first, *rest = self.command
        return (sys.executable if re.fullmatch(r"python(3(\.\d+)?)?", first) else first, *rest)

    def variables(self, port: int, host: Mapping[str, str] = os.environ) -> dict[str, str]:
        """The whole environment of the program.

        Args:
            port: Where it shall bind.
            host: The environment to take the few harmless variables from.
        """
        return {
            **{name: host[name] for name in PASSED_ON if name in host},
            "HOME": str(self.home or self.folder),
            "PYTHONUNBUFFERED": "1",  # so that each line is seen when it is printed
            # An SDK in the program finds the credentials that it is given, never those of whoever sits here.
            "AWS_CONFIG_FILE": os.devnull,
            "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
            "AWS_EC2_METADATA_DISABLED": "true",
            **self.environment,
            self.port_variable: str(port),
        }
