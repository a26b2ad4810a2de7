"""Programs and functions as processes."""
