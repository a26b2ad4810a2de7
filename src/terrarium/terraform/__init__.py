"""Terraform out: the graph as files that a person would have written."""
