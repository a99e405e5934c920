"""What `status` shows of an import: its cursor, its last run, and the next one."""

import io
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from rich.console import Console

from schemas.jobs.import_contacts import ImportContacts
from schemas.records.contact import ImportCursor, ImportRun
from schemas.records.outcomes import Flush
from schemas.records.states import JobState
from streams.kafka.topics import TopicNames
from streams.operating import status
from streams.operating.status import JobStatus, as_json, as_table

NOW = datetime(2026, 1, 1, 12, tzinfo=UTC)
LATEST = datetime(2026, 1, 1, 10, 59, 58, tzinfo=UTC)
UNDER_WAY = ImportRun(
    run_id="r1",
    started_at=NOW - timedelta(minutes=30),
    full=True,
    compares=False,
    expected=100_000,
    outcomes={"imported": 4000, "undecodable": 1},
    calls=5,
)
FINISHED = UNDER_WAY.model_copy(update={"finished_at": NOW - timedelta(minutes=20)})
FLUSH = Flush(
    job="contacts",
    partitions=(),
    events=4001,
    outcomes=FINISHED.outcomes,
    calls={"list_persons": 5},
    retries=0,
    left_out_fields={},
    seconds=600,
    flushed_at=NOW - timedelta(minutes=20),
)


def job(**options: Any) -> ImportContacts:
    return ImportContacts(name="contacts", kind="import_contacts", authorization="main", **options)


def of(run: ImportRun | None, *flushes: Flush, next_run_at: datetime | None = None) -> JobStatus:
    cursor = ImportCursor(job="contacts", modified_at=LATEST if run else None, run=run)
    found = JobStatus("contacts", [], cursor=cursor, next_run_at=next_run_at)
    for flush in flushes:
        found.did.add(flush)
    return found


def cells(found: JobStatus) -> dict[str, str]:
    """The row of the table, by heading."""
    table = as_table([found], NOW)
    (row,) = zip(*(column.cells for column in table.columns), strict=True)
    sheet = io.StringIO()
    Console(file=sheet, width=200).print(table)
    shown = {str(column.header): str(cell) for column, cell in zip(table.columns, row, strict=True)}
    assert all(line in sheet.getvalue() for cell in shown.values() for line in cell.splitlines())
    return shown


def told(found: JobStatus) -> dict[str, Any]:
    (one,) = as_json([found], NOW)
    return one


def test_a_run_under_way() -> None:
    shown = cells(of(UNDER_WAY))
    assert shown["lag by partition, or cursor"] == "cursor: 2026-01-01 10:59:58Z"
    assert shown["backfill, or runs"] == "running since 2026-01-01 11:30:00Z\n4,001 of 100,000 people"
    uncounted = UNDER_WAY.model_copy(update={"expected": None})
    assert cells(of(uncounted))["backfill, or runs"] == "running since 2026-01-01 11:30:00Z\n4,001 people"


def test_a_finished_run_and_the_next_one() -> None:
    shown = cells(of(FINISHED, FLUSH, next_run_at=NOW + timedelta(minutes=30)))
    assert shown["backfill, or runs"] == "last run: 2026-01-01 11:40:00Z\nnext run: 2026-01-01 12:30:00Z"
    assert shown["last flush"] == "2026-01-01 11:40:00Z\n4,001 events"
    assert shown["outcomes"] == "imported: 4,000\nundecodable: 1"
    assert shown["dead letters"] == "1"


def test_a_job_that_has_run_once_has_no_next_run() -> None:
    assert cells(of(FINISHED))["backfill, or runs"] == "last run: 2026-01-01 11:40:00Z\nnext run: none"


def test_a_job_that_has_never_run() -> None:
    shown = cells(of(None))
    assert (shown["state"], shown["last flush"], shown["outcomes"]) == ("never run", "none yet", "none yet")
    assert shown["lag by partition, or cursor"] == "cursor: none"
    assert shown["backfill, or runs"] == "no run yet"
    assert {name: told(of(None))[name] for name in ("state", "cursor", "last_run", "next_run", "last_flush")} == {
        "state": "never run",
        "cursor": None,
        "last_run": None,
        "next_run": None,
        "last_flush": None,
    }


def test_a_job_of_another_kind_has_no_runs() -> None:
    shown = cells(JobStatus("vip", []))
    assert (shown["lag by partition, or cursor"], shown["backfill, or runs"]) == ("0", "none")
    assert {told(JobStatus("vip", []))[name] for name in ("cursor", "last_run", "next_run")} == {None}


def test_the_same_as_data() -> None:
    found = told(of(FINISHED, FLUSH, next_run_at=NOW + timedelta(minutes=30)))
    assert (found["cursor"], found["next_run"]) == ("2026-01-01T10:59:58+00:00", "2026-01-01T12:30:00+00:00")
    assert found["last_run"] == FINISHED.model_dump(mode="json")
    assert (found["lag"], found["backfill"], found["events"], found["dead_letters"]) == ({}, "none", 4001, 1)


def test_every_run_counts_for_it_has_no_offsets_to_be_repeated() -> None:
    found = told(of(FINISHED, FLUSH, FLUSH, FLUSH))
    assert (found["flushes"], found["events"], found["repeated"]) == (3, 12_003, 0)


def test_the_process_that_works_is_counted_and_its_word_shown() -> None:
    found = of(FINISHED)
    for instance, partitions in (("a", 1), ("b", 0)):
        detail = "next run at 2026-01-01 12:30:00Z" if partitions else ""
        said = {"job": "contacts", "instance": instance, "state": "running", "detail": detail, "partitions": partitions}
        found.states.append(JobState.model_validate({**said, "since": NOW, "updated_at": NOW}))
    assert cells(found)["state"] == "running\nnext run at 2026-01-01 12:30:00Z\nprocesses: 1"


class Stored:
    """A record as the client library gives it."""

    def __init__(self, value: bytes | None) -> None:
        self._value = value

    def value(self) -> bytes | None:
        return self._value


@pytest.mark.parametrize(
    ("expected", "options"),
    [(UNDER_WAY.started_at + timedelta(hours=1), {"keep_updated": True}), (None, {})],
)
def test_the_last_cursor_counts_and_tells_the_next_run(
    expected: datetime | None, options: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    cursors = [ImportCursor(job="contacts", modified_at=LATEST, run=run) for run in (UNDER_WAY, FINISHED)]
    stored = [Stored(cursor.model_dump_json().encode()) for cursor in cursors]
    asked = []

    def read_topic(_: Any, topic: str, partitions: range) -> list[Stored]:
        asked.append((topic, list(partitions)))
        return [*stored, Stored(b"not a cursor")]

    monkeypatch.setattr(status, "read_topic", read_topic)
    names = TopicNames("eu.")
    begun = status._begun(job(**options), {}, names, {"eu.infobip_cursor_contacts": 1})
    assert (begun.cursor, begun.next_run_at) == (cursors[-1], expected)
    assert asked == [("eu.infobip_cursor_contacts", [0])]


def test_before_its_first_run_a_job_has_an_empty_cursor(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(status, "read_topic", lambda *_: [])
    begun = status._begun(job(keep_updated=True), {}, TopicNames(), {})
    assert begun.cursor == ImportCursor(job="contacts")
    assert cells(begun)["backfill, or runs"] == "no run yet"
