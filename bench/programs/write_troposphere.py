"""Writes as many resources as it is told with troposphere, which takes 500 a template, as CloudFormation does."""

import sys
from pathlib import Path

from troposphere import GetAtt, Ref, Template, logs, sns, sqs  # type: ignore[import-not-found]  # a peer, elsewhere

MOST = 500

count, folder = int(sys.argv[1]), Path(sys.argv[2])
templates = [Template() for _ in range(0, count, MOST)]
for number in range(count // 4):
    template = templates[number * 4 // MOST]
    queue = template.add_resource(sqs.Queue(f"Queue{number}", QueueName=f"queue-{number}", VisibilityTimeout=60))
    topic = template.add_resource(sns.Topic(f"Topic{number}", TopicName=f"topic-{number}"))
    template.add_resource(
        sns.SubscriptionResource(
            f"Subscription{number}", TopicArn=Ref(topic), Protocol="sqs", Endpoint=GetAtt(queue, "Arn")
        )
    )
    template.add_resource(logs.LogGroup(f"Log{number}", LogGroupName=f"/bench/{number}", RetentionInDays=14))
for number, template in enumerate(templates):
    (folder / f"template{number}.json").write_text(template.to_json())
