"""The Helm chart says what Kubernetes takes, what this service reads, and no secret."""

import re
import subprocess
import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml

from schemas.config.webhooks import Webhooks
from schemas.configuration import Configuration
from streams.agents import delivery, membership
from streams.config import load as config
from streams.jobs.shelf import lint
from streams.jobs.store_history.start import END_SECONDS
from streams.kafka import consumer
from tests.deploy.chart import (
    CHART,
    PLAIN,
    ROOT,
    TOOLS,
    VALUES,
    call,
    container,
    manifests,
    needed,
    of_kind,
    pods,
    rendered,
    resources,
    template,
)

LEAST, ALL, BARE = (CHART / "ci" / f"{name}-values.yaml" for name in ("least", "all", "bare"))
EACH = pytest.mark.parametrize("values", [*VALUES, PLAIN / "values.yaml"], ids=lambda path: path.stem)
#: The oldest that the chart says it is for, and the newest whose schemas there are.
KUBERNETES = ("1.27", "1.37")
ENVIRON = {
    "INFOBIP_API_KEY": "k",
    "KAFKA_PASSWORD": "p",
    "WEBHOOK_SECRET": "s",
    "HISTORY_URL": "postgresql://db/history",
    "POD_NAME": "crm-infobip-streams-tracks-0",
}


def said(values: Path, **changes: Any) -> dict[str, Any]:
    return {**yaml.safe_load(values.read_text()), **changes}


def complaint(folder: Path, values: dict[str, Any]) -> str:
    path = folder / "values.yaml"
    path.write_text(yaml.safe_dump(values))
    done = template(path)
    assert done.returncode != 0
    return done.stderr


def files_of(values: Path) -> dict[str, str]:
    return {name: one["data"]["jobs.yaml"] for name, one in of_kind(resources(values), "ConfigMap").items()}


@EACH
def test_helm_finds_nothing_to_complain_of(values: Path) -> None:
    done = call("lint", CHART, "--strict", "--values", values)
    assert done.returncode == 0, done.stdout + done.stderr


@EACH
@pytest.mark.parametrize("version", KUBERNETES)
def test_kubernetes_knows_all_that_is_rendered(values: Path, version: str, tmp_path: Path) -> None:
    """All but a ScaledObject, which is KEDA's."""
    tool = needed(TOOLS / "kubernetes-validate", "make tools")
    known = [one for one in resources(values) if one["kind"] != "ScaledObject"]
    path = tmp_path / "rendered.yaml"
    path.write_text(yaml.safe_dump_all(known))
    done = subprocess.run(
        [tool, "--strict", "--quiet", "-k", version, path], capture_output=True, text=True, check=False, timeout=120
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


@EACH
def test_each_jobs_yaml_is_read_without_a_fault(values: Path) -> None:
    for name, text in files_of(values).items():
        given = yaml.safe_load(text)
        if "operations" not in Configuration.model_fields:
            given.pop("operations", None)
        read = config.parse(yaml.safe_dump(given), ENVIRON, name, lint)
        assert [job.name for job in read.jobs] == [job["name"] for job in said(values)["config"]["jobs"]]
        assert read.kafka.state_dir == "/var/lib/infobip-streams"


@EACH
def test_nobody_is_root_and_nothing_is_written_but_to_volumes(values: Path) -> None:
    for pod in pods(resources(values)).values():
        one, volumes = container(pod), {volume["name"]: volume for volume in pod["volumes"]}
        assert (pod["securityContext"]["runAsNonRoot"], pod["securityContext"]["runAsUser"]) == (True, 10001)
        assert pod["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
        assert one["securityContext"] == {
            "allowPrivilegeEscalation": False,
            "readOnlyRootFilesystem": True,
            "capabilities": {"drop": ["ALL"]},
        }
        assert (pod["automountServiceAccountToken"], pod["enableServiceLinks"]) == (False, False)
        writable = {mount["mountPath"] for mount in one["volumeMounts"] if not mount.get("readOnly")}
        assert writable == {"/var/lib/infobip-streams", "/tmp"}  # noqa: S108 - a volume of the pod's own
        assert {mount["name"] for mount in one["volumeMounts"]} >= volumes.keys()


@EACH
def test_a_stop_has_the_time_it_takes(values: Path) -> None:
    flush = membership.STOP_SECONDS + delivery.LAST_COMMIT_SECONDS + consumer.FINISH_SECONDS + consumer.STOP_SECONDS
    for pod in pods(resources(values)).values():
        assert pod["terminationGracePeriodSeconds"] == 60 > 2 * max(flush, END_SECONDS)


@EACH
def test_each_selector_finds_the_pods_it_is_for(values: Path) -> None:
    found = resources(values)
    labels = [one["spec"]["template"]["metadata"]["labels"] for one in found if "template" in one.get("spec", {})]
    selectors = [
        one["spec"].get("selector", one["spec"].get("podSelector"))
        for one in found
        if one["kind"] in {"Service", "PodDisruptionBudget", "Deployment", "StatefulSet", "NetworkPolicy"}
    ]
    for selector in selectors:
        wanted = selector.get("matchLabels", selector).items()
        assert any(wanted <= own.items() for own in labels)


@EACH
def test_what_is_listened_on_is_a_port_of_the_pod(values: Path) -> None:
    found = resources(values)
    for name, pod in pods(found).items():
        one = container(pod)
        ports = {port["name"]: port["containerPort"] for port in one.get("ports", [])}
        probes = [one[probe] for probe in ("startupProbe", "livenessProbe", "readinessProbe") if probe in one]
        asked = [(probe.get("httpGet") or probe.get("tcpSocket") or {}).get("port") for probe in probes]
        assert all(port in ports for port in asked if port is not None), name
        assert probes
    for service in of_kind(found, "Service").values():
        assert all(port.get("targetPort", "operations") in {"http", "operations"} for port in service["spec"]["ports"])


def test_a_group_runs_its_jobs() -> None:
    found = resources(ALL)
    run = ["run", "-c", "/etc/infobip-streams/jobs.yaml"]
    assert {name: container(pod)["args"] for name, pod in pods(found).items()} == {
        "crm-infobip-streams-sends": [*run, "order-sms", "vip"],
        "crm-infobip-streams-tracks": [*run, "outcomes"],
        "crm-infobip-streams-keeps": [*run, "history", "contacts"],
        "crm-infobip-streams-receiver": ["receive", "-c", "/etc/infobip-streams/jobs.yaml"],
        "crm-infobip-streams-console": [
            *("console", "-c", "/etc/infobip-streams/jobs.yaml"),
            *("--host", "0.0.0.0", "--port", "8088"),  # noqa: S104 - a pod's own network
        ],
    }
    assert of_kind(found, "StatefulSet").keys() == {"crm-infobip-streams-tracks"}
    budgets = of_kind(found, "PodDisruptionBudget")
    assert budgets.keys() == {f"crm-infobip-streams-{one}" for one in ("sends", "tracks", "keeps", "receiver")}


def test_a_pod_of_a_stable_group_is_named_to_the_brokers_and_keeps_its_disk() -> None:
    tracks = of_kind(resources(ALL), "StatefulSet")["crm-infobip-streams-tracks"]
    files = {name: yaml.safe_load(text)["kafka"].get("instance_id") for name, text in files_of(ALL).items()}
    assert files == {"crm-infobip-streams": None, "crm-infobip-streams-stable": "${POD_NAME}"}
    volumes = {one["name"]: one for one in tracks["spec"]["template"]["spec"]["volumes"]}
    assert volumes["config"]["configMap"]["name"] == "crm-infobip-streams-stable"
    assert "state" not in volumes
    (claim,) = tracks["spec"]["volumeClaimTemplates"]
    assert (claim["metadata"]["name"], claim["spec"]["storageClassName"]) == ("state", "fast")
    (pod_name,) = [one for one in container(tracks["spec"]["template"]["spec"])["env"] if one["name"] == "POD_NAME"]
    assert pod_name["valueFrom"] == {"fieldRef": {"fieldPath": "metadata.name"}}


def test_where_there_is_no_port_a_pod_is_asked_whether_it_is_alive() -> None:
    (pod,) = pods(resources(BARE)).values()
    assert container(pod)["livenessProbe"]["exec"]["command"] == ["python", "-m", "streams.alive"]
    assert {one["kind"] for one in resources(BARE)} == {"ConfigMap", "StatefulSet", "Service"}
    (text,) = [text for name, text in files_of(BARE).items() if name.endswith("-stable")]
    assert "operations" not in yaml.safe_load(text)
    assert yaml.safe_load(text)["jobs"][0]["every_seconds"] == 1_000_000


def test_probes_ask_where_the_service_is_told_to_answer() -> None:
    for values in (LEAST, ALL):
        ports = {yaml.safe_load(text)["operations"]["port"] for text in files_of(values).values()}
        listened = {
            port["containerPort"]
            for pod in pods(resources(values)).values()
            for port in container(pod)["ports"]
            if port["name"] == "operations"
        }
        assert ports == listened == {9464}


def test_a_group_grows_with_its_lag_up_to_its_partitions() -> None:
    found = resources(ALL)
    (scaled,) = of_kind(found, "ScaledObject").values()
    spec = scaled["spec"]
    assert spec["scaleTargetRef"] == {"kind": "Deployment", "name": "crm-infobip-streams-sends"}
    assert (spec["minReplicaCount"], spec["maxReplicaCount"]) == (2, 12)
    assert [(one["type"], one["metadata"]["consumerGroup"], one["metadata"]["topic"]) for one in spec["triggers"]] == [
        ("kafka", "infobip-streams.vip", "audience_memberships"),
        ("kafka", "infobip-streams.order-sms", "audience_memberships"),
        ("kafka", "infobip-streams.order-sms", "orders"),
    ]
    metadata = [one["metadata"] for one in spec["triggers"]]
    assert {(one["allowIdleConsumers"], one["lagThreshold"]) for one in metadata} == {("false", "1000")}
    assert {one["bootstrapServers"] for one in metadata} == {"kafka-1:9093,kafka-2:9093"}
    assert [one["authenticationRef"] for one in spec["triggers"]] == [{"name": "kafka-login"}] * 3
    assert "replicas" not in of_kind(found, "Deployment")["crm-infobip-streams-sends"]["spec"]


def test_only_what_is_needed_may_be_reached() -> None:
    policies = of_kind(resources(ALL), "NetworkPolicy")
    assert policies.keys() == {f"crm-infobip-streams{end}" for end in ("", "-receiver", "-console")}
    egress = policies["crm-infobip-streams"]["spec"]["egress"]
    ports = [[(one["protocol"], one["port"]) for one in rule["ports"]] for rule in egress if "ports" in rule]
    assert ports == [[("UDP", 53), ("TCP", 53)], [("TCP", 9093), ("TCP", 443), ("TCP", 5432)]]
    ingress = policies["crm-infobip-streams-receiver"]["spec"]["ingress"]
    assert [one["ports"] for one in ingress] == [[{"protocol": "TCP", "port": 6066}]]


@pytest.mark.parametrize(
    ("path", "literal", "told"),
    [
        ("authorizations.0.api_key", "App 0123", "config.authorizations[0].api_key: name a variable of secretEnv"),
        ("kafka.security.password", "hush", "config.kafka.security.password: name a variable of secretEnv"),
        ("webhooks.secret", ["${WEBHOOK_SECRET}", "hush"], "config.webhooks.secret: name a variable of secretEnv"),
        ("history.url", "postgresql://me:hush@db/history", "config.history.url: name a variable of secretEnv"),
    ],
)
def test_a_secret_among_the_values_is_refused(path: str, literal: Any, told: str, tmp_path: Path) -> None:
    values = said(ALL)
    *way, last = path.split(".")
    at = values["config"]
    for step in way:
        at = at[int(step)] if isinstance(at, list) else at[step]
    at[last] = literal
    complained = complaint(tmp_path, values)
    assert told in complained
    assert "hush" not in complained


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"groups": [{"name": "a", "jobs": ["b"]}]}, r"groups: a: no job of config is called b \(there are: vip\)"),
        ({"groups": [{"name": "a"}, {"name": "a"}]}, "groups: a is there twice"),
        ({"groups": [{"name": "a", "storage": {"size": "1Gi"}}]}, "groups: a: storage needs stable: true"),
        ({"groups": [{"name": "a", "autoscaling": {"enabled": True}}]}, "groups: a: autoscaling.partitions: say how"),
        ({"receiver": {"enabled": True}}, "receiver: config.webhooks is missing"),
        ({"groups": [{"name": "a", "replica": 3}]}, "replica"),
        ({"terminationGracePeriodSeconds": 10}, "terminationGracePeriodSeconds"),
        ({"config": {}}, "config"),
    ],
)
def test_what_cannot_work_is_refused_in_words(changes: dict[str, Any], told: str, tmp_path: Path) -> None:
    assert re.search(told, complaint(tmp_path, said(LEAST, **changes)))


def test_the_chart_is_of_the_version_it_ships() -> None:
    version = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"]
    chart = yaml.safe_load((CHART / "Chart.yaml").read_text())
    assert (chart["version"], chart["appVersion"]) == (version, version)


def test_each_value_is_in_the_schema_and_each_of_the_schema_has_its_default() -> None:
    schema = yaml.safe_load((CHART / "values.schema.json").read_text())
    assert said(CHART / "values.yaml").keys() == schema["properties"].keys() - {"global"}


def test_a_receiver_listens_where_its_service_leads() -> None:
    """By what is shipped, so that it is looked at without Helm, too."""
    default = Webhooks.model_fields["port"].default
    assert yaml.safe_load((CHART / "values.yaml").read_text())["receiver"]["port"] == default
    found = [one for one in yaml.safe_load_all((PLAIN / "infobip-streams.yaml").read_text()) if one]
    (text,) = [
        one["data"]["jobs.yaml"] for name, one in of_kind(found, "ConfigMap").items() if not name.endswith("-stable")
    ]
    webhooks = config.parse(text, ENVIRON, "jobs.yaml", lint).webhooks
    assert webhooks is not None
    ports = {one["name"]: one["containerPort"] for one in container(pods(found)["infobip-streams-receiver"])["ports"]}
    (rule,) = of_kind(found, "NetworkPolicy")["infobip-streams-receiver"]["spec"]["ingress"]
    assert (ports["http"], rule["ports"][0]["port"]) == (webhooks.port, webhooks.port)


def test_the_plain_manifests_are_those_of_the_chart() -> None:
    assert manifests() == (PLAIN / "infobip-streams.yaml").read_text(), "make manifests"


def test_the_plain_manifests_bear_nothing_of_helm() -> None:
    assert "helm" not in rendered(PLAIN / "values.yaml", "infobip-streams").replace("helm.sh/chart", "").replace(
        "managed-by: Helm", ""
    )
