"""The kind `webhook`: each event is rendered by a template, and what comes of it is called or sent."""

from collections.abc import Callable, Generator, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import replace
from math import inf
from typing import Any

from schemas.config.webhooks import Webhooks
from schemas.jobs.webhook import Webhook
from schemas.operations import Operation
from schemas.records.outcomes import Outcome
from streams.calls.call import Call, Reply
from streams.exact_json import write
from streams.jobs.webhook.batch import Asked, Fault, WebhookBatch
from streams.jobs.webhook.calling import Calling, Deed, told
from streams.jobs.webhook.sending import Sending
from streams.jobs.webhook.targets import Target, Unfilled, filler
from streams.pipeline.decode import Entry, Record
from streams.pipeline.message_ids import MessageIds, Named
from streams.pipeline.settle import Settled
from streams.pipeline.window import Window
from streams.templates.rendered import Failed, Rendered

#: What is asked of this machine, in a call that goes nowhere: to render events.
RENDER = Operation("render", "POST", "", "", inf)

Dialogue = Generator[list[Call], list[Reply], Settled]


def admit_all(_: Record) -> bool:
    """No event has been called before."""
    return True


class WebhookProcessor:
    """What a job decides.

    `clock` tells Unix seconds; `webhooks` says where reports go. `admit` takes an event in, or not where it may have
    been called before, of jobs that make no call twice.
    """

    def __init__(
        self,
        job: Webhook,
        target: Target,
        clock: Callable[[], float],
        webhooks: Webhooks | None = None,
        admit: Callable[[Record], bool] = admit_all,
    ) -> None:
        self._job, self._target, self._admit = job, target, admit
        self._fill, self._ids = filler(job, target), MessageIds(job.name)
        self._template = (job.template or "").rpartition("/")[2]
        self._carry: Calling | Sending = (
            Calling(job, target, clock)
            if target.send is None
            else Sending(job, target.send, clock, webhooks, self._template)
        )

    def fold(self, window: Window, /) -> WebhookBatch:
        """Say what each event asks for."""
        outcomes: list[Outcome] = []
        faults: dict[int, Fault] = {}
        asked: list[Asked] = []
        for place, entry in enumerate(window.entries):
            outcomes.append("accepted")
            if not self._job.reads_records and entry.action not in self._job.on:
                outcomes[place] = "skipped"
            elif not self._admit(entry.record):
                detail = "it may have been called before, and `repeat: never` makes no second call"
                outcomes[place], faults[place] = "rejected", ("rejected", detail)
            else:
                try:
                    asked.append(self._asked(place, entry))
                except (Unfilled, TypeError) as error:
                    detail = str(error) if isinstance(error, Unfilled) else "its profile cannot be written as JSON"
                    outcomes[place], faults[place] = "rejected", ("rejected", detail)
        keys = {entry.profile_id for entry in window.entries}
        if self._target.send is not None:
            keys |= {one.name.message_id for one in asked}
        return WebhookBatch(window.without_profiles(), keys, tuple(asked), tuple(outcomes), faults)

    def part(self, batch: WebhookBatch, keys: AbstractSet[str], /) -> tuple[WebhookBatch | None, WebhookBatch | None]:
        """Part a batch: what touches none of these keys, and what does."""
        places = {place for place, entry in enumerate(batch.window.entries) if entry.profile_id in keys}
        places |= {one.place for one in batch.asked if one.name.message_id in keys}
        left, later = batch.parted(places)
        later = replace(later, alone=True, since=batch.window.opened_at)
        return (left if left.window.records else None), (later if later.window.records else None)

    def deliver(self, batch: WebhookBatch, /) -> Dialogue:
        """Render what is asked for, then call; what a template fails at is a fault of its event alone."""
        deeds, done = yield from self._rendered(batch)
        return (yield from self._carry.deliver(done, deeds))

    def _asked(self, place: int, entry: Entry) -> Asked:
        name = self._ids.name(entry)
        event = entry.profile or {} if self._job.reads_records else event_of(entry, name)
        return Asked(place, entry.profile_id, name, write(event), self._fill(event))

    def _rendered(self, batch: WebhookBatch) -> Generator[list[Call], list[Reply], tuple[list[Deed], WebhookBatch]]:
        """What is to be called, and what became of the rest."""
        groups = self._groups(batch.asked)
        if self._job.template is None or not groups:
            return [Deed(group, None) for group in groups], batch
        contents = [group[0].event if self._job.batch is None else _listed(group) for group in groups]
        (reply,) = yield [Call(RENDER, file=b"\n".join(contents), headers={}, items=len(contents))]
        results: Sequence[Rendered] = reply.body
        outcomes, faults, deeds = list(batch.outcomes), dict(batch.faults), list[Deed]()
        for group, result in zip(groups, results, strict=True):
            match result:
                case Failed():
                    for one in group:
                        outcomes[one.place] = "rejected"
                        faults[one.place] = ("template_failed", told(result.told(self._template)))
                case b"null":
                    for one in group:
                        outcomes[one.place] = "skipped"
                case body:
                    deeds.append(Deed(group, body))
        return deeds, replace(batch, outcomes=tuple(outcomes), faults=faults)

    def _groups(self, asked: Sequence[Asked]) -> list[Sequence[Asked]]:
        most = 1 if self._job.batch is None else self._job.batch.max_events
        return [asked[start : start + most] for start in range(0, len(asked), most)]


def event_of(entry: Entry, name: Named) -> dict[str, Any]:
    """What a template is given of a membership event: the profile's fields, and above them the event's own."""
    ours = {
        "event_id": name.event_id,
        "message_id": name.message_id,
        "action": entry.action,
        "audience": entry.audience,
        "profile_id": entry.profile_id,
        "occurred_at": entry.occurred_at,
    }
    return {**(entry.profile or {}), **ours}


def _listed(group: Sequence[Asked]) -> bytes:
    return b"[" + b",".join(one.event for one in group) + b"]"
