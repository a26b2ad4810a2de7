"""The servers that are measured, each started and set up as its users do it."""
