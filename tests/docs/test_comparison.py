"""The comparison says of each system and feature a verdict with a note, and is honest about what is missing here."""

from tests.docs.comparison import SHOWN, data

SYSTEMS = [one["id"] for one in data()["systems"]]
ROWS = [row for group in data()["features"] for row in group["rows"]]


def test_each_cell_has_a_verdict_and_a_note() -> None:
    cells = [(row["feature"], name, row.get(name)) for row in ROWS for name in SYSTEMS]
    assert [cell for cell in cells if not cell[2] or cell[2][0] not in SHOWN or not cell[2][1].strip()] == []
    assert [row["feature"] for row in ROWS if row.keys() - {"feature", *SYSTEMS}] == []


def test_each_system_but_this_one_has_a_source() -> None:
    assert [one["id"] for one in data()["systems"] if "source" not in one] == ["ours"]
    assert len(SYSTEMS) == 6


def test_of_this_one_nothing_is_left_unsaid_and_what_is_missing_is_told() -> None:
    verdicts = {row["feature"]: row["ours"][0] for row in ROWS}
    assert "unsaid" not in verdicts.values()
    assert "no" in verdicts.values()
