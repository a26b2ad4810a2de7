"""Elastic Load Balancing's control plane: what makes, changes, describes and removes balancers and their parts.

Everything it knows of them stands in the registry, under Terraform's names; it serves no client.
"""
