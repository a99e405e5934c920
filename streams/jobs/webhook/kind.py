"""Where each part of this kind is; what is asked for first is loaded then."""

from typing import TYPE_CHECKING

from schemas.jobs.webhook import Webhook
from streams.jobs.kind import Kind, later

if TYPE_CHECKING:
    from streams.jobs.webhook import check, lint, rehearsal, start, topics
else:
    check, lint, rehearsal, start, topics = later(__package__, "check", "lint", "rehearsal", "start", "topics")

KIND: Kind[Webhook] = Kind(
    name="webhook",
    operations=start.operations,
    topics=topics.wanted,
    prove=check.prove,
    look=check.look,
    prepare=start.prepare,
    led=start.led,
    hears=True,
    dry_run=rehearsal.dry_run,
    lint=lint.lint,
)
