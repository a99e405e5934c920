"""How much is posted at once, what counts as received, and what becomes of what was cut."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from streams.simulator.feedback.addresses import Destination
from streams.simulator.feedback.courses import Step
from streams.simulator.feedback.postman import _counts
from streams.simulator.feedback.posts import CONNECTIONS, CONNECTIONS_IN_ALL, RETRIES, Batch, Posts
from streams.simulator.feedback.reports import Ledger, Report, State
from tests.simulator.messaging import At, send, text
from tests.simulator.receiver import AT_ONCE, Receiver, counted, told
from tests.simulator.simulated import Caller
from tests.waiting import until

HOOK = Destination("https://example.com", "P", "sms", "delivery")
EVENTS = Destination("https://example.com", None, "sms", "events")


def _posts(destination: Destination, count: int, **profile: Any) -> Posts:
    posts, ledger = Posts(lambda _: profile, 1.0), Ledger()
    for _ in range(count):
        posts.add(destination, ledger.make("sms", Step("delivery", 0.0)))
    return posts


def _fly(posts: Posts, now: float) -> list[Batch]:
    """Begin the posts that are ready."""
    batches = list(posts.ready(now))
    for batch in batches:
        for report in batch.reports:
            report.state = State.POSTED
    return batches


@pytest.mark.parametrize(("profile", "size"), [({}, 100), ({"maxBucketSize": 2000}, 2000), ({"maxBucketSize": 1}, 1)])
def test_batches_are_as_large_as_they_may_be(profile: dict[str, int], size: int) -> None:
    batches = _fly(_posts(HOOK, 2 * size + 1, **profile), 0.0)
    assert [len(batch.reports) for batch in batches] == [size, size, 1]
    assert [len(batch.reports) for batch in _fly(_posts(EVENTS, 3), 0.0)] == [1, 1, 1]


def test_only_so_many_are_on_their_way_to_one_receiver_and_to_all() -> None:
    posts = _posts(EVENTS, CONNECTIONS + 5)
    flying = _fly(posts, 0.0)
    assert (len(flying), _fly(posts, 0.0), posts.next_at(0.0)) == (CONNECTIONS, [], None)
    posts.landed(flying[0])
    assert (posts.next_at(7.0), len(_fly(posts, 7.0))) == (7.0, 1)
    many, ledger = Posts(lambda _: None, 1.0), Ledger()
    for number in range(CONNECTIONS_IN_ALL + 1):
        many.add(EVENTS._replace(url=str(number)), ledger.make("sms", Step("click", 0.0)))
    begun = _fly(many, 0.0)
    assert (len(begun), many.next_at(0.0)) == (CONNECTIONS_IN_ALL, None)
    many.landed(begun[0])
    assert len(_fly(many, 0.0)) == 1


def test_a_profile_says_how_often_it_is_posted() -> None:
    posts = _posts(HOOK, 100, maxBucketSize=1, rateLimit=10, windowSize=1000)
    begun = [len(_fly(posts, tenth / 10 + 0.01)) for tenth in range(10)]
    assert sum(begun) in {10, 11}
    later = posts.next_at(1.0)
    assert later is not None
    assert 1.0 <= later <= 1.1


def test_what_was_pulled_meanwhile_is_not_posted_again() -> None:
    posts = _posts(HOOK, 3)
    (batch,) = _fly(posts, 0.0)
    posts.landed(batch)
    first, *others = batch.reports
    for report in others:
        report.state = State.WAITING
    first.state = State.TOLD
    assert posts.again(batch, 0.0)
    assert (posts.next_at(0.0), _fly(posts, 59.9)) == (60.0, [])
    (again,) = _fly(posts, 60.0)
    assert (again.reports, again.retries) == (others, 1)
    assert posts.next_at(60.0) is None


def test_it_is_tried_again_so_often_and_no_more() -> None:
    batch = Batch(HOOK, [Report(1, "sms", Step("delivery", 0.0))])
    posts = Posts(lambda _: None, 60.0)
    assert [posts.again(batch, 0.0) for _ in range(RETRIES + 1)] == [True] * RETRIES + [False]
    assert posts.next_at(0.0) == 1.0
    assert posts.hurry() == RETRIES


@pytest.mark.parametrize(
    ("profile", "status", "answered", "counts"),
    [
        ({}, 200, "", True),
        ({}, 204, "", True),
        ({}, 302, "", False),
        ({}, 503, "", False),
        ({"responseRegex": "20[01]"}, 202, "", False),
        ({"responseRegex": "5.."}, 503, "", True),
        ({"responseBodyRegex": "^ok"}, 200, "ok!", True),
        ({"responseBodyRegex": "^ok"}, 200, "no", False),
    ],
)
def test_a_profile_says_which_answers_count(
    profile: Mapping[str, Any], status: int, answered: str, *, counts: bool
) -> None:
    assert _counts(profile, status, answered) is counts


@pytest.mark.parametrize("url", ["http://127.0.0.1:1/", "not a url", "ftp://example.com", "http://"])
def test_an_address_that_nobody_listens_at_is_tried_again(url: str) -> None:
    async def story(call: Caller, _: Receiver) -> None:
        await send(call, At.SMS, text(webhooks={"delivery": {"url": url}}))
        await until(lambda: len(call.simulator.office.posted) == 1)
        assert (await counted(call))["sms", "delivery"] == {"made": 1, "posted": 1, "pending": 1}
        assert len((await call("GET", "/sms/3/reports")).body["results"]) == 1

    told(story)


def test_what_was_cut_by_a_stop_is_posted_after_the_next_start() -> None:
    async def story(call: Caller, receiver: Receiver) -> None:
        simulator = call.simulator
        simulator.faults.add("posts:latency=60,count=1")
        await send(call, At.SMS, text(ids=["m1"], webhooks={"delivery": {"url": f"{receiver.url}/d"}}))
        await until(lambda: bool(simulator._world.postman._posts))
        await simulator.stop()
        assert receiver.posts == []
        await simulator.start()
        (report,) = await receiver.reports(1)
        assert report["messageId"] == "m1"
        assert (await counted(call))["sms", "delivery"] == {"made": 1, "posted": 2, "acknowledged": 1}

    told(story)


def test_minutes_pass_as_fast_as_the_scale_says() -> None:
    async def story(call: Caller, receiver: Receiver) -> None:
        receiver.statuses.clear()
        receiver.statuses.extend([500] * 5 + [200])
        await send(call, At.SMS, text(webhooks={"delivery": {"url": f"{receiver.url}/d"}}))
        await receiver.posted(6)
        assert (await counted(call))["sms", "delivery"] == {"made": 1, "posted": 6, "acknowledged": 1}

    told(story, replace(AT_ONCE, time_scale=1e9))
