"""``python -m terrarium.cli`` is the `terrarium` command."""

from terrarium.cli import main

main()
