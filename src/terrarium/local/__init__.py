"""The laptop cloud: the graph, alive; `run.py` is the one place where its parts are wired."""
