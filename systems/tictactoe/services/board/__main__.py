"""`python -m board`: read the settings, fetch the key, serve."""

from __future__ import annotations

import logging
import os
import sys
import time
import uuid
from datetime import UTC, datetime

import boto3
from aiohttp import web
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from board.match import Match
from board.results import obtain_key
from board.room import Room
from board.seats import Table
from board.server import make_app
from board.settings import SettingError, Settings, read_settings

LOG = logging.getLogger("board")
HOST = "127.0.0.1"  # Nginx stands in front
# Short waits, as the room looks again a second later. The regional address rather than the account's own is the
# cautious choice in a private subnet, where only a gateway endpoint leads to DynamoDB:
# https://docs.aws.amazon.com/sdkref/latest/guide/feature-account-endpoints.html
QUICK = Config(connect_timeout=3, read_timeout=5, retries={"mode": "standard"}, account_id_endpoint_mode="disabled")


def build(settings: Settings) -> web.Application:
    """The service with everything that it uses."""
    # boto3 reads AWS_DEFAULT_REGION only; None leaves the choice to it.
    region = os.environ.get("AWS_REGION") or None
    key = obtain_key(boto3.client("s3", region, config=QUICK), settings.results_bucket)
    table = Table(boto3.client("dynamodb", region, config=QUICK), settings.players_table)
    match = Match(clock=time.monotonic, now=lambda: datetime.now(UTC).isoformat(), new_id=lambda: str(uuid.uuid4()))
    return make_app(settings, Room(match, table, key, time.monotonic))


def main() -> int:
    """Serve until told to stop; what is wrong with the settings is said in one line."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    try:
        settings = read_settings(os.environ)
        app = build(settings)
    except SettingError as error:
        LOG.critical("%s", error)
        return 2
    except (BotoCoreError, ClientError) as error:
        LOG.critical("The key for results cannot be had: %s", error)
        return 1
    web.run_app(app, host=HOST, port=settings.port, access_log=None, print=None)
    return 0


if __name__ == "__main__":
    sys.exit(main())
