"""What lasts: one SQLite file with items, index entries, stream records and settings. Knows nothing of requests."""
