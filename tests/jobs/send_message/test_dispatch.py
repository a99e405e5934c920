"""Each message is handed over once, whatever becomes of the answers."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from itertools import repeat

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.content.sms import SmsContent
from streams.calls.call import LOST, Call, Delivery, Reply
from streams.channels import CHANNELS
from streams.channels.channel import Channel, OutboundMessage, RequestOptions
from streams.errors import JobFailed
from streams.pipeline.dispatch import SILENT_MAX, Results, proof, send
from tests.examples import examples
from tests.fakes.infobip import Infobip
from tests.fakes.words import Step
from tests.jobs.send_message.sending import FAULTS, Messaging, ids_of, sent

SMS = CHANNELS["sms"]
NO_LOGS = replace(SMS, logs=None)
ONE_BY_ONE = replace(SMS, takes_many=False)


def names(count: int) -> list[str]:
    return [f"id-{number}" for number in range(count)]


def deliver(
    count: int, talk: Infobip, channel: Channel = SMS, *, per_request: int = 500, may_repeat: bool = False
) -> Results:
    content = SmsContent(channel="sms", text="Hello")
    messages = [OutboundMessage(name, "41793026727", content, "{}") for name in names(count)]
    return talk.hold(send(channel, RequestOptions("Acme"), messages, per_request, may_repeat=may_repeat))


def operations(calls: Sequence[Call]) -> list[str]:
    return [call.operation.name for call in calls]


def test_messages_go_in_as_few_requests_as_may_be_and_nothing_is_asked() -> None:
    infobip = Messaging()
    results = deliver(1200, infobip)
    assert [call.items for call in infobip.calls] == [500, 500, 200]
    assert sent(infobip.calls) == names(1200)
    assert {result.outcome for result in results.values()} == {"accepted"}


def test_a_channel_that_takes_one_message_is_sent_one_by_one() -> None:
    infobip = Messaging()
    assert len(deliver(20, infobip, ONE_BY_ONE)) == 20
    assert [call.items for call in infobip.calls] == [1] * 20


def test_no_messages_make_no_call() -> None:
    infobip = Messaging()
    assert deliver(0, infobip, may_repeat=True) == {}
    assert infobip.calls == []


def test_what_may_have_been_sent_is_asked_for_first_in_questions_that_fit() -> None:
    infobip = Messaging(taken=dict.fromkeys(names(100), 0))
    results = deliver(170, infobip, may_repeat=True)
    assert operations(infobip.calls) == ["list_sms_logs"] * 4 + ["send_sms"]
    assert sent(infobip.calls) == names(170)[100:]
    assert [name for call in infobip.calls[:4] for name in ids_of(call)] == names(170)
    assert sum(result.repeated for result in results.values()) == 100
    assert not infobip.duplicates


def test_a_question_to_the_logs_is_no_longer_than_they_take() -> None:
    infobip = Messaging()
    content = SmsContent(channel="sms", text="Hello")
    messages = [OutboundMessage(f"{number:036}", "41793026727", content, "{}") for number in range(1000)]
    infobip.hold(send(SMS, RequestOptions("Acme"), messages, 1000, may_repeat=True))
    questions = [call for call in infobip.calls if call.operation.name == "list_sms_logs"]
    assert max(len(call.query["messageId"]) for call in questions) <= 2048
    assert {call.query["limit"] for call in questions} == {"1000"}


def test_what_the_logs_know_is_not_sent_again() -> None:
    infobip = Messaging(taken={"id-0": 0}, refused={"id-1": 0})
    results = deliver(2, infobip, may_repeat=True)
    assert operations(infobip.calls) == ["list_sms_logs"]
    assert [(one.outcome, one.repeated, one.bulk_id) for one in results.values()] == [
        ("unchanged", True, "b-1"),
        ("rejected", True, "b-1"),
    ]


def test_each_message_is_told_as_of_the_answer_that_tells_of_it() -> None:
    times = {"GET": datetime(2026, 11, 20, 9, tzinfo=UTC), "POST": datetime(2026, 11, 20, 10, tzinfo=UTC)}

    class Punctual(Messaging):
        def answer(self, call: Call) -> Reply:
            return replace(super().answer(call), at=times[call.method])

    results = deliver(2, Punctual(taken={"id-0": 0}), may_repeat=True)
    assert [results[name].at for name in names(2)] == [times["GET"], times["POST"]]


def test_the_answer_that_was_lost_is_looked_for_and_the_rest_is_sent_under_the_same_ids() -> None:
    infobip = Messaging(faults=iter(["", "lost on its way back", "lost on its way"]))
    results = deliver(6, infobip, per_request=2)
    assert operations(infobip.calls) == ["send_sms"] * 3 + ["list_sms_logs", "send_sms"]
    assert ids_of(infobip.calls[3]) == ["id-2", "id-3", "id-4", "id-5"]
    assert ids_of(infobip.calls[4]) == ["id-4", "id-5"]
    assert [
        (call.delivery is Delivery.AT_MOST_ONCE, call.tries) for call in infobip.calls if call.method == "POST"
    ] == [(True, 0)] * 3 + [(True, 1)]
    assert [results[name].outcome for name in names(6)] == ["accepted"] * 2 + ["unchanged"] * 2 + ["accepted"] * 2


def test_where_the_logs_lag_the_repeated_id_tells_that_the_message_went_out() -> None:
    infobip = Messaging(faults=iter(["lost on its way back"]), lag=99)
    result = deliver(1, infobip)["id-0"]
    assert operations(infobip.calls) == ["send_sms", "list_sms_logs", "send_sms"]
    assert (result.outcome, result.message_status, result.repeated) == ("unchanged", "Success", True)


def test_a_channel_without_logs_is_asked_nothing_and_its_calls_are_repeated_until_they_are_answered() -> None:
    infobip = Messaging(taken={"id-0": 0})
    results = deliver(2, infobip, NO_LOGS, may_repeat=True)
    assert operations(infobip.calls) == ["send_sms"]
    assert infobip.calls[0].delivery is Delivery.RETRY
    assert [results[name].outcome for name in names(2)] == ["unchanged", "accepted"]
    assert proof(NO_LOGS) is None


def test_answers_may_be_lost_for_as_long_as_it_takes() -> None:
    infobip = Messaging(faults=iter(["lost on its way"] * 200))
    assert deliver(3, infobip)["id-2"].outcome == "accepted"
    assert [call.tries for call in infobip.calls if call.method == "POST"] == list(range(201))


@pytest.mark.parametrize("status", [400, 409, 413, 422])
def test_a_request_refused_whole_is_halved_until_the_guilty_stand_alone(status: int) -> None:
    infobip = Messaging(guilty=frozenset({"id-3", "id-400"}), status=status)
    results = deliver(500, infobip)
    assert [name for name, result in results.items() if result.outcome == "rejected"] == ["id-3", "id-400"]
    assert results["id-3"].message_status == "Error: Invalid text length"
    assert results["id-3"].error == "E400 messages[0].content.text"
    assert len(infobip.calls) < 40
    assert not infobip.duplicates


EMPTY = Reply(200, {"results": []})


def saying(said: Step = 200, logs: Step = EMPTY) -> Infobip:
    """Answer sends so, and know nothing in the logs unless told what to say."""
    return Infobip(meets=lambda call: logs if call.method == "GET" else said)


@pytest.mark.parametrize("status", [404, 405, 402, 451, 206])
def test_an_answer_that_is_no_messages_fault_stops_the_job(status: int) -> None:
    with pytest.raises(JobFailed, match=str(status)):
        deliver(3, saying(said=Reply(status)))


@pytest.mark.parametrize("status", [400, 404, 405])
def test_logs_that_do_not_answer_stop_the_job_before_anything_is_sent(status: int) -> None:
    said = {"requestError": {"serviceException": {"messageId": "BAD", "text": "id-1 of Ann is nothing"}}}
    infobip = saying(logs=Reply(status, said))
    with pytest.raises(JobFailed, match=r"list_sms_logs \(BAD\)") as raised:
        deliver(3, infobip, may_repeat=True)
    assert "Ann" not in str(raised.value)
    assert sent(infobip.calls) == []


@pytest.mark.parametrize("body", [None, {}, [], "OK", {"messages": []}, {"messages": [{"messageId": "id-0"}] * 9}])
def test_answers_that_never_speak_of_the_messages_stop_the_job(body: object) -> None:
    infobip = saying(said=Reply(200, body))
    with pytest.raises(JobFailed, match="do not speak of the messages"):
        deliver(9, infobip, per_request=3)
    assert operations(infobip.calls).count("send_sms") == 3 * SILENT_MAX


def test_one_that_is_never_spoken_of_stops_the_job_once_all_others_are_known() -> None:
    infobip = Messaging(faults=repeat("half"), lag=999)
    with pytest.raises(JobFailed, match="do not speak of the messages"):
        deliver(1, infobip)
    assert deliver(8, Messaging(faults=iter(["half"] * 3)))["id-7"].outcome == "unchanged"


def test_many_silent_answers_at_once_are_one_silence() -> None:
    infobip = Messaging(faults=iter(["silent"] * 50))
    results = deliver(50, infobip, per_request=1)
    assert {result.outcome for result in results.values()} == {"unchanged"}
    assert not infobip.duplicates


@dataclass
class Fading(Infobip):
    """Loses every other answer, and says nothing in the rest."""

    number: int = 0

    def answer(self, call: Call) -> Reply:
        self.number += call.method == "POST"
        return Reply(200, {}) if call.method == "GET" or self.number % 2 else Reply(LOST)


def test_silence_is_counted_on_over_answers_that_are_lost() -> None:
    infobip = Fading()
    with pytest.raises(JobFailed, match="do not speak of the messages"):
        deliver(2, infobip)
    assert infobip.number == 2 * SILENT_MAX - 1


@examples(400)
@given(
    count=st.integers(1, 12),
    per_request=st.integers(1, 6),
    channel=st.sampled_from([SMS, NO_LOGS, ONE_BY_ONE]),
    may_repeat=st.booleans(),
    lag=st.sampled_from([0, 0, 3, 1000]),
    before=st.sets(st.integers(0, 11)),
    blocked=st.sets(st.integers(0, 11), max_size=3),
    guilty=st.sets(st.integers(0, 11), max_size=3),
    faults=st.lists(st.sampled_from(FAULTS), max_size=25),
)
def test_whatever_becomes_of_the_answers_each_message_is_taken_once_and_told_of_once(
    *,
    count: int,
    per_request: int,
    channel: Channel,
    may_repeat: bool,
    lag: int,
    before: set[int],
    blocked: set[int],
    guilty: set[int],
    faults: list[str],
) -> None:
    """`before` are messages that a process sent which died before it could tell."""
    if channel.logs is None:  # then the client repeats what is lost
        faults = [fault for fault in faults if not fault.startswith("lost")]
    mute = [number for number, fault in enumerate(faults) if fault in {"silent", "half"}]
    faults = [fault for number, fault in enumerate(faults) if number not in mute[SILENT_MAX - 1 :]]
    every = set(names(count))
    gone = {f"id-{number}" for number in before - blocked - guilty} & every
    infobip = Messaging(
        blocked=frozenset(f"id-{number}" for number in blocked - guilty),
        guilty=frozenset(f"id-{number}" for number in guilty),
        faults=iter(faults),
        lag=lag,
        taken=dict.fromkeys(gone, -10_000),
    )
    results = deliver(count, infobip, channel, per_request=per_request, may_repeat=may_repeat)
    refused = every & (infobip.blocked | infobip.guilty)
    assert set(results) == every
    assert set(infobip.taken) == every - refused
    assert {name for name, result in results.items() if result.outcome == "rejected"} == refused
    assert all(results[name].repeated for name in gone)
    if channel.logs is not None and lag == 0 and (may_repeat or not gone):
        assert not infobip.duplicates  # then no second try was even made
