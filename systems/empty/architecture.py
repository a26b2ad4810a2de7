"""Nothing yet: an AWS endpoint on this machine, for what Terraform, the AWS command line and SDKs create in it."""

from terrarium import Architecture

app = Architecture("empty", description="An AWS endpoint with nothing in it yet")
app.region = app.variable("region", "us-east-1", "AWS region of everything")
