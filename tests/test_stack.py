"""The stack of docker-compose.yml is made of a configuration and of events that are taken without a fault."""

import re
import subprocess
import sys
from importlib.metadata import requires
from pathlib import Path
from typing import Any

import orjson
import pytest
import yaml
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from schemas.configuration import Configuration
from schemas.records.membership import MembershipEvent
from streams.config import load as config
from tests.configuring import first_export

ROOT = Path(__file__).parents[1]
DOCKERFILE = (ROOT / "Dockerfile").read_text()
REFERENCE = re.compile(r"\$\$|\$\{(\w+)(?::-([^}]*))?\}")


@pytest.fixture(name="stack")
def _stack() -> Any:
    return yaml.safe_load((ROOT / "docker-compose.yml").read_text())


def filled_in(text: str) -> str:
    """Fill in what Docker Compose would, with no variable set."""
    return REFERENCE.sub(lambda found: "$" if found[0] == "$$" else found[2] or "", text)


def read_from(content: str, environ: dict[str, str]) -> Configuration:
    """Read a configuration of the stack; what other parts of this service add to it is theirs to read."""
    given = yaml.safe_load(filled_in(content))
    elsewhere = {"operations", "console"} - Configuration.model_fields.keys()
    text = yaml.safe_dump({name: said for name, said in given.items() if name not in elsewhere})
    return config.parse(text, environ, "jobs.yaml")


def test_its_configuration_has_no_fault(stack: Any) -> None:
    api_key = filled_in(stack["services"]["worker"]["environment"]["INFOBIP_API_KEY"])
    read = read_from(stack["configs"]["jobs"]["content"], {"INFOBIP_API_KEY": api_key})
    assert [authorization.base_url for authorization in read.authorizations] == ["http://simulator:8080"]
    assert f"--topic {first_export(read).topics[0]}" in stack["services"]["samples"]["command"][0]


def test_its_samples_are_events_under_their_profiles(stack: Any) -> None:
    samples = [line.partition("|") for line in stack["configs"]["samples"]["content"].splitlines()]
    events = [MembershipEvent.model_validate(orjson.loads(value)) for _, _, value in samples]
    assert [event.profile_id for event in events] == [key for key, _, _ in samples]


def test_its_profiles_add_what_they_say(stack: Any) -> None:
    found: dict[str, set[str]] = {}
    for name, service in stack["services"].items():
        for profile in service.get("profiles", ["by itself"]):
            found.setdefault(profile, set()).add(name)
    assert found == {
        "by itself": {"kafka", "kafka-ui", "simulator", "samples", "worker"},
        "console": {"console"},
        "monitoring": {"prometheus", "grafana"},
        "history": {"postgresql", "migrate", "history"},
    }


def test_all_that_its_services_name_is_there(stack: Any) -> None:
    services = stack["services"]
    for name, service in services.items():
        assert set(service.get("depends_on", ())) <= services.keys(), name
        assert {one["source"] for one in service.get("configs", ())} <= stack["configs"].keys(), name
        image = service["image"]
        assert image == "infobip-streams:demo" or re.fullmatch(r"[a-z/-]+:v?\d+\.\d+(\.\d+)?[a-z0-9.-]*", image), image
        # Nothing of it asks who calls, so it listens on this machine alone.
        assert all(port.startswith("127.0.0.1:") for port in service.get("ports", ())), name
    assert {one["source"] for service in services.values() for one in service.get("configs", ())} == {*stack["configs"]}


def test_what_is_healthy_says_so_where_others_wait_for_it(stack: Any) -> None:
    services = stack["services"]
    awaited = {
        name
        for service in services.values()
        if isinstance(service.get("depends_on"), dict)
        for name, how in service["depends_on"].items()
        if how["condition"] == "service_healthy"
    }
    assert "postgresql" in awaited
    assert all("healthcheck" in services[name] for name in awaited)


def test_prometheus_asks_processes_where_they_answer(stack: Any) -> None:
    (asked,) = yaml.safe_load(stack["configs"]["prometheus"]["content"])["scrape_configs"]
    (targets,) = asked["static_configs"]
    # Else what alerts and dashboard know as a job would be the name of these very targets.
    assert asked["honor_labels"] is True
    for target in targets["targets"]:
        name, _, port = target.partition(":")
        (one,) = stack["services"][name]["configs"]
        given = yaml.safe_load(filled_in(stack["configs"][one["source"]]["content"]))
        assert (given["operations"], port) == ({"host": "0.0.0.0"}, "9464")  # noqa: S104 - the stack's own network


def test_the_history_of_the_stack_is_kept_in_its_database(stack: Any) -> None:
    pytest.importorskip("psycopg")
    read = read_from(stack["configs"]["history"]["content"], {})
    database = stack["services"]["postgresql"]["environment"]
    assert read.history is not None
    assert [job.kind for job in read.jobs] == ["store_history"]
    host, name = "postgresql", database["POSTGRES_DB"]
    login = f"{database['POSTGRES_USER']}:{database['POSTGRES_PASSWORD']}"
    assert f"postgresql://{login}@{host}/{name}" in stack["configs"]["history"]["content"]


def test_it_runs_the_kafka_that_is_tested(stack: Any) -> None:
    pom = (ROOT / "tests" / "integration" / "kafka" / "pom.xml").read_text()
    version = stack["services"]["kafka"]["image"].removeprefix("apache/kafka:")
    assert f"<artifactId>kafka_2.13</artifactId>\n      <version>{version}</version>" in pom


def needed_by(name: str) -> set[str]:
    """Return the distribution and all that it needs."""
    wanted = [Requirement(line) for line in requires(name) or []]
    return {name}.union(*(needed_by(one.name) for one in wanted if one.marker is None or one.marker.evaluate()))


def test_its_image_takes_the_whole_build_backend_from_the_lock() -> None:
    backend, *_ = re.findall(r"\^\(([^)]+)\)==", DOCKERFILE)
    assert set(backend.split("|")) == needed_by("hatchling")


def test_its_image_for_the_demo_takes_what_that_needs_from_the_lock() -> None:
    _, demo, _ = re.findall(r"\^\(([^)]+)\)==", DOCKERFILE)
    ours = {one.name for one in map(Requirement, requires("infobip-streams") or []) if one.marker is None}
    wanted = needed_by("noida-db") | needed_by("trustme")
    assert set(demo.split("|")) == wanted - set().union(*map(needed_by, ours - {"uvloop"}))


def test_its_image_with_opentelemetry_takes_what_that_needs_from_the_lock() -> None:
    *_, otel = re.findall(r"\^\(([^)]+)\)==", DOCKERFILE)
    ours = {one.name for one in map(Requirement, requires("infobip-streams") or []) if one.marker is None}
    extra = [one for one in map(Requirement, requires("infobip-streams") or []) if "otel" in str(one.marker)]
    assert extra
    wanted = set().union(*(needed_by(one.name) for one in extra)) - set().union(*map(needed_by, ours - {"uvloop"}))
    assert set(otel.split("|")) == {canonicalize_name(name) for name in wanted}
    assert set(otel.split("|")) <= pinned("requirements-dev.txt")
    assert "HEALTHCHECK" in stages()["otel"]


def pinned(name: str) -> set[str]:
    """What a lock pins."""
    return set(re.findall(r"^([a-z0-9-]+)==", (ROOT / name).read_text(), re.MULTILINE))


def stages() -> dict[str, str]:
    """What each stage of the image does, by its name; the last, which is built by default, has none."""
    parts = re.split(r"^FROM \S+(?: AS (\S+))?$", DOCKERFILE, flags=re.MULTILINE)[1:]
    return {name or "": text for name, text in zip(parts[::2], parts[1::2], strict=True)}


def test_its_image_runs_as_a_number_where_jobs_yaml_is() -> None:
    """Kubernetes refuses a user by name where nobody may be root."""
    runtime = stages()["runtime"]
    assert re.findall(r"^USER (.*)$", DOCKERFILE, re.MULTILINE) == ["10001"]
    assert "--uid 10001 " in runtime
    assert "\nWORKDIR /etc/infobip-streams\n" in runtime


def test_its_images_are_pinned_to_a_release() -> None:
    pins = re.findall(r"^ARG \w+=python:(\S+)$", DOCKERFILE, re.MULTILINE)
    assert [bool(re.fullmatch(r"3\.\d+\.\d+(-slim)?-[a-z]+", pin)) for pin in pins] == [True, True]


def test_its_default_image_has_neither_simulator_nor_demo() -> None:
    default, worker = stages()[""], stages()["build-worker"]
    assert "COPY --from=build-worker " in default
    assert "site-packages/streams && rm -r simulator demo" in worker
    assert (
        'HEALTHCHECK --interval=30s --timeout=10s --start-period=20s CMD ["python", "-m", "streams.alive"]' in default
    )
    assert list(stages())[-1] == ""


@pytest.mark.parametrize("command", ["simulator", "demo"])
def test_an_image_without_them_says_what_to_do(command: str) -> None:
    without = "import sys; sys.modules.update(dict.fromkeys(['streams.simulator', 'streams.demo']))"
    call = [sys.executable, "-c", f"{without}; from streams.__main__ import main; main()", command]
    done = subprocess.run(call, cwd=ROOT, capture_output=True, text=True, check=False, timeout=60)
    assert done.stderr == (
        "infobip-streams: this command is not part of this image, which is for workers: build one with --target demo\n"
    )
    assert done.returncode == 2


def test_its_image_is_built_by_one_service_and_run_by_others(stack: Any) -> None:
    """Two that build one image fail a first start."""
    ours = {name: one for name, one in stack["services"].items() if one["image"].startswith("infobip-streams")}
    assert {one["image"] for one in ours.values()} == {"infobip-streams:demo"}
    assert {name: one.get("build") for name, one in ours.items() if "build" in one} == {
        "simulator": {"context": ".", "target": "demo"}
    }


def test_what_ends_is_started_again_and_samples_are_published_once(stack: Any) -> None:
    restarts = {name: one.get("restart") for name, one in stack["services"].items()}
    assert (restarts.pop("samples"), restarts.pop("migrate")) == (None, None)
    assert set(restarts.values()) == {"unless-stopped"}
    assert "|| exit 0" in stack["services"]["samples"]["command"][0]


def test_its_jobs_are_of_every_kind(stack: Any) -> None:
    read = read_from(stack["configs"]["jobs"]["content"], {"INFOBIP_API_KEY": "k"})
    assert {job.kind for job in read.jobs} == {"export_audience", "import_contacts", "send_message"}
    audiences = {audience for job in read.jobs for audience in getattr(job, "audiences", ())}
    samples = [line.partition("|")[2] for line in stack["configs"]["samples"]["content"].splitlines()]
    assert {orjson.loads(sample)["audience"] for sample in samples} == audiences


def test_its_image_holds_no_broker_of_the_demo() -> None:
    assert pinned("requirements-dev.txt") >= pinned("requirements.txt") | {"noida-db"}
    assert "noida-db" not in pinned("requirements.txt")
