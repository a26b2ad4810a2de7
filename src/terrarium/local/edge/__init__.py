"""What clients meet first: names, load balancers, WebSocket APIs."""
