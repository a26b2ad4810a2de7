"""One graph of Terraform resources with references: what every front-end builds and every back-end reads."""
