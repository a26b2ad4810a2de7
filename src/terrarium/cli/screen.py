"""Where commands write: what was asked for to standard output, everything else to standard error."""

from __future__ import annotations

import json
from typing import Any

from rich.console import Console

output = Console(highlight=False, soft_wrap=True)
errors = Console(stderr=True, highlight=False, soft_wrap=True)


def machine(value: Any) -> None:  # plain JSON values
    """Prints a value for machines."""
    print(json.dumps(value, indent=2, default=str))  # rich would wrap and colour it
