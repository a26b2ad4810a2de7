r"""Filter patterns of CloudWatch Logs: which messages a search returns.

Pure text. Terms (``ERROR``, ``?a ?b``, ``-debug``, ``"exact phrase"``), regular expressions (``%4\d\d%``) and JSON
(``{ $.status >= 400 && $.path = "/a*" }``) are understood; space-delimited patterns (``[ip, user]``) are refused.
https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/FilterAndPatternSyntax.html
"""

from __future__ import annotations

import re
from collections.abc import Callable

from msgspec import Struct

from terrarium.local.watch.json_pattern import compile_json_pattern
from terrarium.local.watch.pattern_parts import compile_regex, invalid

#: https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_FilterLogEvents.html
_LONGEST = 1_024

_TERM = re.compile(r'\s*([?-]?)(?:"((?:[^"\\]|\\.)*)"|%([^%]+)%|([^\s"]+))(?=\s|$)')

Matcher = Callable[[str], bool]


class _Term(Struct, frozen=True):
    sign: str
    matches: Matcher


def compile_pattern(pattern: str) -> Matcher:
    """What tells for a message whether it matches.

    Raises:
        AwsError: ``InvalidParameterException`` for a pattern that is malformed.
    """
    text = pattern.strip()
    if len(pattern) > _LONGEST:
        raise invalid(f"Filter pattern is longer than {_LONGEST} characters")
    if text.startswith("{"):
        return compile_json_pattern(text)
    if text.startswith("["):
        raise invalid("Terrarium does not support space-delimited filter patterns")
    return _all_of(_terms(text))


def _terms(text: str) -> list[_Term]:
    terms, position = [], 0
    while position < len(text):
        found = _TERM.match(text, position)
        if found is None:
            raise invalid(f"Invalid filter pattern near {text[position : position + 20]!r}")
        sign, phrase, regex, word = found.groups()
        terms.append(_Term(sign, _matcher(phrase, regex, word)))
        position = found.end()
    return terms


def _matcher(phrase: str | None, regex: str | None, word: str | None) -> Matcher:
    if regex is not None:
        expression = compile_regex(regex)
        return lambda message: expression.search(message) is not None
    wanted = word if word is not None else re.sub(r"\\(.)", r"\1", phrase or "")
    return lambda message: wanted in message


def _all_of(terms: list[_Term]) -> Matcher:
    """Required terms all occur and excluded ones do not; optional ones count only where they stand alone."""
    required = [term.matches for term in terms if not term.sign]
    excluded = [term.matches for term in terms if term.sign == "-"]
    optional = [term.matches for term in terms if term.sign == "?"]
    if optional and not required and not excluded:
        return lambda message: any(matches(message) for matches in optional)
    return lambda message: all(it(message) for it in required) and not any(it(message) for it in excluded)
