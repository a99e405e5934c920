from collections.abc import Mapping
from typing import Any

import pytest

from streams.channels.sms_parts import Language, Parts, count
from tests.channels.alphabets import EMOJI, GSM, GSM_EXTENSION, LONE_HIGH, LONE_LOW

SINGLE = {"single_shift": True}
LOCKING = {"locking_shift": True}
BOTH = {**SINGLE, **LOCKING}


def gsm(units: int, parts: int) -> Parts:
    return Parts("GSM_7BIT", units, parts)


def ucs(units: int, parts: int) -> Parts:
    return Parts("UCS_2", units, parts)


@pytest.mark.parametrize(
    ("expected", "text"),
    [
        (gsm(0, 1), ""),
        (gsm(1, 1), "a"),
        (gsm(160, 1), "a" * 160),
        (gsm(161, 2), "a" * 161),
        (gsm(306, 2), "a" * 306),
        (gsm(307, 3), "a" * 307),
        (gsm(459, 3), "a" * 459),
        (gsm(460, 4), "a" * 460),
        (gsm(3825, 25), "a" * 3825),
        (gsm(3826, 26), "a" * 3826),
        (gsm(127, 1), "".join(sorted(GSM))),
        (gsm(160, 1), "é" * 160),
        (gsm(161, 2), "\n" * 161),
    ],
)
def test_a_basic_character_takes_a_septet(expected: Parts, text: str) -> None:
    assert count(text) == expected


@pytest.mark.parametrize(
    ("expected", "text"),
    [
        (gsm(20, 1), "".join(sorted(GSM_EXTENSION))),
        (gsm(160, 1), "a" * 158 + "€"),
        (gsm(161, 2), "a" * 159 + "€"),
        (gsm(160, 1), "[" * 80),
        (gsm(162, 2), "[" * 81),
        (gsm(306, 2), "a" * 151 + "€" + "a" * 153),
        (gsm(306, 3), "a" * 152 + "€" + "a" * 152),  # the pair would lie across the end of the first part
        (gsm(305, 2), "a" * 152 + "€" + "a" * 151),
        (gsm(307, 3), "a" * 153 + "€" + "a" * 152),
        (gsm(306, 3), "€" + "a" * 150 + "€" + "a" * 152),
        (gsm(306, 2), "€" + "a" * 151 + "€" + "a" * 151),
        (gsm(304, 2), "€" * 152),  # 76 in a part, the 153rd septet stays free
        (gsm(306, 3), "€" * 153),
        (gsm(458, 3), "a" + "€" * 76 + "a" + "€" * 76 + "a" + "€" * 75 + "a"),
    ],
)
def test_a_character_of_the_extension_takes_two_that_stay_together(expected: Parts, text: str) -> None:
    assert count(text) == expected


@pytest.mark.parametrize(
    "char", ["ç", "á", "ğ", "`", "\t", "\x1b", "\x00", "Ж", "\u0131", "\u2019", "\u00a0", "ﬁ", LONE_LOW]
)
def test_any_other_character_makes_the_text_ucs_2(char: str) -> None:
    assert count(char) == ucs(1, 1)
    assert count("a" * 69 + char) == ucs(70, 1)
    assert count("a" * 70 + char) == ucs(71, 2)


@pytest.mark.parametrize(
    ("expected", "text"),
    [
        (ucs(70, 1), "Ж" * 70),
        (ucs(71, 2), "Ж" * 71),
        (ucs(134, 2), "Ж" * 134),
        (ucs(135, 3), "Ж" * 135),
        (ucs(1675, 25), "Ж" * 1675),
        (ucs(1676, 26), "Ж" * 1676),
        (ucs(70, 1), "€" * 69 + "Ж"),  # what is double in septets is not in UCS-2
        (ucs(70, 1), EMOJI * 35),
        (ucs(71, 2), "Ж" + EMOJI * 35),
        (ucs(72, 2), EMOJI * 36),
        (ucs(132, 2), EMOJI * 66),  # 33 in a part, the 67th unit stays free
        (ucs(134, 3), EMOJI * 67),
        (ucs(134, 3), "a" * 66 + EMOJI + "a" * 66),
        (ucs(133, 2), "a" * 66 + EMOJI + "a" * 65),
        (ucs(134, 2), "a" * 65 + EMOJI + "a" * 67),
    ],
)
def test_a_part_of_ucs_2_holds_whole_characters(expected: Parts, text: str) -> None:
    assert count(text) == expected


@pytest.mark.parametrize("text", [LONE_HIGH, LONE_LOW, LONE_HIGH * 71, "a" * 66 + LONE_HIGH + LONE_LOW + EMOJI])
def test_a_lone_surrogate_is_a_unit(text: str) -> None:
    assert count(text).units == len(text) + text.count(EMOJI)
    assert count(text).encoding == "UCS_2"
    assert count(text, transliterated=True).encoding == "GSM_7BIT"


@pytest.mark.parametrize(
    ("expected", "text", "language", "flags"),
    [
        # The header of one table leaves 155 and 149, of two 152 and 146.
        (gsm(155, 1), "a" * 155, "TR", {}),
        (gsm(156, 2), "a" * 156, "TR", {}),
        (gsm(298, 2), "a" * 298, "ES", SINGLE),
        (gsm(299, 3), "a" * 299, "ES", SINGLE),
        (gsm(155, 1), "a" * 155, "PT", LOCKING),
        (gsm(299, 3), "a" * 299, "PT", LOCKING),
        (gsm(152, 1), "a" * 152, "TR", BOTH),
        (gsm(153, 2), "a" * 153, "TR", BOTH),
        (gsm(292, 2), "a" * 292, "PT", BOTH),
        (gsm(293, 3), "a" * 293, "PT", BOTH),
        (gsm(160, 1), "a" * 160, "NONE", BOTH),
        (ucs(70, 1), "ğ" * 70, "NONE", BOTH),
        # Infobip's example: three Ú leave 152 characters.
        (gsm(155, 1), "ÚÚÚ" + "a" * 149, "ES", SINGLE),
        (gsm(156, 2), "ÚÚÚ" + "a" * 150, "ES", SINGLE),
        # By a single shift table a letter takes two septets, by a locking table one.
        (gsm(14, 1), "ĞğİıŞşç", "TR", SINGLE),
        (gsm(7, 1), "ĞğİıŞşç", "TR", LOCKING),
        (gsm(7, 1), "ĞğİıŞşç", "TR", BOTH),
        (gsm(18, 1), "ÁÍÓÚáíóúç", "ES", SINGLE),
        (gsm(40, 1), "ÀÁÂÃÊÍÓÔÕÚáâãçêíóôõú", "PT", SINGLE),
        (gsm(20, 1), "ÀÁÂÃÊÍÓÔÕÚáâãçêíóôõú", "PT", LOCKING),
        (gsm(8, 1), "ªº^|\\~`∞", "PT", LOCKING),
        (ucs(2, 1), "`∞", "PT", SINGLE),
        (gsm(1, 1), "€", "TR", LOCKING),
        (gsm(1, 1), "€", "PT", LOCKING),
        (gsm(2, 1), "€", "TR", SINGLE),
        # With a locking table alone, escapes lead to the common extension.
        (gsm(8, 1), "[]{}", "PT", LOCKING),
        # What a locking table took out: PT has its own of it in the single shift table, TR has not.
        (ucs(2, 1), "Øæ", "TR", LOCKING),
        (ucs(2, 1), "Øæ", "TR", BOTH),
        (ucs(2, 1), "ΦΨ", "PT", LOCKING),
        (gsm(4, 1), "ΦΨ", "PT", BOTH),
        (gsm(2, 1), "ΦΨ", "PT", SINGLE),
        # There is no Spanish locking table.
        (gsm(2, 1), "Ú", "ES", LOCKING),
        (gsm(156, 2), "a" * 156, "ES", BOTH),
        (gsm(155, 1), "a" * 155, "ES", BOTH),
        # What the tables do not hold needs none.
        (ucs(70, 1), "ğ" * 69 + "Ж", "TR", BOTH),
        (ucs(67, 1), "ã" * 67, "ES", SINGLE),
        # Pairs stay together in these parts too.
        (gsm(298, 2), "a" * 147 + "ş" + "a" * 149, "TR", {}),
        (gsm(298, 3), "a" * 148 + "ş" + "a" * 148, "TR", {}),
        (gsm(292, 3), "a" * 145 + "[" + "a" * 145, "PT", BOTH),
    ],
)
def test_a_national_table_takes_room_and_saves_it(
    expected: Parts, text: str, language: Language, flags: Mapping[str, Any]
) -> None:
    assert count(text, language=language, **flags) == expected


@pytest.mark.parametrize(
    ("expected", "text", "flags"),
    [
        (gsm(160, 1), "a" * 160, {}),  # needs no table
        (gsm(14, 1), "ĞğİıŞşç", {}),
        (gsm(7, 1), "ĞğİıŞşç", LOCKING),
        (gsm(4, 1), "Úç", {}),
        (gsm(6, 1), "ãêô", {}),
        (gsm(2, 1), "ΦΨ", LOCKING),
        (ucs(2, 1), "ğã", {}),  # no table has both
        (gsm(155, 1), "|" * 155, LOCKING),  # Portuguese, where it is basic: 310 septets without
        (gsm(160, 1), "€" * 80, {}),
        (gsm(160, 1), "a" * 158 + "|", LOCKING),  # Portuguese would take a septet less, and a part more
    ],
)
def test_autodetect_takes_the_cheapest(expected: Parts, text: str, flags: Mapping[str, Any]) -> None:
    assert count(text, language="AUTODETECT", **flags) == expected


@pytest.mark.parametrize(
    ("expected", "text", "language"),
    [
        (gsm(160, 1), "Ж" * 160, None),
        (gsm(161, 2), "Ж" * 161, None),
        (gsm(160, 1), EMOJI * 160, None),
        (gsm(160, 1), "Ж" * 158 + "€", None),  # of the GSM set, so nothing to replace
        (gsm(162, 2), "[" * 81, None),
        (gsm(155, 1), "ğ" * 155, "TR"),  # a g afterwards, perhaps
        (gsm(156, 2), "ğ" * 156, "TR"),
        (gsm(160, 1), "ğ" * 160, "AUTODETECT"),
    ],
)
def test_a_replaced_character_counts_as_one(expected: Parts, text: str, language: Language | None) -> None:
    assert count(text, language=language, transliterated=True) == expected


def test_an_unknown_language_fails() -> None:
    with pytest.raises(KeyError):
        count("a", language="XX")  # type: ignore[arg-type]
