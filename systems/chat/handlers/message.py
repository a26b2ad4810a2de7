"""Every message of a browser: a type with a route comes by it, $default brings the others and what nobody knows."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

import doors
import history
import whispers
import words
from rooms import Item, clean_up, database, find, members, move, of_user, tell, tell_of
from sockets import Event, Message, broadcast, caller, close, send, setting

# What a browser sends is any JSON.
Body = Mapping[str, Any]
LISTED_ROOMS = 200
LISTED_MEMBERS = 200
ATTEMPTS = 5


def handler(event: Event, _context: Any) -> dict[str, int]:
    """Do what the message asks; whatever is wrong with it is told to its sender."""
    connection_id = caller(event)
    body: Body = {}
    try:
        body = parsed(event.get("body"))
        act = chosen(str(event["requestContext"]["routeKey"]), body)
        sender = find(connection_id)
        if sender is None:
            raise words.RefusedError("unknown_connection", "This connection is not known any more: connect again")
        act(sender, body)
    except words.RefusedError as error:
        refusal = {"type": "error", "request": asked(body), "code": error.code, "message": error.message}
        ref = words.reference(body.get("ref"))
        send(connection_id, {**refusal, "ref": ref} if ref else refusal)
        if error.code == "unknown_connection":
            close(connection_id)
        return {"statusCode": 400}
    return {"statusCode": 200}


def parsed(text: object) -> Body:
    """A message as a JSON object."""
    try:
        body = json.loads(text) if isinstance(text, str) else None
    except ValueError:
        body = None
    if not isinstance(body, dict):
        raise words.RefusedError("bad_json", "A message is a JSON object with a type")
    return body


def asked(body: Body) -> str | None:
    """The type that a message names, cut where it is too long to repeat."""
    kind = body.get("type")
    return kind[:40] if isinstance(kind, str) else None


def chosen(route: str, body: Body) -> Action:
    """What a message asks for: its route says it, and for those without one its type."""
    kind = (asked(body) or "") if route == "$default" else route
    action = (WITHOUT_ROUTE if route == "$default" else ACTIONS | WITHOUT_ROUTE).get(kind)
    if action is None:
        known = ", ".join(sorted(ACTIONS | WITHOUT_ROUTE))
        raise words.RefusedError("unknown_type", f"There is no type {kind!r} here; known are {known}")
    return action


def chat(sender: Item, body: Body) -> None:
    """Say something in one's room."""
    text = words.message(body.get("message"))
    room = own_room(sender, body)
    said = {"userId": sender["userId"], "username": sender["username"], "message": text}
    kept = history.keep(room, said)
    everybody = {"type": "chat", **kept}
    ref = words.reference(body.get("ref"))
    send(sender["connectionId"], {**everybody, "ref": ref} if ref else everybody)
    tell(room, everybody, but=sender["connectionId"])


def join_room(sender: Item, body: Body) -> None:
    """Go to a room, or look again at one's own: the answer is who is there and what was said."""
    room = words.room_id(body.get("roomId"))
    before = moved(sender, room)
    if before != room:
        if before:
            tell_of("user_left", sender, before)
        tell_of("user_joined", sender, room)
    present = {sender["connectionId"]: sender} | {one["connectionId"]: one for one in members(room)}
    people = {one["userId"]: one["username"] for one in present.values()}
    listed = [{"userId": user, "username": name} for user, name in list(people.items())[:LISTED_MEMBERS]]
    page = history.page(room, None)
    you = {"userId": sender["userId"], "username": sender["username"]}
    if sender.get("isModerator"):
        you["isModerator"] = True
    answer = {"type": "room_joined", "you": you, "people": listed, "members": len(present), **page}
    send(sender["connectionId"], answer)


def leave_room(sender: Item, body: Body) -> None:
    """Be in no room; whispers still arrive."""
    own_room(sender, body)
    before = moved(sender, None)
    if before:
        tell_of("user_left", sender, before)
    send(sender["connectionId"], {"type": "room_left", "roomId": before})


def moved(sender: Item, room: str | None) -> str | None:
    """Move the sender, who may be moving in another message at the same time; the room before."""
    current: Item | None = sender
    for _ in range(ATTEMPTS):
        if current is None:
            break
        if current.get("roomId") == room or move(current, room):
            return current.get("roomId")
        current = find(sender["connectionId"])
    raise words.RefusedError("unknown_connection", "This connection is not known any more: connect again")


def private_message(sender: Item, body: Body) -> None:
    """Whisper to one person, in all their windows and one's own. It is told; kept only where whispers are."""
    text = words.message(body.get("message"))
    user = words.user_id(body.get("targetUserId"))
    targets = of_user(user)
    if not targets and not whispers.are_kept():
        raise words.RefusedError("not_here", f"{user} is not here")
    whisper: dict[str, Any] = {
        "type": "private_message",
        "userId": sender["userId"],
        "username": sender["username"],
        "targetUserId": user,
        "targetUsername": targets[0]["username"] if targets else words.name(body.get("targetUsername") or user),
        "message": text,
    }
    whisper["sentAt"] = whispers.keep(whisper) if whispers.are_kept() else history.time_text()
    own = of_user(sender["userId"])
    others = {one["connectionId"]: one for one in [*targets, *own] if one["connectionId"] != sender["connectionId"]}
    gone = broadcast(others, whisper)
    clean_up(others[connection_id] for connection_id in gone)
    reached = [one for one in targets if one["connectionId"] not in gone]
    if not reached and not whispers.are_kept():
        raise words.RefusedError("not_here", f"{user} is not here any more")
    ref = words.reference(body.get("ref"))
    send(sender["connectionId"], {**whisper, "ref": ref} if ref else whisper)


def private_history(sender: Item, body: Body) -> None:
    """One's own whispers before a time, those included that came while one was away."""
    if not whispers.are_kept():
        page: dict[str, Any] = {"messages": [], "more": False}
    else:
        page = whispers.page(sender["userId"], body.get("before"))
    send(sender["connectionId"], {"type": "private_history", **page})


def room_list(sender: Item, _body: Body) -> None:
    """The rooms, fullest first."""
    table = database().Table(setting("ROOMS_TABLE"))
    found: list[Item] = []
    request: dict[str, Any] = {}
    while True:
        page = table.scan(**request)
        found += page["Items"]
        if "LastEvaluatedKey" not in page:
            break
        request["ExclusiveStartKey"] = page["LastEvaluatedKey"]
    rooms = [
        {"roomId": room["roomId"], "members": max(0, int(room.get("members", 0)))}
        | ({"closed": True} if "closedAt" in room else {})
        for room in found
    ]
    rooms.sort(key=lambda room: (-room["members"], room["roomId"]))
    send(sender["connectionId"], {"type": "room_list", "rooms": rooms[:LISTED_ROOMS], "total": len(rooms)})


def typing_indicator(sender: Item, body: Body) -> None:
    """Show the others that one is typing, or stopped; kept nowhere."""
    room = own_room(sender, body)
    message: Message = {
        "type": "typing_indicator",
        "roomId": room,
        "userId": sender["userId"],
        "username": sender["username"],
        "isTyping": body.get("isTyping") is not False,
    }
    tell(room, message, but=sender["connectionId"])


def earlier(sender: Item, body: Body) -> None:
    """What was said in one's room before a time."""
    room = own_room(sender, body)
    send(sender["connectionId"], {"type": "history", **history.page(room, body.get("before"))})


def close_room(sender: Item, body: Body) -> None:
    """Close one's own room, or another: everybody in it is told and is in none, and nobody comes in."""
    room = moderated(sender, body)
    gone = doors.shut(room, sender["userId"])
    print(f"{sender['userId']} closed {room}, {len(gone)} left it")  # noqa: T201  # a function's log is what it prints
    told = {"type": "room_closed", "roomId": room, "userId": sender["userId"], "username": sender["username"]}
    others = {one["connectionId"]: one for one in gone if one["connectionId"] != sender["connectionId"]}
    unreached = broadcast(others, told)
    clean_up({**others[connection_id], "roomId": None} for connection_id in unreached)
    ref = words.reference(body.get("ref"))
    send(sender["connectionId"], {**told, "ref": ref} if ref else told)


def open_room(sender: Item, body: Body) -> None:
    """Open a room that was closed; whoever wants to be in it comes by themselves."""
    room = moderated(sender, body)
    doors.open_again(room)
    print(f"{sender['userId']} opened {room}")  # noqa: T201  # a function's log is what it prints
    told = {"type": "room_opened", "roomId": room}
    ref = words.reference(body.get("ref"))
    send(sender["connectionId"], {**told, "ref": ref} if ref else told)


def moderated(sender: Item, body: Body) -> str:
    """The room that a moderator means; whoever is none is refused."""
    if not sender.get("isModerator"):
        raise words.RefusedError("not_allowed", "Only moderators may close a room or open it again")
    return words.room_id(body.get("roomId") or sender.get("roomId"))


def own_room(sender: Item, body: Body) -> str:
    """The sender's room; a message that names another is refused."""
    room: str | None = sender.get("roomId")
    if room is None:
        raise words.RefusedError("no_room", "You are in no room: join one first")
    if body.get("roomId") is not None and words.room_id(body["roomId"]) != room:
        raise words.RefusedError("not_in_room", f"You are in {room}, and not in {words.room_id(body['roomId'])}")
    return room


Action = Callable[[Item, Body], None]
ACTIONS: dict[str, Action] = {
    "chat": chat,
    "join_room": join_room,
    "leave_room": leave_room,
    "private_message": private_message,
    "room_list": room_list,
    "typing_indicator": typing_indicator,
}
# The documented routes do not include these: they come by $default, or by routes of their own if whoever deploys adds
# them.
WITHOUT_ROUTE: dict[str, Action] = {
    "close_room": close_room,
    "history": earlier,
    "open_room": open_room,
    "private_history": private_history,
}
