"""The kind `receive_messages`: what people write to a number comes to Kafka, and Infobip is told to tell of it."""

from schemas.jobs.receive_messages import ReceiveMessages
from streams.jobs.kind import Kind
from streams.jobs.receive_messages import check, start, topics

KIND: Kind[ReceiveMessages] = Kind(
    name="receive_messages",
    operations=start.operations,
    topics=topics.wanted,
    prove=check.prove,
    check=check.check,
    prepare=start.prepare,
    hears=True,
    trigger=start.trigger,
)
