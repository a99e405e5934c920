"""Dead letters a page at a time, from a broker."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import orjson
import pytest
from confluent_kafka import Producer

from schemas.configuration import Configuration
from streams.operating import letter_pages
from streams.operating.dead_letters import Filter
from streams.operating.letter_pages import Page, page
from streams.operating.letters import Letters
from tests.integration.brokers import Broker
from tests.integration.harness import corridor
from tests.making import export_job

pytestmark = pytest.mark.broker

BEGAN = datetime.now(UTC).replace(microsecond=0) - timedelta(minutes=30)
PARTITIONS, LETTERS = 3, 700


def letter(number: int) -> bytes:
    said: dict[str, object] = {
        "job": "vip" if number % 2 else "gold",
        "reason": "rejected" if number % 10 else "no_address",
        "detail": f"the {number}th",
        "topic": "memberships",
        "partition": 0,
        "offset": number,
        "headers": [],
        "failed_at": (BEGAN + timedelta(seconds=number)).isoformat(),
    }
    return orjson.dumps(said)


@pytest.fixture(name="letters")
def _letters(broker: Broker, tmp_path: Path, unique: str, request: pytest.FixtureRequest) -> Letters:
    """Dead letters spread over partitions, behind the marks of transactions; or without, for marks are of today."""
    is_marked = getattr(request, "param", True)
    with corridor(broker.bootstrap, "http://127.0.0.1:9", tmp_path, unique, PARTITIONS) as made:
        topic = f"{unique}.infobip_dead_letters"
        made.create_topic(name=topic)
        producer = Producer({**made.settings, **({"transactional.id": unique} if is_marked else {})})
        if is_marked:
            producer.init_transactions(30)
        for first in range(0, LETTERS, 70):
            if is_marked:
                producer.begin_transaction()
            for number in range(first, first + 70):
                at = int((BEGAN + timedelta(seconds=number)).timestamp() * 1000)
                producer.produce(topic, value=letter(number), partition=number % PARTITIONS, timestamp=at)
            if is_marked:
                producer.commit_transaction(30)
        assert producer.flush(30) == 0
    return Letters(
        Configuration.model_validate(
            {
                "kafka": {"brokers": broker.bootstrap, "topic_prefix": f"{unique}."},
                "authorizations": [{"name": "main", "base_url": "a.example", "api_key": "k"}],
                "jobs": [export_job()],
            }
        )
    )


def numbers(found: Page) -> list[int]:
    return [int(line.detail.removeprefix("the ").removesuffix("th")) for line in found.lines]


def test_pages_follow_each_other_and_leave_nothing_out(letters: Letters) -> None:
    seen: list[int] = []
    found = page(letters, lambda _: True, 40)
    assert numbers(found) == list(range(LETTERS - 1, LETTERS - 41, -1))
    while True:
        seen += numbers(found)
        if found.before is None:
            break
        found = page(letters, lambda _: True, 40, before=found.before)
    assert seen == list(range(LETTERS - 1, -1, -1))


def test_only_those_that_are_meant_are_shown_however_far_back_they_are(letters: Letters) -> None:
    meant = Filter(job="gold", reason="no_address", text="THE 1")
    assert numbers(page(letters, meant.wants, 5)) == [190, 180, 170, 160, 150]
    assert page(letters, Filter(job="nobody's").wants, 5).lines == []


def test_no_more_is_looked_through_than_is_good_for_a_page(letters: Letters, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(letter_pages, "LOOKED_AT_MAX", 300)
    found = page(letters, lambda line: line.offset == 0, 5)
    assert (found.lines, 300 <= found.looked_at <= 600) == ([], True)
    assert found.before is not None


@pytest.mark.parametrize("letters", [False], indirect=True)
def test_a_day_is_looked_for_where_it_is(letters: Letters) -> None:
    since, until = BEGAN + timedelta(seconds=100), BEGAN + timedelta(seconds=110)
    times = tuple(int(one.timestamp() * 1000) for one in (since, until))
    found = page(letters, lambda _: True, 50, between=(times[0], times[1]))
    assert numbers(found) == list(range(109, 99, -1))
    assert found.looked_at < 50


def test_where_there_is_no_topic_there_are_no_letters(letters: Letters) -> None:
    letters._topic = "unknown"
    letters.names = type(letters.names)("nobody.")
    assert page(letters, lambda _: True, 5) == Page([], None, 0)
