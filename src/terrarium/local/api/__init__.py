"""The AWS API that SDKs call."""
