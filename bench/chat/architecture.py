"""The classic chat sample, as Terrarium brings it alive."""

from __future__ import annotations

from terrarium import Architecture, aws

app = Architecture("bench", region="us-east-1")

people = aws.Table(app, "people", name="people", key="connectionId")
chat = aws.WebSocketApi(app, "chat", stage="production", rate=100_000, burst=100_000)

ROUTES = {
    "$connect": ("connect", "PutItem"),
    "$disconnect": ("disconnect", "DeleteItem"),
    "message": ("message", "Scan", "DeleteItem"),
}
for route, (name, *actions) in ROUTES.items():
    links = {"TABLE": people.access(*actions), "CONNECTIONS": chat.access("send")}
    chat.route(route, aws.Function(app, name, code="handlers", handler=f"chat.{name}", links=links))
aws.Function(
    app,
    "echo",
    name="bench-echo",
    code="handlers",
    handler="chat.echo",
    links={"TABLE": people.access("Scan"), "CONNECTIONS": chat.access("send")},
)

app.output("url", chat.url, "Where clients connect")
