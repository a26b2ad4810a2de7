"""The program of moto's process: ``python -m terrarium.local.api.moto_main LISTENER LIFELINE``.

Chance and the clock are in its hands before anything of moto is loaded.
"""

from __future__ import annotations

from terrarium.local.api.moto_chance import decide


def main() -> None:
    """Serves until the parent ends."""
    decide()
    from terrarium.local.api.moto_server import serve  # which loads moto

    serve()


if __name__ == "__main__":
    main()
