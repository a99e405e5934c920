"""Random events in random windows against a plain model: the people and tags in Infobip are the model's."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import orjson
from hypothesis import given
from hypothesis import strategies as st

from schemas.jobs.export_audience import ExportAudience
from streams.jobs.export_audience.plan import Attributes, Exporter
from tests.examples import examples
from tests.fakes.infobip import NOW, Infobip
from tests.making import export_job, window_of

AUDIENCES = ("vip", "new", "other")
ADDRESSES: dict[str, Callable[[str], dict[str, str]]] = {
    "good": lambda who: {"email": f"{who}@example.com"},
    "phone": lambda who: {"email": "nonsense", "phone": f"+1415555{who[1:]:0>4}"},
    "none": lambda _: {"email": "nonsense", "phone": "none"},
}


@dataclass
class Model:
    """What a platform team believes to be true, event after event."""

    job: ExportAudience
    names: dict[str, str] = field(default_factory=dict)
    members: dict[tuple[str, str], set[str]] = field(default_factory=dict)

    def learn(self, event: dict[str, Any]) -> None:
        reachable = self.job.external_id_field is not None or event["profile"] != ADDRESSES["none"]("")
        if event["audience"] not in self.job.audiences or not reachable:
            return
        who = event["profile_id"]
        audiences = self.members.setdefault((who, str(self.job.tag_of(event["audience"]))), set())
        if event["action"] == "enter":
            self.names[who] = event["profile"].get("first", self.names.get(who, ""))
            audiences.add(event["audience"])
        else:
            audiences.discard(event["audience"])

    def tagged(self, tag: str) -> set[str]:
        return {who for (who, said), audiences in self.members.items() if said == tag and audiences}


@st.composite
def histories(draw: st.DrawFn) -> list[dict[str, Any]]:
    """Events of a few profiles; each profile keeps its address, and sometimes tells none."""
    kinds = {f"p{number}": draw(st.sampled_from(["good", "phone"])) for number in range(4)}
    events = []
    for _ in range(draw(st.integers(1, 40))):
        who = draw(st.sampled_from(sorted(kinds)))
        kind = draw(st.sampled_from([kinds[who], kinds[who], kinds[who], "none"]))
        named = draw(st.sampled_from([{}, {"first": "Ann"}, {"first": "Bob"}]))
        profile = ADDRESSES[kind](who) | (named if kind != "none" else {})
        events.append(
            {
                "action": draw(st.sampled_from(["enter", "exit"])),
                "audience": draw(st.sampled_from(AUDIENCES)),
                "profile_id": who,
                "profile": profile,
            }
        )
    return events


jobs = st.sampled_from(
    [
        export_job(audiences=["vip"], map_fields={"first": "firstName"}),
        export_job(audiences=["vip", "new"], map_fields={"first": "firstName"}),
        export_job(audiences=["vip", "new"], tag={"vip": "A", "new": "B"}, map_fields={"first": "firstName"}),
        export_job(audiences=["vip", "new"], external_id_field="profile_id", map_fields={"first": "firstName"}),
    ]
)


def who_is(person: Any, job: ExportAudience) -> str:
    if job.external_id_field:
        return str(person.external_id)
    emails, phones = list(person.emails), list(person.phones)
    return str(emails[0]).partition("@")[0] if emails else f"p{int(str(phones[0])[-4:])}"


@examples(300)
@given(jobs, histories(), st.data())
def test_people_and_tags_equal_the_model_wherever_windows_are_cut(
    job: ExportAudience, events: list[dict[str, Any]], data: st.DataObject
) -> None:
    exporter, infobip, held = Exporter(job, Attributes()), Infobip.simulated(), dict[str, frozenset[str]]()
    for tag in job.tags:
        infobip.account.create_tag(tag, NOW)
    model, read, told = Model(job), 0, 0
    while read < len(events):
        size = data.draw(st.integers(1, 12))
        window = window_of(job, [orjson.dumps(event) for event in events[read : read + size]])
        for _ in range(data.draw(st.sampled_from([1, 1, 1, 2]))):  # a crash before the commit flies a window twice
            folded = exporter.fold(window, held)
            settled = infobip.hold(exporter.deliver(folded))
            held.update(folded.memberships)
            assert sum(settled.outcomes.values()) == window.records
        for event in events[read : read + size]:
            model.learn(event)
        told += window.records
        read += size
    assert told == len(events)
    people = {who_is(person, job): person for person in infobip.account.people.values()}
    assert {who: person.plain.get("firstName", "") for who, person in people.items()} == model.names
    for tag in job.tags:
        assert {who_is(person, job) for person in infobip.account.tagged(tag)} == model.tagged(tag)
