"""What API Gateway allows a WebSocket API, as facts with their sources.

Nothing here acts; whoever enforces a limit names it from this table, so that a number stands in one place.

Quotas:
https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-execution-service-websocket-limits-table.html
Account quotas: https://docs.aws.amazon.com/apigateway/latest/developerguide/limits.html
"""

from __future__ import annotations

from typing import Final

MESSAGE_BYTES: Final = 128 * 1024
"""Largest message in either direction; a larger one closes the connection with code 1009."""

FRAME_BYTES: Final = 32 * 1024
"""Largest WebSocket frame; a longer message is split into several, a longer frame closes with code 1009."""

URL_CHARACTERS: Final = 4096
"""Longest URL that a client may connect with."""

IDLE_SECONDS: Final = 10 * 60.0
"""A connection without traffic for that long is closed."""

CONNECTION_SECONDS: Final = 2 * 60 * 60.0
"""No connection lives longer, however busy."""

INTEGRATION_SECONDS: Final = (0.05, 29.0)
"""Shortest and longest time an integration may be given; the longest is the default."""

ROUTES: Final = 300
"""Routes of one API."""

ACCESS_LOG_FORMAT_BYTES: Final = 3 * 1024
"""Longest access log template."""

CONNECTIONS_PER_SECOND: Final = 500
"""New connections of one account in one region, all its WebSocket APIs together."""

REQUESTS_PER_SECOND: Final = 10_000
"""Steady requests of one account in one region."""

REQUEST_BURST: Final = 5_000
"""Size of the account's token bucket."""

# The three below are the laptop's own, where AWS names the behaviour but not the number.

SEND_BUFFER_BYTES: Final = 1024 * 1024
"""What may wait for a client that does not read. AWS: "the WebSocket client side buffer is full", size not told.

https://docs.aws.amazon.com/apigatewaymanagementapi/latest/developerguide/connections-connectionid.html
"""

MESSAGES_IN_FLIGHT: Final = 16
"""Messages of one connection that are with their integrations at once; further ones wait unread in the socket."""

CLOSE_SECONDS: Final = 5.0
"""How long a client may take to answer a close frame before the connection is cut."""
