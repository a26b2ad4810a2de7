"""Terrarium grows AWS architectures in Python: alive on a laptop, shipped as Terraform."""
