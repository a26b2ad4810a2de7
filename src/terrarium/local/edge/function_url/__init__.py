"""Function URLs of Lambda: an address of a function's own, at which HTTP requests are invocations.

https://docs.aws.amazon.com/lambda/latest/dg/urls-invocation.html
"""

from __future__ import annotations

from terrarium.local.edge.function_url.cors import Cors
from terrarium.local.edge.function_url.endpoint import FunctionUrl, Invoked
from terrarium.local.edge.function_url.events import Caller

__all__ = ["Caller", "Cors", "FunctionUrl", "Invoked"]
