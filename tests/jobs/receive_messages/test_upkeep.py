"""A subscription is made, found, mended and kept in mind; and nobody else's is touched."""

import asyncio
from collections.abc import Mapping
from contextlib import suppress
from datetime import timedelta
from typing import Any

import pytest

from streams.errors import JobFailed
from streams.jobs.receive_messages.upkeep import LOOK_SECONDS
from tests.fakes.clock import now, timeless
from tests.infobip.configuration_fakes import faults_of
from tests.jobs.receive_messages.receiving import (
    BEGAN,
    FORWARDING,
    OURS,
    PULL,
    PUSH,
    THEIRS,
    Watched,
    subscription,
    watched,
)

TOKEN = str(OURS).split("/")[5]
SECRETS = ("hush", TOKEN, "user", "447860099299")


@pytest.fixture(autouse=True)
def _all_is_heard(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO", logger="streams")


def words(caplog: pytest.LogCaptureFixture) -> list[str]:
    """What was told of subscriptions, with its level; none of it holds an address or a number."""
    told = [(one.levelname, one.getMessage()) for one in caplog.records if one.getMessage().startswith("subscription_")]
    assert not any(secret in text for _, text in told for secret in SECRETS)
    return [f"{level} {text}" for level, text in told]


async def living(one: Watched, seconds: float) -> None:
    """Let it look for so long."""
    await one.upkeep.look()
    with suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            await one.upkeep.run()


@timeless
async def test_what_is_missing_is_made_and_its_key_is_kept(caplog: pytest.LogCaptureFixture) -> None:
    one = watched(keyword="ORDER")
    await one.upkeep.look()
    assert one.forwarding == FORWARDING
    assert one.writer.kept == [subscription(keyword="ORDER")]
    assert words(caplog) == ["INFO subscription_made job=orders key=KEY0"]


@timeless
async def test_what_is_in_place_is_neither_posted_nor_written_again(caplog: pytest.LogCaptureFixture) -> None:
    one = watched({"forwarding": FORWARDING}, kept=subscription())
    await living(one, 10 * LOOK_SECONDS)
    assert (one.keeper.changes, one.writer.records, words(caplog)) == ([], [], [])
    assert len(one.keeper.asked) >= 10
    assert now() == 10 * LOOK_SECONDS


@timeless
async def test_what_was_made_by_hand_with_our_address_is_ours() -> None:
    one = watched({"keyword": "order", "forwarding": FORWARDING, "configurationKey": "HAND"}, keyword="ORDER")
    await one.upkeep.look()
    assert one.keeper.changes == []
    assert one.writer.kept == [subscription(keyword="ORDER", configuration_key="HAND")]


@timeless
async def test_what_vanished_is_made_anew_and_told_of(caplog: pytest.LogCaptureFixture) -> None:
    one = watched()
    await one.upkeep.look()
    one.keeper.kept.clear()
    await living(one, LOOK_SECONDS + 1)
    assert one.forwarding == FORWARDING
    assert words(caplog) == [
        "INFO subscription_made job=orders key=KEY0",
        "WARNING subscription_vanished job=orders key=KEY0: made anew",
    ]


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"type": "PULL"}, "was of type PULL"),
        ({**FORWARDING, "format": "MO_OTT_MSISDN"}, "forwarded to h.example.com"),
        (None, "forwarded nothing"),
    ],
)
@timeless
async def test_what_was_changed_is_mended_and_told_of(
    changed: Mapping[str, Any] | None, told: str, caplog: pytest.LogCaptureFixture
) -> None:
    one = watched({"forwarding": FORWARDING}, kept=subscription())
    await one.upkeep.look()
    one.keeper.kept["KEY0"]["forwarding"] = changed
    await living(one, LOOK_SECONDS + 1)
    assert one.forwarding == FORWARDING
    assert words(caplog) == [f"WARNING subscription_changed job=orders key=KEY0: it {told}, and was mended"]


@pytest.mark.parametrize(
    ("former", "kept"),
    [
        ("https://h.example.com/in/t/another-secrets-token/inbound/sms", None),
        ("https://h.example.com/in/inbound/sms", None),
        ("https://old.example.com/t/x/inbound/sms", subscription(public_url="https://old.example.com")),
    ],
    ids=["another secret", "made without a token", "another address of ours"],
)
@timeless
async def test_another_address_of_ours_is_brought_up_to_date(
    former: str, kept: Any, caplog: pytest.LogCaptureFixture
) -> None:
    one = watched({"forwarding": {**FORWARDING, "url": former}}, kept=kept)
    await one.upkeep.look()
    assert one.forwarding == FORWARDING
    assert words(caplog) == ["INFO subscription_updated job=orders key=KEY0: another secret or public_url"]
    assert [one.public_url for one in one.writer.kept] == [PUSH.public_url]


@pytest.mark.parametrize(
    ("forwarding", "told"),
    [
        (THEIRS, "forwards to other.example"),
        ({"type": "PULL"}, "is of type PULL"),
        ({"type": "HTTP_FORWARD", "url": "https://h.example.com/inside/inbound/sms"}, "forwards to h.example.com"),
        # Another service behind the same public address.
        ({"type": "HTTP_FORWARD", "url": "https://h.example.com/in/crm/inbound"}, "forwards to h.example.com"),
        (None, "forwards nothing"),
    ],
)
@timeless
async def test_somebody_elses_is_named_and_left_as_it_is(forwarding: Any, told: str) -> None:
    one = watched({"keyword": "Order", "forwarding": forwarding}, keyword="ORDER")
    with pytest.raises(JobFailed) as caught:
        await one.upkeep.look()
    assert str(caught.value) == (
        f"job 'orders': configuration KEY0 of its number and keyword {told}, which is not ours: end it there, or set "
        "take_over: true"
    )
    assert (one.keeper.changes, one.writer.records) == ([], [])


@timeless
async def test_somebody_elses_is_taken_over_where_the_file_says_so(caplog: pytest.LogCaptureFixture) -> None:
    one = watched({"keyword": "Order", "forwarding": THEIRS}, keyword="ORDER", take_over=True)
    await one.upkeep.look()
    ((_, _, _, body),) = one.keeper.changes
    assert (body["keyword"], one.forwarding) == ("Order", FORWARDING)
    assert words(caplog) == [
        "WARNING subscription_taken_over job=orders key=KEY0: it forwarded to other.example before"
    ]


@timeless
async def test_others_of_the_number_are_nobodys_business() -> None:
    others = {"forwarding": THEIRS}, {"keyword": "HELP", "forwarding": THEIRS}
    one = watched(*others, keyword="ORDER")
    await one.upkeep.look()
    assert [kept["forwarding"] for kept in one.keeper.kept.values()] == [THEIRS, THEIRS, FORWARDING]


@timeless
async def test_what_somebody_changes_to_tell_them_is_taken_back_once_a_day(caplog: pytest.LogCaptureFixture) -> None:
    one = watched({"forwarding": THEIRS}, kept=subscription())
    await one.upkeep.look()
    assert one.forwarding == FORWARDING
    one.keeper.kept["KEY0"]["forwarding"] = THEIRS
    with pytest.raises(JobFailed) as caught:
        await one.upkeep.look()
    assert str(caught.value) == (
        "job 'orders': configuration KEY0 of its number and keyword forwards to other.example again, though it was "
        "taken back at 2026-01-01 00:00:00Z: end it there, or set take_over: true"
    )
    assert one.forwarding == THEIRS
    assert words(caplog) == [
        "WARNING subscription_changed job=orders key=KEY0: it forwarded to other.example, and was mended"
    ]
    (kept,) = one.writer.kept
    next_day = watched({"forwarding": THEIRS}, kept=kept.model_copy(update={"repaired_at": BEGAN - timedelta(days=1)}))
    await next_day.upkeep.look()
    assert next_day.forwarding == FORWARDING


@timeless
async def test_a_job_that_is_for_another_number_now_says_what_it_leaves(caplog: pytest.LogCaptureFixture) -> None:
    one = watched(kept=subscription(number="4915112345678", configuration_key="OLD"))
    await one.upkeep.look()
    assert words(caplog) == [
        "WARNING subscription_left job=orders key=OLD: of another number or keyword, and no job may need it",
        "INFO subscription_made job=orders key=KEY0",
    ]
    assert one.writer.kept == [subscription()]


@timeless
async def test_a_number_that_is_not_the_accounts_fails_the_job() -> None:
    one = watched()
    one.keeper.status = 404
    with pytest.raises(JobFailed) as caught:
        await one.upkeep.look()
    told = "put_inbound_configuration answered 404: is the number one of this account's?"
    assert str(caught.value) == f"job 'orders': {told}"


@timeless
async def test_where_nobody_can_call_infobip_is_asked() -> None:
    one = watched(webhooks=PULL)
    await one.upkeep.look()
    assert one.forwarding == {"type": "PULL"}
    assert one.writer.kept == [subscription(public_url=None)]
    await one.upkeep.look()
    assert len(one.keeper.changes) == 1


@timeless
async def test_every_request_is_valid_by_the_published_schema() -> None:
    stories = [
        watched(channel=channel, webhooks=webhooks, keyword=keyword)
        for channel in ("sms", "mms", "whatsapp")
        for webhooks in (PUSH, PULL)
        for keyword in (None, "ORDER")
        if (channel, webhooks) != ("whatsapp", PULL)
    ]
    for one in stories:
        await one.upkeep.look()
        assert [(asked, faults_of(asked)) for asked in one.keeper.asked if faults_of(asked)] == []
        assert [asked[0] for asked in one.keeper.asked] == ["GET", "POST"]
