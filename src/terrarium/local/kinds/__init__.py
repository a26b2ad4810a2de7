"""What each type of resource means on a laptop: a file per kind that comes alive, and the reasons of those that do not.

A kind reads the registry and speaks to one engine; engines know neither the registry nor each other.
"""
