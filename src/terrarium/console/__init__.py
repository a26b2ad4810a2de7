"""A web view of events; it never reaches into the laptop cloud."""
