"""To which trace a record belongs, as W3C's Trace Context has it in headers; what it causes belongs to it, too."""

import re
from collections.abc import Sequence
from typing import Final

#: https://www.w3.org/TR/trace-context/: of which trace, and what its systems keep of it besides.
TRACEPARENT: Final = "traceparent"
TRACESTATE: Final = "tracestate"
#: What is longer is not passed on: it may be as long as a record.
STATE_BYTES_MAX = 512

Headers = Sequence[tuple[str, bytes | None]]

_is_context = re.compile(rb"(?!ff)[0-9a-f]{2}-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}").fullmatch


def context_of(headers: Headers | None) -> tuple[tuple[str, bytes], ...]:
    """The headers that go on into what a record causes; none where it belongs to no trace, or says so wrongly."""
    if not headers:  # nearly no record has any
        return ()
    context = next((content for name, content in headers if name == TRACEPARENT), None)
    if context is None or _is_context(context) is None:
        return ()
    state = next((content for name, content in headers if name == TRACESTATE), None)
    if state is None or len(state) > STATE_BYTES_MAX:
        return ((TRACEPARENT, context),)
    return ((TRACEPARENT, context), (TRACESTATE, state))
