"""What `status` adds up, what it does with records it cannot read, and with words that look like markup."""

import io
import json
import logging
import random
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest
from rich.console import Console
from rich.table import Table

from schemas.records.examples import EXAMPLES
from schemas.records.exported import MODELS
from schemas.records.outcomes import Flush
from schemas.records.states import JobState, Verified
from schemas.records.topic import Form
from schemas.records.topics import SHARED
from streams.jobs.export_audience.configuration.effect import Effect
from streams.operating import dead_letters
from streams.operating.letters import Line, Listing
from streams.operating.status import JobStatus, as_json, as_table, state_of, take_states
from streams.summaries.records import readable

BEGAN = datetime(2026, 1, 1, tzinfo=UTC)


def rendered(table: Table) -> str:
    sheet = io.StringIO()
    Console(file=sheet, width=200).print(table)
    return sheet.getvalue()


def flush(first: int, last: int, *, second: int = 0, partition: int = 0, topic_id: str = "") -> Flush:
    events = last - first + 1
    place = {"topic": "memberships", "partition": partition, "first_offset": first, "last_offset": last}
    place["topic_id"] = topic_id
    return Flush.model_validate(
        {
            "job": "vip",
            "partitions": (place,),
            "events": events,
            "outcomes": {"accepted": events},
            "calls": {},
            "retries": 0,
            "left_out_fields": {},
            "seconds": 0.1,
            "flushed_at": BEGAN + timedelta(seconds=second),
        }
    )


def status(*flushes: Flush) -> JobStatus:
    found = JobStatus("vip", [])
    for one in flushes:
        found.did.add(one)
    return found


def test_values_left_out_are_told_by_field() -> None:
    some = [flush(0, 9), flush(10, 19), flush(10, 19)]
    found = status(*(one.model_copy(update={"left_out_fields": {"born": 2, "since": 1}}) for one in some))
    assert as_json([found], BEGAN)[0]["left_out_fields"] == {"born": 4, "since": 2}
    assert "born: 4" in rendered(as_table([found], BEGAN))


def test_what_a_job_found_that_verifies_is_told_with_when_and_why_it_was_left() -> None:
    found = status()
    assert as_json([found], BEGAN)[0]["verified"] is None
    said = dict(EXAMPLES["infobip_job_verification"])
    noted = Verified.model_validate_json(json.dumps(said))
    take_states({"vip": found}, [noted])
    assert as_json([found], BEGAN)[0]["verified"] == said
    shown = rendered(as_table([found], BEGAN))
    assert "2026-11-20 02:20:31Z" in shown
    assert "missing" in shown
    changes = {"missing": 0, "too_many": 0, "changed_fields": None, "detail": "not repaired: 6.0 % would change"}
    found.verified = noted.model_copy(update=changes)
    shown = " ".join(rendered(as_table([found], BEGAN)).replace("│", " ").split())
    assert "no drift" in shown
    assert "not repaired" in shown


def test_windows_add_up_in_whatever_order_they_land() -> None:
    found = status(flush(10, 19), flush(0, 9), flush(0, 4, partition=1), flush(20, 29))
    assert (found.did.counts.outcomes["accepted"], found.did.counts.windows, found.did.repeated) == (35, 4, 0)


def test_offsets_of_a_topic_that_was_made_anew_are_other_events() -> None:
    found = status(flush(0, 9), flush(0, 9, topic_id="one"), flush(10, 19, topic_id="one"), flush(0, 9, topic_id="two"))
    assert (found.did.events, found.did.counts.windows, found.did.repeated) == (30, 3, 0)


def test_a_window_repeated_after_a_crash_counts_once() -> None:
    found = status(flush(0, 9), flush(10, 19), flush(0, 9, second=5), flush(5, 14, second=6))
    assert (found.did.counts.outcomes["accepted"], found.did.counts.windows, found.did.repeated) == (20, 2, 0)
    assert found.did.last_flush is not None
    assert found.did.last_flush.flushed_at == BEGAN + timedelta(seconds=6)


def test_a_repetition_cut_differently_says_how_many_it_counts_twice() -> None:
    found = status(flush(0, 9), flush(5, 24))
    assert (found.did.counts.outcomes["accepted"], found.did.repeated, found.did.events) == (30, 5, 25)
    (told,) = as_json([found], BEGAN)
    assert (told["outcomes"], told["repeated"], told["events"]) == ({"accepted": 30}, 5, 25)
    shown = rendered(as_table([found], BEGAN))
    assert "counted twice: 5" in shown
    assert "events: 25" in shown


@pytest.mark.parametrize("seed", range(20))
def test_however_a_repetition_is_cut_its_events_count_once(seed: int) -> None:
    chance = random.Random(seed)
    told: list[Flush] = []
    read = committed = 0
    while read < 500:
        windows = [read]
        while chance.random() < 0.8:
            windows.append(windows[-1] + chance.randrange(1, 40))
        told += [flush(first, end - 1) for first, end in pairwise(windows)]
        read = max(read, windows[-1])
        # A crash: what is committed is some beginning of what was told.
        committed = chance.choice([committed, read, *windows])
        again = [*range(committed, read, chance.randrange(1, 40)), read]
        told += [flush(first, end - 1) for first, end in pairwise(again)]
    chance.shuffle(told)  # each partition of the flushes' topic is read by itself
    assert status(*told).did.events == read


class Stored:
    """A record as the client library gives it."""

    def __init__(self, value: bytes | None, key: bytes | None = None) -> None:
        self._value, self._key = value, key

    def key(self) -> bytes | None:
        return self._key

    def value(self) -> bytes | None:
        return self._value


def test_unreadable_records_are_told_of_and_passed_over(caplog: pytest.LogCaptureFixture) -> None:
    values = [b"{}", flush(0, 1).model_dump_json().encode(), None, b"\xff"]
    messages: list[Any] = [Stored(value) for value in values]
    with caplog.at_level(logging.WARNING):
        found = [said for _, said in readable("flushes", messages, lambda one: Flush.model_validate_json(one.value()))]
    assert found == [flush(0, 1)]
    assert "records_unreadable topic=flushes records=2" in caplog.text


(STATES,) = [topic for topic in SHARED if topic.name == "infobip_job_states"]


@pytest.mark.parametrize("form", STATES.forms, ids=lambda form: form.key)
def test_every_form_of_a_state_is_known(form: Form) -> None:
    message: Any = Stored(json.dumps(EXAMPLES[form.record]).encode(), form.key_example.encode())
    assert type(state_of(message)) is MODELS[form.record]


def test_what_members_are_still_to_be_brought_to_is_shown() -> None:
    found = status(flush(0, 9))
    before, now = Effect({"vip": "VIP"}), Effect({"vip": "GOLD"})
    found.configuration = now.record("vip", BEGAN, before.digest, [before.former()])
    told = "members are still to be brought to its configuration of 2026-01-01 00:00:00Z (tag 'VIP' -> 'GOLD' of vip)"
    assert as_json([found], BEGAN)[0]["detail"] == told
    found.configuration = now.record("vip", BEGAN, before.digest)
    assert as_json([found], BEGAN)[0]["detail"] == ""


#: A path in brackets would close what nobody opened, and a word in them would be taken for a colour.
WORDS = "404 [/people/2/tags] not found [red]"


def test_infobips_words_are_shown_as_they_are() -> None:
    found = status(flush(0, 9))
    found.states.append(
        JobState(job="vip", instance="p", state="waiting", detail=WORDS, partitions=1, since=BEGAN, updated_at=BEGAN)
    )
    assert WORDS in rendered(as_table([found], BEGAN))
    line = Line(
        partition=0,
        offset=1,
        job="vip",
        reason="rejected",
        detail=WORDS,
        topic="memberships",
        read_at=(0, 7),
        timestamp=None,
        replay=None,
        is_cut=False,
        failed_at=BEGAN,
    )
    assert WORDS in rendered(dead_letters.as_table(Listing([line], 1), {}))


def said(instance: str, state: str, second: int, detail: str = "") -> JobState:
    at = BEGAN + timedelta(seconds=second)
    fields = {"job": "vip", "instance": instance, "state": state, "detail": detail, "partitions": 1}
    return JobState.model_validate({**fields, "since": at, "updated_at": at})


def test_a_failure_is_shown_with_its_reason() -> None:
    found = status()
    found.states += [said("a-1", "stopped", 1), said("a-2", "failed", 5, "no such topic")]
    assert found.state(BEGAN + timedelta(hours=1)) == ("failed", "no such topic")


def test_a_failure_beside_processes_that_go_on_is_shown_until_they_start_anew() -> None:
    found, now = status(), BEGAN + timedelta(seconds=10)
    found.states += [said("a-1", "running", 1), said("a-2", "failed", 5, "no such topic")]
    assert found.state(now) == ("running", "failed in a-2: no such topic")
    found.states[0] = said("a-3", "running", 6)
    assert found.state(now) == ("running", "")
