"""The unit of systemd is one that systemd takes, and shuts the service in."""

import re
import shutil
import subprocess
from configparser import ConfigParser
from pathlib import Path

import pytest

from streams.agents import membership
from tests.deploy.chart import ROOT, needed

UNIT = ROOT / "deploy" / "systemd" / "infobip-streams@.service"
#: In tenths, of what systemd takes for dangerous: below 2 it says OK.
EXPOSURE_MAX = 15


@pytest.fixture
def unit(tmp_path: Path) -> Path:
    """An instance of it, with a program that is there."""
    path = tmp_path / "infobip-streams@all.service"
    path.write_text(UNIT.read_text().replace("/opt/infobip-streams/bin/infobip-streams", "/bin/true"))
    return path


def analyze(*words: str | Path) -> "subprocess.CompletedProcess[str]":
    tool = needed(Path(shutil.which("systemd-analyze") or "systemd-analyze"), "install systemd")
    return subprocess.run([tool, *words], capture_output=True, text=True, check=False, timeout=60)


def test_systemd_finds_nothing_to_complain_of(unit: Path) -> None:
    done = analyze("verify", "--man=no", unit)
    assert (done.returncode, done.stderr) == (0, "")


def test_a_service_that_is_broken_into_can_do_little(unit: Path) -> None:
    done = analyze("security", "--offline=true", "--no-pager", f"--threshold={EXPOSURE_MAX}", unit)
    assert done.returncode == 0, done.stdout


def test_a_stop_has_the_time_it_takes_and_a_wrong_file_is_not_tried_for_ever() -> None:
    service = _sections()["Service"]
    assert int(service["TimeoutStopSec"]) == 60 > 2 * membership.STOP_SECONDS
    assert (service["Restart"], service["RestartPreventExitStatus"]) == ("on-failure", "2")
    assert re.search(r"infobip-streams run -c /etc/infobip-streams/%i\.yaml$", service["ExecStart"])


def _sections() -> ConfigParser:
    read = ConfigParser(interpolation=None, strict=False)
    read.optionxform = str  # type: ignore[assignment,method-assign] # names keep their capitals
    read.read_string(UNIT.read_text())
    return read
