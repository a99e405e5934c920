"""What a verification tells: fields, samples, second names, what is not known, and how few calls it takes."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from schemas.records.states import StartPosition
from streams.calls.call import Call, Reply
from streams.errors import JobFailed, Refused, Stalled, StreamsError
from streams.jobs.export_audience.verification import people as people_of_infobip
from streams.jobs.export_audience.verification import store as working_store
from streams.jobs.export_audience.verification.fields import changed, merged
from streams.jobs.export_audience.verification.people import FILTER_BYTES_MAX
from streams.jobs.export_audience.verification.store import IDENTITY
from streams.kafka.local_store import LocalStore, open_store
from streams.pipeline.join_entries import entry
from tests.fakes.infobip import NOW, Infobip
from tests.jobs.export_audience.membership_fakes import TOPIC, Brokers, Job
from tests.jobs.export_audience.verification.verifying import publish, settle, verify
from tests.making import export_job

JOB = export_job(topics=[TOPIC], audiences=["vip"], tag="VIP")


def email(number: int) -> str:
    return f"p{number}@example.com"


def entered(numbers: range, **fields: Any) -> Brokers:
    """Brokers with the enters of so many, all of them done."""
    brokers = Brokers()
    for number in numbers:
        publish(brokers, f"u-{number}", "enter", "vip", {"email": email(number), **fields})
    return done(brokers)


def done(brokers: Brokers) -> Brokers:
    """The same brokers, where the job has done all events."""
    brokers.committed = {number: len(log) for number, log in brokers.events.items()}
    return brokers


def people(numbers: range, *tags: str) -> dict[str, tuple[str, ...]]:
    return {email(number): tags or ("VIP",) for number in numbers}


def refusing_filters(call: Call) -> Reply | None:
    """Stand for an account that takes no filter by people's names."""
    return Reply(400, {"errorCode": "40019"}) if "#or" in call.query.get("filter", "") else None


def test_equal_is_told_with_few_calls(tmp_path: Path) -> None:
    infobip = Infobip.simulated()
    settle(infobip, people(range(100)))
    found = verify(JOB, {TOPIC: entered(range(100))}, infobip, tmp_path)
    assert (found.members, found.tagged, found.drift.to_add, found.drift.to_remove) == (100, 100, {}, {})
    assert len(infobip.calls) == 2  # a page, and a count


def test_a_person_is_matched_however_their_email_is_written(tmp_path: Path) -> None:
    infobip = Infobip.simulated()
    settle(infobip, {"Ann@Example.com": ("vip",)})
    brokers = Brokers()
    publish(brokers, "u-1", "enter", "vip", {"email": "ANN@example.com"})
    found = verify(JOB, {TOPIC: done(brokers)}, infobip, tmp_path)
    assert (found.drift.missing.count, found.drift.too_many.count) == (0, 0)


def test_few_who_differ_are_asked_for_by_their_names(tmp_path: Path) -> None:
    infobip = Infobip.simulated()
    settle(infobip, people(range(2, 1500)))
    found = verify(JOB, {TOPIC: entered(range(1500))}, infobip, tmp_path)
    assert found.drift.missing.count == 2
    asked = [call for call in infobip.calls if "#or" in call.query.get("filter", "")]
    assert len(asked) == 1
    assert len(quote(asked[0].query["filter"])) < FILTER_BYTES_MAX + 100


def test_where_many_differ_the_list_is_read_again(tmp_path: Path) -> None:
    infobip = Infobip.simulated()
    settle(infobip, people(range(500)))
    found = verify(JOB, {TOPIC: entered(range(1000, 1500))}, infobip, tmp_path)
    assert (found.drift.missing.count, found.drift.too_many.count) == (500, 500)
    assert len(found.drift.missing.examples) == 5
    assert not [call for call in infobip.calls if "#or" in call.query.get("filter", "")]


def test_many_tags_are_asked_for_by_filters_that_addresses_have_room_for(tmp_path: Path) -> None:
    tags = {f"a{number}": f"Tag für alle der Nummer {number}" for number in range(300)}
    job = export_job(topics=[TOPIC], audiences=[*tags], tag=tags)
    brokers, infobip = Brokers(), Infobip.simulated()
    has = {number: dict.fromkeys((tags[f"a{number}"], tags[f"a{(number * 7) % 300}"])) for number in range(300)}
    settle(infobip, {email(number): tuple(each) for number, each in has.items()})
    for number in range(300):
        publish(brokers, f"u-{number}", "enter", f"a{number}", {"email": email(number)})
    found = verify(job, {TOPIC: done(brokers)}, infobip, tmp_path)
    # The second tag of most is that of another audience.
    assert (found.members, found.drift.missing.count, found.drift.too_many.count) == (300, 0, 300 - 6)
    assert max(len(quote(call.query.get("filter", ""))) for call in infobip.calls) < FILTER_BYTES_MAX + 1000


def test_an_account_that_takes_no_such_filter_is_asked_one_by_one(tmp_path: Path) -> None:
    infobip = Infobip.simulated()
    infobip.meets = refusing_filters
    settle(infobip, people(range(10)))
    found = verify(JOB, {TOPIC: entered(range(12))}, infobip, tmp_path, sample=12)
    assert (found.sampled, found.drift.missing.count) == (12, 2)
    assert sum("identifier" in call.query for call in infobip.calls) == 12 + 2


def test_who_went_by_their_phone_is_not_missing_by_the_email_that_was_refused(tmp_path: Path) -> None:
    infobip = Infobip.simulated()
    settle(infobip, people(range(3)))
    assert infobip.world is not None
    account = infobip.world.account
    contact = [{"type": "PHONE", "identifier": "41793026727"}]
    assert not account.upsert([{"contactInformation": contact, "tags": ["VIP"]}], NOW)["errors"]
    brokers = entered(range(3))
    publish(brokers, "u-9", "enter", "vip", {"email": "refused@example.com", "phone": "+41793026727"})
    found = verify(JOB, {TOPIC: done(brokers)}, infobip, tmp_path)
    assert (found.drift.missing.count, found.drift.too_many.count) == (0, 0)


def test_a_sample_is_drawn_by_profiles_and_stays_the_same(tmp_path: Path) -> None:
    drawn = []
    for numbers in (range(300), range(299, -1, -1)):
        brokers, infobip = Brokers(), Infobip.simulated()
        settle(infobip, people(range(150)))
        for number in numbers:
            publish(brokers, f"u-{number}", "enter", "vip", {"email": email(number)})
        found = verify(JOB, {TOPIC: done(brokers)}, infobip, tmp_path, sample=40)
        assert (found.sampled, found.members, found.tagged) == (40, 300, 150)
        drawn.append(found.drift.missing.count)
    assert drawn[0] == drawn[1]
    assert 8 < drawn[0] < 32


def test_fields_are_compared_with_what_profiles_said_last(tmp_path: Path) -> None:
    job = export_job(
        topics=[TOPIC], audiences=["vip"], tag="VIP", map_fields={"first": "firstName", "last": "lastName"}
    )
    infobip = Infobip.simulated()
    settle(infobip, people(range(3)), firstName="Ann", lastName="Weber")
    brokers = entered(range(3), first="Bea", last="Weber")
    for number in (0, 1):
        publish(brokers, f"u-{number}", "enter", "vip", {"email": email(number), "first": "Ann"})
    found = verify(job, {TOPIC: done(brokers)}, infobip, tmp_path, fields=True)
    assert (found.drift.changed.count, found.drift.by_field) == (1, {"firstName": 1})
    assert verify(job, {TOPIC: brokers}, infobip, tmp_path).drift.changed.count == 0


@pytest.mark.parametrize(
    ("sent", "found", "names"),
    [
        ({"firstName": "Ann"}, {"firstName": "Ann", "lastName": "Weber"}, []),
        ({"firstName": "Ann"}, {}, ["firstName"]),
        ({"customAttributes": {"ltv": 10}}, {"customAttributes": {"LTV": 10.0}}, []),
        ({"customAttributes": {"ltv": "10.50"}}, {"customAttributes": {"ltv": 10.5}}, []),
        ({"customAttributes": {"ltv": 10}}, {"customAttributes": {"ltv": 11}}, ["customAttributes.ltv"]),
        ({"customAttributes": {"vip": True}}, {"customAttributes": {"vip": 1}}, ["customAttributes.vip"]),
        ({"customAttributes": {"at": "2026-01-01T10:00:00Z"}}, {"customAttributes": {"at": "2026-01-01T10:00:00"}}, []),
        ({"birthDate": "1990-01-31"}, {"birthDate": "1990-01-30"}, ["birthDate"]),
        ({"customAttributes": {"rows": [{"a": 1}]}}, {"customAttributes": {"rows": [{"a": 1, "b": None}]}}, []),
        ({"customAttributes": {"rows": [{"a": 1}]}}, {"customAttributes": {"rows": []}}, ["customAttributes.rows"]),
    ],
)
def test_a_field_is_changed_where_its_value_is_another(
    sent: Mapping[str, Any], found: Mapping[str, Any], names: list[str]
) -> None:
    assert changed(sent, found) == names


def test_a_later_enter_adds_to_what_earlier_ones_said() -> None:
    before = {"firstName": "Ann", "customAttributes": {"a": 1}}
    assert merged(before, {"customAttributes": {"b": 2}}) == {"firstName": "Ann", "customAttributes": {"a": 1, "b": 2}}


def test_what_retention_and_compaction_took_is_told_of(tmp_path: Path) -> None:
    brokers, infobip = entered(range(10)), Infobip.simulated()
    settle(infobip, people(range(10)))
    brokers.low, brokers.compacted = {0: 2}, True
    notes = verify(JOB, {TOPIC: brokers}, infobip, tmp_path).told.notes
    assert notes == [
        f"{TOPIC}, partition 0: events before offset 2 are deleted; who entered by them only is told as too many",
        f"{TOPIC} is compacted: who is not told of by the last event of their key is not known",
    ]


def test_events_from_before_the_job_began_are_none_of_its_business(tmp_path: Path) -> None:
    brokers, infobip = entered(range(10)), Infobip.simulated()
    settle(infobip, {})
    brokers.begun = {
        number: StartPosition(
            job="vip",
            topic=TOPIC,
            partition=number,
            start_offset=len(log),
            end_offset=len(log),
            topic_id="first",
            started_at=NOW,
        )
        for number, log in brokers.events.items()
    }
    assert verify(JOB, {TOPIC: brokers}, infobip, tmp_path).members == 0


@pytest.mark.parametrize("order", ["in order", "an owner writes late"])
@pytest.mark.parametrize(
    ("options", "source"),
    [
        ({"remember_address": True}, "addresses"),
        ({"keep_members": True}, "addresses"),
        ({"keep_members": True, "external_id_field": "profile_id"}, "addresses"),
        ({"keep_members": True, "audiences": ["vip", "gold"]}, "addresses"),
        ({"audiences": ["vip", "gold"], "external_id_field": "profile_id"}, "memberships"),
        ({"audiences": ["vip", "gold"]}, "input"),
    ],
    ids=lambda one: one if isinstance(one, str) else "",
)
def test_a_job_that_keeps_members_is_read_from_there(
    options: Mapping[str, Any], source: str, order: str, tmp_path: Path
) -> None:
    job = export_job(**{"topics": [TOPIC], "audiences": ["vip"], "tag": "VIP", **options})
    brokers, infobip = Brokers(), Infobip.simulated()
    settle(infobip, {}, firstName="Nobody")
    worker = Job(brokers, job, directory=tmp_path / "members")
    worker.start()
    for number in range(6):
        publish(brokers, f"u-{number}", "enter", "vip", {"email": email(number)})
    written = worker.read()
    publish(brokers, "u-0", "exit", "vip", {"email": email(0)})
    worker.restart()
    worker.read()
    if order != "in order":
        brokers.append(written)
    publish(brokers, "u-6", "enter", "vip", {"email": email(6)})  # the job has not come to it
    worker.stop()
    found = verify(job, {TOPIC: brokers}, infobip, tmp_path)
    assert (found.told.source, found.members, found.told.notes) == (source, 6, [])
    assert (found.drift.missing.count, found.drift.under_way) == (5, 1)
    assert found.told.events < 8 or source == "input"


def test_members_that_were_not_kept_in_time_are_told_of(tmp_path: Path) -> None:
    brokers, infobip = Brokers(partitions=1, state_partitions=1), Infobip.simulated()
    worker = Job(brokers, export_job(topics=[TOPIC], audiences=["vip"]), directory=tmp_path / "members")
    worker.start()
    for number in range(3):
        publish(brokers, f"u-{number}", "enter", "vip", {"email": email(number)})
    worker.read()
    settle(infobip, people(range(3)))
    brokers.low[0] = 1
    worker.restart(keep_members=True)
    worker.stop()
    found = verify(worker.job, {TOPIC: brokers}, infobip, tmp_path)
    assert (found.drift.too_many.count, found.told.source) == (1, "addresses")
    assert [note.partition(";")[0] for note in found.told.notes] == [
        f"{TOPIC}, partition 0: events were deleted before the job kept its members"
    ]


def test_a_topic_that_is_not_there_is_one_clear_line(tmp_path: Path) -> None:
    with pytest.raises(StreamsError, match=f"topic {TOPIC} is not there"):
        verify(JOB, {TOPIC: Brokers(partitions=0)}, Infobip.simulated(), tmp_path)


def test_a_page_that_infobip_refuses_is_one_clear_line(tmp_path: Path) -> None:
    infobip = replace(Infobip.simulated(), meets=lambda _: Reply(400, {"errorCode": "40019"}))
    with pytest.raises(Refused, match="job 'vip': the page of people"):
        verify(JOB, {TOPIC: entered(range(1))}, infobip, tmp_path)


def test_what_a_killed_one_left_on_disk_is_not_gone_by(tmp_path: Path) -> None:
    infobip = Infobip.simulated()
    settle(infobip, people(range(3)))

    left = open_store(tmp_path / "store", IDENTITY)
    left.apply({b"i0 EMAIL x@example.com": b"?" * 20}, 1)
    left.close()
    assert verify(JOB, {TOPIC: entered(range(3))}, infobip, tmp_path).members == 3
    assert list(tmp_path.iterdir()) == []


FULL = "IO error: No space left on device: While appending to file: 000010.log"


@pytest.mark.parametrize(
    ("said", "raised", "step"),
    [
        (FULL, JobFailed, "apply"),
        (FULL, JobFailed, "starting_with"),
        ("Corruption: block checksum mismatch in 000012.sst", Stalled, "states"),
    ],
)
def test_a_disk_that_fails_is_one_clear_line(
    said: str, raised: type[Exception], step: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: Any) -> None:
        raise Exception(said)  # noqa: TRY002 - as the library says it

    infobip = Infobip.simulated()
    settle(infobip, people(range(3)))
    monkeypatch.setattr(LocalStore, step, fail)
    with pytest.raises(raised, match=f"{tmp_path}/store.*{said.partition(':')[0]}"):
        verify(JOB, {TOPIC: entered(range(3))}, infobip, tmp_path)


def test_answers_that_make_no_sense_are_not_taken_for_nobody(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    garbled = ["identifier", "identifier"]

    def meets(call: Call) -> Reply | None:
        if garbled and garbled[-1] in call.query:
            garbled.pop()
            return Reply(200, None)
        return refusing_filters(call)

    monkeypatch.setattr(people_of_infobip, "PAUSE_SECONDS", 0.0)
    infobip = replace(Infobip.simulated(), meets=meets)
    settle(infobip, people(range(12)))
    found = verify(JOB, {TOPIC: entered(range(10))}, infobip, tmp_path)
    assert (found.drift.too_many.count, garbled) == (2, [])
    garbled += ["identifier"] * 100
    with pytest.raises(Refused, match="the answer to the question for people is not an object"):
        verify(JOB, {TOPIC: entered(range(10))}, infobip, tmp_path)


def test_who_is_done_does_not_throw_away_the_folder_of_who_came_then(tmp_path: Path) -> None:
    left = working_store.empty(tmp_path / "store")
    left.discard()
    mine = working_store.empty(tmp_path / "store")
    left.discard()
    mine.apply({b"i": entry(b"mine", None)}, 1)
    assert mine.states([b"i"]) == [entry(b"mine", None)]
    mine.discard()
