"""What a change of audiences and tags leaves as it is."""

import pytest

from streams.jobs.export_audience.exported_tags import changes, tags_of
from tests.making import export_job


def test_the_tags_of_a_job() -> None:
    assert tags_of(export_job()) == {"*": "VIP"}
    assert tags_of(export_job(audiences=["a", "b"])) == {"a": "VIP", "b": "VIP"}
    assert tags_of(export_job(tag={"a": "A", "b": "B"}, audiences=["b"])) == {"b": "B"}


@pytest.mark.parametrize(
    ("before", "now", "told"),
    [
        ({"a": "A"}, {"a": "A"}, []),
        ({"a": "A"}, {"a": "B"}, ["tag 'A' -> 'B', a: members keep 'A', and get 'B' if they enter again"]),
        (
            {"*": "A"},
            {"*": "B"},
            ["tag 'A' -> 'B', all audiences: members keep 'A', and get 'B' if they enter again"],
        ),
        (
            {"a": "A"},
            {"a": "A", "c": "A", "b": "A"},
            ["audiences added, b, c: those who are in them already are exported with their next event"],
        ),
        ({"a": "A", "b": "A"}, {"a": "A"}, ["audiences gone, b: those who are in them keep their tag"]),
    ],
)
def test_what_a_change_leaves_is_told(before: dict[str, str], now: dict[str, str], told: list[str]) -> None:
    assert list(changes(before, now)) == told


def test_of_many_audiences_some_are_named() -> None:
    (told,) = changes({f"a{number:02d}": "A" for number in range(12)}, {})
    named = ", ".join(f"a{number:02d}" for number in range(10))
    assert told == f"audiences gone, {named} and 2 more: those who are in them keep their tag"
