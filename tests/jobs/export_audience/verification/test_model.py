"""Whatever drifted, and in whatever order events came: who differs is told, and who is under way is not."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple
from unittest.mock import patch

from hypothesis import given
from hypothesis import strategies as st

from streams.calls.call import Call
from streams.jobs.export_audience.verification import comparison
from streams.jobs.export_audience.verification.comparison import Drift
from tests.examples import examples
from tests.fakes.infobip import Infobip
from tests.jobs.export_audience.membership_fakes import TOPIC, Brokers, Job
from tests.jobs.export_audience.verification.verifying import publish, settle, verify
from tests.making import export_job

TAGS = {"vip": "VIP", "gold": "VIP", "new": "New"}
EMAILS = [f"{name}@example.com" for name in "abcde"]
PROFILES = [f"u-{number}" for number in range(5)]


class Step(NamedTuple):
    """A profile enters an audience by an email or leaves it; None: its event has no profile."""

    profile: str
    action: str
    audience: str
    email: str | None


STEPS = st.lists(
    st.builds(
        Step,
        st.sampled_from(PROFILES),
        st.sampled_from(["enter", "enter", "exit"]),
        st.sampled_from([*TAGS, "other"]),
        st.sampled_from([*EMAILS, None]),
    ),
    max_size=30,
)


@dataclass
class Said:
    """What events say, one after the other; a (tag, email) is touched by an event at a place."""

    inside: dict[tuple[str, str], str] = field(default_factory=dict)
    former: set[tuple[str, str]] = field(default_factory=set)
    touched: dict[tuple[str, str], set[int]] = field(default_factory=dict)

    def take(self, place: int, one: Step) -> None:
        tag, key = TAGS.get(one.audience), (one.profile, one.audience)
        if tag is None or (one.action == "enter" and one.email is None):
            return
        before = self.inside.pop(key, None)
        for email in {before, one.email} - {None}:
            self.touched.setdefault((tag, str(email)), set()).add(place)
        if before is not None and one.email not in (None, before):
            self.former.add((tag, before))
        if one.action == "enter" and one.email is not None:
            self.inside[key] = one.email
            self.former.discard((tag, one.email))

    @property
    def members(self) -> set[tuple[str, str]]:
        return {(TAGS[audience], email) for (_, audience), email in self.inside.items()}


def said_by(steps: Iterable[Step]) -> Said:
    said = Said()
    for place, one in enumerate(steps):
        said.take(place, one)
    return said


def told(drift: Drift) -> dict[str, set[tuple[str, str]]]:
    sorts = {"missing": drift.missing, "too_many": drift.too_many, "former": drift.by_former_address}
    assert all(found.count == len(found.examples) for found in sorts.values())
    return {sort: {(tag, name.removeprefix("EMAIL ")) for tag, name in found.examples} for sort, found in sorts.items()}


@given(
    before=STEPS,
    live=STEPS,
    tagged=st.dictionaries(st.sampled_from([*EMAILS, "z@example.com"]), st.sets(st.sampled_from(["VIP", "New"]))),
    data=st.data(),
)
@examples(400, deadline=None)
def test_who_differs_is_told_and_who_is_under_way_is_not(
    before: list[Step], live: list[Step], tagged: dict[str, set[str]], data: st.DataObject
) -> None:
    brokers, infobip = Brokers(partitions=2), Infobip.simulated()
    settle(infobip, {email: tuple(tags) for email, tags in tagged.items()})
    job = export_job(topics=[TOPIC], tag=TAGS)
    steps = [*before, *live]
    places: list[tuple[int, int]] = []

    def say(some: Iterable[Step]) -> None:
        for one in some:
            number = sum(one.profile.encode()) % 2
            places.append((number, len(brokers.events.get(number, ()))))
            fields = None if one.email is None else {"email": one.email}
            publish(brokers, one.profile, one.action, one.audience, fields)

    say(before)
    done = {number: len(brokers.events.get(number, ())) for number in range(2)}
    brokers.committed = {number: data.draw(st.integers(0, most)) for number, most in done.items()}
    #: The events come while the first page is on its way, and some of what is under way is done meanwhile.
    left = [live]

    def meanwhile(_: Call) -> None:
        if left:
            say(left.pop())
            for number in range(2):
                now = st.integers(brokers.committed[number], len(brokers.events.get(number, ())))
                brokers.committed[number] = data.draw(now)

    with TemporaryDirectory() as folder, patch.object(comparison, "EXAMPLES", 100):
        found = verify(job, {TOPIC: brokers}, infobip, Path(folder), before=meanwhile)
    first, last = said_by(before).members, said_by(steps)
    under_way = {
        key for key, touched in last.touched.items() if any(_open(places[one], brokers.committed) for one in touched)
    }
    has = {(tag, email) for email, tags in tagged.items() for tag in tags}
    missing, surplus = (first & last.members) - has - under_way, has - first - last.members - under_way
    differ = told(found.drift)
    assert differ["missing"] == missing
    assert differ["too_many"] | differ["former"] == surplus
    # Of an address with profiles in two partitions the partitions do not say who left it last.
    sure = {key for key in surplus if len({places[one][0] for one in last.touched.get(key, ())}) < 2}
    assert differ["former"] & sure == last.former & sure
    assert found.members == len(last.members)
    assert found.tagged == len(has)


def _open(place: tuple[int, int], committed: dict[int, int]) -> bool:
    number, offset = place
    return offset >= committed[number]


@given(
    parts=st.lists(st.tuples(STEPS, st.integers(1, 9), st.booleans()), min_size=1, max_size=3),
    live=STEPS,
    tagged=st.dictionaries(st.sampled_from(EMAILS), st.sets(st.sampled_from(["VIP", "New"]))),
)
@examples(200, deadline=None)
def test_so_it_is_where_the_job_keeps_by_which_address_its_members_are_in(
    parts: list[tuple[list[Step], int, bool]], live: list[Step], tagged: dict[str, set[str]]
) -> None:
    """Events are published and read in parts, by processes that start anew or write late."""
    brokers, infobip = Brokers(partitions=2), Infobip.simulated()
    settle(infobip, {email: tuple(tags) for email, tags in tagged.items()})
    job = export_job(topics=[TOPIC], tag=TAGS, remember_address=True)
    worker = Job(brokers, job)
    worker.start()
    places: list[tuple[int, int]] = []

    def say(some: Iterable[Step]) -> None:
        for one in some:
            number = sum(one.profile.encode()) % 2
            places.append((number, len(brokers.events.get(number, ()))))
            fields = None if one.email is None else {"email": one.email}
            publish(brokers, one.profile, one.action, one.audience, fields)

    before: list[Step] = []
    for steps, most, restarts in parts:
        say(steps)
        before += steps
        if restarts:
            late = worker.read(most, commits=False)
            worker.restart()
            worker.read(most)
            brokers.append(late)
            worker.restart()
        else:
            worker.read(most)
    left = [live]

    def meanwhile(_: Call) -> None:
        if left:
            say(left.pop())
            worker.read(2)

    with TemporaryDirectory() as folder, patch.object(comparison, "EXAMPLES", 100):
        found = verify(job, {TOPIC: brokers}, infobip, Path(folder), before=meanwhile)
    assert found.told.source == "addresses"
    first, last = said_by(before).members, said_by([*before, *live])
    under_way = {
        key for key, touched in last.touched.items() if any(_open(places[one], brokers.committed) for one in touched)
    }
    has = {(tag, email) for email, tags in tagged.items() for tag in tags}
    differ = told(found.drift)
    assert found.members == len(last.members)
    # What the job did while its topic was read may count already.
    missing, surplus = last.members - has - under_way, has - last.members - under_way
    assert missing & first <= differ["missing"] <= missing
    assert surplus - first <= differ["too_many"] | differ["former"] <= surplus
