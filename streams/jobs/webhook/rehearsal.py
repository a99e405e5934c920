"""What `preview` drives of a webhook: its template renders, and nobody is called."""

import asyncio
from collections.abc import Generator
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from pathlib import Path

from schemas.config.webhooks import Webhooks
from schemas.jobs.webhook import Webhook
from streams.calls.call import Call, Reply
from streams.jobs.webhook.batch import WebhookBatch
from streams.jobs.webhook.plan import RENDER, WebhookProcessor
from streams.jobs.webhook.targets import target_of
from streams.pipeline.decode import decode
from streams.pipeline.dry_run import DryRun
from streams.pipeline.record_events import decode_record
from streams.pipeline.settle import Settled
from streams.pipeline.window import OpenWindow, Window
from streams.templates.rendered import Rendered
from streams.templates.renderer import Renderer
from streams.templates.source import Source, read_source


def dry_run(job: Webhook, webhooks: Webhooks | None, now: float) -> DryRun:
    """A webhook at one moment. Raises ConfigurationError where there is no template."""
    source = None if job.template is None else read_source(Path(job.template))
    read = decode_record if job.reads_records else decode
    window = OpenWindow(job.wants, job.flush.max_events, decode=read)
    processor = WebhookProcessor(job, target_of(job), lambda: now, webhooks)
    return DryRun(window, Rehearsal(processor, source), lambda _: ())


@dataclass(frozen=True, slots=True)
class Rehearsal:
    """A webhook whose dialogue shows nothing but calls: what it asks of this machine is done here."""

    processor: WebhookProcessor
    source: Source | None

    def fold(self, window: Window, /) -> WebhookBatch:
        """Make a window ready."""
        return self.processor.fold(window)

    def part(self, batch: WebhookBatch, keys: AbstractSet[str], /) -> tuple[WebhookBatch | None, WebhookBatch | None]:
        """Part a batch."""
        return self.processor.part(batch, keys)

    def deliver(self, batch: WebhookBatch, /) -> Generator[list[Call], list[Reply], Settled]:
        """Render, and yield the calls. Blocks for as long as that takes."""
        dialogue = self.processor.deliver(batch)
        try:
            calls = next(dialogue)
            while True:
                ours = len(calls) == 1 and calls[0].operation == RENDER
                calls = dialogue.send([self._done(calls[0])] if ours else (yield calls))
        except StopIteration as end:
            settled: Settled = end.value
            return settled

    def _done(self, call: Call) -> Reply:
        if self.source is None:
            return Reply(200)
        return Reply(200, asyncio.run(_rendered(self.source, (call.content or b"").decode().split("\n"))))


async def _rendered(source: Source, events: list[str]) -> list[Rendered]:
    renderer = Renderer(source)
    try:
        return await renderer.render(events)
    finally:
        await renderer.aclose()
