"""Where each part of this kind is; what is asked for first is loaded then."""

from typing import TYPE_CHECKING

from schemas.jobs.send_message import SendMessage
from streams.jobs.kind import Kind, later

if TYPE_CHECKING:
    from streams.jobs.send_message import check, dry_run, lint, start, topics
else:
    check, dry_run, lint, start, topics = later(__package__, "check", "dry_run", "lint", "start", "topics")

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
