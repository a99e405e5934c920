"""The kind `webhook`: each event is rendered by a template and sent to Infobip, or to any other address."""

from schemas.jobs.webhook import Webhook
from streams.jobs.kind import Kind
from streams.jobs.webhook import check, lint, rehearsal, start, topics

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
