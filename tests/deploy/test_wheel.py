"""The wheel alone is the service: installed with what is pinned, far from its source, it does all it should."""

import json
import os
import re
import subprocess
import sys
import zipfile
from collections.abc import Sequence
from pathlib import Path

import pytest

from tests.deploy.chart import ROOT

#: Packages are fetched, where no cache has them.
SECONDS = 900
DEMO = "noida-db|trustme|cryptography|cffi|pycparser"
JOBS = """
kafka: {brokers: "kafka:9092"}
authorizations: [{name: main, base_url: "https://example.api.infobip.com", api_key: "${INFOBIP_API_KEY}"}]
history: {url: "sqlite:///history.db"}
jobs:
  - {name: vip, kind: export_audience, authorization: main, topics: [memberships], audiences: [vip], tag: VIP}
  - {name: outcomes, kind: track_messages, authorization: main}
  - {name: history, kind: store_history}
"""


def run(*words: str | Path, at: Path) -> str:
    """Run a program in a folder; what it says."""
    environ = {"PATH": "/usr/bin:/bin", "INFOBIP_API_KEY": "k", "HOME": str(at), "PIP_CACHE_DIR": _cache()}
    done = subprocess.run(words, cwd=at, env=_network() | environ, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def _network() -> dict[str, str]:
    """What this machine's way to the package index is told by."""
    told = ("PIP_", "SSL_", "REQUESTS_", "HTTP", "http", "NO_PROXY", "no_proxy")
    return {name: value for name, value in os.environ.items() if name.startswith(told)}


def _cache() -> str:
    done = subprocess.run([sys.executable, "-m", "pip", "cache", "dir"], capture_output=True, text=True, check=True)
    return done.stdout.strip()


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, built from this tree by the pinned backend."""
    folder = tmp_path_factory.mktemp("wheel")
    pip = (sys.executable, "-m", "pip", "--disable-pip-version-check", "wheel", "--quiet", "--no-deps")
    run(*pip, "--no-build-isolation", "--wheel-dir", folder, ROOT, at=folder)
    (made,) = folder.glob("*.whl")
    return made


@pytest.fixture(scope="module")
def installed(wheel: Path) -> Path:
    """The command, in an environment that knows nothing of the source."""
    folder = wheel.parent
    run(sys.executable, "-m", "venv", folder / "venv", at=folder)
    demo = folder / "requirements-demo.txt"
    demo.write_text("\n".join(pins((ROOT / "requirements-dev.txt").read_text(), DEMO)))
    pip = (folder / "venv" / "bin" / "pip", "--disable-pip-version-check", "install", "--quiet")
    run(*pip, "--require-hashes", "-r", ROOT / "requirements.txt", at=folder)
    run(*pip, "--require-hashes", "-r", demo, at=folder)
    run(*pip, "--no-deps", wheel, at=folder)
    return folder / "venv" / "bin" / "infobip-streams"


def pins(lock: str, names: str) -> Sequence[str]:
    """The lines of a lock that pin these packages, with their hashes."""
    return re.findall(rf"^(?:{names})==.*(?:\n    .*)*", lock, re.MULTILINE)


def test_all_that_is_no_code_is_in_it(wheel: Path) -> None:
    inside = set(zipfile.ZipFile(wheel).namelist())
    ours = [path for folder in ("streams", "schemas") for path in (ROOT / folder).rglob("*")]
    wanted = {str(path.relative_to(ROOT)) for path in ours if path.is_file() and "__pycache__" not in path.parts}
    assert wanted <= inside
    assert {name for name in inside if not name.startswith("infobip_streams-")} == wanted


@pytest.mark.timeout(SECONDS)
def test_it_does_all_it_should_far_from_its_source(installed: Path, tmp_path: Path) -> None:
    assert "Usage: infobip-streams" in run(installed, "--help", at=tmp_path)
    assert "jobs.schema.json" in json.loads(run(installed, "schema", at=tmp_path))
    (tmp_path / "jobs.yaml").write_text(JOBS)
    assert "no fault in vip, outcomes, history" in run(installed, "check", at=tmp_path)
    run(installed, "history", "migrate", at=tmp_path)
    assert (tmp_path / "history.db").stat().st_size > 0
    told = run(installed, "demo", at=tmp_path)
    assert "Traceback" not in told
    where = run(installed.with_name("python"), "-c", "import streams, schemas; print(streams, schemas)", at=tmp_path)
    assert str(ROOT) not in where
