"""The examples of docs/jobs/webhook.md run, and give what the page says."""

from pathlib import Path
from typing import Any

import orjson

from streams.config.load import load
from streams.jobs.shelf import lint
from streams.jobs.webhook.rehearsal import dry_run
from streams.templates.bounds import MIB, SOURCE_BYTES_MAX, Bounds
from tests.docs.pages import DOCS, blocks
from tests.fakes.infobip import Infobip
from tests.making import FakeRecord
from tests.templates.rendering import render, values

PAGE = (DOCS / "jobs/webhook.md").read_text()
HEAD = 'kafka: {brokers: "localhost:9092"}\n'


def test_the_jsonnet_example_gives_a_body_for_whoever_enters() -> None:
    (text,) = blocks(PAGE, "jsonnet")
    ann = {"audience": "vip", "profile_id": "ann", "email": "ann@example.com", "lifetime_value": 120.5}
    bo = {"audience": "vip", "profile_id": "bo"}
    assert values(render("page.jsonnet", text, [ann, bo])) == [
        {"tag": "vip", "who": "ann@example.com", "note": "big"},
        {"tag": "vip", "who": "bo", "note": None},
    ]


def test_the_javascript_example_gives_one_body_for_a_batch() -> None:
    (text,) = blocks(PAGE, "javascript")
    batch = [{"profile_id": "ann", "first_name": "Ann"}, {"profile_id": "bo"}]
    assert values(render("page.js", text, [batch])) == [
        {"people": [{"id": "ann", "name": "Ann"}, {"id": "bo", "name": "there"}]}
    ]


def test_the_forwarder_passes_a_report_on_as_it_is(tmp_path: Path) -> None:
    said = PAGE.split("<!-- tested: forwarder -->\n```\n")[1].partition("```")[0]
    (tmp_path / "templates").mkdir()
    (tmp_path / "templates/report.js").write_text("module.exports = (report) => report\n")
    (tmp_path / "jobs.yaml").write_text(HEAD + said)
    (job,) = load(tmp_path / "jobs.yaml", {"STORE_TOKEN": "hush"}, lint).jobs
    report = {"report_id": "r-1", "message_id": "m/1", "status_name": "DELIVERED_TO_HANDSET"}
    run, infobip = dry_run(job, None, 0.0), Infobip()  # type: ignore[arg-type] # it is one of this kind
    run.window.take([FakeRecord(orjson.dumps(report))], 0.0)
    processor: Any = run.processor
    settled = infobip.hold(processor.deliver(processor.fold(run.window.cut())))
    (call,) = infobip.calls
    assert (call.method, call.path, call.body) == ("PUT", "https://store.example.com/reports/m%2F1", report)
    assert {name: call.headers[name] for name in ("Authorization", "X-Report")} == {
        "Authorization": "Bearer hush",
        "X-Report": "r-1",
    }
    assert settled.outcomes == {"accepted": 1}


def test_the_bounds_are_those_of_the_code() -> None:
    bounds = Bounds()
    rows = {
        "time": f"{bounds.seconds * 1000:.0f} ms of the processor an event",
        "memory": f"{bounds.memory_bytes // MIB} MiB",
        "stack": f"{bounds.stack_frames} frames of Jsonnet, {bounds.stack_bytes // MIB} MiB of JavaScript",
        "body": f"{bounds.output_bytes // MIB} MiB",
        "template and imports": f"{SOURCE_BYTES_MAX // MIB} MiB",
    }
    assert [name for name, much in rows.items() if f"| {name} | {much} |" not in PAGE] == []
