"""What counts: told of the work by those who do it, and asked by Prometheus.

Counters and histograms go up as they are told. What is true only of a moment is looked up when somebody asks.
"""

import time
from collections import Counter as Counts
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from datetime import datetime
from typing import get_args

from prometheus_client import CollectorRegistry, Counter, Histogram, disable_created_metrics
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.exposition import choose_encoder

from schemas.records.outcomes import Reason
from streams.observe import names
from streams.observe.names import Metric
from streams.observe.quota import QuotaUse
from streams.observe.spans import Spans
from streams.observer import Headers

#: Values of a metric, each with its labels' values.
Values = Iterable[tuple[Sequence[str], float]]
#: How an answer is counted that has no class of its own.
NO_ANSWER, RATE_LIMITED = 0, 429
CLASSES: Mapping[int, str] = {NO_ANSWER: "none", RATE_LIMITED: "429"}
_REASONS: tuple[str, ...] = get_args(Reason)
OF_NO_JOB = ("", "")


class Meters:
    """All metrics of one process; told and asked from any thread. It observes calls and reports by itself."""

    def __init__(
        self,
        clock: Callable[[], float] = time.time,
        steady: Callable[[], float] = time.monotonic,
        spans: Spans | None = None,
    ) -> None:
        disable_created_metrics()  # type: ignore[no-untyped-call] # they would double the list, and say when the process began once more
        self.clock, self._steady, self.spans = clock, steady, spans
        self._registry = CollectorRegistry()
        made = [_made(metric, self._registry) for metric in names.METRICS if metric.sort != "gauge"]
        self._counters = {metric.name: one for metric, one in made if isinstance(one, Counter)}
        self._histograms = {metric.name: one for metric, one in made if isinstance(one, Histogram)}
        self._sources: list[tuple[Metric, Callable[[], Values]]] = []
        self._quota: dict[tuple[str, str], QuotaUse] = {}
        self._registry.register(_Looked(self._gauges))
        self.ask(names.QUOTA_USED, self._quota_used)

    def ask(self, metric: Metric, source: Callable[[], Values]) -> None:
        """Look a gauge up there, too, whenever somebody asks."""
        self._sources.append((metric, source))

    def text(self, accept: str) -> tuple[bytes, str]:
        """All metrics in the form that is accepted, and its type."""
        encode, kind = choose_encoder(accept)
        return encode(self._registry), kind

    def count(self, metric: Metric, labels: Sequence[str], more: float = 1) -> None:
        """Count up."""
        self._counters[metric.name].labels(*labels).inc(more)

    def took(self, metric: Metric, labels: Sequence[str], seconds: float) -> None:
        """Note how long something took."""
        self._histograms[metric.name].labels(*labels).observe(seconds)

    # --- calls ----------------------------------------------------------------------------------------------------

    def tried(self, authorization: str, operation: str, status: int, seconds: float, per_second: float) -> None:
        """Count a try."""
        labels = (authorization, operation)
        self.count(names.CALLS, (*labels, CLASSES.get(status, f"{status // 100}xx")))
        self.took(names.CALL_SECONDS, labels, seconds)
        if status == RATE_LIMITED:
            self.count(names.RATE_LIMITED, labels)
        use = self._quota.get(labels)
        if use is None or use.per_second != per_second:
            use = self._quota[labels] = QuotaUse(per_second)
        use.add(self._steady())
        if self.spans is not None:
            self.spans.call(authorization, operation, status, seconds)

    def repeated(self, authorization: str, operation: str) -> None:
        """Count a call that is tried once more."""
        self.count(names.RETRIES, (authorization, operation))

    def _quota_used(self) -> Values:
        now = self._steady()
        used = [(labels, use.ratio(now)) for labels, use in [*self._quota.items()]]
        return [(labels, ratio) for labels, ratio in used if ratio is not None]

    # --- reports --------------------------------------------------------------------------------------------------

    def told(self, what: str, channel: str, records: int, unreadable: int) -> None:
        """Count what Infobip told."""
        self.count(names.REPORTS, (what, channel, "written"), records)
        self.count(names.REPORTS, (what, channel, "unreadable"), unreadable)
        if unreadable:
            self.count(names.DEAD_LETTERS, (*OF_NO_JOB, "unreadable_report"), unreadable)

    def refused(self, status: int) -> None:
        """Count a request that was refused or put off."""
        self.count(names.REPORTS_REFUSED, (str(status),))

    # --- gauges ---------------------------------------------------------------------------------------------------

    def _gauges(self) -> Iterator[GaugeMetricFamily]:
        for metric in names.METRICS:
            if metric.sort != "gauge":
                continue
            family = GaugeMetricFamily(metric.name, metric.meaning, labels=metric.labels)
            for asked, source in self._sources:
                if asked is metric:
                    for labels, value in source():
                        family.add_metric(labels, value)
            yield family


class JobMeter:
    """One job of a process."""

    def __init__(self, meters: Meters, job: str, kind: str) -> None:
        self._meters, self._labels = meters, (job, kind)
        #: What is true at present; None where nothing is known.
        self._lag: tuple[int, float] | None = None
        self._windows: int | None = None
        self._ordered: int | None = None
        self._reached_at: datetime | None = None
        self._committed_at: float | None = None
        for reason in _REASONS[:-1]:  # at 0, so that the first is an increase; what is no job's is told elsewhere
            meters.count(names.DEAD_LETTERS, (*self._labels, reason), 0)
        meters.ask(names.LAG, lambda: self._now(None if self._lag is None else self._lag[0]))
        meters.ask(names.LAG_AGE, lambda: self._now(None if self._lag is None else self._lag[1]))
        meters.ask(names.REPAIRS, lambda: self._now(self._ordered))
        meters.ask(names.WINDOWS, lambda: self._now(self._windows))
        meters.ask(names.LAST_COMMIT, lambda: self._now(self._committed_at))
        meters.ask(names.CURSOR_AGE, lambda: self._now(self._cursor_age()))

    def window(self, contexts: Callable[[], Iterable[Headers]], /) -> AbstractContextManager[None]:
        """Tell the window's span, where anybody follows traces."""
        spans, labels = self._meters.spans, self._labels
        return nullcontext() if spans is None else spans.window(*labels, contexts())

    def in_flight(self, windows: int) -> None:
        """Note how many windows are on their way."""
        self._windows = windows

    def settled(self, outcomes: Iterable[tuple[str, int]], seconds: float) -> None:
        """Count a window."""
        told = dict(outcomes)
        if self._meters.spans is not None:
            self._meters.spans.settled(told)
        for outcome, events in told.items():
            self._meters.count(names.EVENTS, (*self._labels, outcome), events)
        self._meters.took(names.WINDOW_SECONDS, self._labels, seconds)

    def buried(self, reasons: Iterable[str]) -> None:
        """Count dead letters."""
        for reason, letters in Counts(reasons).items():
            self._meters.count(names.DEAD_LETTERS, (*self._labels, reason), letters)

    def sent(self, messages: Iterable[tuple[str, str]]) -> None:
        """Count messages."""
        for (channel, status), number in Counts(messages).items():
            self._meters.count(names.MESSAGES, (*self._labels, channel, status), number)

    def committed(self) -> None:
        """Note a commit."""
        self._committed_at = self._meters.clock()

    def lags(self, events: int, age_seconds: float) -> None:
        """Note how far the job is behind."""
        self._lag = (events, age_seconds)

    def ordered(self, people: int) -> None:
        """Note how many people are ordered to be repaired."""
        self._ordered = people

    def reached(self, modified_at: datetime | None) -> None:
        """Note how far an import has come."""
        self._reached_at = modified_at

    def rests(self) -> None:
        """Forget what was true of a moment."""
        self._lag = self._windows = self._reached_at = None

    def _cursor_age(self) -> float | None:
        return None if self._reached_at is None else max(0.0, self._meters.clock() - self._reached_at.timestamp())

    def _now(self, value: float | None) -> Values:
        return () if value is None else ((self._labels, value),)


class _Looked:
    """What Prometheus' library asks for gauges."""

    def __init__(self, gauges: Callable[[], Iterator[GaugeMetricFamily]]) -> None:
        self._gauges = gauges

    def collect(self) -> Iterator[GaugeMetricFamily]:
        """Look all of them up."""
        return self._gauges()


def _made(metric: Metric, registry: CollectorRegistry) -> tuple[Metric, Counter | Histogram]:
    if metric.sort == "counter":
        return metric, Counter(metric.name, metric.meaning, metric.labels, registry=registry)
    return metric, Histogram(metric.name, metric.meaning, metric.labels, buckets=metric.buckets, registry=registry)
