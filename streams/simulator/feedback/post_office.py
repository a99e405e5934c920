"""All that comes back of messages: reports are made when they are due, and told to whoever asked for them. No I/O."""

import heapq
from collections import deque
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, NamedTuple

import orjson

from streams.simulator.feedback.addresses import Destination, address_of, subscribed_address
from streams.simulator.feedback.bodies import delivery_body, seen_body
from streams.simulator.feedback.configurations import Configuration, Configurations, without_keyword
from streams.simulator.feedback.courses import Step, steps_of
from streams.simulator.feedback.inbound_bodies import DEFAULT_FORMATS, WIRE_CHANNELS, envelope, inbound_body
from streams.simulator.feedback.posts import Batch, Posts
from streams.simulator.feedback.reports import Inbound, Ledger, Report
from streams.simulator.feedback.subscriptions import Subscriptions
from streams.simulator.feedback.tracking import tracking_body
from streams.simulator.options import SimulatorOptions
from streams.simulator.outbox import Outbox, Sent

POSTED_KEPT = 1000
#: The channels whose reports of delivery cannot be pulled.
_ONLY_POSTED = frozenset({"whatsapp"})
_INBOXES = frozenset({"sms", "mms", "whatsapp", "viber"})


class Posted(NamedTuple):
    """One post that was made: of how many reports, where to, the how-manyth retry it was, and what was answered."""

    at: float
    channel: str
    group: str
    url: str
    reports: int
    retries: int
    answered: str


class Written(NamedTuple):
    """What somebody writes: to whom, on which channel, what, and the place of the message that it answers."""

    channel: str
    sender: str
    to: str
    text: str
    content: Any = None
    contact_name: str | None = None
    place: int | None = None


class PostOffice:
    """Reports of an outbox's messages, and what people write."""

    def __init__(self, options: SimulatorOptions, outbox: Outbox) -> None:
        self.options = options
        self.outbox = outbox
        self.ledger = Ledger()
        self.subscriptions = Subscriptions()
        self.configurations = Configurations(options.numbers)
        self.posts = Posts(self.subscriptions.profile, options.time_scale)
        self.posted: deque[Posted] = deque(maxlen=POSTED_KEPT)
        self._read = 0
        self._timeline: list[tuple[float, int, int]] = []

    def advance(self, now: float) -> None:
        """Make the reports that are due."""
        self._read_outbox()
        while self._timeline and self._timeline[0][0] <= now:
            _, place, number = heapq.heappop(self._timeline)
            steps = steps_of(self.outbox.messages[place])
            self._happen(place, steps[number])
            self._plan(place, steps, number + 1)

    def next_at(self, now: float) -> float | None:
        """Return when something is due, in seconds since 1970; None where nothing is."""
        self._read_outbox()
        times = [self._timeline[0][0] if self._timeline else None, self.posts.next_at(now)]
        return min((at for at in times if at is not None), default=None)

    def _read_outbox(self) -> None:
        messages = self.outbox.messages
        for place in range(self._read, len(messages)):
            if messages[place].fate.fate != "never":
                self._plan(place, steps_of(messages[place]), 0)
        self._read = len(messages)

    def _plan(self, place: int, steps: list[Step], number: int) -> None:
        if number < len(steps):
            heapq.heappush(self._timeline, (steps[number].told_at, place, number))

    def _happen(self, place: int, step: Step) -> None:
        if step.kind != "inbound":
            self.tell(place, step)
            return
        sent = self.outbox.messages[place]
        self.receive(Written(sent.channel, sent.to, sent.sender or "", step.text, place=place), step.told_at)

    def tell(self, place: int, step: Step) -> Destination | None:
        """Make a report of a message; return where it will be posted, None where it will not."""
        sent = self.outbox.messages[place]
        box = reports_box(sent.channel) if step.kind == "delivery" and sent.channel not in _ONLY_POSTED else ""
        report = self.ledger.make(sent.channel, step, place, box=box)
        destination = address_of(sent, step.kind, self.subscriptions)
        self._send(report, destination)
        return destination

    def receive(self, written: Written, now: float) -> tuple[Inbound, Configuration | None, str]:
        """Take what somebody wrote; return it as it is told, the configuration it met, and what becomes of it."""
        channel = WIRE_CHANNELS[written.channel]
        configuration = self.configurations.met(channel, written.to, written.text)
        keyword, clean = without_keyword(written.text, configuration)
        parts = configuration.parts if configuration else {}
        sent = None if written.place is None else self.outbox.messages[written.place]
        inbound = Inbound(
            written.channel,
            self.outbox.made_up_id(),
            written.sender,
            written.to,
            written.text,
            clean,
            written.content,
            now,
            DEFAULT_FORMATS[written.channel],
            keyword,
            sent.message_id if sent else None,
            sent.callback_data if sent else None,
            written.contact_name,
            parts.get("platform"),
        )
        return inbound, configuration, self._forward(inbound, parts.get("forwarding"))

    def _forward(self, inbound: Inbound, forwarding: Mapping[str, Any] | None) -> str:
        """Have a message forwarded or pulled; without a configuration a subscription may ask for it."""
        step, action = Step("inbound", inbound.received_at), (forwarding or {}).get("type")
        box, destination = "", None
        if forwarding is not None and action == "HTTP_FORWARD":
            inbound = inbound._replace(format=forwarding.get("format") or inbound.format)
            destination = Destination(forwarding["url"], None, inbound.channel, "inbound")
        elif action in {None, "FORWARD_TO_SUBSCRIPTION"} and (found := subscribed_address(inbound, self.subscriptions)):
            destination = found[0]
            inbound = inbound._replace(format=found[1] or inbound.format)
            action = "FORWARD_TO_SUBSCRIPTION"
        elif action in {None, "PULL"} and inbound.channel in _INBOXES:
            box, action = inbox(inbound.channel), "PULL"
        self._send(self.ledger.make(inbound.channel, step, inbound=inbound, box=box), destination)
        return action or "NO_ACTION"

    def _send(self, report: Report, destination: Destination | None) -> None:
        if destination is not None:
            self.posts.add(destination, report)
        elif not report.box:
            self.ledger.nowhere(report)

    def body_of(self, batch: Batch) -> bytes:
        """Return what is posted."""
        if batch.destination.group == "events":
            (report,) = batch.reports
            return orjson.dumps(tracking_body(self._sent(report), report.step, report.number))
        if batch.destination.group == "inbound":
            return orjson.dumps(envelope([inbound_body(each.inbound) for each in batch.reports if each.inbound]))
        show = partial(delivery_body, self.options) if batch.destination.group == "delivery" else seen_body
        return orjson.dumps({"results": [show(self._sent(each), each.step) for each in batch.reports]})

    def _sent(self, report: Report) -> Sent:
        if report.place is None:
            raise ValueError(report.kind)
        return self.outbox.messages[report.place]

    def answered(self, batch: Batch, now: float, answer: str, *, is_received: bool) -> None:
        """Note what became of a post; what was not received is posted again, or given up after the last retry."""
        self.posts.landed(batch)
        where = batch.destination
        self.posted.append(
            Posted(now, where.channel, where.group, where.url, len(batch.reports), batch.retries, answer)
        )
        for report in batch.reports:
            (self.ledger.acknowledged if is_received else self.ledger.refused)(report)
        if not is_received and not self.posts.again(batch, now):
            for report in batch.reports:
                self.ledger.given_up(report)

    def interrupted(self, batch: Batch) -> None:
        """Take back a post that was cut before it was answered."""
        for report in batch.reports:
            self.ledger.refused(report)
        self.posts.back(batch)

    def pull(
        self, box: str, wanted: Callable[[Sent | None, Inbound | None], bool], limit: int, now: float
    ) -> tuple[list[tuple[Sent | None, Report]], int]:
        """Return reports of a box with their messages, told from now on, and how many more there are."""
        self.advance(now)
        pulled, left = self.ledger.pull(
            box,
            lambda report: wanted(self._message(report), report.inbound),
            limit,
            now,
            newest_first=self.options.pulled_first == "newest",
        )
        return [(self._message(report), report) for report in pulled], left

    def _message(self, report: Report) -> Sent | None:
        return None if report.place is None else self.outbox.messages[report.place]


def reports_box(channel: str) -> str:
    """Return the name of the box that a channel's reports of delivery are pulled from."""
    return f"reports of {channel}"


def inbox(channel: str) -> str:
    """Return the name of the box that what people write is pulled from."""
    return f"inbox of {channel}"
