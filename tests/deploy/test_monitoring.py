"""Alerts and dashboard ask only for metrics that there are, fire when they should, and say what to do."""

import json
import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from streams.observe.meters import JobMeter, Meters
from streams.observe.names import METRICS, PREFIX
from tests.docs.pages import DOCS, ROOT, slug
from tests.docs.test_pages import is_there

RULES, TESTS = ROOT / "deploy/prometheus/alerts.yaml", ROOT / "deploy/prometheus/alerts_test.yaml"
DASHBOARD = ROOT / "deploy/grafana/infobip-streams.json"
#: The series that each sort of metric is told by.
SERIES = {"counter": ("",), "gauge": ("",), "histogram": ("_bucket", "_sum", "_count")}
TOLD = {metric.name + suffix: metric for metric in METRICS for suffix in SERIES[metric.sort]}
#: What stands in queries and is no metric: functions, and what goes before labels and ranges.
_NAME = re.compile(r"\b([a-zA-Z_:][a-zA-Z0-9_:]*)\s*(?=[{\[])|\b(infobip_streams_\w+)")
_MATCHER = re.compile(r"(infobip_streams_\w+)\{([^}]*)\}")
_LABEL = re.compile(r'([a-z_]+)(?:=~|!~|!=|=)"')
_GROUPED = re.compile(r"\b(?:by|without|on|ignoring)\s*\(([^)]*)\)")
#: Labels that Prometheus adds, and those of buckets.
ADDED = {"instance", "le"}


def alerts() -> list[dict[str, Any]]:
    """The rules."""
    return [rule for group in yaml.safe_load(RULES.read_text())["groups"] for rule in group["rules"]]


def panels() -> list[dict[str, Any]]:
    """The panels of the dashboard that show something."""
    found: list[dict[str, Any]] = json.loads(DASHBOARD.read_text())["panels"]
    return [panel for panel in found if panel["type"] != "row"]


def queries() -> Iterator[tuple[str, str]]:
    """Every query, with where it stands."""
    for rule in alerts():
        yield rule["alert"], rule["expr"]
    for panel in panels():
        for target in panel["targets"]:
            yield panel["title"], target["expr"]
    for variable in json.loads(DASHBOARD.read_text())["templating"]["list"]:
        if variable["type"] == "query":
            yield variable["name"], variable["query"]["query"]


def names_in(query: str) -> set[str]:
    """All that a query asks for."""
    return {before or own for before, own in _NAME.findall(query)}


def promtool(*words: str, folder: Path = RULES.parent, given: str = "") -> str:
    """What promtool says of what is well."""
    if shutil.which("promtool") is None:
        if os.environ.get("CI") == "true":
            pytest.fail("promtool is not here: install the package prometheus")
        pytest.skip("needs promtool, of the package prometheus")
    done = subprocess.run(
        ["promtool", *words], cwd=folder, input=given, capture_output=True, text=True, check=False, timeout=120
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.mark.parametrize(("where", "query"), list(queries()))
def test_a_query_asks_for_what_there_is_by_labels_that_it_has(where: str, query: str) -> None:
    asked = names_in(query)
    assert asked
    assert asked <= TOLD.keys(), where
    labels = set().union(*(TOLD[name].labels for name in asked)) | ADDED
    matched = [(name, label) for name, said in _MATCHER.findall(query) for label in _LABEL.findall(said)]
    assert [(name, label) for name, label in matched if label not in {*TOLD[name].labels, *ADDED}] == [], where
    grouped = {label.strip() for said in _GROUPED.findall(query) for label in said.split(",")}
    assert grouped <= labels, where


def test_every_metric_is_shown_on_the_dashboard() -> None:
    shown = {TOLD[name].name for panel in panels() for one in panel["targets"] for name in names_in(one["expr"])}
    assert shown == {metric.name for metric in METRICS}


def test_the_dashboard_has_each_panel_once_and_says_what_it_shows() -> None:
    every = json.loads(DASHBOARD.read_text())["panels"]
    assert len({panel["id"] for panel in every}) == len(every)
    assert [panel["title"] for panel in panels() if not panel["description"].endswith(".")] == []
    places = [(panel["gridPos"]["x"], panel["gridPos"]["y"]) for panel in every]
    assert len(set(places)) == len(places)


def test_prometheus_finds_nothing_to_improve_in_the_metrics() -> None:
    meters = Meters()
    job = JobMeter(meters, "vip", "export_audience")
    job.settled([("accepted", 1)], 1.0)
    job.sent([("sms", "Success")])
    job.lags(1, 2.0)
    meters.tried("main", "send_sms", 429, 0.1, 5.0)
    meters.told("reports", "sms", 1, 1)
    text, _ = meters.text("text/plain;version=0.0.4")
    assert promtool("check", "metrics", given=text.decode()) == ""


def test_prometheus_takes_the_rules() -> None:
    assert f"SUCCESS: {len(alerts())} rules found" in promtool("check", "rules", RULES.name)


def test_prometheus_takes_the_queries_of_the_dashboard(tmp_path: Path) -> None:
    """As rules that record them: the range and the choices that Grafana fills in are filled in."""
    asked = [target["expr"].replace("$__rate_interval", "5m") for panel in panels() for target in panel["targets"]]
    filled = [re.sub(r"\$(?:job|instance)", ".*", query) for query in asked]
    rules = [{"record": f"dashboard:{number}", "expr": query} for number, query in enumerate(filled)]
    (tmp_path / "rules.yaml").write_text(yaml.safe_dump({"groups": [{"name": "dashboard", "rules": rules}]}))
    assert f"SUCCESS: {len(rules)} rules found" in promtool("check", "rules", "rules.yaml", folder=tmp_path)


def test_each_alert_fires_when_it_should_and_not_before() -> None:
    assert "SUCCESS" in promtool("test", "rules", TESTS.name)
    told = [one for test in yaml.safe_load(TESTS.read_text())["tests"] for one in test["alert_rule_test"]]
    for quiet in (True, False):
        tried = {one["alertname"] for one in told if (one["exp_alerts"] == []) is quiet}
        assert tried == {rule["alert"] for rule in alerts()}


def test_each_alert_has_a_runbook_that_is_there_and_no_runbook_is_left_over() -> None:
    page = (DOCS / "operations.md").read_text()
    for rule in alerts():
        runbook = rule["annotations"]["runbook_url"]
        assert runbook == f"docs/operations.md#{rule['alert'].lower()}"
        assert is_there(ROOT / "alerts.yaml", runbook)
        assert rule["labels"]["severity"] in {"critical", "warning", "info"}
    sections = re.findall(r"^### (InfobipStreams\w+)$", page, re.MULTILINE)
    assert [slug(name) for name in sections] == [rule["alert"].lower() for rule in alerts()]


def test_links_to_runbooks_lead_to_where_a_team_has_its_docs(tmp_path: Path) -> None:
    """A path of this repository is of no use to whoever is woken by an alert."""
    (tmp_path / "Makefile").symlink_to(ROOT / "Makefile")
    (tmp_path / "deploy").symlink_to(ROOT / "deploy")
    without = subprocess.run(["make", "alerts"], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert (without.returncode, "RUNBOOKS=https://..." in without.stderr) == (2, True)
    page = "https://docs.example.com/streams/operations.html"
    subprocess.run(["make", "alerts", f"RUNBOOKS={page}"], cwd=tmp_path, capture_output=True, check=True)
    made = yaml.safe_load((tmp_path / ".cache" / "alerts.yaml").read_text())
    found = [rule["annotations"]["runbook_url"] for group in made["groups"] for rule in group["rules"]]
    assert found == [f"{page}#{rule['alert'].lower()}" for rule in alerts()]


def test_names_stand_behind_their_prefix() -> None:
    assert all(name.startswith(PREFIX) for name in TOLD)
