"""Terraform out: the graph as files that a platform team would own."""
