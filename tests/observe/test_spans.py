"""Spans of windows and calls: to which trace they belong, and what they say."""

import asyncio
from collections.abc import Iterable
from typing import Any

import pytest
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import SpanKind, StatusCode

from streams.observe.meters import JobMeter, Meters
from streams.observe.spans import LINKS_MAX, Spans, spans_of
from streams.observer import Headers

TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"


def context(number: int, trace: str = TRACE) -> Headers:
    return [("traceparent", f"00-{trace}-{number:016x}-01".encode())]


class Told:
    """What a collector is told."""

    def __init__(self) -> None:
        self.exporter = InMemorySpanExporter()
        self.spans = Spans(SimpleSpanProcessor(self.exporter))
        self.meters = Meters(spans=self.spans)
        self.job = JobMeter(self.meters, "orders", "send_message")

    def by_name(self) -> dict[str, ReadableSpan]:
        return {span.name: span for span in self.exporter.get_finished_spans()}


def trace_of(span: ReadableSpan) -> str:
    assert span.context is not None
    return f"{span.context.trace_id:032x}"


def parent_of(span: ReadableSpan) -> str | None:
    return None if span.parent is None else f"{span.parent.span_id:016x}"


def carried(told: Told, contexts: Iterable[Headers]) -> None:
    """A window whose call is made by a task of its own, as windows have them."""

    async def carry() -> None:
        with told.job.window(lambda: contexts):
            await asyncio.create_task(call())
            told.job.settled([("accepted", 2), ("rejected", 1)], 0.5)

    async def call() -> None:
        told.meters.tried("main", "send_sms", 200, 0.25, 5.0)

    asyncio.run(carry())


def test_a_window_of_one_event_and_its_calls_belong_to_the_trace_of_that_event() -> None:
    told = Told()
    carried(told, [context(7)])
    window, call = told.by_name()["window"], told.by_name()["send_sms"]
    assert (trace_of(window), parent_of(window), window.kind) == (TRACE, f"{7:016x}", SpanKind.CONSUMER)
    assert window.context is not None
    assert (trace_of(call), parent_of(call), call.kind) == (TRACE, f"{window.context.span_id:016x}", SpanKind.CLIENT)
    assert dict(window.attributes or {}) == {
        "infobip_streams.job": "orders",
        "infobip_streams.kind": "send_message",
        "infobip_streams.outcome.accepted": 2,
        "infobip_streams.outcome.rejected": 1,
    }
    assert dict(call.attributes or {}) == {"infobip_streams.authorization": "main", "http.response.status_code": 200}
    assert (call.end_time or 0) - (call.start_time or 0) == 250_000_000
    assert told.spans._provider.resource.attributes["service.name"] == "infobip-streams"


def test_a_window_of_several_traces_is_one_of_its_own_that_links_to_them() -> None:
    told = Told()
    carried(told, (context(number + 1, f"{number + 1:032x}") for number in range(LINKS_MAX + 5)))
    window = told.by_name()["window"]
    assert parent_of(window) is None
    assert [f"{link.context.trace_id:032x}" for link in window.links] == [f"{n + 1:032x}" for n in range(LINKS_MAX)]


def test_a_window_of_no_trace_begins_one() -> None:
    told = Told()
    carried(told, [])
    window, call = told.by_name()["window"], told.by_name()["send_sms"]
    assert (parent_of(window), len(window.links)) == (None, 0)
    assert trace_of(call) == trace_of(window)


@pytest.mark.parametrize(("status", "code"), [(200, StatusCode.UNSET), (429, StatusCode.ERROR), (0, StatusCode.ERROR)])
def test_a_try_that_failed_says_so(status: int, code: StatusCode) -> None:
    told = Told()
    told.meters.tried("main", "send_sms", status, 0.1, 5.0)
    assert told.by_name()["send_sms"].status.status_code is code


def test_what_ends_a_window_is_not_repeated_in_its_span() -> None:
    told = Told()
    with pytest.raises(ValueError, match="ann@example"), told.job.window(list):
        raise ValueError("ann@example.com")
    window = told.by_name()["window"]
    assert (window.events, window.status.description) == ((), None)


def test_nobody_follows_traces_where_no_collector_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    assert spans_of({}) is None
    assert spans_of({"OTEL_EXPORTER_OTLP_ENDPOINT": ""}) is None
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:9")
    made = spans_of({"OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:9"})
    assert made is not None
    made.close()


def test_a_collector_that_nothing_can_be_told_is_said(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    import sys  # noqa: PLC0415 - what is not installed here is what cannot be imported

    missing: Any = None
    monkeypatch.setitem(sys.modules, "opentelemetry.exporter.otlp.proto.http.trace_exporter", missing)
    assert spans_of({"OTEL_EXPORTER_OTLP_ENDPOINT": "http://collector:4318"}) is None
    assert [record.getMessage().partition(" ")[0] for record in caplog.records] == ["spans_not_told"]
