"""Takes orders to make something in moto, from inside moto's process, through the same clients that users have.

The order and its outcome are JSON, with what JSON lacks as `seeds.encode_params` writes it.
"""

from __future__ import annotations

import functools
import json
import threading
from collections.abc import Mapping
from typing import Any

import botocore.session
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from terrarium.local.api.seeds import decode_params

_one_at_a_time = threading.Lock()
_session = botocore.session.Session()


# Parameters and results have the members that each operation defines.
def apply_seed(order: Mapping[str, Any], endpoint: str, key: str) -> dict[str, Any]:
    """Carries out one order: ``{"result": …}`` or ``{"error": {"code", "message"}}``."""
    with _one_at_a_time:
        client = _client(order["service"], order["region"], endpoint)
        headers = {
            "X-Terrarium-Key": key,
            "X-Terrarium-Custom-Id": order["custom_id"],
            "X-Terrarium-Random-Seed": order["random_seed"],
        }
        add = functools.partial(_add_headers, headers)
        client.meta.events.register("before-send", add)
        try:
            result = client._make_api_call(order["operation"], decode_params(order["params"]))
            return {"result": _plain(result)}
        except ClientError as refused:
            error = refused.response.get("Error", {})
            return {"error": {"code": error.get("Code", "Unknown"), "message": error.get("Message", str(refused))}}
        except (BotoCoreError, OSError) as fault:
            return {"error": {"code": type(fault).__name__, "message": str(fault)}}
        finally:
            client.meta.events.unregister("before-send", add)


# botocore makes its clients' classes while it runs: there is no type to name.
@functools.cache
def _client(service: str, region: str, endpoint: str) -> Any:
    return _session.create_client(
        service,
        region_name=region,
        endpoint_url=endpoint,
        aws_access_key_id="test",
        aws_secret_access_key="test",  # noqa: S106  # moto takes any
        config=Config(retries={"total_max_attempts": 1}, s3={"addressing_style": "path"}, read_timeout=120),
    )


def _add_headers(headers: Mapping[str, str], request: Any, **_: Any) -> None:
    for name, value in headers.items():
        request.headers[name] = value


def _plain(result: Mapping[str, Any]) -> Any:
    """The result without what only HTTP needs, its times as text."""
    return json.loads(json.dumps({k: v for k, v in result.items() if k != "ResponseMetadata"}, default=str))
