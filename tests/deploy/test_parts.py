"""What is shipped can be listed, and what is not known of it is not taken for good."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.deploy.chart import ROOT, TOOLS, needed

PIP_AUDIT = """#!/bin/sh
echo '{answer}'
"""


def audited(folder: Path, answer: str) -> "subprocess.CompletedProcess[str]":
    """Audit where the database answers so."""
    python, tool = folder / "python", folder / "pip-audit"
    python.symlink_to(sys.executable)
    tool.write_text(PIP_AUDIT.format(answer=answer))
    tool.chmod(0o755)
    asked: list[str | Path] = [python, ROOT / "deploy" / "audit.py", "requirements.txt"]
    return subprocess.run(asked, capture_output=True, text=True, check=False, timeout=60)


@pytest.mark.parametrize(
    ("answer", "code", "said"),
    [
        ('{"dependencies": [{"name": "a", "version": "1", "vulns": []}]}', 0, "1 packages, 0 known vulnerabilities"),
        (
            '{"dependencies": [{"name": "a", "version": "1", "vulns": [{"id": "X-1", "fix_versions": ["2"]}]}]}',
            1,
            "a 1: X-1, mended in 2",
        ),
        ('{"dependencies": [{"name": "a", "skip_reason": "not found"}]}', 2, "NOT AUDITED"),
        ("", 2, "NOT AUDITED"),
    ],
)
def test_an_audit_that_nobody_answered_has_failed(answer: str, code: int, said: str, tmp_path: Path) -> None:
    done = audited(tmp_path, answer)
    assert (done.returncode, said in done.stdout + done.stderr) == (code, True)


def test_every_package_of_the_image_is_listed_with_its_hashes() -> None:
    needed(TOOLS / "python", "make tools")
    done = subprocess.run(["make", "--silent", "sbom"], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    listed = json.loads((ROOT / "dist" / "sbom.json").read_text())
    lock = (ROOT / "requirements.txt").read_text().splitlines()
    pinned = {line.split(" ")[0].split("==")[0] for line in lock if line[:1].isalnum()}
    assert (listed["bomFormat"], listed["metadata"]["component"]["name"]) == ("CycloneDX", "infobip-streams")
    assert {one["name"] for one in listed["components"]} == pinned
    assert all(one["externalReferences"][0]["hashes"] for one in listed["components"])
