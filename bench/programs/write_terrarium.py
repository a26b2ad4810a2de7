"""Writes as many resources as it is told with Terrarium: ``python write_terrarium.py COUNT FOLDER``."""

import sys
from pathlib import Path

from terrarium import Architecture
from terrarium.terraform.write import write

count, folder = int(sys.argv[1]), Path(sys.argv[2])
app = Architecture("bench", region="us-east-1")
for number in range(count // 4):
    queue = app.add("aws_sqs_queue", f"queue{number}", name=f"queue-{number}", visibility_timeout_seconds=60)
    topic = app.add("aws_sns_topic", f"topic{number}", name=f"topic-{number}")
    app.add(
        "aws_sns_topic_subscription",
        f"subscription{number}",
        topic_arn=topic["arn"],
        protocol="sqs",
        endpoint=queue["arn"],
    )
    app.add("aws_cloudwatch_log_group", f"log{number}", name=f"/bench/{number}", retention_in_days=14)
for name, text in write(app).items():
    (folder / name).write_text(text)
