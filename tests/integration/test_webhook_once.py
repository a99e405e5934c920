"""Calls that are made at most once: whatever happens to topics and processes, only what may have gone out is buried."""

from pathlib import Path
from typing import Any

import orjson
import pytest

from tests.integration.brokers import Broker
from tests.integration.events import grow
from tests.integration.harness import QUICK, Corridor, until
from tests.integration.sends import enter
from tests.integration.webhooks import BY_ID, Endpoint, hooking

pytestmark = [pytest.mark.broker, pytest.mark.kafka]


def job_of(endpoint: Endpoint, **changes: Any) -> dict[str, Any]:
    return {"url": f"{endpoint.url}/in", "allow_private": True, "repeat": "never", **changes}


def letters(made: Corridor) -> set[str]:
    """The events that dead letters hold."""
    return {orjson.loads(letter.value or "")["event_id"] for letter in made.dead_letters()}


def test_another_process_that_joins_buries_nothing(broker: Broker, tmp_path: Path, unique: str) -> None:
    """A deployment hands partitions over while calls wait for their turn: those never went out."""
    events = 3_000
    with (
        Endpoint() as endpoint,
        hooking(
            *(broker, tmp_path, unique, ("id.js", BY_ID)),
            **job_of(endpoint, max_per_second=100, flush={"max_events": 300, "max_seconds": 0.2}),
        ) as (_, made),
    ):
        made.publish(enter(number) for number in range(events))
        first = made.start()
        until(lambda: len(endpoint.requests) >= 100, "calls are made")
        second = made.start()
        until(lambda: second.said("partitions_assigned"), "the other has partitions")
        until(lambda: made.lag() == 0, "all is committed")
        assert set(endpoint.ids.values()) == {1}
        assert (len(letters(made)), len(endpoint.ids)) == (0, events)
        assert (first.stop(), second.stop()) == (0, 0)


def test_a_process_that_is_stopped_in_order_buries_nothing(broker: Broker, tmp_path: Path, unique: str) -> None:
    events = 3_000
    with (
        Endpoint() as endpoint,
        hooking(
            *(broker, tmp_path, unique, ("id.js", BY_ID)),
            **job_of(endpoint, max_per_second=50, flush={"max_events": 300, "max_seconds": 0.2}),
        ) as (_, made),
    ):
        made.publish(enter(number) for number in range(events))
        first = made.start()
        until(lambda: len(endpoint.requests) >= 100, "calls are made")
        assert first.stop(120) == 0
        made.configuration["jobs"][0]["max_per_second"] = 500
        second = made.start()
        until(lambda: made.lag() == 0, "all is committed")
        assert set(endpoint.ids.values()) == {1}
        assert endpoint.ids.keys() | letters(made) == {f"e-{number}" for number in range(events)}
        assert len(letters(made)) <= 20, "but for what was on its way when its time was over"
        assert second.stop() == 0


def test_events_of_a_topic_that_was_made_anew_or_grew_are_called_once(
    broker: Broker, tmp_path: Path, unique: str
) -> None:
    """Also after a kill: marks of the former topic say nothing of the new one, and none speaks of a new partition."""
    with (
        Endpoint() as endpoint,
        hooking(*(broker, tmp_path, unique, ("id.js", BY_ID)), **job_of(endpoint)) as (_, made),
    ):
        made.publish(enter(number) for number in range(200))
        first = made.start(point=QUICK)
        until(lambda: len(endpoint.ids) == 200, "all are called")
        until(lambda: made.lag() == 0, "and committed")
        made.make_topic_anew()
        made.publish(enter(number) for number in range(200, 500))
        until(lambda: len(endpoint.ids) >= 300, "those of the new topic are called")
        first.kill()
        grow(made, 8)
        made.publish(enter(number) for number in range(500, 700))
        second = made.start()
        until(lambda: made.lag() == 0, "all is committed")
        assert set(endpoint.ids.values()) == {1}
        assert endpoint.ids.keys() | letters(made) == {f"e-{number}" for number in range(700)}
        assert letters(made) <= {f"e-{number}" for number in range(200, 500)}
        assert second.said("topic_recreated") or first.said("topic_recreated")
        assert second.stop() == 0


def test_a_renamed_job_is_a_new_one_and_says_so(broker: Broker, tmp_path: Path, unique: str) -> None:
    with (
        Endpoint() as endpoint,
        hooking(*(broker, tmp_path, unique, ("id.js", BY_ID)), **job_of(endpoint)) as (_, made),
    ):
        made.publish(enter(number) for number in range(20))
        first = made.start(point=QUICK)
        until(lambda: len(endpoint.requests) == 20, "all are called")
        assert first.stop() == 0
        made.change(name=f"{unique}-new", existing_members=False)
        made.publish([enter(20)])
        second = made.start(point=QUICK)
        until(lambda: second.said("partitions_assigned"), "it begins")
        made.publish([enter(21)])
        until(lambda: endpoint.ids["e-21"] == 1, "at the end: what came between the two is nobody's")
        assert endpoint.ids["e-20"] == 0
        assert not second.said("webhook_begins_with_existing_members")
        assert second.stop() == 0
        made.change(name=f"{unique}-newer", existing_members=True)
        third = made.start(point=QUICK)
        until(lambda: endpoint.ids["e-0"] == 2, "or from the beginning, and calls all of them again")
        assert third.said(f"webhook_begins_with_existing_members job={unique}-newer")
        assert third.stop() == 0
        assert made.status(f"{unique}-newer")["events"] == 22
