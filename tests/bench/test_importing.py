"""The import's part of the benchmark: who has come and who twice, how subjects are started, what is told of them."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from bench import contenders, importing
from bench.committed import Committed
from bench.peers import Options, Peer
from bench.peers.importing import ours, redpanda_connect
from bench.running import Failed
from bench.table import Result, Row, markdown
from streams.config import load as config
from streams.kafka.topics import TopicNames

TOPIC = "bench-1.infobip_contacts"


class Record:
    """A record that was read."""

    def __init__(self, key: str, value: str) -> None:
        self._key, self._value = key.encode(), value.encode()

    def key(self) -> bytes:
        return self._key

    def value(self) -> bytes:
        return self._value

    def error(self) -> None:
        return None


class Reader:
    """A consumer that gives what it was given."""

    def __init__(self, *batches: list[Record]) -> None:
        self._batches = list(batches)

    def consume(self, *_: Any) -> list[Record]:
        return self._batches.pop(0) if self._batches else []


def test_a_person_has_come_twice_who_comes_again_in_the_same_version() -> None:
    contacts = Committed(Reader([Record("1", "a"), Record("2", "a")], [Record("1", "b"), Record("2", "a")]))
    assert (contacts.look(), contacts.people, contacts.repeated) == (True, 2, 0)
    at = contacts.last
    assert (contacts.look(), contacts.people, contacts.repeated) == (True, 2, 1)
    assert contacts.last == at, "nobody new came"
    assert not contacts.look()


def test_ours_is_configured_as_anybody_would(tmp_path: Path) -> None:
    *_, path = ours.command("localhost:9092", TOPIC, "http://127.0.0.1:80", "bench-1", Options(tmp_path, 5))
    loaded = config.load(Path(path), {})
    assert [(job.name, job.kind) for job in loaded.jobs] == [("bench-1", "import_contacts")]
    assert dict(loaded.authorizations[0].limits or {}) == {"list_persons": 5}
    assert TopicNames(loaded.kafka.topic_prefix).contacts == TOPIC


def test_redpanda_connect_is_limited_where_calls_are(tmp_path: Path) -> None:
    *_, path = redpanda_connect.command("b", TOPIC, "http://u", "g", Options(tmp_path, 5))
    pages = yaml.safe_load(Path(path).read_text())["input"]["read_until"]["input"]["http_client"]
    assert pages["rate_limit"] == "calls"
    assert pages["url"].startswith("http://u/people/2/persons?limit=1000&orderBy=modifiedAt:asc&page=")
    assert redpanda_connect.configuration("b", TOPIC, "u", None)["rate_limit_resources"] == []


def test_who_imports_is_not_who_exports() -> None:
    imports, exports = contenders.importers(heavy=False), contenders.contenders(heavy=False)
    assert not {peer.command for peer in imports} & {peer.command for peer in exports}
    assert imports[0].name == exports[0].name
    assert len(contenders.importers(heavy=True)) == len(imports) + 1


def test_a_part_that_fails_says_why_in_its_row(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: Any) -> Any:
        raise Failed("out of cheese")

    monkeypatch.setattr(importing, "limited", lambda *_: {"limited_seconds": 20.0})
    monkeypatch.setattr(importing, "killed", lambda *_: {"lost": 0.0})
    monkeypatch.setattr(importing, "unlimited", broken)
    monkeypatch.setattr(importing, "floor", lambda *_: {"rate": 1234.0})
    peer = Peer(name="Somebody's", does="contacts", command=lambda *_: [], missing=lambda: None)
    result = importing.imports("broker", [peer], 0.1)
    assert result.rows[0] == Row("Somebody's", "contacts", why="out of cheese")
    told = markdown(result)
    assert "T4: 10,000 people" in told
    assert "ideally 1.8 s" in told
    assert "kill -9 at 20, 30, 40, 50 and 60 %" in told
    assert "| bare confluent-kafka | only writes | - | - | - | - | 1,234 | - | - | - | - | - | - |" in told


def test_the_columns_are_what_is_measured() -> None:
    told = markdown(Result("t4", "T4", importing.COLUMNS, [Row("ours", figures={"endpoint_share": 0.034})]))
    assert "| ours | - | - | - | - | - | - | - | 3% | - | - | - |" in told.splitlines()
