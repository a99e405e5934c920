"""What only the channels and this machine can say of jobs.yaml is told along with all that the models find."""

from pathlib import Path

import pytest

from schemas.configuration import Configuration
from streams.config import load as config
from streams.errors import ConfigurationError
from streams.jobs.shelf import lint
from tests.configuring import ENVIRON

HEAD = """\
kafka: {brokers: "localhost:9092"}
authorizations: [{name: main, base_url: xyz.api.infobip.com, api_key: "${INFOBIP_API_KEY}"}]
jobs:
"""
SEND = "{{name: {name}, kind: send_message, authorization: main, topics: [memberships], sender: Acme, {rest}}}"
LONG = f"content: {{channel: sms, text: '{'x' * 4000}'}}"
TOO_LONG = "takes 27 parts (GSM_7BIT), more than 25"


def read(*jobs: str, **variables: str) -> Configuration:
    text = HEAD + "".join(f"  - {job}\n" for job in jobs)
    return config.parse(text, {**ENVIRON, **variables}, "jobs.yaml", lint)


def faults_of(*jobs: str) -> list[str]:
    with pytest.raises(ConfigurationError) as caught:
        read(*jobs)
    return caught.value.faults


def send(rest: str, name: str = "orders") -> str:
    return SEND.format(name=name, rest=rest)


def test_all_is_told_at_once_in_the_order_of_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    file = "content: {channel: mms, segments: [{type: FILE, file: nope.png, content_type: image/png}]}"
    assert faults_of(
        send(LONG).replace(", sender: Acme", ""),
        send("content: {channel: sms, text: 'Hi {{nmae}}'}", "second"),
        send(f"{file}, callback_data: {{note: '{'x' * 5000}'}}, flush: {{max_events: 0}}", "third"),
    ) == [
        "jobs[0].sender: is missing",
        f"jobs[0].content.text: {TOO_LONG}",
        "jobs[1].content.text: unknown token {{nmae}} (message_fields has: none)",
        "jobs[2].content.segments[0].file: there is no file nope.png",
        "jobs[2].callback_data: must be at most 4000 characters with the job's own keys, not 5069 or more",
        "jobs[2].flush.max_events: must be at least 1, not 0",
    ]


def test_a_name_that_no_file_can_have_is_that_of_no_file() -> None:
    name = "x" * 5000
    (fault,) = faults_of(
        send(f"content: {{channel: mms, segments: [{{type: FILE, file: {name}, content_type: image/png}}]}}")
    )
    assert fault.startswith(f"jobs[0].content.segments[0].file: there is no file {name}")


def test_what_the_models_refuse_is_told_once() -> None:
    assert faults_of(send("content: {channel: sms}"), send("content: 5", "second"), "nonsense") == [
        "jobs[0].content.text: is missing",
        "jobs[1].content: must be a mapping, not a number",
        "jobs[2]: must be a mapping, not a text",
    ]


def test_tokens_may_stand_for_nothing() -> None:
    fields = "message_fields: [name, note]"
    text = "{{name}}" * 600
    note = f"callback_data: {{note: '{'{{note}}' * 600}'}}"
    assert len(read(send(f"{fields}, content: {{channel: sms, text: '{text}'}}")).jobs) == 1
    assert len(read(send(f"{fields}, content: {{channel: sms, text: Hi}}, {note}")).jobs) == 1


@pytest.mark.parametrize(("characters", "fits"), [(3930, True), (3931, False)])
def test_callback_data_are_measured_with_the_jobs_own_keys(characters: int, fits: bool) -> None:  # noqa: FBT001
    """With nothing but the job's name in them they take 70 characters, the braces and the key `note` among them."""
    said = send(f"content: {{channel: sms, text: Hi}}, callback_data: {{note: '{'x' * characters}'}}")
    if fits:
        read(said)
    else:
        (fault,) = faults_of(said)
        assert fault.startswith("jobs[0].callback_data: must be at most 4000 characters")


def test_a_variable_that_is_missing_is_all_that_is_said_of_its_place() -> None:
    assert faults_of(send(LONG.replace("'}", "${NOTHING}'}"))) == [
        "jobs[0].content.text: the environment variable NOTHING is not set"
    ]
