"""Reports: what there is to tell of messages and of people, each once; what became of each, counted."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from enum import Enum
from itertools import islice
from typing import Any, NamedTuple

from streams.simulator.feedback.courses import Kind, Step

KEPT_SECONDS = 48 * 3600.0


class State(Enum):
    """Where a report is."""

    WAITING = "waiting"
    POSTED = "posted"
    TOLD = "told"
    GIVEN_UP = "given up"


class Inbound(NamedTuple):
    """What somebody wrote, and how it is told of.

    `content` is of the channel's own form; `keyword` is that of the configuration it met, `clean_text` the text without
    it. `format` is that of the form it is told in; `paired` is the id of the message that it answers.
    """

    channel: str
    message_id: str
    sender: str
    to: str
    text: str
    clean_text: str
    content: Any
    received_at: float
    format: str
    keyword: str | None = None
    paired: str | None = None
    callback_data: str | None = None
    contact_name: str | None = None
    platform: Mapping[str, Any] | None = None


@dataclass(slots=True, eq=False)
class Report:
    """One thing to tell: a step of the message at a place of the outbox, or what somebody wrote.

    `box` is where it can be pulled from, nothing where it cannot.
    """

    number: int
    channel: str
    step: Step
    place: int | None = None
    inbound: Inbound | None = None
    box: str = ""
    state: State = State.WAITING

    @property
    def kind(self) -> Kind:
        """What it tells of."""
        return self.step.kind


class Ledger:
    """Which reports can still be pulled, and how many of each channel and kind met which end.

    Of all that were made, each is acknowledged by a receiver, or pulled, or told nowhere because nobody asked for it
    and it cannot be pulled, or dropped after the last try or two days; or it is pending.
    """

    def __init__(self) -> None:
        self.counts: defaultdict[tuple[str, Kind], Counter[str]] = defaultdict(Counter)
        self._boxes: defaultdict[str, dict[int, Report]] = defaultdict(dict)
        self._made = 0

    def make(
        self, channel: str, step: Step, place: int | None = None, inbound: Inbound | None = None, box: str = ""
    ) -> Report:
        """Return a new report; with the name of a box it can be pulled from there."""
        self._made += 1
        report = Report(self._made, channel, step, place, inbound, box)
        self._count(report, "made")
        if box:
            self._boxes[box][report.number] = report
        return report

    def nowhere(self, report: Report) -> None:
        """Note that nobody will be told of a report."""
        report.state = State.TOLD
        self._count(report, "nowhere")

    def posting(self, report: Report) -> None:
        """Note that a report is on its way to a receiver; until it is answered it cannot be pulled."""
        report.state = State.POSTED
        self._count(report, "posted")

    def acknowledged(self, report: Report) -> None:
        """Note that a receiver has a report."""
        if report.state is State.TOLD:
            return
        report.state = State.TOLD
        self._boxes[report.box].pop(report.number, None)
        self._count(report, "acknowledged")

    def refused(self, report: Report) -> None:
        """Note that a report must be posted again, if it is not pulled before."""
        report.state = State.WAITING

    def given_up(self, report: Report) -> None:
        """Note that a report is posted no more; where it can be pulled it waits for that."""
        report.state = State.GIVEN_UP
        if not report.box:
            self._count(report, "dropped")

    def pull(
        self, box: str, wanted: Callable[[Report], bool], limit: int, now: float, *, newest_first: bool = False
    ) -> tuple[list[Report], int]:
        """Return up to so many reports that nobody was told of, told from now on, and how many more there are."""
        self._forget(box, now)
        reports = self._boxes[box].values()
        waiting = (each for each in (reversed(reports) if newest_first else reports) if each.state in _PULLABLE)
        found = (each for each in waiting if wanted(each))
        pulled = list(islice(found, limit))
        left = sum(1 for _ in found)
        for report in pulled:
            report.state = State.TOLD
            del self._boxes[box][report.number]
            self._count(report, "pulled")
        return pulled, left

    def _forget(self, box: str, now: float) -> None:
        """Drop what has waited for two days."""
        reports = self._boxes[box]
        while reports:
            oldest = next(iter(reports.values()))
            if oldest.step.told_at > now - KEPT_SECONDS or oldest.state is State.POSTED:
                return
            del reports[oldest.number]
            oldest.state = State.TOLD
            self._count(oldest, "dropped")

    def _count(self, report: Report, word: str) -> None:
        self.counts[report.channel, report.kind][word] += 1

    def rows(self) -> Iterator[dict[str, Any]]:
        """Yield what was counted of each channel and kind, and how many are pending."""
        for (channel, kind), counted in sorted(self.counts.items()):
            ended = sum(counted[word] for word in ENDS)
            words = {word: counted[word] for word in ("made", "posted", *ENDS)}
            yield {"channel": channel, "kind": kind, **words, "pending": counted["made"] - ended}


ENDS = ("acknowledged", "pulled", "nowhere", "dropped")
_PULLABLE = frozenset({State.WAITING, State.GIVEN_UP})
