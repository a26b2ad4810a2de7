"""Models: what a route's messages have to look like, as JSON Schema.

https://docs.aws.amazon.com/apigateway/latest/developerguide/websocket-api-request-validation.html
"""

from __future__ import annotations

import json
from typing import Any

from terrarium.errors import UserError


class Model:
    """A compiled model.

    Args:
        name: Its name in the API.
        schema: Draft 4 of JSON Schema, as text.

    Raises:
        UserError: It is no such schema.
    """

    def __init__(self, name: str, schema: str) -> None:
        # Only an API with models pays for the import. The library ships no types.
        from jsonschema import Draft4Validator  # type: ignore[import-untyped]
        from jsonschema.exceptions import SchemaError  # type: ignore[import-untyped]

        self.name = name
        self.schema = schema
        try:
            document = json.loads(schema)
            Draft4Validator.check_schema(document)
        except (ValueError, SchemaError) as error:
            reason = error.message if isinstance(error, SchemaError) else str(error)
            hint = "API Gateway reads draft 4: https://tools.ietf.org/html/draft-zyp-json-schema-04"
            raise UserError(f"the model {name!r} is no JSON Schema: {reason}", hint=hint) from error
        self._validator: Any = Draft4Validator(document)  # of a library without types

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Model) and (other.name, other.schema) == (self.name, self.schema)

    def __hash__(self) -> int:
        return hash((self.name, self.schema))

    def fault(self, body: str) -> str | None:
        """What is wrong with a message; None where nothing is."""
        try:
            document = json.loads(body)
        except (ValueError, RecursionError):
            return "the message is no JSON"
        faults = [str(error.message) for error in self._validator.iter_errors(document)]
        return f"[{', '.join(faults)}]" if faults else None
