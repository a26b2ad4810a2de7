"""What Lambda takes of an event source mapping from a DynamoDB stream.

https://docs.aws.amazon.com/lambda/latest/dg/services-ddb-params.html
https://docs.aws.amazon.com/lambda/latest/api/API_CreateEventSourceMapping.html
"""

from __future__ import annotations

from collections.abc import Mapping

#: The least and the most of each number, by Terraform's attribute.
BOUNDS: Mapping[str, tuple[int, int]] = {
    "batch_size": (1, 10_000),
    "maximum_batching_window_in_seconds": (0, 300),
    "parallelization_factor": (1, 10),
    "tumbling_window_in_seconds": (0, 900),
    "maximum_record_age_in_seconds": (-1, 604_800),
    "maximum_retry_attempts": (-1, 10_000),
}
#: The least age but -1: what lies between is within the bounds and not allowed.
LEAST_AGE = 60
STARTING_POSITIONS = ("TRIM_HORIZON", "LATEST")
