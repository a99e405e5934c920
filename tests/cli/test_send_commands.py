"""The commands that show what a send job would say, and send one message to try it."""

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from streams.simulator import SimulatorOptions
from tests import forked
from tests.integration.harness import SimulatorThread
from tests.making import message_id

JOBS = """\
kafka: {{brokers: "127.0.0.1:1"}}
authorizations: [{{name: main, base_url: "{infobip}", api_key: demo-key}}]
jobs:
  - name: orders
    kind: send_message
    authorization: main
    topics: [memberships]
    sender: Acme
    message_fields: [first_name]
    content: {{channel: sms, text: "Hi {{{{first_name|there}}}}, your order shipped."}}
  - {{name: contacts, kind: import_contacts, authorization: main}}
"""
EVENTS = """\
{"event_id": "e-1", "action": "enter", "audience": "a", "profile_id": "u-1", "profile": {"phone": "+14155550123"}}
{"event_id": "e-2", "action": "enter", "audience": "a", "profile_id": "u-2", "profile": {"first_name": "Ann"}}
{"event_id": "e-3", "action": "exit", "audience": "a", "profile_id": "u-1"}
"""


@pytest.fixture
def infobip() -> Iterator[SimulatorThread]:
    with SimulatorThread(SimulatorOptions(limits=None, statuses=("4477*=12",))) as simulated:
        yield simulated


@pytest.fixture
def folder(infobip: SimulatorThread, tmp_path: Path) -> Path:
    (tmp_path / "jobs.yaml").write_text(JOBS.format(infobip=infobip.url))
    (tmp_path / "events.jsonl").write_text(EVENTS)
    return tmp_path


def call(folder: Path, *arguments: str) -> "subprocess.CompletedProcess[str]":
    return forked.call(["streams", *arguments], cwd=folder, environ=os.environ)


def say(folder: Path, content: str | None) -> None:
    if content is not None:
        jobs = (folder / "jobs.yaml").read_text()
        head, _, rest = jobs.partition("    content:")
        head = head.replace("sender: Acme", 'sender: "447860099299"') if "whatsapp" in content else head
        (folder / "jobs.yaml").write_text(f"{head}    content: {content}\n{rest.partition(chr(10))[2]}")


def test_preview_shows_the_request_the_encoding_and_the_parts_and_who_gets_nothing(folder: Path) -> None:
    shown = call(folder, "preview", "-c", "jobs.yaml", "orders", "events.jsonl")
    assert (shown.returncode, shown.stderr) == (0, "")
    lines = shown.stdout.splitlines()
    assert lines[0] == "POST /sms/3/messages"
    assert '"text": "Hi there, your order shipped."' in shown.stdout
    assert '# outcomes: {"accepted": 1, "skipped": 2}' in lines
    (fine,) = [line for line in lines if line.startswith("# message ")]
    assert fine.endswith(" to 14155550123: event e-1, 1 part in GSM_7BIT")
    (missing,) = [line for line in lines if line.startswith("# no message ")]
    assert missing.startswith("# no message for event e-2: Error: Missing phone number in request")


def test_preview_shows_the_ids_that_messages_will_have_and_those_of_nameless_events_in_the_same_form(
    folder: Path,
) -> None:
    first_line = EVENTS.splitlines()[0]
    lines = [first_line.replace('"event_id": "e-1", ', "")] * 2
    people = [first_line.replace("e-1", "run").replace("u-1", who).replace("0123", f"012{who}") for who in "123"]
    (folder / "events.jsonl").write_text("\n".join([*lines, *people]))
    first, again = (call(folder, "preview", "-c", "jobs.yaml", "orders", "events.jsonl").stdout for _ in range(2))
    ids = [line.split()[2] for line in first.splitlines() if line.startswith("# message ")]
    assert len(set(ids)) == 5
    assert ids[2:] == [message_id("orders", "run", who, "a") for who in "123"]
    assert first == again


def test_preview_shows_who_would_be_too_late_and_who_has_had_theirs(folder: Path) -> None:
    first, *_ = EVENTS.splitlines()
    old = first.replace("e-1", "e-0").replace('"profile":', '"occurred_at": "2026-01-01T10:00:00Z", "profile":')
    (folder / "events.jsonl").write_text("\n".join([old, first, first.replace("e-1", "e-9")]))
    jobs = (folder / "jobs.yaml").read_text()
    options = "    max_age: {days: 1}\n    once: ever\n"
    (folder / "jobs.yaml").write_text(jobs.replace("    sender: Acme\n", f"    sender: Acme\n{options}"))
    shown = call(folder, "preview", "-c", "jobs.yaml", "orders", "events.jsonl")
    assert (shown.returncode, shown.stderr) == (0, "")
    told = [line for line in shown.stdout.splitlines() if line.startswith("#")]
    assert told[0] == '# outcomes: {"skipped": 2, "accepted": 1}'
    assert told[1].startswith("# no message for event e-0: Error: Event too old (")
    assert told[2].startswith("# message ")
    assert told[3].startswith("# no message for event e-9: Error: Sent before (")


def test_a_test_message_is_sent_and_its_status_told_in_plain_words(folder: Path, infobip: SimulatorThread) -> None:
    sent = call(folder, "send-test", "-c", "jobs.yaml", "orders", "--to", "+41793026727", "--field", "first_name=Ann")
    assert (sent.returncode, sent.stderr) == (0, "")
    assert "by sms to 41793026727, 1 part in GSM_7BIT" in sent.stdout
    assert "Infobip answered: 1 PENDING, 26 PENDING_ACCEPTED" in sent.stdout
    (message,) = infobip.simulator.outbox.messages
    assert message.content["text"] == "Hi Ann, your order shipped."


def test_a_refused_test_message_is_told_as_such(folder: Path) -> None:
    sent = call(folder, "send-test", "-c", "jobs.yaml", "orders", "--to", "+447712345678")
    assert sent.returncode == 1
    assert "Infobip answered: 5 REJECTED, 12 REJECTED_NOT_ENOUGH_CREDITS" in sent.stdout
    assert "Top it up." in sent.stdout


WHATSAPP = "{channel: whatsapp_text, text: Hello}"


@pytest.mark.parametrize(
    ("operation", "content"), [("send_sms", None), ("send_whatsapp_text", WHATSAPP)], ids=["logs", "no logs"]
)
@pytest.mark.parametrize("answers_lost", [1, 2])
def test_a_test_message_whose_answer_is_lost_is_sent_once_and_told_of(
    operation: str, content: str | None, answers_lost: int, folder: Path, infobip: SimulatorThread
) -> None:
    say(folder, content)
    infobip.do(lambda: infobip.simulator.faults.add(f"{operation}:lose_answer,count={answers_lost}"))
    sent = call(folder, "send-test", "-c", "jobs.yaml", "orders", "--to", "+41793026727")
    assert (sent.returncode, sent.stderr) == (0, "")
    (message,) = infobip.simulator.outbox.messages
    assert f"message {message.message_id} by " in sent.stdout


@pytest.mark.parametrize("content", [None, WHATSAPP], ids=["logs", "no logs"])
def test_a_test_message_that_may_have_been_sent_is_told_of_by_its_id(
    content: str | None, folder: Path, infobip: SimulatorThread
) -> None:
    say(folder, content)
    infobip.do(lambda: infobip.simulator.faults.add("*:lose_answer"))
    sent = call(folder, "send-test", "-c", "jobs.yaml", "orders", "--to", "+41793026727")
    (message,) = infobip.simulator.outbox.messages
    told = f"message {message.message_id} may have been sent: look for it at Infobip"
    assert (sent.returncode, sent.stdout) == (1, "")
    assert sent.stderr == f"infobip-streams: Infobip at {infobip.url}: the connection was lost; {told}\n"


@pytest.mark.parametrize("fault", ["send_sms:status=429", "send_sms:status=429,retry_after=1"])
def test_a_test_message_that_was_certainly_not_sent_leaves_no_doubt(
    fault: str, folder: Path, infobip: SimulatorThread
) -> None:
    infobip.do(lambda: infobip.simulator.faults.add(fault))
    sent = call(folder, "send-test", "-c", "jobs.yaml", "orders", "--to", "+41793026727")
    assert (sent.stderr, sent.returncode) == (f"infobip-streams: Infobip at {infobip.url}: answered 429\n", 1)
    assert not infobip.simulator.outbox.messages


@pytest.mark.parametrize(
    ("expected", "arguments"),
    [
        (
            "--field nme: no message field of 'orders' (first_name)",
            ["orders", "--to", "+14155550123", "--field", "nme=Ann"],
        ),
        ("--field first_name: must be name=value", ["orders", "--to", "+14155550123", "--field", "first_name"]),
        ("--to: must be a phone number such as +41793026727", ["orders", "--to", "nonsense"]),
        ("'contacts' is a job of kind import_contacts, which sends no messages", ["contacts", "--to", "+1415"]),
    ],
)
def test_what_is_wrong_is_one_line_and_exit_2(expected: str, arguments: list[str], folder: Path) -> None:
    sent = call(folder, "send-test", "-c", "jobs.yaml", *arguments)
    assert (sent.stderr, sent.returncode) == (f"infobip-streams: {expected}\n", 2)


def test_a_refused_key_is_told_in_one_line(folder: Path, infobip: SimulatorThread) -> None:
    infobip.do(lambda: infobip.simulator.set_key("demo-key", None))
    sent = call(folder, "send-test", "-c", "jobs.yaml", "orders", "--to", "+41793026727")
    assert sent.returncode == 1
    assert sent.stderr == "infobip-streams: the API key of authorization 'main' is refused\n"


def test_what_could_never_be_sent_is_a_fault_of_the_file(folder: Path) -> None:
    say(folder, '{channel: sms, max_parts: 1, text: "' + "a" * 161 + '"}')
    checked = call(folder, "check", "-c", "jobs.yaml")
    fault = "jobs[0].content.text: takes 2 parts (GSM_7BIT), more than 1"
    assert (checked.stderr, checked.returncode) == (f"infobip-streams: {fault}\n", 2)
    say(folder, "{channel: mms, segments: [{type: FILE, file: nope.png, content_type: image/png}]}")
    checked = call(folder, "check", "-c", "jobs.yaml")
    fault = "jobs[0].content.segments[0].file: there is no file nope.png"
    assert (checked.stderr, checked.returncode) == (f"infobip-streams: {fault}\n", 2)
