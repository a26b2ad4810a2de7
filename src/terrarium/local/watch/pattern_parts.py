"""What both kinds of filter patterns share: their refusals and the regular expressions between percent signs.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/regex-expressions.html
"""

from __future__ import annotations

import re

from terrarium.local.aws_error import AwsError

_ALLOWED = re.compile(r"[\w:#=@/;,\-^$?\[\]{}|\\*+. ]*", re.ASCII)


def invalid(message: str) -> AwsError:
    """The refusal of a malformed pattern."""
    return AwsError("InvalidParameterException", message)


def compile_regex(text: str) -> re.Pattern[str]:
    """A regular expression from the characters that are documented as allowed: no groups, nothing beyond ASCII.

    Raises:
        AwsError: ``InvalidParameterException``.
    """
    if not _ALLOWED.fullmatch(text):
        raise invalid(f"Invalid character(s) in regular expression '{text}'")
    try:
        return re.compile(text)
    except re.error as fault:
        raise invalid(f"Invalid regular expression '{text}': {fault}") from fault
