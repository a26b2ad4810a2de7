"""Lambda's control plane: what creates, changes, describes and removes functions, layers, permissions and mappings.

Everything it knows of them stands in the registry, under Terraform's names; it never runs anything.
"""
