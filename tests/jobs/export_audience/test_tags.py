"""A tag call that is answered 404 speaks of the tag or of people, and buries nobody for what the account lacks."""

from dataclasses import dataclass, field
from typing import Any

import pytest

from streams.calls.call import Call, Reply
from streams.errors import JobFailed
from streams.jobs.export_audience.plan import Attributes, Exporter
from streams.pipeline.batches import REPEATS_MAX
from streams.pipeline.settle import Settled
from tests.fakes.infobip import Infobip
from tests.fakes.words import Step
from tests.making import event, export_job, window_of

NO_TAG = Reply(404, {"errorCode": 40403, "errorMessage": "Tag does not exist"})
NOT_FOUND = Reply(404, {"requestError": {"serviceException": {"messageId": "NOT_FOUND", "text": "Not found"}}})


def deliver(values: list[bytes | None], talk: Infobip) -> Settled:
    job = export_job()
    exporter = Exporter(job, Attributes())
    return talk.hold(exporter.deliver(exporter.fold(window_of(job, values), {})))


@dataclass
class Lost(Infobip):
    """Has lost the tag, and forgets it again for some tries after it was created."""

    created: Reply = field(default_factory=lambda: Reply(200, {"name": "VIP"}))
    missing: Reply = NO_TAG
    tries: int = 1

    def answer(self, call: Call) -> Step:
        if call.operation.name == "create_tag":
            return self.created
        if call.operation.name == "add_tag" and self.tries > 0:
            self.tries -= 1
            return self.missing
        return super().answer(call)


DUPLICATES: list[tuple[int, Any]] = [
    (400, {"errorCode": 40006, "errorMessage": "Duplicate name"}),
    (400, {"value": 40002, "message": "Duplicate"}),
    (409, {"errorCode": "E409", "description": "Conflict"}),
    (409, None),
]


@pytest.mark.parametrize(("status", "body"), [(200, None), (201, {"name": "VIP"}), *DUPLICATES])
def test_a_tag_that_was_created_or_is_there_already_is_added(status: int, body: Any) -> None:
    talk = Lost(created=Reply(status, body))
    assert deliver([event("ann")], talk).outcomes == {"accepted": 1}
    assert talk.operations == ["upsert_persons", "add_tag", "create_tag", "add_tag"]


@pytest.mark.parametrize("status", [400, 404, 405, 422])
def test_a_tag_that_cannot_be_created_stops_the_job(status: int) -> None:
    talk = Lost(created=Reply(status, {"errorCode": status * 100 + 1, "errorMessage": "ann@example.com"}))
    with pytest.raises(JobFailed, match=rf"tag 'VIP'.*{status} \({status}01\)") as failed:
        deliver([event("ann")], talk)
    assert "ann" not in str(failed.value)
    assert "\n" not in str(failed.value)


@pytest.mark.parametrize("missing", [NO_TAG, NOT_FOUND, Reply(404)])
def test_a_tag_that_is_created_and_not_found_at_once_is_asked_for_again(missing: Reply) -> None:
    talk = Lost(missing=missing, tries=REPEATS_MAX)
    assert deliver([event("ann"), event("bob")], talk).outcomes == {"accepted": 2}
    assert talk.operations.count("add_tag") == REPEATS_MAX + 1


@pytest.mark.parametrize("missing", [NO_TAG, NOT_FOUND, Reply(404)])
def test_a_tag_that_is_not_found_for_long_is_asked_for_ever_less_often_and_nobody_is_buried(missing: Reply) -> None:
    talk = Lost(missing=missing, tries=30)
    assert deliver([event("ann"), event("bob")], talk).outcomes == {"accepted": 2}
    tries = [call.tries for call in talk.calls if call.operation.name == "add_tag"]
    assert tries == [0] * (REPEATS_MAX + 1) + list(range(1, 31 - REPEATS_MAX))
    assert talk.calls[-1].suspicion is not None
    assert "though the tag and the people are there" in talk.calls[-1].suspicion.reason


@dataclass
class Choosy(Infobip):
    """Answers 404 to a whole tag call for the sake of one person it does not know."""

    unknown: tuple[str, ...] = ()
    refusal: Reply = field(
        default_factory=lambda: Reply(404, {"errorCode": 40401, "errorMessage": "Person does not exist"})
    )
    creates: Reply = field(default_factory=lambda: Reply(200))
    tagged: set[str] = field(default_factory=set)

    def answer(self, call: Call) -> Step:
        if call.operation.name == "create_tag":
            return self.creates
        if call.operation.name not in ("add_tag", "remove_tag"):
            return super().answer(call)
        people = {one["query"]["identifier"] for one in call.body["people"]}
        if people & set(self.unknown):
            return self.refusal
        self.tagged |= people
        return Reply(200)


def test_an_unknown_person_among_those_to_be_tagged_is_rejected_alone() -> None:
    talk = Choosy(unknown=("p3@example.com",))
    settled = deliver([event(f"p{number}") for number in range(8)], talk)
    assert settled.outcomes == {"accepted": 7, "rejected": 1}
    assert len(talk.tagged) == 7
    (failure,) = settled.failures
    assert (failure.record.offset, failure.detail) == (3, "40401 Person does not exist")
    assert "create_tag" not in [call.operation.name for call in talk.calls]


@pytest.mark.parametrize(
    "refusal", [Reply(404, {"errorCode": 40401, "errorMessage": "Person does not exist"}), NOT_FOUND, Reply(404)]
)
def test_an_unknown_person_among_those_who_leave_keeps_nobody_tagged(refusal: Reply) -> None:
    talk = Choosy(unknown=("p3@example.com",), refusal=refusal)
    settled = deliver([event(f"p{number}", "exit") for number in range(8)], talk)
    assert settled.outcomes == {"accepted": 7, "unchanged": 1}
    assert talk.tagged == {f"p{number}@example.com" for number in range(8)} - {"p3@example.com"}


@pytest.mark.parametrize("action", ["enter", "exit"])
def test_an_address_that_knows_nothing_is_not_taken_for_infobip(action: str) -> None:
    talk = Choosy(unknown=("ann@example.com",), refusal=Reply(404), creates=Reply(404))
    with pytest.raises(JobFailed, match="tag 'VIP'"):
        deliver([event("ann", action), event("bob", action)], talk)


def test_a_call_that_tags_is_told_when_the_tag_is_gone_and_not_repeated_as_in_an_outage() -> None:
    talk = Infobip()
    deliver([event("ann"), event("bo", "exit")], talk)
    tagging = {call.operation.name: call.accepts_missing for call in talk.calls}
    assert tagging == {"upsert_persons": False, "add_tag": True, "remove_tag": True}
