"""Random texts, split one character at a time, as a reader of the standard would do it: so many parts are counted."""

from collections.abc import Mapping
from typing import Any

from hypothesis import example, given, settings
from hypothesis import strategies as st

from streams.channels.sms_parts import Parts, count
from tests.channels.alphabets import (
    EMOJI,
    GSM,
    GSM_EXTENSION,
    LONE_HIGH,
    LONE_LOW,
    PORTUGUESE,
    PORTUGUESE_SHIFT,
    SPANISH_SHIFT,
    TURKISH,
    TURKISH_SHIFT,
)

Table = tuple[frozenset[str] | set[str], frozenset[str] | set[str], int, int]
PLAIN: Table = (GSM, GSM_EXTENSION, 160, 153)
TABLES: Mapping[tuple[str, bool, bool], Table] = {
    ("NONE", False, False): PLAIN,
    ("NONE", True, True): PLAIN,
    ("TR", False, False): (GSM, TURKISH_SHIFT, 155, 149),
    ("TR", True, False): (GSM, TURKISH_SHIFT, 155, 149),
    ("TR", False, True): (TURKISH, GSM_EXTENSION, 155, 149),
    ("TR", True, True): (TURKISH, TURKISH_SHIFT, 152, 146),
    ("ES", False, False): (GSM, SPANISH_SHIFT, 155, 149),
    ("ES", True, True): (GSM, SPANISH_SHIFT, 155, 149),
    ("PT", True, False): (GSM, PORTUGUESE_SHIFT, 155, 149),
    ("PT", False, True): (PORTUGUESE, GSM_EXTENSION, 155, 149),
    ("PT", True, True): (PORTUGUESE, PORTUGUESE_SHIFT, 152, 146),
}


def runs(chars: str) -> st.SearchStrategy[str]:
    """Long enough for several parts, with each of the characters at each place of them."""
    run = st.tuples(st.sampled_from(chars), st.integers(1, 160)).map(lambda one: one[0] * one[1])
    return st.lists(run, max_size=12).map("".join)


texts = st.one_of(
    runs("aé€[|~"),
    runs("aé€[ğşçÚáãêΦ"),
    runs("aЖğ€😀" + LONE_HIGH + LONE_LOW),
    st.text(sorted(GSM | GSM_EXTENSION), max_size=700),
    st.text(max_size=300),
)
tables = st.sampled_from(sorted(TABLES))


def cost(char: str, table: Table | None) -> int:
    if table is None:
        return 2 if ord(char) > 0xFFFF else 1
    return 1 if char in table[0] else 2


def split(text: str, table: Table) -> tuple[str, list[str], list[int]]:
    """The encoding, the parts and what each part takes."""
    held = all(char in table[0] or char in table[1] for char in text)
    alone, one_of_several = table[2:] if held else (70, 67)
    costs = [cost(char, table if held else None) for char in text]
    encoding = "GSM_7BIT" if held else "UCS_2"
    if sum(costs) <= alone:
        return encoding, [text], [sum(costs)]
    parts, taken = [""], [0]
    for char, units in zip(text, costs, strict=True):
        if taken[-1] + units > one_of_several:
            parts.append("")
            taken.append(0)
        parts[-1] += char
        taken[-1] += units
    return encoding, parts, taken


def counted(text: str, chosen: tuple[str, bool, bool], **flags: bool) -> Parts:
    language: Any
    language, single, locking = chosen
    return count(text, language=language, single_shift=single, locking_shift=locking, **flags)


@settings(deadline=None)
@given(texts, tables)
@example("a" * 152 + "€" + "a" * 152, ("NONE", False, False))
@example(EMOJI * 67, ("PT", True, True))
def test_it_counts_what_a_naive_splitter_makes(text: str, chosen: tuple[str, bool, bool]) -> None:
    encoding, parts, taken = split(text, TABLES[chosen])
    assert "".join(parts) == text
    assert max(taken) <= (160 if encoding == "GSM_7BIT" else 70)
    assert counted(text, chosen) == Parts(encoding, sum(taken), len(parts))  # type: ignore[arg-type]


@settings(deadline=None)
@given(texts, tables, st.data())
def test_a_longer_text_never_takes_fewer_parts(text: str, chosen: tuple[str, bool, bool], data: st.DataObject) -> None:
    prefix = text[: data.draw(st.integers(0, len(text)))]
    assert counted(prefix, chosen).parts <= counted(text, chosen).parts
    assert count(prefix, language="AUTODETECT").parts <= count(text, language="AUTODETECT").parts


@settings(deadline=None)
@given(texts, tables)
def test_transliterated_is_a_lower_bound(text: str, chosen: tuple[str, bool, bool]) -> None:
    assert counted(text, chosen, transliterated=True).parts <= counted(text, chosen).parts
    assert counted(text, chosen, transliterated=True).encoding == "GSM_7BIT"


@settings(deadline=None)
@given(texts)
def test_autodetect_never_costs_more_than_a_choice(text: str) -> None:
    found = count(text, language="AUTODETECT")
    by_hand = [count(text, language=one) for one in ("NONE", "TR", "ES", "PT")]
    assert found in by_hand
    assert found.parts == min(one.parts for one in by_hand)


@settings(deadline=None)
@given(texts | st.text(sorted(GSM), max_size=200))
def test_without_a_language_it_counts_as_with_none(text: str) -> None:
    assert count(text) == count(text, language="NONE")
