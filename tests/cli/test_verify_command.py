"""What `verify` says to a person: a table and short sentences, or one line on what is wrong."""

import os
from datetime import UTC, datetime
from pathlib import Path

import pytest

from schemas.verification import Difference, Example, FieldDifference, Repair, Verification
from streams.cli.verifying import lines
from streams.simulator import SimulatorOptions
from tests import forked
from tests.cli.test_commands import JOBS
from tests.integration.harness import SimulatorThread

NOW = datetime(2026, 1, 1, tzinfo=UTC)
NOBODY = Difference(count=0, examples=())
EQUAL = Verification(
    job="vip",
    tags=("VIP",),
    began_at=NOW,
    ended_at=NOW,
    equal=True,
    source="input",
    events=2100,
    notes=(),
    members=2000,
    tagged=2000,
    sampled=None,
    missing=NOBODY,
    too_many=NOBODY,
    by_former_address=NOBODY,
    changed_fields=None,
    under_way=0,
    behind=0,
    partitions=(),
    calls=3,
    repair=Repair(calls={}, minutes=0.0),
)


def test_equal_is_a_table_without_anything_to_do() -> None:
    assert list(lines(EQUAL)) == [
        "vip: Infobip holds what Kafka says",
        "  members                    2,000  by Kafka; all compared, 2,100 events read",
        "  tagged                     2,000  at Infobip with VIP",
        "  missing                        0",
        "  too many                       0",
        "  by a former address            0",
        "  under way                      0  no drift: the job is 0 events behind",
    ]


def test_drift_is_told_with_examples_and_what_it_takes_to_mend_it() -> None:
    example = Example(tag="VIP", kind="EMAIL", address="a•••@•••")
    drifted = {
        "equal": False,
        "tagged": None,
        "sampled": 100,
        "notes": ("m is compacted: …",),
        "missing": Difference(count=12, examples=(example, example)),
        "changed_fields": FieldDifference(count=3, examples=(), by_field={"firstName": 2, "city": 1}),
        "under_way": 4,
        "behind": 9,
        "repair": Repair(calls={"upsert_persons": 1, "add_tag": 1}, minutes=0.03),
    }
    said = list(lines(EQUAL.model_copy(update=drifted)))
    assert said[:4] == [
        "vip: Infobip differs from what Kafka says",
        "  members                    2,000  by Kafka; 100 drawn compared, 2,100 events read",
        "  tagged                         ?  at Infobip with VIP",
        "  missing                       12  such as EMAIL a•••@•••, EMAIL a•••@•••",
    ]
    assert said[6:] == [
        "  with other fields              3  firstName 2, city 1",
        "  under way                      4  no drift: the job is 9 events behind",
        "note: m is compacted: …",
        "who has a tag in vain shows in the counts alone: without --sample they are found",
        "to make it equal: 1 upsert_persons, 1 add_tag; about a minute, or less, at the limits",
    ]


def call(folder: Path, *arguments: str, infobip: str = "http://127.0.0.1:1") -> tuple[int, str]:
    (folder / "jobs.yaml").write_text(JOBS.replace("http://127.0.0.1:1", infobip))
    done = forked.call(["streams", "verify", *arguments], cwd=folder, environ={**os.environ, "INFOBIP_API_KEY": "k"})
    assert done.stdout == ""
    return done.returncode, done.stderr


@pytest.mark.parametrize(
    ("expected", "arguments"),
    [
        ("no job is called 'nobody' (there are: vip, people)", ["nobody"]),
        ("'people' is a job of kind import_contacts, which keeps no people at Infobip: no export", ["people"]),
        ("--sample: must be at least 1, not 0", ["vip", "--sample", "0"]),
        ("Missing argument 'job'.", []),
    ],
)
def test_what_is_wrong_is_one_line_and_exit_2(expected: str, arguments: list[str], tmp_path: Path) -> None:
    assert call(tmp_path, *arguments) == (2, f"infobip-streams: {expected}\n")


def test_who_may_not_read_people_is_told_so_in_one_line(tmp_path: Path) -> None:
    with SimulatorThread(SimulatorOptions(api_keys={"k": frozenset({"sms:message:send"})})) as infobip:
        told = call(tmp_path, "vip", infobip=infobip.url)
    assert told == (1, "infobip-streams: the API key of authorization 'main' lacks the scope people:read\n")


def test_brokers_that_do_not_answer_are_told_of_by_their_address(tmp_path: Path) -> None:
    with SimulatorThread(SimulatorOptions(api_keys={"k": frozenset({"people:read"})})) as infobip:
        code, said = call(tmp_path, "vip", infobip=infobip.url)
    assert code == 1
    assert said.splitlines()[-1].startswith("infobip-streams: kafka.brokers: 127.0.0.1:1: ")
    assert "Traceback" not in said
    assert not (tmp_path / ".infobip-streams/state/verify_vip").exists()
