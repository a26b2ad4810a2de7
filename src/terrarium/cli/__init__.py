"""The `terrarium` command: one thin file per subcommand."""
