"""What people may say and be called: the limits of names, rooms and messages. It knows no tables and no connections."""

from __future__ import annotations

import re
import unicodedata

LONGEST_NAME = 32  # characters
LONGEST_ID = 64  # characters
LONGEST_MESSAGE = 2000  # characters: at most 8 KB, so that a page of history fits into one message of the API
LONGEST_REFERENCE = 64  # characters
_ROOM = re.compile(r"[a-z0-9][a-z0-9_-]{0,39}")
_USER = re.compile(rf"[A-Za-z0-9][A-Za-z0-9_.@-]{{0,{LONGEST_ID - 1}}}")


class RefusedError(Exception):
    """Something that is not allowed.

    Args:
        code: For programs.
        message: For people.
    """

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


def room_id(given: object) -> str:
    """The id of a room, in small letters."""
    room = given.strip().lower() if isinstance(given, str) else ""
    if not _ROOM.fullmatch(room):
        raise RefusedError(
            "bad_room", "A room's name is 1 to 40 letters, digits, - or _, and begins with one of the first two"
        )
    return room


def user_id(given: object) -> str:
    """The id of a person."""
    if not isinstance(given, str) or not _USER.fullmatch(given):
        raise RefusedError("bad_user", f"A userId is 1 to {LONGEST_ID} letters, digits, or any of . _ @ -")
    return given


def name(given: object) -> str:
    """A name as it is kept: printable, single-spaced."""
    clean = re.sub(r"\s+", " ", printable(given if isinstance(given, str) else "", keep="")).strip()
    if not clean or len(clean) > LONGEST_NAME:
        raise RefusedError("bad_name", f"A username is 1 to {LONGEST_NAME} characters")
    return clean


def message(given: object) -> str:
    """A message as it is kept: without control characters other than line ends and tabs."""
    if not isinstance(given, str):
        raise RefusedError("bad_message", "A message is text")
    if len(given) > LONGEST_MESSAGE:
        raise RefusedError("too_long", f"A message is at most {LONGEST_MESSAGE} characters; this one has {len(given)}")
    clean = printable(given, keep="\n\t").strip()
    if not clean:
        raise RefusedError("empty", "A message needs some text")
    return clean


def reference(given: object) -> str | None:
    """The sender's own mark for a message, which comes back with it."""
    return given[:LONGEST_REFERENCE] if isinstance(given, str) and given else None


def printable(text: str, *, keep: str) -> str:
    """Text in one form (NFC), other white space as spaces, without control characters and halves of characters."""
    text = unicodedata.normalize("NFC", text)
    return "".join(
        letter if letter in keep else " " if letter.isspace() else letter
        for letter in text
        if letter in keep or letter.isspace() or unicodedata.category(letter) not in {"Cc", "Cs", "Cn"}
    )
