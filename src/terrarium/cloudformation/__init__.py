"""Back-end: the tables of an architecture as a CloudFormation template, for those who keep data in its own stack."""
