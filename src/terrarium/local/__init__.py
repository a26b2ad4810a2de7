"""The laptop cloud: the graph, alive."""
