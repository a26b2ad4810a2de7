"""Constructs: what a user writes, one file each; they only build the graph."""
