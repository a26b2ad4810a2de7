"""Which target a command line means."""

from __future__ import annotations

from pathlib import Path

from tests.fidelity.targets.account import Account
from tests.fidelity.targets.local import Terrarium
from tests.fidelity.targets.serverless_offline import ServerlessOffline
from tests.fidelity.targets.target import Target


def chosen(folder: Path, *, endpoint: str | None, profile: str | None, serverless_offline: Path | None) -> Target:
    """The target.

    Args:
        folder: For files of its own.
        endpoint: The URL of an endpoint that has AWS's APIs, if one was given.
        profile: An AWS profile: a real account, which is never the default.
        serverless_offline: The folder that serverless-offline was installed into.
    """
    if serverless_offline:
        return ServerlessOffline(serverless_offline, folder)
    if endpoint or profile:
        return Account(endpoint, profile)
    return Terrarium(folder)
