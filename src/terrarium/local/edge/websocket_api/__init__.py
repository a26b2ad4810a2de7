"""API Gateway's WebSocket APIs: clients connect, messages select routes, backends post to connections."""

from terrarium.local.edge.websocket_api.api import WebSocketApi
from terrarium.local.edge.websocket_api.replies import IntegrationReply

__all__ = ["IntegrationReply", "WebSocketApi"]
