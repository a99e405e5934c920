"""The Helm chart, rendered as `helm template` does."""

import os
import shutil
import subprocess
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).parents[2]
CHART = ROOT / "deploy" / "helm" / "infobip-streams"
#: Values that the chart is tried with.
VALUES = sorted((CHART / "ci").glob("*-values.yaml"))
#: Plain manifests, and the values they are rendered from.
PLAIN = ROOT / "deploy" / "kubernetes"
MADE, TOOLS = ROOT / ".cache" / "go" / "bin" / "helm", ROOT / ".cache" / "tools" / "bin"
RELEASE = "crm"

Resource = dict[str, Any]


def needed(tool: Path, how: str) -> Path:
    """A tool of another environment; where it is not there the test is skipped, and in CI it fails."""
    if not tool.exists():
        told = f"{tool.name} is not here: {how}"
        if os.environ.get("CI") == "true":
            pytest.fail(told)
        pytest.skip(told)
    return tool


@cache
def helm() -> Path:
    """Where Helm is: one that was made here, or the machine's own."""
    found = shutil.which("helm")
    return MADE if MADE.exists() or found is None else Path(found)


def call(*arguments: str | Path) -> "subprocess.CompletedProcess[str]":
    """Run Helm, far from any cluster."""
    tool = needed(helm(), "make helm")
    environ = {**os.environ, "KUBECONFIG": os.devnull, "HELM_CACHE_HOME": str(ROOT / ".cache" / "helm")}
    return subprocess.run([tool, *arguments], capture_output=True, text=True, check=False, timeout=120, env=environ)


def template(values: Path, release: str = RELEASE) -> "subprocess.CompletedProcess[str]":
    """Render the chart with values."""
    return call("template", release, CHART, "--namespace", "streams", "--values", values)


@cache
def rendered(values: Path, release: str = RELEASE) -> str:
    """What is rendered, as text."""
    done = template(values, release)
    assert done.returncode == 0, done.stderr
    return done.stdout


def resources(values: Path) -> list[Resource]:
    """What is rendered."""
    return [one for one in yaml.safe_load_all(rendered(values)) if one]


def of_kind(found: list[Resource], *kinds: str) -> dict[str, Resource]:
    """Those of some kinds, by their names."""
    return {one["metadata"]["name"]: one for one in found if one["kind"] in kinds}


def pods(found: list[Resource]) -> dict[str, Resource]:
    """The specification of each pod, by the name of what makes it."""
    return {name: one["spec"]["template"]["spec"] for name, one in of_kind(found, "Deployment", "StatefulSet").items()}


def container(pod: Resource) -> Resource:
    """The only container of a pod."""
    (one,) = pod["containers"]
    return dict(one)


def manifests() -> str:
    """The plain manifests, as they should be."""
    head = "# Made from deploy/helm/infobip-streams with the values beside this file: make manifests\n"
    lines = rendered(PLAIN / "values.yaml", "infobip-streams").splitlines()
    # What only Helm goes by is nobody's business here.
    kept = [line for line in lines if not line.lstrip().startswith(("helm.sh/chart:", "# Source:"))]
    return head + "\n".join(line.replace("managed-by: Helm", "managed-by: kubectl") for line in kept).strip() + "\n"
