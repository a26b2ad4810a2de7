"""API Gateway's control plane for WebSocket APIs: what makes, changes, describes and removes them.

Everything it knows of them stands in the registry, under Terraform's names; it serves no client.
"""
