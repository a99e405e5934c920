"""Answered by Infobip to an export, told to the platform team."""

from dataclasses import dataclass

import pytest

from streams.calls.call import Call, Reply
from streams.errors import JobFailed
from tests.fakes.infobip import Infobip
from tests.fakes.words import Step
from tests.jobs.export_audience.exporting import EMAIL, deliver
from tests.making import event


def people(call: Call) -> list[str]:
    return [one["query"]["identifier"] for one in call.body["people"]]


@dataclass
class Refusing(Infobip):
    """Refuses people whose identifier is in `bad`, as the upsert does: item by item."""

    bad: tuple[str, ...] = ()
    code: int = 400100
    text: str = "One or more properties of the person are invalid"

    def answer(self, call: Call) -> Step:
        if call.operation.name != "upsert_persons":
            return Reply(200)
        errors, results = [], []
        for index, person in enumerate(call.body["persons"]):
            contacts = person["contactInformation"]
            if any(contact["identifier"] in self.bad for contact in contacts):
                errors.append({"index": index, "code": self.code, "message": self.text})
            else:
                results.append({"index": index, "status": "NOT_MODIFIED", "id": index})
        return Reply(207, {"results": results, "errors": errors})


def test_a_refused_person_is_a_dead_letter_with_infobips_words_and_is_not_tagged() -> None:
    calls, settled, _ = deliver([event("ann"), event("bob")], talk=Refusing(bad=("bob@example.com",)))
    assert people(calls[1]) == ["ann@example.com"]
    assert settled.outcomes == {"unchanged": 1, "rejected": 1}
    (failure,) = settled.failures
    assert failure.detail == "400100 One or more properties of the person are invalid"
    assert (failure.reason, failure.record.offset) == ("rejected", 1)


def test_a_conflict_is_repeated_with_the_identity_alone() -> None:
    talk = Refusing(bad=("14155550123",), code=409500, text="conflict")
    calls, settled, _ = deliver([event("ann", email="ann@example.com", phone="+14155550123")], talk=talk)
    assert [call.operation.name for call in calls] == ["upsert_persons", "upsert_persons", "add_tag"]
    assert calls[1].body["persons"][0]["contactInformation"] == [{"type": EMAIL, "identifier": "ann@example.com"}]
    assert settled.outcomes == {"unchanged": 1}


def test_a_conflict_on_the_identity_itself_is_a_rejection() -> None:
    talk = Refusing(bad=("ann@example.com",), code=409500, text="conflict")
    _, settled, _ = deliver([event("ann", email="ann@example.com", phone="+14155550123")], talk=talk)
    assert settled.outcomes == {"rejected": 1}


@dataclass
class RefusingWhole(Infobip):
    """Answers 400 to every batch of an operation that holds a bad identifier."""

    operation: str = "upsert_persons"
    bad: tuple[str, ...] = ("p37@example.com", "p90@example.com")

    def answer(self, call: Call) -> Step:
        if call.operation.name == self.operation and any(one.encode() in repr(call.body).encode() for one in self.bad):
            return Reply(400, {"code": 400103, "message": "Malformed JSON body, wrong syntax"})
        return super().answer(call)


@pytest.mark.parametrize("operation", ["upsert_persons", "add_tag"])
def test_a_batch_refused_whole_is_halved_until_the_guilty_stand_alone(operation: str) -> None:
    calls, settled, _ = deliver([event(f"p{n}") for n in range(100)], talk=RefusingWhole(operation=operation))
    assert settled.outcomes == {"accepted": 98, "rejected": 2}
    assert {failure.record.offset for failure in settled.failures} == {37, 90}
    assert all("400103" in failure.detail for failure in settled.failures)
    assert len(calls) < 35


@dataclass
class Forgetful(Infobip):
    """Has lost the tag until it is created again."""

    lost: bool = True

    def answer(self, call: Call) -> Step:
        if call.operation.name == "create_tag":
            self.lost = False
        if self.lost and call.operation.name in ("add_tag", "remove_tag"):
            return Reply(404, {"errorCode": 40403, "errorMessage": "Tag does not exist"})
        return super().answer(call)


def test_a_tag_that_vanished_is_created_again() -> None:
    calls, settled, _ = deliver([event("ann")], talk=Forgetful())
    assert [call.operation.name for call in calls] == ["upsert_persons", "add_tag", "create_tag", "add_tag"]
    assert settled.outcomes == {"accepted": 1}


def test_a_tag_that_vanished_needs_no_removing() -> None:
    calls, settled, _ = deliver([event("ann", "exit")], talk=Forgetful())
    assert [call.operation.name for call in calls] == ["remove_tag"]
    assert settled.outcomes == {"unchanged": 1}


@pytest.mark.parametrize(
    "reply",
    [
        Reply(404),
        Reply(405, {"errorCode": 40501, "errorMessage": "Only reading is allowed"}),
        Reply(207),
        Reply(207, {"results": [], "errors": []}),
    ],
)
def test_an_answer_that_is_nobodys_datas_fault_stops_the_job(reply: Reply) -> None:
    with pytest.raises(JobFailed):
        deliver([event("ann")], talk=Infobip(otherwise=reply))
