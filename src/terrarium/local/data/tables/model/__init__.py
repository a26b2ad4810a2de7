"""What a table is and what an operation costs, as plain values; knows nothing of storage or of requests."""
