"""`preview` of a webhook: its template is rendered as the job would, and nobody is called."""

from pathlib import Path

from typer.testing import CliRunner

from streams.cli.main import cli
from tests.making import event

FILE = """\
kafka: {brokers: "localhost:1"}
authorizations: [{name: main, base_url: "http://127.0.0.1:1", api_key: hush}]
jobs:
  - {name: hook, kind: webhook, authorization: main, topics: [memberships], on: both, method: PATCH,
     path: "/people/2/tags/{{tag|VIP}}/persons", template: templates/tag.jsonnet}
"""
TEMPLATE = """\
local event = import 'lytemplates.libsonnet';
if event.action == 'exit' then null else { people: [event.get('email', '')] }
"""


def test_the_calls_are_shown_as_rendered_and_the_failures_told(tmp_path: Path) -> None:
    (tmp_path / "templates").mkdir()
    (tmp_path / "templates/tag.jsonnet").write_text(TEMPLATE)
    (tmp_path / "jobs.yaml").write_text(FILE)
    events = [event("ann", tag="a/b", email="ann@example.com"), event("bo", action="exit"), event("cy", tag="..")]
    (tmp_path / "events.jsonl").write_bytes(b"\n".join(events))
    done = CliRunner().invoke(
        cli, ["preview", "-c", str(tmp_path / "jobs.yaml"), "hook", str(tmp_path / "events.jsonl")]
    )
    assert done.exit_code == 0
    assert done.output.splitlines() == [
        "PATCH /people/2/tags/a%2Fb/persons",
        "{",
        '  "people": [',
        '    "ann@example.com"',
        "  ]",
        "}",
        '# outcomes: {"accepted": 1, "skipped": 1, "rejected": 1}',
        "# line 3: rejected: the event has no tag that can stand in the path",
    ]
