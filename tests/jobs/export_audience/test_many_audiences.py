"""One profile in very many audiences that share a tag: it is bounded, and costs no more than its events."""

import time

import pytest
from orjson import dumps

from schemas.records.membership import NAME_MAX
from streams.jobs.export_audience.fold import AUDIENCES_BYTES_MAX, AUDIENCES_MAX, TOO_MANY
from streams.jobs.export_audience.plan import Attributes, Exporter
from tests.fakes.infobip import Infobip
from tests.making import event, export_job, window_of

MANY = [f"audience-{number}" for number in range(AUDIENCES_MAX)]


def test_an_audience_too_many_is_rejected_in_words_and_the_others_go_on() -> None:
    exporter, held = Exporter(export_job(), Attributes()), {"u": frozenset(MANY)}
    folded = exporter.fold(
        window_of(
            exporter.job,
            [
                event("u", audience="one-more"),
                event("u", audience=MANY[0]),
                event("u", "exit", MANY[1]),
                event("u", audience="instead"),
                event("w", audience="one-more"),
            ],
        ),
        held,
    )
    settled = Infobip().hold(exporter.deliver(folded))
    assert settled.outcomes == {"rejected": 1, "accepted": 3, "unchanged": 1}
    assert [(failure.reason, failure.detail) for failure in settled.failures] == [("rejected", TOO_MANY)]
    assert folded.memberships["u"] == frozenset(MANY) - {MANY[1]} | {"instead"}
    assert folded.memberships["w"] == {"one-more"}


@pytest.mark.parametrize("letter", ["\x01", '"', "é", "x"])
def test_long_names_are_bounded_by_what_they_take_in_a_record(letter: str) -> None:
    exporter = Exporter(export_job(), Attributes())
    long = [f"{number:04d}".ljust(NAME_MAX, letter) for number in range(AUDIENCES_MAX)]
    folded = exporter.fold(window_of(exporter.job, [event("u", audience=name) for name in long]), {})
    kept = sum(len(dumps(name)) for name in folded.memberships["u"])
    most = max(len(dumps(name)) for name in long)
    assert AUDIENCES_BYTES_MAX - most <= kept <= AUDIENCES_BYTES_MAX
    assert folded.outcomes.count("rejected") == AUDIENCES_MAX - len(folded.memberships["u"])


def test_a_window_of_one_profile_costs_no_more_the_more_it_is_in() -> None:
    exporter = Exporter(export_job(tag=dict.fromkeys(MANY, "T")), Attributes())
    window = window_of(exporter.job, [event("u", "exit", name) for name in MANY])
    held = {"u": frozenset(f"old-{number}" for number in range(50_000))}
    began = time.process_time()
    for _ in range(5):
        exporter.fold(window, held)
    assert time.process_time() - began < 2.5, "five windows; one took four seconds when each event copied the set"
