"""The kind `send_message`: who enters gets a message, who exits gets none."""

from schemas.jobs.send_message import SendMessage
from streams.jobs.kind import Kind
from streams.jobs.send_message import check, dry_run, lint, start, topics

KIND: Kind[SendMessage] = Kind(
    name="send_message",
    operations=start.operations,
    topics=topics.wanted,
    prove=check.prove,
    check=check.check,
    prepare=start.prepare,
    led=start.led,
    hears=True,
    dry_run=dry_run.dry_run,
    lint=lint.lint,
)
