"""Parameters as the service's own model has them: typed, and within the bounds that it states.

The model is the one that AWS's SDK for Python comes with; it is read at the first call.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from typing import Any

from terrarium.local.aws_error import AwsError

# Members have the types that the model gives them, and botocore's shapes are made while it runs.
Asked = dict[str, Any]
Shape = Any

NAMESPACE = "http://elasticloadbalancing.amazonaws.com/doc/2015-12-01/"


@cache
def _model() -> Any:
    from botocore.loaders import Loader  # it takes its time, and most systems never ask
    from botocore.model import ServiceModel

    loader = Loader(include_default_search_paths=True)
    return ServiceModel(loader.load_service_model("elbv2", "service-2"), "elbv2")


def shape(name: str) -> Shape:
    """A structure by its name in the model."""
    return _model().shape_for(name)


def knows(operation: str) -> bool:
    """Whether there is such an operation."""
    return operation in _model().operation_names


def read(operation: str, params: Mapping[str, Any]) -> Asked:
    """An operation's parameters.

    Raises:
        AwsError: ``ValidationError`` for what is missing, of another type or out of bounds.
    """
    given = {name: value for name, value in params.items() if name not in ("Action", "Version")}
    found = _read(given, _model().operation_model(operation).input_shape, "")
    assert isinstance(found, dict)
    return found


def _read(value: Any, of: Shape, path: str) -> Any:
    if of.type_name == "structure":
        return _structure(value, of, path)
    if of.type_name == "list":
        listed = value if isinstance(value, list) else []  # an empty list travels as empty text
        return [_read(one, of.member, f"{path}.{place}.member") for place, one in enumerate(listed, 1)]
    if of.type_name == "map":
        entries = value.get("entry", value) if isinstance(value, dict) else {}
        return {str(one["key"]): str(one["value"]) for one in entries.values()}
    if not isinstance(value, str):
        raise _fault(value, path, "Member must be a value")
    return _scalar(value, of, path)


def _structure(value: Any, of: Shape, path: str) -> Asked:
    given = value if isinstance(value, dict) else {}
    for name in of.required_members:
        if name not in given:
            raise AwsError(
                "ValidationError",
                f"1 validation error detected: Value null at '{_below(path, name)}' failed to satisfy constraint: "
                "Member must not be null",
            )
    members = of.members
    return {name: _read(one, members[name], _below(path, name)) for name, one in given.items() if name in members}


def _scalar(text: str, of: Shape, path: str) -> Any:
    if of.type_name == "boolean":
        if text not in ("true", "false"):
            raise _fault(text, path, "Member must be a boolean")
        return text == "true"
    if of.type_name in ("integer", "long"):
        if not re.fullmatch(r"-?\d{1,18}", text, re.ASCII):
            raise _fault(text, path, "Member must be an integer")
        return _bounded(int(text), of, path)
    _check_text(text, of, path)
    return text


def _bounded(number: int, of: Shape, path: str) -> int:
    if number < of.metadata.get("min", number):
        raise _fault(number, path, f"Member must have value greater than or equal to {of.metadata['min']}")
    if number > of.metadata.get("max", number):
        raise _fault(number, path, f"Member must have value less than or equal to {of.metadata['max']}")
    return number


def _check_text(text: str, of: Shape, path: str) -> None:
    if (choices := of.metadata.get("enum")) and text not in choices:
        raise _fault(text, path, f"Member must satisfy enum value set: [{', '.join(choices)}]")
    if len(text) < of.metadata.get("min", 0):
        raise _fault(text, path, f"Member must have length greater than or equal to {of.metadata['min']}")
    if len(text) > of.metadata.get("max", len(text)):
        raise _fault(text, path, f"Member must have length less than or equal to {of.metadata['max']}")
    pattern = of.metadata.get("pattern", "")
    if pattern and r"\p" not in pattern and not re.search(pattern, text):  # classes of Unicode are Java's
        raise _fault(text, path, f"Member must satisfy regular expression pattern: {pattern}")


def _below(path: str, name: str) -> str:
    own = name[0].lower() + name[1:]
    return f"{path}.{own}" if path else own


def _fault(value: object, path: str, constraint: str) -> AwsError:
    message = f"1 validation error detected: Value '{value}' at '{path}' failed to satisfy constraint: {constraint}"
    return AwsError("ValidationError", message)
