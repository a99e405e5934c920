"""The demo, as a stranger would run it."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_the_demos_table_adds_up() -> None:
    # Alone it takes half a minute; beside the other tests of a run several times as long.
    command = [sys.executable, "-m", "streams", "demo"]
    ran = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=280, check=False)
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert "WRONG" not in ran.stdout
    for line in (
        "people tagged VIP",
        "contacts in infobip_contacts",
        "contacts with the tag VIP",
        "replies in infobip_inbound_messages",
        "outcomes that tell a reply",
    ):
        assert line in ran.stdout
    told = ran.stdout.partition("The life of one message")[2]
    steps = [told.find(f"  {step} ") for step in ("enter", "message", "report", "click", "reply", "outcome")]
    assert -1 not in steps
    assert "Traceback" not in ran.stderr
