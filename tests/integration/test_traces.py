"""An event's trace goes on into what becomes of it: our records, and the spans of its window and calls."""

import gzip
import re
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import orjson
import pytest
from confluent_kafka import Producer
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.trace.v1.trace_pb2 import Span

from tests.integration.brokers import Broker
from tests.integration.events import drain
from tests.integration.harness import Corridor, until
from tests.integration.sends import enter, sending

pytestmark = pytest.mark.broker

TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"
CONTEXT = ("traceparent", f"00-{TRACE}-00f067aa0ba902b7-01".encode())


@contextmanager
def collector() -> Iterator[tuple[str, list[Span]]]:
    """Where spans are told to; those that came."""
    spans: list[Span] = []

    class Taking(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            packed = self.headers.get("Content-Encoding") == "gzip"
            told = ExportTraceServiceRequest.FromString(gzip.decompress(body) if packed else body)
            spans.extend(span for of in told.resource_spans for scope in of.scope_spans for span in scope.spans)
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Taking)
    Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}", spans
    finally:
        server.shutdown()
        server.server_close()


def publish(made: Corridor, value: bytes, key: str) -> None:
    producer = Producer(made.settings)
    producer.produce(made.topic, key=key, value=value, headers=[("h", b"1"), CONTEXT])
    assert producer.flush(60) == 0


def headers_of(made: Corridor, topic: str) -> list[dict[str, bytes]]:
    return [dict(record.headers() or ()) for record in made.read(topic)]


def test_messages_dead_letters_and_campaign_events_belong_to_the_trace_of_their_event(
    broker: Broker, tmp_path: Path, unique: str
) -> None:
    with sending(broker, tmp_path, unique) as (_, made):
        made.configuration["kafka"]["state_dir"] = "state"
        made.configuration["jobs"].append({"name": "track", "kind": "track_messages", "authorization": "main"})
        worker = made.start()
        until(lambda: len(re.findall(r"partitions_assigned", worker.log.read_text())) == 2, "both jobs read")
        publish(made, orjson.dumps(enter(1)), "u-1")
        publish(made, b"no event", "u-2")
        until(lambda: bool(made.read("infobip_campaign_events")), "the message is followed")
        drain(made)
        for topic in ("infobip_messages", "infobip_dead_letters", "infobip_campaign_events"):
            assert headers_of(made, topic) == [dict([CONTEXT])], topic
        assert worker.stop() == 0


def test_windows_and_calls_are_spans_of_the_trace(
    broker: Broker, tmp_path: Path, unique: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with collector() as (address, spans), sending(broker, tmp_path, unique) as (_, made):
        monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", address)
        worker = made.start()
        publish(made, orjson.dumps(enter(1)), "u-1")
        drain(made)
        assert worker.stop() == 0  # which tells what is left
        (window,) = [span for span in spans if span.name == "window"]
        (call,) = [span for span in spans if span.name == "send_sms"]
        assert {window.trace_id.hex(), call.trace_id.hex()} == {TRACE}
        assert (window.parent_span_id.hex(), call.parent_span_id) == ("00f067aa0ba902b7", window.span_id)
        said = {one.key: one.value.string_value or one.value.int_value for one in window.attributes}
        assert said == {
            "infobip_streams.job": unique,
            "infobip_streams.kind": "send_message",
            "infobip_streams.outcome.accepted": 1,
        }


def test_a_collector_that_is_away_keeps_nobody_from_working_or_ending(
    broker: Broker, tmp_path: Path, unique: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:9")
    with sending(broker, tmp_path, unique) as (_, made):
        worker = made.start()
        made.publish(enter(number) for number in range(10))
        drain(made)
        assert worker.stop(seconds=30) == 0
