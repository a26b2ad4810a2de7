"""Where a running system is asked, apart from what answers there: whoever asks needs no web server."""

from __future__ import annotations

PREFIX = "/_terrarium"
# Where a system is asked when several share the port: ``/<system>/_terrarium``.
CONTROL = "_terrarium"
TOKEN_HEADER = "X-Terrarium-Token"  # noqa: S105  # the header's name, no token
