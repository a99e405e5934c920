"""What `repair` says to a person, and which command lines it does not take."""

import os
from pathlib import Path
from typing import Any

import pytest

from schemas.repair import RepairDone, RepairPlan
from streams.cli.repair_command import percent_of
from streams.cli.repairing import lines
from streams.errors import ConfigurationError
from tests import forked
from tests.cli.test_commands import JOBS
from tests.cli.test_verify_command import EQUAL

PLAN = RepairPlan(add=1009, remove=4, fields=0, percent=4.25)


def said(ended: str, **changes: Any) -> list[str]:
    """What is said of a repair, without what is said of the verification at its end."""
    known: dict[str, Any] = {"repair_id": None, "plan": PLAN, "kept": 0, "rounds": 0, "outcomes": {}}
    found = RepairDone.model_validate({"job": "vip", "ended": ended, **known, "verification": EQUAL, **changes})
    told = list(lines(found))
    return told[: told.index("vip: Infobip holds what Kafka says")]


def test_what_would_be_done_is_said_with_its_part_of_all() -> None:
    todo = "1,009 to tag, 4 to untag, 0 with fields to update, 4.25 % of all"
    assert said("planned") == [f"vip: {todo}; nothing is ordered"]
    assert said("refused") == [f"vip: {todo}: more than --max, so nothing is ordered; say --force if it is right"]


def test_what_was_done_is_said_by_outcome() -> None:
    assert said("equal", rounds=2, outcomes={"repaired_added": 1009, "superseded": 4}) == [
        "vip: repaired in 2 rounds: 1,009 repaired_added, 4 superseded"
    ]
    assert said("equal") == ["vip: nothing was to be repaired"]
    assert said("differs", rounds=1, kept=3)[-1] == (
        "  3 keep a tag, because Kafka does not tell of everybody; --force takes it from them"
    )
    assert said("stopped") == ["vip: given up; what was carried out stays so"]


@pytest.mark.parametrize(("text", "percent"), [("5%", 5.0), ("0%", 0.0), ("0.5%", 0.5), ("100%", 100.0)])
def test_a_part_is_read(text: str, percent: float) -> None:
    assert percent_of(text) == percent


@pytest.mark.parametrize("text", ["5", "", "%", "-1%", "101%", "nan%", "five%", "5 percent"])
def test_what_is_no_part_is_refused_in_one_line(text: str) -> None:
    with pytest.raises(ConfigurationError, match="--max: must be a part from 0% to 100%, such as 5%") as refused:
        percent_of(text)
    assert "\n" not in str(refused.value)


def test_a_job_that_is_no_export_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "jobs.yaml"
    path.write_text(JOBS)
    environ = {**os.environ, "INFOBIP_API_KEY": "k"}
    done = forked.call(["streams", "repair", "nobody", "-c", str(path)], cwd=tmp_path, environ=environ)
    assert done.returncode == 2
    assert "no job is called 'nobody'" in done.stderr
