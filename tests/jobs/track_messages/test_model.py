"""Random messages, reports in any order with repeats and losses, clicks, answers and waits, beside a plain model."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import pairwise, permutations
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from tests.examples import examples
from tests.jobs.track_messages.tracking import DAY, MINUTE, NOON_MS, World

#: Status: how far it is, what becomes of the message, and what a campaign calls it; None: nothing yet.
STATUSES: Mapping[tuple[int, int, str], tuple[int, str | None, str | None]] = {
    (5, 23, "REJECTED_DUPLICATE_MESSAGE_ID"): (-1, None, None),
    (1, 26, "PENDING_ACCEPTED"): (0, None, None),
    (1, 7, "PENDING_ENROUTE"): (0, None, None),
    (4, 29, "EXPIRED_DLR_UNKNOWN"): (1, "EXPIRED", "failed"),
    (4, 15, "EXPIRED_EXPIRED"): (2, "EXPIRED", "failed"),
    (2, 9, "UNDELIVERABLE_NOT_DELIVERED"): (3, "UNDELIVERABLE", "failed"),
    (2, 4, "UNDELIVERABLE_REJECTED_OPERATOR"): (3, "UNDELIVERABLE", "failed"),
    (5, 6, "REJECTED_NETWORK"): (4, "REJECTED", "rejected"),
    (3, 2, "DELIVERED_TO_OPERATOR"): (5, "DELIVERED", "delivered"),
    (3, 5, "DELIVERED_TO_HANDSET"): (6, "DELIVERED", "delivered"),
}
WAIT_MINUTES, REPLY_MINUTES = 4 * 24 * 60, 120
#: Our own record is read within so long, and an answer after it: the agent reads topics by the times of their records.
OWN_MINUTES = 14
LAST_MINUTE = 7 * 24 * 60


@dataclass(frozen=True, slots=True)
class Act:
    """What is read at a minute; `content` is a status and when it was done, a link, or an answer and its minute."""

    minute: int
    message_id: str
    what: str
    content: Any = None


@dataclass(frozen=True, slots=True)
class Sent:
    minute: int
    delay: int
    is_refused: bool


def clock(minute: int) -> str:
    return (datetime.fromtimestamp(NOON_MS / 1000, UTC) + timedelta(minutes=minute)).isoformat()


minutes = st.integers(0, LAST_MINUTE) | st.integers(0, 60)


def acts_of(message_id: str) -> st.SearchStrategy[list[Act]]:
    statuses = st.tuples(st.sampled_from(list(STATUSES)), st.integers(0, 10_000))
    links = st.sampled_from(["https://example.com/a", "https://example.com/b"])
    return st.lists(
        st.builds(Act, minutes, st.just(message_id), st.just("report"), statuses)
        | st.builds(Act, minutes, st.just(message_id), st.just("seen"))
        | st.builds(Act, minutes, st.just(message_id), st.just("click"), links),
        max_size=6,
    )


@st.composite
def stories(draw: st.DrawFn) -> tuple[dict[str, Sent], list[Act]]:
    """Up to three messages to one person, and all that is read, in the order that it is read in."""
    sent = {
        f"m-{number}": draw(st.builds(Sent, st.integers(0, 200), st.integers(0, OWN_MINUTES), st.booleans()))
        for number in range(draw(st.integers(1, 3)))
    }
    acts = [Act(one.minute + one.delay, message_id, "own", one) for message_id, one in sent.items()]
    for message_id, one in sent.items():
        told = [] if one.is_refused else draw(acts_of(message_id))
        acts += [Act(one.minute + act.minute, act.message_id, act.what, act.content) for act in told]
    for number, minute in enumerate(draw(st.lists(st.integers(0, 400), max_size=3))):
        delay = draw(st.integers(OWN_MINUTES + 1, 100))
        acts.append(Act(minute + delay, "", "answer", (f"i-{number}", minute)))
    repeated = draw(st.lists(st.sampled_from(acts), max_size=4))
    acts += [Act(act.minute + draw(st.integers(0, 90)), act.message_id, act.what, act.content) for act in repeated]
    return sent, sorted(draw(st.permutations(acts)), key=lambda act: act.minute)


def played(acts: Sequence[Act]) -> World:
    world = World(wait={"minutes": WAIT_MINUTES}, wait_for_reply={"minutes": REPLY_MINUTES})
    for act in acts:
        world.wait(NOON_MS + act.minute * MINUTE - world.now_ms)
        play(world, act)
    world.wait(30 * DAY)
    return world


def play(world: World, act: Act) -> None:
    match act.what, act.content:
        case "own", Sent(minute, _, True):
            refused = {"status": "enqueue_failed", "message_status": "Error: Rejected by Infobip", "status_id": None}
            world.message(act.message_id, sent_at=clock(minute), status_name=None, **refused)
        case "own", Sent(minute):
            world.message(act.message_id, sent_at=clock(minute))
        case "report", ((group, status, name), done):
            world.report(group, status, name, act.message_id, done_at=clock(done))
        case "seen", _:
            world.seen(act.message_id, seen_at=clock(act.minute), channel="sms")
        case "click", url:
            world.click(url, act.message_id)
        case "answer", (inbound_id, minute):
            world.inbound(f"says {inbound_id}", inbound_id=inbound_id, sent_at=clock(minute))


def answers(sent: Mapping[str, Sent], acts: Sequence[Act]) -> dict[str, str]:
    """The first answer to each message: each belongs to the latest before it that was sent in time."""
    said = sorted({(minute, name) for act in acts if act.what == "answer" for name, minute in [act.content]})
    found: dict[str, str] = {}
    for minute, name in said:
        fitting = [
            (one.minute, message_id)
            for message_id, one in sent.items()
            if not one.is_refused and -1 <= minute - one.minute <= REPLY_MINUTES
        ]
        before = [one for one in fitting if one[0] <= minute]
        if fitting:
            found.setdefault(max(before or fitting)[1], f"says {name}")
    return found


def best_of(told: Sequence[Act]) -> tuple[int, int, int, str]:
    """The furthest status of those that were told, with when it was done, its number and its name."""
    known = [(STATUSES[status][0], done, status[1], status[2]) for act in told for status, done in [act.content]]
    return max([(0, -1, 26, "PENDING_ACCEPTED"), *(one for one in known if one[0] >= 0)])


def verdict(one: Sent, name: str, *, is_over: bool) -> tuple[str, str] | None:
    if one.is_refused:
        return "REJECTED", "not_sent"
    found = next(outcome for (_, _, called), (_, outcome, _) in STATUSES.items() if called == name)
    if found is not None:
        return found, "reported"
    return ("NOT_AVAILABLE", "waited") if is_over else None


def expected_verdicts(message_id: str, one: Sent, acts: Sequence[Act]) -> list[tuple[str, str]]:
    """What is said one after the other: from our own record on, with each report, and when the time is over."""
    own, over = one.minute + one.delay, one.minute + WAIT_MINUTES
    moments = [(act.minute, 1, position + 1) for position, act in enumerate(acts) if act.message_id == message_id]
    said = list[tuple[str, str]]()
    for minute, _, read in sorted([*moments, (over, 0, 0)]):
        told = reports(message_id, acts[:read] if read else [act for act in acts if act.minute < minute])
        is_there = any(act.what == "own" for act in mine(message_id, acts[:read])) or minute > own
        found = verdict(one, best_of(told)[3], is_over=minute >= over) if is_there else None
        if found is not None and said[-1:] != [found]:
            said.append(found)
    return said


def expected_events(message_id: str, one: Sent, acts: Sequence[Act]) -> list[str]:
    if one.is_refused:
        return ["enqueue_failed"]
    events = list[str]()
    for position, act in enumerate(acts):
        read = acts[: position + 1]
        if act.message_id == message_id and any(other.what == "own" for other in mine(message_id, read)):
            name = best_of(reports(message_id, read))[3]
            called = next(campaign for (_, _, status), (_, _, campaign) in STATUSES.items() if status == name)
            events += [event for event in ("enqueued", called) if event is not None and event not in events]
    return events


def mine(message_id: str, acts: Sequence[Act]) -> Iterator[Act]:
    return (act for act in acts if act.message_id == message_id)


def reports(message_id: str, acts: Sequence[Act]) -> list[Act]:
    return [act for act in mine(message_id, acts) if act.what == "report"]


def pairs(world: World, message_id: str) -> list[tuple[str, str]]:
    """What was said of a message, without what only adds to it."""
    said = world.verdicts(message_id)
    return [one for place, one in enumerate(said) if said[:place][-1:] != [one]]


@given(stories())
@examples(600)
def test_outcomes_and_campaign_events_are_those_of_a_plain_model(story: tuple[dict[str, Sent], list[Act]]) -> None:
    sent, acts = story
    world, replies = played(acts), answers(*story)
    for message_id, one in sent.items():
        last, told = world.outcomes(message_id)[-1], list(mine(message_id, acts))
        name = None if one.is_refused else best_of(reports(message_id, acts))[3]
        assert {field: last[field] for field in ("status_name", "seen", "urls", "reply", "final")} == {
            "status_name": name,
            "seen": "SEEN" if any(act.what == "seen" for act in told) else "NOT_SEEN",
            "urls": sorted({act.content for act in told if act.what == "click"}),
            "reply": replies.get(message_id),
            "final": last["reason"] in {"reported", "not_sent"},
        }
        assert pairs(world, message_id) == expected_verdicts(message_id, one, acts)
        assert world.statuses(message_id) == expected_events(message_id, one, acts)
    assert world.states == {}


RANKS = {name: rank for (_, _, name), (rank, _, _) in STATUSES.items()}


@given(stories())
@examples(200)
def test_no_outcome_goes_back(story: tuple[dict[str, Sent], list[Act]]) -> None:
    sent, acts = story
    world = played(acts)
    for message_id in sent:
        said = world.outcomes(message_id)
        for before, after in pairwise(said):
            assert RANKS.get(before["status_name"], -1) <= RANKS.get(after["status_name"], -1)
            assert before["final"] <= after["final"]
            assert (before["seen"] == "SEEN") <= (after["seen"] == "SEEN")
            assert set(before["urls"]) <= set(after["urls"])
            assert before["reply"] is None or after["reply"] is not None
            assert before != after


@given(st.lists(acts_of("m-1").filter(bool).map(lambda acts: acts[0]), min_size=1, max_size=3))
@examples(120)
def test_the_last_outcome_is_the_same_in_every_order(told: list[Act]) -> None:
    ends = set()
    for order in permutations([Act(0, "m-1", "own", Sent(0, 0, is_refused=False)), *told]):
        world = World()
        for act in order:
            play(world, act)
        world.wait(4 * DAY)
        last = world.outcomes()[-1]
        ends.add(tuple(str(last[field]) for field in last if field != "decided_at"))
    assert len(ends) == 1


@given(acts_of("m-1"))
@examples(200)
def test_without_our_own_record_only_what_infobip_says_is_told(told: list[Act]) -> None:
    acts = sorted((act for act in told if act.minute <= LAST_MINUTE // 3), key=lambda act: act.minute)
    world = played(acts)
    rank, _, _, name = best_of(reports("m-1", acts))
    last = [(one["status_name"], one["final"], one["seen"], one["urls"]) for one in world.outcomes()[-1:]]
    seen = "SEEN" if any(act.what == "seen" for act in acts) else "NOT_SEEN"
    links = sorted({act.content for act in acts if act.what == "click"})
    assert last == ([(name, True, seen, links)] if rank > 0 else [])
    called = next(campaign for (_, _, status), (_, _, campaign) in STATUSES.items() if status == name)
    assert world.statuses()[-1:] == ([] if called is None else [called])
    assert world.states == {}
