"""Which dead letters are meant, and which of them are published back."""

import asyncio
import contextlib
import json
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any, get_args

import orjson
import pytest

from schemas.configuration import Configuration
from schemas.records.outcomes import Reason
from schemas.records.replays import REPLAY_HEADER, Replayed
from streams.errors import ConfigurationError
from streams.kafka.topics import TopicNames
from streams.operating import replays
from streams.operating.dead_letters import Filter, filter_of, in_all
from streams.operating.letters import Letters, Line, Listing, line_of, whole
from streams.operating.replays import Choice, Manner, choose, original
from streams.pipeline.settle import Failure, dead_letter
from streams.receiver.dead_letters import unreadable_report
from streams.receiver.reading import Unreadable
from tests.making import FakeRecord, export_job, send_job

NOW = datetime(2026, 11, 20, 10, tzinfo=UTC)
CONFIGURATION = Configuration.model_validate(
    {
        "kafka": {"brokers": "127.0.0.1:1"},
        "authorizations": [{"name": "main", "base_url": "http://127.0.0.1:1", "api_key": "key"}],
        "jobs": [export_job(), send_job()],
    }
)


class Stored:
    """A dead letter as it is read back."""

    def __init__(self, value: bytes, offset: int) -> None:
        self._value, self._offset = value, offset

    def partition(self) -> int:
        return 0

    def offset(self) -> int:
        return self._offset

    def value(self) -> bytes:
        return self._value


def stored(name: int, job: str = "orders", *, after: int = 0, **record: Any) -> Any:
    """A letter under a name, of a job, that failed so many seconds after the first."""
    failure = Failure(FakeRecord(b"junk", **record), "undecodable", "no event")
    letter = dead_letter(job, failure, now=NOW + timedelta(seconds=after))
    return Stored(letter.model_dump_json().encode(), name)


def choice(*letters: Any, marks: dict[bytes, Replayed] | None = None, again: bool = False) -> Choice:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(replays, "read_marks", lambda *_: marks or {})
        return choose(Letters.__new__(Letters), map(line_of, letters), CONFIGURATION, again=again)


def names(lines: Any) -> list[str]:
    return [line.name for line in lines]


def replay(name: int, of: Any, **more: Any) -> Any:
    """The letter that a replay of another came to."""
    headers = [(key, value) for key, value in original(whole(of)).headers]
    return stored(name, offset=90 + name, timestamp=5, headers=headers, **more)


def marked(of: Any) -> dict[bytes, Replayed]:
    line = line_of(of)
    assert line.event is not None
    return {line.event: Replayed(failed_at=line.failed_at, replayed_at=NOW)}


def test_each_event_is_published_once_for_each_job_that_could_not_use_it() -> None:
    first, other, second = stored(1), stored(2, "vip"), stored(3, offset=9)
    again = replay(4, first, after=3)
    assert names(choice(first, other, second).lines.values()) == ["0-1", "0-2", "0-3"]
    assert names(choice(first, again).lines.values()) == ["0-4"]
    assert line_of(again).event == line_of(first).event
    assert line_of(again).event != line_of(other).event


def test_an_event_of_a_topic_that_was_made_anew_is_another() -> None:
    assert names(choice(stored(1, timestamp=1), stored(2, timestamp=2)).lines.values()) == ["0-1", "0-2"]


def test_what_infobip_sent_to_no_job_is_not_published() -> None:
    letter = unreadable_report(Unreadable(b"junk", "the body is no JSON"), now=NOW)
    chosen = choice(Stored(letter.model_dump_json().encode(), 1))
    assert (names(chosen.reports), chosen.people, chosen.lines) == (["0-1"], [], {})


def test_what_was_published_back_is_left_out_unless_it_is_asked_for_again() -> None:
    letter = stored(1)
    assert names(choice(letter, marks=marked(letter)).done) == ["0-1"]
    assert names(choice(letter, marks=marked(letter), again=True).lines.values()) == ["0-1"]


def test_a_letter_that_came_of_a_replay_is_new() -> None:
    first = stored(1)
    again = replay(2, first, after=3)
    chosen = choice(first, again, marks=marked(first))
    assert (names(chosen.lines.values()), chosen.done) == (["0-2"], [])
    assert names(choice(first, marks=marked(again)).done) == ["0-1"]


def test_what_nobody_would_read_is_not_published() -> None:
    chosen = choice(stored(1, "gone"), stored(2, topic="elsewhere"))
    assert (names(chosen.unread), chosen.lines) == (["0-1", "0-2"], {})


def test_a_replay_is_the_record_as_it_was_with_a_word_on_whose_letter_it_was() -> None:
    record = original(whole(stored(1, offset=7, partition=2, key=b"\xff", headers=(("trace", b"\xfe"), ("x", None)))))
    assert (record.topic, record.partition, record.key, record.value) == ("memberships", 2, b"\xff", b"junk")
    *headers, (name, said) = record.headers
    assert headers == [("trace", b"\xfe"), ("x", None)]
    assert name == REPLAY_HEADER
    assert orjson.loads(said or b"") == {
        "job": "orders",
        "topic": "memberships",
        "partition": 2,
        "offset": 7,
        "timestamp": 1_763_632_800_000,
    }


@pytest.mark.parametrize(
    ("expected", "since"),
    [
        (NOW - timedelta(minutes=15), "15m"),
        (NOW - timedelta(hours=2), "2h"),
        (NOW - timedelta(days=3), "3d"),
        (datetime(2026, 11, 19, tzinfo=UTC), "2026-11-19T00:00:00Z"),
        (datetime(2026, 11, 19, tzinfo=UTC), "2026-11-19T01:00:00+01:00"),
        (datetime(2026, 11, 19, tzinfo=UTC), "2026-11-19"),
    ],
)
def test_since_is_a_duration_or_a_time(expected: datetime, since: str) -> None:
    assert filter_of(None, None, since, NOW) == Filter(since=expected)


@pytest.mark.parametrize("since", ["", "2", "h", "-2h", "2 h", "yesterday", "999999d", "2026-13-01"])
def test_what_is_no_time_and_no_reason_is_told(since: str) -> None:
    with pytest.raises(ConfigurationError) as told:
        filter_of(None, "nope", since, NOW)
    assert told.value.faults == [
        f"--reason: no reason is called 'nope' (there are: {', '.join(get_args(Reason))})",
        "--since: must be a duration such as 15m or 2h, or a time such as 2026-11-20T10:00:00Z",
    ]


@pytest.mark.parametrize("value", [b"", b"null", b"7", b"{}", b"\xff", b'{"job": "a"}', b"[]"])
def test_what_is_no_letter_is_told_apart(value: bytes) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - of JSON or of what is in it
        line_of(Stored(value, 0))


@pytest.mark.parametrize("field", ["topic", "partition", "offset", "timestamp", "headers", "failed_at"])
@pytest.mark.parametrize("odd", [[], {}, "x", 1.5, True, 10**30, float("inf"), [{"name": None, "value": 7}]])
def test_a_letter_that_can_be_read_names_its_event(field: str, odd: Any) -> None:
    """What is odd in it is told where it is read, and not by whoever lists or replays it."""
    value = json.dumps(orjson.loads(stored(0).value()) | {field: odd}).encode()
    with contextlib.suppress(ValueError):
        line = line_of(Stored(value, 0))
        try:
            assert line.event is not None
            assert line.source
        except ValueError:
            pytest.fail(f"{field} is read and cannot be used")


@pytest.mark.parametrize(
    ("expected", "shown", "count"),
    [
        ("0 dead letters", 0, 0),
        ("1 dead letter", 1, 1),
        ("1,200 dead letters; the newest are shown, 1,100 more are there (--limit, --since)", 100, 1200),
    ],
)
def test_the_last_line_says_how_many_there_are(expected: str, shown: int, count: int) -> None:
    line: Line = line_of(stored(1))
    assert in_all(Listing([line] * shown, count)) == expected


def test_a_slow_replay_that_is_called_off_ends_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """At one letter a quarter of an hour nobody waits for the next one, nor do other replays."""
    written: list[Any] = []

    class Written:
        def __init__(self, _: Any) -> None: ...

        async def write(self, records: Any) -> None:
            written.extend(records)

        async def aclose(self) -> None: ...

    monkeypatch.setattr(replays, "Writer", Written)
    topic = FakeRecord(b"junk").topic
    existing = {topic: 4, "infobip_replays": 1}
    letters: Any = SimpleNamespace(
        topics=SimpleNamespace(partitions=lambda: existing), names=TopicNames(""), settings={}
    )
    found = [whole(stored(number, offset=number)) for number in range(3)]
    done: list[int] = []
    manner = Manner("ann", 0.001, done.append, lambda: not done)
    assert asyncio.run(asyncio.wait_for(replays.publish(letters, found, {}, manner), 10)) == 1
    assert len(written) == 2
