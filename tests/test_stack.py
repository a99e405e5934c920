"""The stack of docker-compose.yml is made of a configuration and of events that are taken without a fault."""

import re
from importlib.metadata import requires
from pathlib import Path
from typing import Any

import orjson
import pytest
import yaml
from packaging.requirements import Requirement

from schemas.membership import MembershipEvent
from streams import config
from tests.configuring import first_export

ROOT = Path(__file__).parents[1]
REFERENCE = re.compile(r"\$\$|\$\{(\w+)(?::-([^}]*))?\}")


@pytest.fixture(name="stack")
def _stack() -> Any:
    return yaml.safe_load((ROOT / "docker-compose.yml").read_text())


def filled_in(text: str) -> str:
    """Fill in what Docker Compose would, with no variable set."""
    return REFERENCE.sub(lambda found: "$" if found[0] == "$$" else found[2] or "", text)


def test_its_configuration_has_no_fault(stack: Any, tmp_path: Path) -> None:
    path = tmp_path / "jobs.yaml"
    path.write_text(filled_in(stack["configs"]["jobs"]["content"]))
    api_key = filled_in(stack["services"]["worker"]["environment"]["INFOBIP_API_KEY"])
    read = config.load(path, {"INFOBIP_API_KEY": api_key})
    assert [authorization.base_url for authorization in read.authorizations] == ["http://simulator:8080"]
    assert f"--topic {first_export(read).topics[0]}" in stack["services"]["samples"]["command"][0]


def test_its_samples_are_events_under_their_profiles(stack: Any) -> None:
    samples = [line.partition("|") for line in stack["configs"]["samples"]["content"].splitlines()]
    events = [MembershipEvent.model_validate(orjson.loads(value)) for _, _, value in samples]
    assert [event.profile_id for event in events] == [key for key, _, _ in samples]


def test_it_runs_the_kafka_that_is_tested(stack: Any) -> None:
    pom = (ROOT / "tests" / "integration" / "kafka" / "pom.xml").read_text()
    version = stack["services"]["kafka"]["image"].removeprefix("apache/kafka:")
    assert f"<artifactId>kafka_2.13</artifactId>\n      <version>{version}</version>" in pom


def needed_by(name: str) -> set[str]:
    """Return the distribution and all that it needs."""
    wanted = [Requirement(line) for line in requires(name) or []]
    return {name}.union(*(needed_by(one.name) for one in wanted if one.marker is None or one.marker.evaluate()))


def test_its_image_takes_the_whole_build_backend_from_the_lock() -> None:
    chosen = re.search(r"\^\(([^)]+)\)==", (ROOT / "Dockerfile").read_text())
    assert chosen is not None
    assert set(chosen[1].split("|")) == needed_by("hatchling")


def test_its_image_holds_no_broker_of_the_demo() -> None:
    def pinned(name: str) -> set[str]:
        return set(re.findall(r"^([a-z0-9-]+)==", (ROOT / name).read_text(), re.MULTILINE))

    assert pinned("requirements-dev.txt") >= pinned("requirements.txt") | {"noida-db"}
    assert "noida-db" not in pinned("requirements.txt")
