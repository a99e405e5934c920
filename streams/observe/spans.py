"""Spans of windows and calls, for whoever follows traces, told to a collector by OpenTelemetry where that is installed.

A window belongs to the trace of the event that it holds; one with several is a trace of its own, with links to theirs.
No span holds an address, an id of a person or a text of an exception.
"""

import logging
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from itertools import islice
from typing import TYPE_CHECKING, Final

from streams.pipeline.trace_context import Headers
from streams.release import release

if TYPE_CHECKING:
    from opentelemetry.sdk.trace import SpanProcessor

log = logging.getLogger(__name__)

#: Either says where the collector is; OpenTelemetry reads them, and all others of its own.
ENDPOINTS: Final = ("OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT")
#: A window may hold a thousand events, each of a trace of its own.
LINKS_MAX = 32
SECOND_NS = 1_000_000_000
FLUSH_MS = 3000
OWN = "infobip_streams"
ERROR_FROM = 400


class Spans:
    """What makes spans, and hands them to a processor; used from any thread."""

    def __init__(self, processor: "SpanProcessor", clock: Callable[[], int] = time.time_ns) -> None:
        from opentelemetry import trace  # noqa: PLC0415 - it is there only where it was asked for
        from opentelemetry.sdk.resources import Resource  # noqa: PLC0415 - the same
        from opentelemetry.sdk.trace import TracerProvider  # noqa: PLC0415 - the same
        from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator  # noqa: PLC0415

        resource = Resource.create({"service.name": "infobip-streams"}).merge(Resource({"service.version": release()}))
        self._trace, self._clock, self._read = trace, clock, TraceContextTextMapPropagator()
        self._provider = TracerProvider(resource=resource, shutdown_on_exit=False)
        self._provider.add_span_processor(processor)
        self._tracer = self._provider.get_tracer(OWN)

    @contextmanager
    def window(self, job: str, kind: str, contexts: Iterable[Headers]) -> Iterator[None]:
        """The span of a window: what is done meanwhile, by this task and those that it begins, is a part of it."""
        parents = [self._read.extract(_texts(headers)) for headers in islice(contexts, LINKS_MAX)]
        alone = parents[0] if len(parents) == 1 else None
        several = [self._trace.get_current_span(one).get_span_context() for one in parents if alone is None]
        with self._tracer.start_as_current_span(
            "window",
            context=alone,
            kind=self._trace.SpanKind.CONSUMER,
            attributes={f"{OWN}.job": job, f"{OWN}.kind": kind},
            links=[self._trace.Link(one) for one in several],
            record_exception=False,
            set_status_on_exception=False,
        ):
            yield

    def settled(self, outcomes: Mapping[str, int]) -> None:
        """Say what became of the window's events."""
        span = self._trace.get_current_span()
        span.set_attributes({f"{OWN}.outcome.{name}": events for name, events in outcomes.items()})

    def call(self, authorization: str, operation: str, status: int, seconds: float) -> None:
        """The span of a try that has just ended."""
        now = self._clock()
        span = self._tracer.start_span(
            operation,
            kind=self._trace.SpanKind.CLIENT,
            attributes={f"{OWN}.authorization": authorization, "http.response.status_code": status},
            start_time=now - int(seconds * SECOND_NS),
        )
        if status == 0 or status >= ERROR_FROM:
            span.set_status(self._trace.StatusCode.ERROR)
        span.end(now)

    def close(self) -> None:
        """Hand over what is left; blocks for some seconds where the collector is away."""
        self._provider.force_flush(FLUSH_MS)
        self._provider.shutdown()


def spans_of(environ: Mapping[str, str]) -> Spans | None:
    """What tells spans to the collector that the environment names; None where it names none."""
    if not any(environ.get(name) for name in ENDPOINTS):
        return None
    try:
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter  # noqa: PLC0415
        from opentelemetry.sdk.trace.export import BatchSpanProcessor  # noqa: PLC0415 - it need not be installed
    except ImportError:
        log.warning("spans_not_told reason=OTEL_EXPORTER_OTLP_… is set, and infobip-streams[otel] is not installed")
        return None
    return Spans(BatchSpanProcessor(OTLPSpanExporter()))


def _texts(headers: Headers) -> dict[str, str]:
    return {name: content.decode("latin-1") for name, content in headers if content is not None}
