"""The fast way makes the calls of the plain way, and says the same of every event, whatever events and answers are."""

import json
from collections.abc import Callable, Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.jobs.export_audience import ExportAudience
from streams.calls.call import Call, Reply
from streams.errors import JobFailed
from streams.jobs.export_audience.fast.exporter import FastExporter
from streams.jobs.export_audience.fast.fold import FastBatch
from streams.jobs.export_audience.fast.shapes import fits
from streams.jobs.export_audience.plan import Attributes, Exporter
from streams.pipeline.decode import decode
from streams.pipeline.settle import Settled
from streams.pipeline.window import OpenWindow, Window
from tests.examples import examples
from tests.fakes.infobip import NOW, Infobip
from tests.jobs.export_audience.picky import Picky
from tests.jobs.export_audience.test_odd_answers import replies
from tests.making import FakeRecord, bare, event, export_job
from tests.pipeline import events
from tests.profiles import written

FIELDS = (
    "email",
    "phone",
    "ref",
    "first_name",
    "last_name",
    "Größe",
    "plan",
    "spent",
    "visits",
    "born",
    "seen",
    "list",
)
TARGETS: dict[str, Any] = {
    "first_name": "firstName",
    "last_name": {"to": "lastName"},
    "Größe": {"to": "size-of", "type": "STRING"},
    "plan": {"to": "plan"},
    "spent": {"to": "ltv", "type": "DECIMAL"},
    "visits": {"to": "visits", "type": "INTEGER"},
    "born": {"to": "birthDate"},
    "seen": {"to": "seen", "type": "DATE_TIME"},
    "list": {"to": "orders", "type": "LIST_OF_OBJECTS"},
    "email": {"to": "email_text", "type": "STRING"},
    "phone": {"to": "called", "type": "DECIMAL"},
}
ATTRIBUTES = Attributes({"Plan": "STRING", "ltv": "DECIMAL"}, {"orders": {"n": "INTEGER", "what": "STRING"}})


LONG_ID = f'"{"p" * 300}"'


@st.composite
def jobs(draw: st.DrawFn) -> ExportAudience:
    options: dict[str, Any] = {
        "audiences": draw(st.sampled_from([["vip"], ["vip", "new"]])),
        "external_id_field": draw(st.sampled_from([None, None, "ref", "profile_id", "visits"])),
        "person_type": draw(st.sampled_from(["CUSTOMER", "LEAD"])),
        "default_region": draw(st.sampled_from([None, "DE", "US"])),
        "map_fields": {path: TARGETS[path] for path in draw(st.lists(st.sampled_from([*TARGETS]), unique=True))},
    }
    if len(options["audiences"]) > 1:
        options["tag"] = {"vip": "A", "new": "B"}
    if draw(st.booleans()):
        options["email_field"] = draw(st.sampled_from(["email", "first_name"]))
    if draw(st.booleans()):
        options["phone_field"] = draw(st.sampled_from(["phone", "visits"]))
    return export_job(**options)


#: As JSON, so that some are what no writer would write.
usual = {
    "email": st.sampled_from(["ann@example.com", "Ann@Example.com", "bob@example.com", "no"]).map(json.dumps),
    "phone": st.sampled_from(["+14155550123", "4915123456789", "0151 23456780", "none", "+15551234567"]).map(
        json.dumps
    ),
    "ref": st.sampled_from(['"r1"', '"r2"', '" "', "7", "1.5"]),
    "first_name": st.sampled_from(['"Ann"', '"Ann & Bob"', '" Zo\\u00eb "', '""', "null", "12", '"x@example.com"']),
    "spent": st.sampled_from(
        [
            "1",
            "1.5",
            "1234567890123456789.0",
            "9007199254740993.0",
            '"2.5"',
            "12345678901234567890",
            "0.12345678901234567",
            '"much"',
        ]
    ),
    "visits": st.sampled_from(["3", "3.0", '"4"', "true", "99999999999999999999"]),
    "list": st.sampled_from(['[{"n":1,"what":"a"}]', '[{"n":1.0}]', '[{"n":12345678901234567890}]', "[]", '[{"m":1}]']),
}
odd = events.VALUES | written.phones.map(json.dumps) | written.emails().map(lambda two: json.dumps(two[0]))


@st.composite
def profiles(draw: st.DrawFn) -> str:
    names = draw(st.lists(st.sampled_from(FIELDS), unique=True, max_size=7))
    strange = draw(st.integers(0, 4)) == 0
    pairs = [f"{json.dumps(name)}:{draw(odd if strange or name not in usual else usual[name])}" for name in names]
    return f"{{{','.join(pairs)}}}"


@st.composite
def memberships(draw: st.DrawFn) -> bytes:
    action = draw(st.sampled_from(["enter", "enter", "exit"]))
    audience = draw(st.sampled_from(["vip", "vip", "new", "other"]))
    who = draw(st.sampled_from(['"p0"', '"p1"', '"p2"', '"p3"', '"Ж"', '" "', "5", LONG_ID]))
    profile = draw(profiles() | profiles() | st.sampled_from(["null", "{}", "[]"]))
    more = draw(st.just("") | st.just("") | events.rest())
    text = f'{{"action":"{action}","audience":"{audience}","profile_id":{who},"profile":{profile}{more}}}'
    broken = draw(st.sampled_from([b"", b"", b"", b"", b'"\xff"', b"\x00"]))
    return text.encode(errors="surrogatepass")[: None if not broken else -1] + broken


#: As in a backlog: nearly all enter one audience, with profiles in which little is odd.
complete = st.fixed_dictionaries(
    {name: usual[name] for name in ("email", "phone", "ref", "first_name", "spent", "visits")}
).map(lambda said: f"{{{','.join(f'{json.dumps(name)}:{value}' for name, value in said.items())}}}")
entering = st.builds(
    lambda action, who, profile: (
        f'{{"action":"{action}","audience":"vip","profile_id":"p{who}","profile":{profile}}}'.encode()
    ),
    st.sampled_from(["enter"] * 19 + ["exit"]),
    st.integers(0, 20),
    complete,
)

streams = st.lists(memberships() | memberships() | memberships() | events.anything(), max_size=14) | st.lists(
    entering, max_size=8
)


def known_people() -> Infobip:
    infobip = Infobip.simulated()
    for tag in ("VIP", "A", "B"):
        infobip.account.create_tag(tag, NOW)
    return infobip


def window_of(exporter: Exporter | FastExporter, job: ExportAudience, values: Sequence[bytes]) -> Window:
    window = OpenWindow(job.wants, 1000, job.name, exporter.decode if isinstance(exporter, FastExporter) else decode)
    window.take([FakeRecord(value, offset) for offset, value in enumerate(values)], now=0.0)
    return window.cut()


def said(call: Call) -> tuple[Any, ...]:
    return (
        call.operation,
        call.path,
        call.body,
        call.items,
        call.accepts_missing,
        call.suspicion,
        call.tries,
        call.headers,
    )


def facts(window: Window) -> tuple[Any, ...]:
    entries = [(entry.record, entry.action, entry.audience, entry.profile_id) for entry in window.entries]
    return entries, window.undecodable, window.skipped, window.spans, window.opened_at, window.may_repeat


def told(settled: Settled) -> tuple[Any, ...]:
    rest = settled.rest
    return facts(settled.window), settled.outcomes, settled.failures, settled.left_out_fields, settled.notes, rest


def outcome(talk: Infobip, exporter: Exporter | FastExporter, batch: Any) -> tuple[Any, ...]:
    try:
        settled = talk.hold(exporter.deliver(batch))
        while settled.rest is not None:
            settled = talk.hold(exporter.deliver(settled.rest))
    except JobFailed as failure:
        return str(failure), list(map(said, talk.calls))
    return told(settled), list(map(said, talk.calls))


@examples(600)
@given(jobs(), st.lists(streams, min_size=1, max_size=2), st.sampled_from(["all", "known", "picky", "odd"]), st.data())
def test_both_ways_are_one(job: ExportAudience, windows: list[list[bytes]], kind: str, data: st.DataObject) -> None:
    plain = Exporter(job, ATTRIBUTES)
    fast = FastExporter(Exporter(job, ATTRIBUTES))
    assert fits(job, plain.fields)
    odd_ones = data.draw(st.lists(replies, max_size=4)) if kind == "odd" else []
    ways: dict[str, Callable[[], Infobip]] = {
        "all": Infobip,
        "known": known_people,
        "picky": lambda: Picky(bad=("ann@example.com", "Ann"), one_by_one=True),
        "odd": lambda: Infobip(steps=[*odd_ones]),
    }
    talks = [ways[kind]() for _ in range(2)]
    for values in windows:
        first, second = window_of(plain, job, values), window_of(fast, job, values)
        assert facts(second) == facts(first)
        expected, found = plain.fold(first), fast.fold(second)
        assert found.keys == expected.keys
        assert found.left_out_fields == expected.left_out_fields
        assert outcome(talks[1], fast, found) == outcome(talks[0], plain, expected)


@examples(200)
@given(jobs(), streams, st.sets(st.sampled_from(["p0", "p1", "ann@example.com", "14155550123"])))
def test_both_part_a_window_alike(job: ExportAudience, values: list[bytes], keys: set[str]) -> None:
    plain, fast = Exporter(job, ATTRIBUTES), FastExporter(Exporter(job, ATTRIBUTES))
    expected = plain.part(plain.fold(window_of(plain, job, values)), keys)
    found = fast.part(fast.fold(window_of(fast, job, values)), keys)
    for one, other in zip(expected, found, strict=True):
        assert (one is None) == (other is None)
        if one is not None:
            assert outcome(Infobip(), fast, other) == outcome(Infobip(), plain, one)


def test_what_the_job_does_not_use_is_not_read() -> None:
    job = export_job(audiences=["vip"], map_fields={"first_name": "firstName"})
    fast = FastExporter(Exporter(job, Attributes()))
    [entry] = window_of(fast, job, [event("u1", email="u1@example.com", first_name="Ann", more="x" * 100)]).entries
    assert "xx" not in repr(entry.profile)


def test_profiles_that_were_read_plainly_are_not_kept() -> None:
    job = export_job(audiences=["vip"])
    fast = FastExporter(Exporter(job, Attributes()))
    batch = fast.fold(window_of(fast, job, [event("u1", email=["u1@example.com"], phone="+14155550123")]))
    assert batch.window.entries[0].profile is None
    assert len(batch.people) == 1


def test_people_whom_infobip_has_so_already_are_unchanged() -> None:
    job = export_job(audiences=["vip"])
    fast = FastExporter(Exporter(job, Attributes()))
    talk = Infobip(
        steps=[
            Reply(
                207,
                {
                    "results": [{"index": n, "status": s} for n, s in enumerate(("NOT_MODIFIED", "UPDATED"))],
                    "errors": [],
                },
            )
        ]
    )
    settled = talk.hold(fast.deliver(fast.fold(window_of(fast, job, [event("u1"), event("u2"), bare("u3")]))))
    assert settled.outcomes == {"unchanged": 1, "accepted": 1, "dropped": 1}


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"audiences": ["vip", "new"]},
        {"audiences": ["vip"], "remember_address": True},
        {"audiences": ["vip"], "email_field": "contact.email"},
        {"audiences": ["vip"], "map_fields": {"name.first": "firstName"}},
        {"audiences": ["vip"], "map_fields": {'say "hi"': "firstName"}},
        {"audiences": ["vip"], "map_fields": {"plan": "back\\slash"}},
        {"audiences": ["vip"], "email_field": "e\tmail"},
        {"audiences": ["vip"], "external_id_field": "half \ud83d"},
    ],
)
def test_jobs_of_which_no_struct_can_be_made_go_the_plain_way(options: dict[str, Any]) -> None:
    job = export_job(**options)
    assert not fits(job, Exporter(job, Attributes()).fields)


def test_windows_fold_to_structs() -> None:
    job = export_job(audiences=["vip"])
    fast = FastExporter(Exporter(job, Attributes()))
    assert isinstance(fast.fold(window_of(fast, job, [event("u1")])), FastBatch)
