"""What pages call things."""

from datetime import UTC, datetime, timedelta
from typing import get_args

import pytest

from schemas.config.authorization import Authorization
from schemas.records.outcomes import Reason
from schemas.records.states import StateKind
from streams.console.reasons import TITLES, meaning_of
from streams.console.rendering import ago, duration, moment, number, percent, until
from streams.console.settings_shown import shown
from streams.console.states import STATES
from tests.making import export_job

NOW = datetime(2026, 1, 1, tzinfo=UTC)


def test_each_reason_is_explained() -> None:
    assert set(TITLES) == set(get_args(Reason))
    assert meaning_of("of tomorrow").title == "of tomorrow"


def test_each_state_has_words() -> None:
    assert set(get_args(StateKind)) <= STATES.keys()


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(0, "0 s"), (59.4, "59 s"), (61, "1 min 1 s"), (3600, "1 h"), (93_600, "1 d 2 h"), (None, "\N{EN DASH}")],
)
def test_durations_are_told_in_two_units(seconds: float | None, words: str) -> None:
    assert duration(seconds) == words


def test_figures_are_told_as_people_read_them() -> None:
    assert [number(one) for one in (0, 1_234_567, 2.5, 12.5, 3.0, None)] == [
        "0",
        "1,234,567",
        "2.5",
        "12",
        "3",
        "\N{EN DASH}",
    ]
    assert (percent(1, 8), percent(0, 0)) == ("12.5 %", "\N{EN DASH}")
    assert [until(one) for one in (0.0, 90.0, None)] == ["caught up", "caught up in 1 min 30 s", "not catching up"]
    assert [ago(one, NOW) for one in (NOW, NOW - timedelta(hours=2), None)] == ["just now", "2 h ago", "never"]


def test_a_time_that_utc_does_not_have_is_shown_as_it_is() -> None:
    assert moment(datetime.fromisoformat("0001-01-01T00:00:00+14:00")) == "0001-01-01 00:00:00+14:00"


def test_settings_are_shown_without_secrets() -> None:
    key = Authorization.model_validate({"name": "a", "base_url": "https://a.example", "api_key": "very-secret"})
    assert "very-secret" not in shown(key)
    said = shown(export_job(name="vip", tag="VIP", description="of the shop"))
    assert "tag: VIP" in said
    assert "of the shop" in said
