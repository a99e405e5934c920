"""Events as people and platforms write them, for property tests: as text, because no writer would write some."""

import gzip
import json

from hypothesis import strategies as st

HALVES = st.sampled_from([r"\ud83d", r"\ude00", r"\ude00\ud83d", r"\uDBFF"])
#: Texts as JSON, some cut in the middle of a character.
TEXTS = st.builds(lambda text, half: json.dumps(text)[:-1] + half + '"', st.text(max_size=12), HALVES | st.just(""))
NUMBERS = st.one_of(
    st.integers(-(10**40), 10**40).map(str),
    st.floats(allow_nan=False, allow_infinity=False).map(repr),
    st.decimals(allow_nan=False, allow_infinity=False, places=20, min_value=-(10**20), max_value=10**20).map(str),
    st.sampled_from(["1e400", "-1e400", "1E+25", "NaN", "Infinity", "-0", "0.0", "1" * 5000, "1795168800000"]),
)
TIMES = st.sampled_from(
    [
        *('""', '"2026-11-20"', '"2026-11-20 10:00:00"', '"2026-11-20T10:00:00.000Z[UTC]"', '"now"', '"0000-00-00"'),
        *('"Fri, 20 Nov 2026 10:00:00 GMT"', '{"$date":"2026-11-20T10:00:00Z"}', '{"$date":{"$numberLong":"1"}}'),
        *("1795168800", "1795168800000", "1795168800.123456789", "[2026,11,20]", '{"seconds":1795168800,"nanos":1}'),
    ]
)
SIMPLE = st.sampled_from(["null", "true", "false", "[]", "{}"])


def _mapping(pairs: list[tuple[str, str]]) -> str:
    return f"{{{','.join(f'{key}:{value}' for key, value in pairs)}}}"


VALUES: st.SearchStrategy[str] = st.recursive(
    SIMPLE | NUMBERS | TEXTS | TIMES,
    lambda inner: (
        st.lists(inner, max_size=3).map(lambda items: f"[{','.join(items)}]")
        | st.lists(st.tuples(TEXTS, inner), max_size=3).map(_mapping)
    ),
    max_leaves=6,
)
NAMES = st.integers(-(10**40), 10**40).map(str) | st.text(min_size=1, max_size=20).map(json.dumps)


def needed() -> st.SearchStrategy[dict[str, str]]:
    """What an event needs, each value as JSON."""
    actions = st.sampled_from(['"enter"', '"exit"'])
    return st.fixed_dictionaries({"action": actions, "audience": NAMES | st.just('"vip"'), "profile_id": NAMES})


def rest() -> st.SearchStrategy[str]:
    """What may stand beside it: a comma and keys with values, odd ones too, or nothing."""
    keys = st.sampled_from(['"event_id"', '"occurred_at"', '"profile"', '"more"']) | TEXTS.filter(_is_unknown)
    return st.lists(st.tuples(keys, VALUES), max_size=4).map(
        lambda pairs: "".join(f",{key}:{value}" for key, value in pairs)
    )


def anything() -> st.SearchStrategy[bytes]:
    """Events, what is nearly one, and what is none."""
    events = st.builds(
        lambda said, more, dropped: (
            _mapping([(f'"{key}"', value) for key, value in said.items() if key != dropped])[:-1] + more + "}"
        ),
        st.fixed_dictionaries(dict.fromkeys(("action", "audience", "profile_id"), VALUES | NAMES)) | needed(),
        rest(),
        st.sampled_from(["", "", "audience", "profile_id"]),
    ).map(str.encode)
    return (
        events | st.builds(lambda wrap, event: wrap(event), st.sampled_from(FOREIGN), events) | st.binary(max_size=80)
    )


def _is_unknown(key: str) -> bool:
    return json.loads(key) not in {"action", "audience", "profile_id"}


#: Other formats, made of an event.
FOREIGN = (
    gzip.compress,
    lambda value: b"\x00\x00\x00\x00\x07" + value,
    lambda value: b"\xef\xbb\xbf" + value,
    lambda value: value.decode().encode("utf-16"),
    lambda value: json.dumps(value.decode()).encode(),
    lambda value: b'{"schema":null,"payload":' + value + b"}",
    lambda value: b'{"before":null,"after":' + value + b',"op":"c"}',
    lambda value: b"[" + value + b"]",
    lambda value: value + b"\n" + value,
    lambda value: value[: len(value) // 2],
)
