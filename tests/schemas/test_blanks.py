"""What nobody sees says nothing."""

import sys
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.text.blanks import BLANKS, is_blank, stripped

INVISIBLE = (
    "\u200b\u200c\u200d\u2060\ufeff\u00ad\u200e\u200f\u061c\u180e\u3164\u115f\u2800\ufe0f\u00a0\u3000\u2028\x00\x7f"
)
blanks = st.text(st.sampled_from(sorted(BLANKS)))
words = st.text(st.characters(exclude_categories=["Cs"]))


def test_every_blank_of_unicode_is_one() -> None:
    known = {chr(code) for code in range(sys.maxunicode + 1) if chr(code).isspace()}
    known |= {chr(code) for code in range(sys.maxunicode + 1) if unicodedata.category(chr(code)) in {"Cc", "Zs"}}
    assert known <= BLANKS


@pytest.mark.parametrize("mark", INVISIBLE)
def test_a_mark_that_nobody_sees_says_nothing(mark: str) -> None:
    assert is_blank(mark * 2)
    assert stripped(mark) == ""
    assert stripped(f" {mark}") == ""
    assert stripped(f"{mark} Ann") == "Ann"


@pytest.mark.parametrize(
    ("expected", "text"),
    [
        ("Ann", "  Ann \n"),
        ("Ann", "\u200bAnn\u200b"),
        ("Ann Lee", "Ann Lee"),
        ("Ann\u00a0Lee", "\u00a0Ann\u00a0Lee\u00a0"),
        (
            "\u0646\u06cc\u0645\u200c\u0645",
            "\u0646\u06cc\u0645\u200c\u0645\u200c",
        ),  # a joiner within a word is spelling
        ("\u2764\ufe0f", " \u2764\ufe0f "),  # the red heart, not the black one
        ("\U0001f3f4\U000e0067\U000e007f", "\U0001f3f4\U000e0067\U000e007f\n"),  # a flag
        ("", "\ufe0f"),
        ("Ann", "Ann \ufe0f"),
        ("אב", "\u202bאב\u202c"),
        ("a \u202bאב\u202c", "a \u202bאב\u202c "),  # what follows would run the other way
        ("", ""),
    ],
)
def test_what_stands_around_a_value_goes_and_what_is_in_it_stays(expected: str, text: str) -> None:
    assert stripped(text) == expected


@given(blanks, words, blanks)
def test_nothing_that_is_seen_is_lost(before: str, word: str, after: str) -> None:
    left = stripped(before + word + after)
    assert [one for one in left if one not in BLANKS] == [one for one in word if one not in BLANKS]
    assert (left == "") is is_blank(word)
    assert not left or left[0] not in BLANKS
    assert stripped(left) == left
