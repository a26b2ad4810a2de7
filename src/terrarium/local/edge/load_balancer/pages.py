"""The answers that the balancer gives by itself, to the byte. Pure.

The sizes are those that people see in the field: 134 bytes for a 301, 122 for a 502, 162 for a 503, 132 for a 504.
https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-troubleshooting.html
"""

from __future__ import annotations

SERVER = "awselb/2.0"

TITLES = {
    301: "Moved Permanently",
    302: "Found",
    400: "Bad Request",
    403: "Forbidden",
    405: "Not Allowed",
    408: "Request Time-out",
    413: "Request Entity Too Large",
    414: "Request-URI Too Large",
    500: "Internal Server Error",
    501: "Not Implemented",
    502: "Bad Gateway",
    503: "Service Temporarily Unavailable",
    504: "Gateway Time-out",
}


def page(status: int) -> bytes:
    """The body that comes with a status; none for AWS's own codes, such as 460, 463 and 464."""
    if status not in TITLES:
        return b""
    title = f"{status} {TITLES[status]}"
    head, heading = f"<head><title>{title}</title></head>", f"<center><h1>{title}</h1></center>"
    return f"<html>\r\n{head}\r\n<body>\r\n{heading}\r\n</body>\r\n</html>\r\n".encode()
