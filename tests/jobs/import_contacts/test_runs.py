"""When an import runs, from where, what its runs come to, and how many contacts it may delete."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from schemas.jobs.import_contacts import ImportContacts
from schemas.records.contact import ImportCursor, ImportRun
from schemas.records.outcomes import Flush, Outcome
from streams.jobs.import_contacts import runs
from streams.jobs.import_contacts.contact import Read, read_person
from streams.jobs.import_contacts.plan import Position

NOW = datetime(2026, 1, 10, 12, tzinfo=UTC)
#: The latest modifiedAt that was read.
LATEST = datetime(2026, 1, 10, 11, tzinfo=UTC)
DAY = timedelta(days=1)


def job(**options: Any) -> ImportContacts:
    return ImportContacts.model_validate(
        {"name": "people", "kind": "import_contacts", "authorization": "main", **options}
    )


def minutes(count: float) -> timedelta:
    return timedelta(minutes=count)


def run(**said: Any) -> ImportRun:
    return ImportRun(**{"run_id": "r1", "started_at": NOW - minutes(30), "full": False, "compares": False, **said})


def cursor(**said: Any) -> ImportCursor:
    """A job that has run, some time ago and to its end."""
    return ImportCursor(**{"job": "people", "modified_at": LATEST, "run": run(finished_at=NOW - minutes(20)), **said})


NEVER = ImportCursor(job="people")


@pytest.mark.parametrize("options", [{}, {"keep_updated": True}])
def test_the_first_run_is_due_at_once(options: dict[str, Any]) -> None:
    assert runs.due_at(job(**options), NEVER, NOW) == NOW


@pytest.mark.parametrize("options", [{}, {"keep_updated": True}])
def test_a_run_that_was_cut_short_goes_on_at_once(options: dict[str, Any]) -> None:
    assert runs.due_at(job(**options), cursor(run=run()), NOW) == NOW


def test_a_job_that_is_kept_updated_runs_from_start_to_start() -> None:
    """A restart before the next run is due does not bring it forward, and one after it does not put it off."""
    hourly = job(keep_updated=True)
    assert runs.due_at(hourly, cursor(), NOW) == NOW + minutes(30)
    assert runs.due_at(hourly, cursor(), NOW + DAY) == NOW + minutes(30)
    assert runs.due_at(job(keep_updated=True, every_seconds=60), cursor(), NOW) == NOW - minutes(29)


def test_who_waited_for_the_only_run_ends_and_who_comes_later_runs_again() -> None:
    ended_at = NOW - minutes(20)
    for watching_since in (ended_at - minutes(60), ended_at):
        assert runs.due_at(job(), cursor(), watching_since) is None
    later = ended_at + minutes(1)
    assert runs.due_at(job(), cursor(), later) == later


@pytest.mark.parametrize("options", [{}, {"keep_updated": True}])
def test_other_tags_are_imported_at_once(options: dict[str, Any]) -> None:
    before = cursor(tags=("A",))
    assert runs.due_at(job(tags=["A", "B"], **options), before, NOW - DAY) == NOW - DAY
    assert runs.due_at(job(**options), before, NOW - DAY) == NOW - DAY


def test_the_first_run_reads_everybody() -> None:
    begun = runs.begin(job(tags=["A"]), NEVER, "r2", NOW)
    fresh = ImportRun(run_id="r2", started_at=NOW, full=True, compares=False)
    assert begun == ImportCursor(job="people", tags=("A",), run=fresh)
    assert runs.position_of(begun) == Position()


@pytest.mark.parametrize(("expected", "seconds"), [(60, None), (600, 600), (2, 0), (3, 2.5)])
def test_a_later_run_looks_back(expected: int, seconds: float | None) -> None:
    options = {} if seconds is None else {"look_back_seconds": seconds}
    begun = runs.begin(job(**options), cursor(), "r2", NOW)
    assert begun.run == ImportRun(run_id="r2", started_at=NOW, full=False, compares=False)
    assert runs.position_of(begun) == Position(int(LATEST.timestamp()) - expected)
    assert begun.modified_at == LATEST


def test_after_a_run_that_met_nobody_the_next_one_reads_everybody() -> None:
    begun = runs.begin(job(), cursor(modified_at=None), "r2", NOW)
    assert (runs.of(begun).full, begun.position) == (True, None)


def test_a_run_under_way_goes_on_where_it_stood() -> None:
    under_way = cursor(position=LATEST - DAY, run=run(full=True, outcomes={"imported": 7}))
    assert runs.begin(job(), under_way, "r2", NOW) is under_way
    assert runs.position_of(under_way) == Position(int((LATEST - DAY).timestamp()))


def test_a_run_under_way_that_compares_begins_again() -> None:
    """What it had seen ended with its process; whoever was imported stays counted, and the rest is met again."""
    outcomes: dict[Outcome, int] = {"imported": 7, "undecodable": 1, "unchanged": 90}
    under_way = cursor(position=LATEST, run=run(full=True, compares=True, outcomes=outcomes))
    begun = runs.begin(job(detect_deletions=True), under_way, "r2", NOW)
    assert begun.position is None
    assert runs.of(begun).run_id == "r1"
    assert runs.of(begun).outcomes == {"imported": 7, "undecodable": 1}


def test_a_run_that_compared_goes_on_as_the_job_now_says() -> None:
    under_way = cursor(position=LATEST, run=run(full=True, compares=True))
    assert runs.of(runs.begin(job(), under_way, "r2", NOW)).compares is False


def test_case_and_order_of_tags_are_nothing() -> None:
    before, now = cursor(tags=("A", "b")), job(tags=["B", "a"], keep_updated=True)
    assert runs.due_at(now, before, NOW) == NOW + minutes(30)
    assert (runs.is_full(now, before, NOW), runs.is_under_way(now, cursor(tags=("A", "b"), run=run()))) == (False, True)
    assert runs.begin(now, before, "r2", NOW).tags == ("B", "a")


@pytest.mark.parametrize("under_way", [True, False])
def test_other_tags_begin_a_run_of_everybody(*, under_way: bool) -> None:
    before = cursor(tags=("A",), position=LATEST) if not under_way else cursor(tags=("A",), run=run(), position=LATEST)
    begun = runs.begin(job(tags=["B"]), before, "r2", NOW)
    assert (begun.tags, begun.position) == (("B",), None)
    assert begun.run == ImportRun(run_id="r2", started_at=NOW, full=True, compares=False)


SWEEPS = {"detect_deletions": True, "keep_updated": True}


@pytest.mark.parametrize(
    ("full", "compares", "options", "swept_at"),
    [
        (False, False, {}, None),
        (False, False, {}, NOW - 9 * DAY),
        (True, False, SWEEPS, None),
        (False, False, SWEEPS, NOW - DAY + minutes(1)),
        (True, True, SWEEPS, NOW - DAY),
        (True, True, SWEEPS, NOW - 9 * DAY),
        (False, False, {**SWEEPS, "sweep_every_seconds": 864_000}, NOW - 9 * DAY),
        (True, True, {**SWEEPS, "sweep_every_seconds": 1}, NOW - minutes(1)),
        (True, True, {"detect_deletions": True}, NOW - minutes(1)),
        (True, False, {"tags": ["A"]}, NOW - minutes(1)),
        (True, True, {**SWEEPS, "tags": ["A"]}, NOW - minutes(1)),
    ],
)
def test_everybody_is_read_to_see_who_is_gone(
    *, full: bool, compares: bool, options: dict[str, Any], swept_at: datetime | None
) -> None:
    """Nobody can be told to be gone before everybody has been read once."""
    before = cursor(swept_at=swept_at)
    assert runs.is_full(job(**options), before, NOW) is full
    begun = runs.of(runs.begin(job(**options), before, "r2", NOW))
    assert (begun.full, begun.compares) == (full, compares)


FROM = int(LATEST.timestamp()) - 60


@pytest.mark.parametrize(
    ("expected", "options", "said"),
    [
        (FROM, {}, {}),
        (FROM, {}, {"position": LATEST, "run": run()}),
        (FROM - 40, {}, {"position": LATEST - timedelta(seconds=100), "run": run()}),
        (None, {}, {"position": None, "run": run(full=True)}),
        (None, {}, {"position": LATEST, "run": run(full=True, compares=True)}),
        (None, {}, {"modified_at": None}),
        (None, {"detect_deletions": True}, {"swept_at": NOW - minutes(1)}),
        (None, {"detect_deletions": True}, {"swept_at": NOW, "position": LATEST, "run": run()}),
        (None, {"tags": ["A"]}, {}),
        (None, {"tags": ["A"]}, {"position": LATEST, "run": run()}),
    ],
)
def test_versions_are_needed_that_the_next_page_or_the_next_run_may_bring(
    expected: int | None, options: dict[str, Any], said: dict[str, Any]
) -> None:
    assert runs.oldest_needed(job(**options), cursor(**said), NOW) == expected


def moved(before: ImportCursor, position: Position | None, reached: int | None, **said: Any) -> ImportCursor:
    counts: dict[str, Any] = {"outcomes": {}, "retries": 0, "left_out": [], "expected": None}
    return runs.moved(before, position, reached, **counts | said)


def test_the_flush_adds_up_what_the_pages_and_the_tombstones_came_to() -> None:
    begun = runs.begin(job(), NEVER, "r2", NOW)
    begun = moved(begun, Position(60), 60, outcomes={"imported": 3}, retries=2, expected=8, left_out=["phone", "phone"])
    begun = moved(begun, Position(61), 61, outcomes={"imported": 2, "unchanged": 1, "undecodable": 0}, expected=5)
    begun = moved(begun, None, None, outcomes={"undecodable": 1}, retries=1, left_out=["phone"])
    begun = runs.deleted(runs.deleted(begun, 1000), 24)
    ended, flush = runs.finish(begun, NOW + timedelta(seconds=2.5))
    assert flush == Flush(
        job="people",
        partitions=(),
        events=1031,
        outcomes={"imported": 5, "unchanged": 1, "undecodable": 1, "deleted": 1024},
        calls={"list_persons": 3},
        answers={"list_persons": {"200": 3}},
        retries=3,
        left_out_fields={"phone": 3},
        seconds=2.5,
        flushed_at=NOW + timedelta(seconds=2.5),
    )
    assert sum(flush.outcomes.values()) == flush.events
    assert runs.of(ended).expected == 8
    assert runs.of(ended).finished_at == flush.flushed_at


def test_the_cursor_follows_the_pages_and_never_goes_back() -> None:
    before = runs.begin(job(), cursor(), "r2", NOW)
    second = int(LATEST.timestamp())
    early = moved(before, Position(second - 60), second - 59)
    assert (early.position, early.modified_at) == (LATEST - minutes(1), LATEST)
    late = moved(early, Position(second + 5), second + 5)
    assert (late.position, late.modified_at) == (LATEST + timedelta(seconds=5), LATEST + timedelta(seconds=5))
    last = moved(late, None, None)
    assert (last.position, last.modified_at) == (late.position, late.modified_at)
    ended, _ = runs.finish(last, NOW)
    assert (ended.position, ended.modified_at) == (None, late.modified_at)


@pytest.mark.parametrize(("expected", "full"), [(NOW - minutes(30), True), (NOW - DAY, False)])
def test_a_finished_run_of_everybody_is_a_sweep_from_its_start(expected: datetime, *, full: bool) -> None:
    ended, flush = runs.finish(cursor(run=run(full=full), swept_at=NOW - DAY), NOW)
    assert ended.swept_at == expected
    assert flush.seconds == 1800


def test_a_clock_set_back_makes_no_negative_time() -> None:
    assert runs.finish(cursor(run=run()), NOW - DAY)[1].seconds == 0


def letter_of(one: Read) -> tuple[Any, ...]:
    letter = runs.dead_letter("people", one, NOW)
    assert (letter.topic, letter.partition, letter.offset, letter.headers) == (None, None, None, ())
    return letter.job, letter.reason, letter.detail, letter.key, letter.value, letter.failed_at


def test_whoever_cannot_be_read_is_kept_whole() -> None:
    nobody, somebody = read_person({"id": "hush"}), read_person({"id": 7, "modifiedAt": "hush"})
    assert letter_of(nobody) == ("people", "undecodable", f"person: {nobody.fault}", None, '{"id": "hush"}', NOW)
    assert letter_of(somebody)[2:5] == ("person: modifiedAt: Value error, must be a time", "7", somebody.value.decode())


@pytest.mark.parametrize(
    ("expected", "most", "gone", "imported"),
    [
        *((True, None, 20, 100), (False, None, 21, 100), (True, None, 1, 5), (False, None, 1, 4)),
        *((True, None, 0, 0), (True, 0, 0, 0), (True, "0%", 0, 10), (False, "0%", 1, 10), (False, 0, 1, 1000)),
        *((True, 5, 5, 5), (False, 5, 6, 1000), (True, "100%", 10, 10), (True, "7%", 7, 100), (False, "7%", 8, 100)),
    ],
)
def test_no_more_may_be_deleted_than_the_job_allows(
    *, expected: bool, most: int | str | None, gone: int, imported: int
) -> None:
    options = {} if most is None else {"max_deletions": most}
    assert job(**options).may_delete(gone, imported) is expected
