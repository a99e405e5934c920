"""What a send prepares to run, by what its job says."""

import asyncio
from math import inf
from types import SimpleNamespace
from typing import Any

import pytest

from schemas.jobs.send_message import SendMessage
from streams.agents.message_records import MessageRecords
from streams.agents.run import EventRun
from streams.jobs.send_message import start
from streams.jobs.send_message.once_store import LastMessageStore
from streams.jobs.send_message.rate_limit import SendRateLimiter
from streams.jobs.send_message.uploads import FRESH_SECONDS
from streams.kafka.topics import TopicNames
from tests.making import send_job

PICTURE = {"channel": "mms", "segments": [{"type": "FILE", "file": "banner.png", "content_type": "image/png"}]}


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> pytest.LogCaptureFixture:
    """Brokers that know of no job, and an Infobip that takes every file."""

    async def nothing(*_: Any) -> None:
        return None

    async def new(*_: Any) -> Any:
        return SimpleNamespace(is_new=True)

    async def uploaded(job: SendMessage, _: Any) -> SendMessage:
        return job.model_copy() if job.content.channel == "mms" else job

    monkeypatch.setattr(start, "former_form", nothing)
    monkeypatch.setattr(start, "agree_on_start", new)
    monkeypatch.setattr(start, "with_files_uploaded", uploaded)
    return caplog


def prepared(**options: Any) -> EventRun:
    context: Any = SimpleNamespace(
        names=TopicNames("eu."),
        settings={},
        webhooks=None,
        client=None,
        topics=SimpleNamespace(partitions=dict),
    )
    return asyncio.run(start.prepare(send_job(**options), context))


@pytest.mark.usefixtures("told")
def test_a_send_goes_at_once_and_tells_of_each_message() -> None:
    run = prepared()
    assert run.state == [MessageRecords("eu.infobip_messages")]
    assert (run.pace, run.window_events_max, run.renew_after_seconds) == (None, None, inf)
    assert run.spacing_seconds == start.SPACING_SECONDS


@pytest.mark.usefixtures("told")
def test_a_job_of_high_priority_has_its_calls_go_first() -> None:
    assert not prepared().goes_first
    assert prepared(priority="high").goes_first


@pytest.mark.usefixtures("told")
def test_a_speed_limit_of_ours_paces_calls_and_keeps_windows_small() -> None:
    run = prepared(speed_limit={"per": "minute", "amount": 300})
    assert [type(one) for one in run.state] == [SendRateLimiter, MessageRecords]
    assert run.pace is not None
    assert run.window_events_max == 5 * start.SECONDS_OF_A_WINDOW


@pytest.mark.usefixtures("told")
def test_one_message_for_each_person_is_remembered() -> None:
    assert [type(one) for one in prepared(once="ever").state] == [LastMessageStore, MessageRecords]


@pytest.mark.usefixtures("told")
def test_files_that_were_uploaded_are_uploaded_anew_before_infobip_forgets_them() -> None:
    assert prepared(content=PICTURE).renew_after_seconds == FRESH_SECONDS


@pytest.mark.parametrize(("existing", "lines"), [(True, 1), (False, 0)])
def test_a_send_that_begins_with_everybody_says_so(
    told: pytest.LogCaptureFixture, *, existing: bool, lines: int
) -> None:
    prepared(existing_members=existing)
    assert sum("send_begins_with_existing_members job=orders" in message for message in told.messages) == lines
