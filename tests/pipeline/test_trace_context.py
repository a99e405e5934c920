"""What a record causes belongs to its trace; what is no word of a trace is passed on to nobody."""

import pytest

from streams.pipeline.trace_context import context_of

CONTEXT = ("traceparent", b"00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01")


def test_a_record_without_headers_belongs_to_no_trace() -> None:
    assert [context_of(headers) for headers in (None, (), [("h", b"1")])] == [(), (), ()]


def test_its_trace_and_what_systems_keep_of_it_go_on_and_nothing_else() -> None:
    assert context_of([("h", b"1"), CONTEXT]) == (CONTEXT,)
    state = ("tracestate", b"acme=1")
    assert context_of([state, ("h", b"1"), CONTEXT]) == (CONTEXT, state)
    assert context_of([CONTEXT, ("tracestate", b"a" * 513)]) == (CONTEXT,)
    assert context_of([state]) == ()


@pytest.mark.parametrize(
    "content",
    [
        None,
        b"",
        b"00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7",
        b"00-00000000000000000000000000000000-00f067aa0ba902b7-01",
        b"00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01",
        b"ff-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
        b"00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01",
        CONTEXT[1] + b"\n",
        b"x" * 100_000,
    ],
)
def test_what_is_no_context_is_passed_on_to_nobody(content: bytes | None) -> None:
    assert context_of([("traceparent", content)]) == ()
