"""What the board is told by its environment, checked before anything starts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

SERVICES = Path(__file__).parents[1]
MEANINGS = {
    "PLAYERS_TABLE": "the name of the players' table",
    "QUEUE_URL": "the WebSocket address of the queue that browsers open, wss://…",
    "RESULTS_BUCKET": "the bucket that keeps the key with which results are signed",
}


class SettingError(Exception):
    """A setting is missing or makes no sense; the text says which one and what it should be."""


@dataclass(frozen=True, slots=True)
class Settings:
    """Where the board listens and what it uses."""

    port: int
    players_table: str
    queue_url: str
    results_bucket: str
    web_folder: Path


def read_settings(environment: Mapping[str, str]) -> Settings:
    """The settings of an environment; SettingError names all that is wrong with it."""
    missing = [f"{name} ({meaning})" for name, meaning in MEANINGS.items() if not environment.get(name)]
    if missing:
        raise SettingError(f"The environment lacks {', '.join(missing)}")
    return Settings(
        port=port(environment.get("PORT", "8080")),
        players_table=environment["PLAYERS_TABLE"],
        queue_url=environment["QUEUE_URL"],
        results_bucket=environment["RESULTS_BUCKET"],
        web_folder=web_folder(environment.get("WEB_FOLDER")),
    )


def port(text: str) -> int:
    """A port from its text."""
    if not (text.isascii() and text.isdecimal()) or not 0 <= int(text) <= 65535:
        raise SettingError(f"PORT is {text!r}; it must be a number from 0 to 65535")
    return int(text)


def web_folder(named: str | None) -> Path:
    """The folder of the page: the named one, else `web` beside `services` (a checkout) or beside `board` (a zip)."""
    candidates = [Path(named)] if named else [SERVICES.parent / "web", SERVICES / "web"]
    for folder in candidates:
        if (folder / "index.html").is_file():
            return folder.resolve()
    raise SettingError(f"There is no index.html in {' or '.join(map(str, candidates))}; WEB_FOLDER may name its folder")
