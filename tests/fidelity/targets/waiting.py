"""Waiting for servers that were started."""

from __future__ import annotations

import time
import urllib.error
import urllib.request

PATIENCE = 60.0  # seconds


def answers(port: int) -> None:
    """Returns once something answers HTTP at a port of this machine, whatever it says.

    Raises:
        OSError: Nothing does.
    """
    deadline = time.monotonic() + PATIENCE
    while True:
        try:
            urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=5).close()
        except urllib.error.HTTPError as answer:
            answer.close()
            return
        except OSError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.1)
        else:
            return
