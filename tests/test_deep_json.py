"""JSON is written as it came, however deeply it is nested."""

import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from streams.deep_json import written

SCALARS = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text() | st.just("half \ud83d")
VALUES = st.recursive(SCALARS, lambda inside: st.lists(inside) | st.dictionaries(st.text(), inside), max_leaves=20)


@given(VALUES)
def test_it_writes_what_python_writes(value: Any) -> None:
    assert written(value) == json.dumps(value, sort_keys=True)


def test_it_writes_what_python_cannot() -> None:
    nested: Any = "deep"
    for number in range(5000):
        nested = {"a": nested} if number % 2 else [nested]
    text = written(nested)
    assert (text.count("["), text.count("{"), text.count('"deep"')) == (2500, 2500, 1)
