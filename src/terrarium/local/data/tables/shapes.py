"""Whether a request's body has the shape its operation demands, read from the service model that botocore carries.

The checks that AWS makes before it looks at any table: members that must be there, lengths, patterns, enumerations.
Attribute values are left to `values.check`.
"""

from __future__ import annotations

import gzip
import json
import re
import sys
from collections.abc import Callable, Mapping
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from terrarium.local.data.tables.errors import serialization, validation
from terrarium.local.data.tables.values.wire import Body

# Where in the body something stands: as problems say it, or the place of a structure and the name of its member. It is
# put into words where there is a problem.
_Place = str | tuple["_Place", str]
# Any: JSON from outside at any place of the body.
_Rule = Callable[[_Place, Any, list[str]], None]
_MOST_PROBLEMS = 10
_LONGEST_VALUE = 256
_OWN_CHECKS = frozenset({"AttributeValue"})


@cache
def shapes_of(service: str) -> Shapes:
    """The requests of a service, read once."""
    return Shapes(service)


def _model(service: str) -> dict[str, Any]:  # JSON of many shapes
    """What botocore's own loader would give, without importing botocore, which takes longer than all else here."""
    package = find_spec("botocore")
    assert package is not None, "boto3 is required, and brings botocore"
    assert package.submodule_search_locations is not None, "it is a package"
    versions = Path(package.submodule_search_locations[0], "data", service).iterdir()
    folder = max(version for version in versions if version.is_dir())
    packed = folder / "service-2.json.gz"
    data = gzip.decompress(packed.read_bytes()) if packed.exists() else (folder / "service-2.json").read_bytes()
    model: dict[str, Any] = json.loads(data)
    return model


class Shapes:
    """The requests of one service.

    Args:
        service: botocore's name of it, ``dynamodb`` or ``dynamodbstreams``.
    """

    def __init__(self, service: str) -> None:
        model = _model(service)
        self._shapes: Mapping[str, Any] = model["shapes"]  # JSON shapes, each kind with members of its own
        self._inputs = {name: operation["input"]["shape"] for name, operation in model["operations"].items()}
        self._rules: dict[str, _Rule] = {}

    def check(self, operation: str, body: Body) -> None:
        """Refuses a body that has another shape.

        Raises:
            AwsError: SerializationException for a wrong JSON type, ValidationException with up to ten other faults.
        """
        problems: list[str] = []
        name = self._inputs[operation]
        (self._rules.get(name) or self._rule(name))("", body, problems)
        if problems:
            problems = problems[:_MOST_PROBLEMS]
            plural = "s" if len(problems) > 1 else ""
            raise validation(f"{len(problems)} validation error{plural} detected: {'; '.join(problems)}")

    def _rule(self, name: str) -> _Rule:
        if name not in self._rules:
            # A shape may contain itself: the name leads to the rule when it is asked, not before.
            self._rules[name] = self._later(name)
            self._rules[name] = self._made(self._shapes[name], name)
        return self._rules[name]

    def _later(self, name: str) -> _Rule:
        def rule(place: _Place, value: Any, problems: list[str]) -> None:
            self._rules[name](place, value, problems)

        return rule

    def _made(self, shape: Mapping[str, Any], name: str) -> _Rule:
        if name in _OWN_CHECKS:
            return _anything
        kind = shape["type"]
        if kind == "structure":
            return self._structure(shape)
        if kind == "list":
            return self._list(shape)
        if kind == "map":
            return self._map(shape)
        return _string(shape) if kind == "string" else _scalar(kind, shape)

    def _structure(self, shape: Mapping[str, Any]) -> _Rule:
        rules = {name: self._rule(member["shape"]) for name, member in shape["members"].items()}
        rules = {name: rule for name, rule in rules.items() if rule is not _anything}
        required = tuple(shape.get("required", ()))

        def rule(place: _Place, value: Any, problems: list[str]) -> None:
            if not isinstance(value, dict):
                raise _unexpected(value)
            for name in required:
                if value.get(name) is None:
                    _note_missing((place, name), problems)
            for name, member in value.items():
                if member is not None and (member_rule := rules.get(name)) is not None:
                    member_rule((place, name), member, problems)

        return rule

    def _list(self, shape: Mapping[str, Any]) -> _Rule:
        member_rule, lengths = self._rule(shape["member"]["shape"]), _lengths(shape)

        def rule(place: _Place, value: Any, problems: list[str]) -> None:
            if not isinstance(value, list):
                raise _unexpected(value)
            lengths(place, value, problems)
            for number, member in enumerate(value, 1):
                member_rule(f"{_said(place)}.{number}.member", member, problems)

        return rule

    def _map(self, shape: Mapping[str, Any]) -> _Rule:
        if shape["value"]["shape"] in _OWN_CHECKS:
            return _anything
        member_rule, lengths = self._rule(shape["value"]["shape"]), _lengths(shape)

        def rule(place: _Place, value: Any, problems: list[str]) -> None:
            if not isinstance(value, dict):
                raise _unexpected(value)
            lengths(place, value, problems)
            for name, member in value.items():
                member_rule(f"{_said(place)}.{name}.member", member, problems)

        return rule


def _anything(place: _Place, value: Any, problems: list[str]) -> None:
    """Leaves a value to those who know its kind."""


def _string(shape: Mapping[str, Any]) -> _Rule:
    lengths, words = _lengths(shape), shape.get("enum")
    least, most = shape.get("min", 0), shape.get("max", sys.maxsize)
    pattern = re.compile(shape["pattern"]) if "pattern" in shape else None

    def rule(place: _Place, value: Any, problems: list[str]) -> None:
        if not isinstance(value, str):
            raise serialization(f"{_token(value)} cannot be converted to String")
        if words and value not in words:
            problems.append(_problem(place, value, f"Member must satisfy enum value set: [{', '.join(words)}]"))
        if pattern and not pattern.fullmatch(value):
            demand = f"Member must satisfy regular expression pattern: {shape['pattern']}"
            problems.append(_problem(place, value, demand))
        if not least <= len(value) <= most:
            lengths(place, value, problems)

    return rule


def _scalar(kind: str, shape: Mapping[str, Any]) -> _Rule:
    if kind == "boolean":
        return _boolean
    if kind not in ("integer", "long", "double", "timestamp"):
        return _anything
    wanted: tuple[type, ...] = (int, float) if kind in ("double", "timestamp") else (int,)

    def rule(place: _Place, value: Any, problems: list[str]) -> None:
        if not isinstance(value, wanted) or isinstance(value, bool):
            raise serialization(f"{_token(value)} cannot be converted to {kind.capitalize()}")
        if value < shape.get("min", value):
            problems.append(_problem(place, value, f"Member must have value greater than or equal to {shape['min']}"))
        if value > shape.get("max", value):
            problems.append(_problem(place, value, f"Member must have value less than or equal to {shape['max']}"))

    return rule


def _boolean(_place: _Place, value: Any, _problems: list[str]) -> None:
    if not isinstance(value, bool):
        raise serialization(f"{_token(value)} cannot be converted to Boolean")


def _lengths(shape: Mapping[str, Any]) -> _Rule:
    least, most = shape.get("min", 0), shape.get("max")

    def rule(place: _Place, value: Any, problems: list[str]) -> None:
        if len(value) < least:
            problems.append(_problem(place, value, f"Member must have length greater than or equal to {least}"))
        if most is not None and len(value) > most:
            problems.append(_problem(place, value, f"Member must have length less than or equal to {most}"))

    return rule


def _note_missing(place: _Place, problems: list[str]) -> None:
    problems.append(_problem(place, None, "Member must not be null"))


def _problem(place: _Place, value: Any, demand: str) -> str:
    shown = "null" if value is None else f"'{_shown(value)}'"
    return f"Value {shown} at '{_said(place)}' failed to satisfy constraint: {demand}"


def _shown(value: Any) -> str:
    text = value if isinstance(value, str) else json.dumps(value)
    return text if len(text) <= _LONGEST_VALUE else text[:_LONGEST_VALUE] + "…"


def _said(place: _Place) -> str:
    if isinstance(place, str):
        return place
    above, member = _said(place[0]), place[1][0].lower() + place[1][1:]
    return f"{above}.{member}" if above else member


def _unexpected(value: Any) -> Exception:
    return serialization(
        "Start of structure or map found where not expected" if isinstance(value, dict) else "Unexpected field type"
    )


def _token(value: Any) -> str:
    """What AWS's JSON reader calls a value that stands where another type belongs."""
    if isinstance(value, bool):
        return "TRUE_VALUE" if value else "FALSE_VALUE"
    if isinstance(value, int | float):
        return "NUMBER_VALUE" if isinstance(value, int) else "DECIMAL_VALUE"
    if isinstance(value, str):
        return "STRING_VALUE"
    raise _unexpected(value)
