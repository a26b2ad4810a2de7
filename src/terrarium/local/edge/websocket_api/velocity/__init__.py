"""The part of the Velocity Template Language that API Gateway's mapping templates are written in.

References, methods of texts, lists and maps, ``#set``, ``#if``, ``#foreach``, ``#break``, ``#stop`` and comments; what
else Velocity has (macros, includes, evaluating text) is refused by name. It knows nothing of APIs: variables come in.

https://velocity.apache.org/engine/1.7/vtl-reference.html
"""

from terrarium.local.edge.websocket_api.velocity.scope import VelocityError
from terrarium.local.edge.websocket_api.velocity.template import VelocityTemplate

__all__ = ["VelocityError", "VelocityTemplate"]
