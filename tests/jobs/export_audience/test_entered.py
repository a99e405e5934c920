"""Whoever changes their address leaves by what they entered by, and nobody loses a tag for another's sake."""

from dataclasses import dataclass, field
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from schemas.jobs.export_audience import ExportAudience
from streams.calls.call import Call
from streams.jobs.export_audience.entered import ByAddress, Entered
from streams.jobs.export_audience.plan import Attributes, Exporter
from tests.examples import examples
from tests.fakes.infobip import NOW, Infobip
from tests.jobs.export_audience.exporting import deliver
from tests.jobs.export_audience.picky import Picky, tagged
from tests.making import bare, event, export_job, window_of


def remembering(**changes: Any) -> ExportAudience:
    return export_job(remember_address=True, **changes)


def held(**said: str) -> dict[str, frozenset[str]]:
    return {who: frozenset({f"EMAIL {name}@example.com vip"}) for who, name in said.items()}


def asked(calls: list[Call]) -> tuple[list[str], list[str]]:
    """Whom the tag is given to and taken from, by email."""
    return tuple(  # type: ignore[return-value]
        sorted(who.partition("@")[0] for _, who in tagged(calls, operation)) for operation in ("add_tag", "remove_tag")
    )


def test_who_leaves_under_another_address_leaves_by_the_former() -> None:
    values = [event("u", "exit", email="new@example.com")]
    calls, settled, folded = deliver(values, remembering(), held=held(u="old"))
    assert asked(calls) == ([], ["old"])
    assert settled.outcomes == {"accepted": 1}
    assert folded.memberships == {"u": frozenset()}
    assert {"u", "new@example.com", "old@example.com"} <= set(folded.keys)


def test_who_comes_back_under_another_address_loses_the_tag_at_the_former() -> None:
    values = [event("u", email="New@example.com")]
    calls, settled, folded = deliver(values, remembering(), held=held(u="old"))
    assert asked(calls) == (["new"], ["old"])
    assert settled.outcomes == {"accepted": 1}
    assert folded.memberships == held(u="new")


def test_who_comes_back_as_they_were_changes_nothing() -> None:
    calls, _, folded = deliver([event("u", email="OLD@example.com")], remembering(), held=held(u="old"))
    assert asked(calls) == (["old"], [])
    assert folded.memberships == {}


def test_an_address_keeps_the_tag_while_another_profile_is_inside_by_it() -> None:
    job = remembering()
    values = [event("anonymous", email="di@example.com"), event("known", email="di@example.com")]
    _, _, folded = deliver(values, job)
    calls, settled, folded = deliver(
        [event("anonymous", "exit", email="di@example.com")], job, held=dict(folded.memberships)
    )
    assert asked(calls) == ([], [])
    assert settled.outcomes == {"unchanged": 1}
    after = held(known="di")
    calls, _, _ = deliver([event("known", "exit", email="di@example.com")], job, held=after)
    assert asked(calls) == ([], ["di"])


def test_in_one_window_it_is_the_same() -> None:
    values = [
        event("a", email="di@example.com"),
        event("b", email="di@example.com"),
        event("a", "exit", email="other@example.com"),
    ]
    calls, settled, folded = deliver(values, remembering())
    assert asked(calls) == (["di"], [])
    assert settled.outcomes == {"accepted": 1, "superseded": 1, "unchanged": 1}
    assert folded.memberships == held(b="di")


def test_an_enter_that_a_killed_process_may_have_told_of_is_taken_back() -> None:
    values = [event("u", email="old@example.com"), event("u", "exit", email="new@example.com")]
    calls, _, _ = deliver(values, remembering())
    assert asked(calls) == ([], ["old"])
    values = [event("u", email="old@example.com"), event("u", email="new@example.com")]
    calls, settled, folded = deliver(values, remembering())
    assert asked(calls) == (["new"], ["old"])
    assert settled.outcomes == {"superseded": 1, "accepted": 1}
    assert folded.memberships == held(u="new")


def test_who_was_never_remembered_leaves_by_what_the_exit_says() -> None:
    calls, settled, _ = deliver([event("u", "exit", email="x@example.com"), bare("v")], remembering())
    assert asked(calls) == ([], ["x"])
    assert settled.outcomes == {"accepted": 1, "dropped": 1}
    assert [failure.reason for failure in settled.failures] == ["no_address"]


def test_an_exit_without_a_profile_is_enough_for_who_is_remembered() -> None:
    calls, settled, folded = deliver([bare("u"), event("v"), bare("v")], remembering(), held=held(u="old"))
    assert asked(calls) == ([], ["old", "v"])
    assert settled.outcomes == {"accepted": 2, "superseded": 1}
    assert folded.memberships == {"u": frozenset()}


def test_audiences_that_share_a_tag_keep_it_at_their_own_addresses() -> None:
    job = remembering(audiences=["vip", "gold"])
    known = {"u": frozenset({"EMAIL old@example.com vip", "EMAIL old@example.com gold"})}
    calls, settled, folded = deliver([event("u", "exit", "gold", email="x@example.com")], job, held=known)
    assert asked(calls) == ([], [])
    assert settled.outcomes == {"unchanged": 1}
    known = {"u": frozenset({"EMAIL old@example.com vip", "EMAIL new@example.com gold"})}
    calls, settled, folded = deliver([event("u", "exit", "gold", email="x@example.com")], job, held=known)
    assert asked(calls) == ([], ["new"])
    assert folded.memberships == held(u="old")


def test_who_was_tagged_by_the_phone_because_the_email_is_refused_is_remembered_so() -> None:
    both = {"email": "ann@example.com", "phone": "+15551234567"}
    job, talk = remembering(), Picky(bad=("ann@example.com",))
    calls, settled, folded = deliver([event("ann", **both)], job, talk)
    assert tagged(calls) == [("PHONE", "15551234567")]
    assert settled.notes == {"ann": frozenset({"PHONE 15551234567 vip"})}
    known = {**folded.memberships, **settled.notes}
    calls, _, _ = deliver([event("ann", **both)], job, Picky(bad=("ann@example.com",)), held=dict(known))
    assert tagged(calls) == [("PHONE", "15551234567")]
    assert tagged(calls, "remove_tag") == []
    calls, _, _ = deliver([event("ann", "exit", **both)], job, Picky(bad=("ann@example.com",)), held=dict(known))
    assert tagged(calls, "remove_tag") == [("PHONE", "15551234567")]


def test_members_are_kept_of_one_topic_whatever_they_are_known_by() -> None:
    assert export_job(keep_members=True, external_id_field="profile_id", audiences=["vip"]).remembers
    with pytest.raises(ValidationError, match="needs exactly one topic, not 2: who is a member"):
        export_job(keep_members=True, audiences=["vip"], topics=["a", "b"])


def test_who_comes_under_another_external_id_loses_the_tag_at_the_former() -> None:
    job = export_job(keep_members=True, external_id_field="crm", audiences=["vip"])
    known = {"u": frozenset({"EXTERNAL_ID one%201 vip"}), "v": frozenset({"EXTERNAL_ID two vip"})}
    events = [event("u", crm="one 2"), event("v", "exit", crm="whatever"), bare("w")]
    calls, settled, folded = deliver(events, job, held=known)
    assert tagged(calls, "add_tag") == [("EXTERNAL_ID", "one 2")]
    assert sorted(tagged(calls, "remove_tag")) == [("EXTERNAL_ID", "one 1"), ("EXTERNAL_ID", "two")]
    assert settled.outcomes == {"accepted": 2, "dropped": 1}
    assert folded.memberships == {"u": frozenset({"EXTERNAL_ID one%202 vip"}), "v": frozenset()}


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"external_id_field": "profile_id"}, "without external_id_field"),
        ({"topics": ["a", "b"]}, "exactly one topic, not 2"),
    ],
)
def test_it_is_for_jobs_that_need_it(changes: dict[str, Any], words: str) -> None:
    with pytest.raises(ValidationError, match=words):
        remembering(**changes)


NAMES = ("a", "b", "c", "d")
who_by = st.dictionaries(st.sampled_from("stuv"), st.sets(st.sampled_from(NAMES), max_size=3), max_size=4)


@given(st.lists(st.tuples(st.sampled_from("stuv"), st.sets(st.sampled_from(NAMES), max_size=3)), max_size=20))
def test_who_is_inside_by_an_address_is_known_whatever_changes(changes: list[tuple[str, set[str]]]) -> None:
    by_address, inside = ByAddress(), dict[str, frozenset[str]]()
    for who, names in changes:
        ways = frozenset(f"EMAIL {name} vip" for name in names)
        by_address.change(who, inside.get(who, ()), ways)
        inside[who] = ways
    for name in NAMES:
        expected = {who for who, ways in inside.items() if f"EMAIL {name} vip" in ways}
        assert set(by_address.of(("EMAIL", name))) == expected


@dataclass
class Model:
    """What is true after each event: by profile and audience, the address that was entered by."""

    inside: dict[tuple[str, str], str] = field(default_factory=dict)

    def learn(self, said: dict[str, Any]) -> None:
        key = said["profile_id"], said["audience"]
        if said["action"] == "exit":
            self.inside.pop(key, None)
        else:
            self.inside[key] = said["profile"]["email"]

    def tagged(self, job: ExportAudience, tag: str) -> set[str]:
        return {email for (_, audience), email in self.inside.items() if job.tag_of(audience) == tag}


events = st.builds(
    lambda who, action, audience, name: {
        "action": action,
        "audience": audience,
        "profile_id": who,
        "profile": {"email": f"{name}@example.com"},
    },
    st.sampled_from("stu"),
    st.sampled_from(["enter", "enter", "exit"]),
    st.sampled_from(["vip", "gold"]),
    st.sampled_from(NAMES),
)
JOBS = [
    remembering(audiences=["vip"]),
    remembering(audiences=["vip", "gold"]),
    remembering(audiences=["vip", "gold"], tag={"vip": "A", "gold": "B"}),
]


@examples(120)
@given(st.sampled_from(JOBS), st.lists(events, max_size=30), st.data())
def test_tags_equal_the_model_wherever_windows_are_cut_and_processes_killed(
    job: ExportAudience, said: list[dict[str, Any]], data: st.DataObject
) -> None:
    """A kill may come before the state is written, and the events are cut into other windows then."""
    exporter, infobip, model = Exporter(job, Attributes()), Infobip.simulated(), Model()
    known: dict[str, frozenset[str]] = {}
    for tag in job.tags:
        infobip.account.create_tag(tag, NOW)
    said = [one for one in said if job.wants(one["audience"])]
    # An exit of somebody who is not inside takes the tag of the address that it names: of nobody's here.
    for one in said:
        if one["action"] == "exit":
            one["profile"] = {"email": f"gone-{one['profile_id']}@example.com"}
    read = 0
    while read < len(said):
        for killed in (data.draw(st.booleans()), False):
            size = data.draw(st.integers(1, 8))
            folded = exporter.fold(
                window_of(job, [orjson.dumps(one) for one in said[read : read + size]]), Entered.of(known)
            )
            infobip.hold(exporter.deliver(folded))
            if not killed:
                known.update(folded.memberships)
                for one in said[read : read + size]:
                    model.learn(one)
                read += size
                break
    for tag in job.tags:
        found = {str(next(iter(person.emails))) for person in infobip.account.tagged(tag)}
        assert found == model.tagged(job, tag)


PHONE = "+14155550123"


@pytest.mark.parametrize("together", [True, False])
@pytest.mark.parametrize(
    ("before", "after"),
    [
        ({"phone": PHONE}, {"email": "new@example.com", "phone": PHONE}),
        ({"email": "old@example.com", "phone": PHONE}, {"phone": PHONE}),
        ({"email": "old@example.com", "phone": PHONE}, {"email": "new@example.com", "phone": PHONE}),
        ({"email": "old@example.com", "phone": PHONE}, {"email": "none", "phone": PHONE}),
    ],
)
def test_who_changes_an_address_and_stays_the_same_person_keeps_the_tag(
    before: dict[str, str], after: dict[str, str], *, together: bool
) -> None:
    job, infobip, known = remembering(), Infobip.simulated(), dict[str, frozenset[str]]()
    infobip.account.create_tag("VIP", NOW)
    exporter, values = Exporter(job, Attributes()), [event("u", **before), event("u", **after)]
    for window in [values] if together else [[one] for one in values]:
        folded = exporter.fold(window_of(job, window), Entered.of(known))
        infobip.hold(exporter.deliver(folded))
        known.update(folded.memberships)
    assert len(list(infobip.account.tagged("VIP"))) == 1
    folded = exporter.fold(window_of(job, [event("u", "exit")]), Entered.of(known))
    infobip.hold(exporter.deliver(folded))
    assert not list(infobip.account.tagged("VIP"))
