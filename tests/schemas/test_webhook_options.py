"""The options of the kind webhook: what is refused, and in which words."""

from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from streams.config import load as config
from streams.config.load import load
from streams.errors import ConfigurationError
from streams.jobs.shelf import lint
from tests.jobs.webhook.calling import webhook_job

FILE = """\
kafka: {{brokers: "localhost:9092"}}
authorizations: [{{name: main, base_url: xyz123.api.infobip.com, api_key: hush}}]
jobs:
  - name: hook
    kind: webhook
    topics: [{topic}]
{options}
"""


def file_of(*options: str, topic: str = "audience_memberships") -> str:
    return FILE.format(topic=topic, options="\n".join(f"    {option}" for option in options))


def faults_of(*options: str, topic: str = "audience_memberships") -> list[str]:
    with pytest.raises(ConfigurationError) as caught:
        config.parse(file_of(*options, topic=topic), {}, "jobs.yaml", lint)
    return caught.value.faults


@pytest.mark.parametrize(
    ("told", "options"),
    [
        ("is missing, and so is url: one of them says where calls go", {"url": None}),
        ("says where calls go, and so does path", {"path": "/a", "url": "https://a.example/b"}),
        ("is missing: a path is one of an account; a url needs none", {"path": "/a", "authorization": ""}),
        ("must begin with one /", {"path": "a"}),
        ("must begin with one /", {"path": "//evil.example/a"}),
        ("must begin with one /", {"path": "https://evil.example/a"}),
        ("must begin with https:// or http://", {"url": "ftp://a.example/b"}),
        ("must begin with https:// or http://", {"url": "file:///etc/passwd"}),
        ("must begin with https:// or http://", {"url": "https:///b"}),
        ("must not hold a user name or a password", {"url": "https://ann:pw@a.example/b"}),
        ("takes no tokens in its host", {"url": "https://{{host}}/b"}),
        ("must have plain dots", {"url": "http://127\u30020\u30020\u30021/b"}),
        ("must have plain dots", {"url": "http://10\uff0e0.0.5/b"}),
        ("begins no {{token}}", {"url": "https://a.example/{{b"}),
        ("must be the name of a header", {"headers": {"Host": "a"}}),
        ("must be the name of a header", {"headers": {"X Team": "a"}}),
        ("must be the name of a header", {"headers": {"Content-Length": "7"}}),
        ("must be plain characters on one line", {"headers": {"X-Team": "a\r\nX-Admin: 1"}}),
        ("is about a url: leave it out", {"path": "/a", "allow_private": True}),
        ("which no call of the job counts in", {"authorization": "", "url": "https://a.example/b", "priority": "high"}),
        ("Input should be 'enter' or 'exit'", {"on": ["leave"]}),
        ("at least 1 item", {"on": []}),
        ("Input should be 'GET', 'POST'", {"method": "TRACE"}),
        ("less than or equal to 1000", {"batch": {"max_events": 1001}}),
        ("so path, url and headers take no {{tokens}}", {"url": "https://a.example/{{b}}", "batch": {"max_events": 2}}),
        ("is missing: it makes the messages that are sent", {"path": "/sms/3/messages"}),
        ("is not for sends of Infobip's", {"path": "/sms/3/messages", "template": "a.js", "batch": {"max_events": 2}}),
        ("is not for sends of Infobip's", {"path": "/email/4/messages", "template": "a.js", "success": "status < 300"}),
        ("is not for sends of Infobip's", {"path": "/email/4/messages", "template": "a.js", "repeat": "never"}),
        ("hold records of ours and other events", {"topics": ["memberships", "infobip_clicks"]}),
    ],
)
def test_what_cannot_be_is_refused(told: str, options: dict[str, Any]) -> None:
    with pytest.raises(ValidationError) as refused:
        webhook_job(**options)
    assert told in str(refused.value)


@pytest.mark.parametrize(
    ("expected", "said"),
    [
        (("enter",), "{}"),
        (("exit",), "on: exit"),
        (("enter", "exit"), "on: both"),
        (("exit", "enter"), "on: [exit, enter]"),
        (("exit",), '"on": [exit]'),
    ],
)
def test_on_without_quotes_is_the_key_on(expected: tuple[str, ...], said: str) -> None:
    """Which YAML 1.1 would read as true."""
    options = ["url: https://hooks.example.com/in", *([] if said == "{}" else [said])]
    (job,) = config.parse(file_of(*options), {}, "jobs.yaml", lint).jobs
    assert getattr(job, "on", None) == expected


def test_topics_of_ours_are_read_as_records_and_may_be_the_input() -> None:
    said = file_of("url: https://hooks.example.com/in", topic="infobip_delivery_reports")
    (job,) = config.parse(said, {}, "jobs.yaml", lint).jobs
    assert getattr(job, "reads_records", None) is True
    assert webhook_job(topics=["eu.infobip_clicks"]).reads_records
    assert not webhook_job().reads_records
    assert webhook_job(reads="records").reads_records


@pytest.mark.parametrize("topic", ["infobip_flushes", "infobip_job_states", "infobip_calls", "infobip_dead_letters"])
def test_topics_of_ours_that_tell_of_nobody_are_no_input(topic: str) -> None:
    (fault,) = faults_of("url: https://hooks.example.com/in", topic=topic)
    assert fault.startswith("jobs[0].topics[0]")


# --- what only engines, addresses and this machine know -------------------------------------------------------------


def checked(folder: Path, *options: str) -> list[str]:
    path = folder / "jobs.yaml"
    path.write_text(file_of(*options))
    with pytest.raises(ConfigurationError) as caught:
        load(path, {}, lint)
    return caught.value.faults


@pytest.mark.parametrize(
    ("told", "name", "text"),
    [
        ("does not compile: bad.jsonnet:2:6: syntax error", "bad.jsonnet", "{\n  a: ;\n}"),
        ("does not compile: bad.js:2:", "bad.js", "module.exports = (event) => ({\n  a: ,\n})"),
        ("does not compile: bad.js:1:1: took longer than 100 ms", "bad.js", "for (;;) {}"),
        ("does not compile: bad.js:1:1: TypeError: module.exports must be a function of an event", "bad.js", ""),
    ],
)
def test_a_template_that_does_not_compile_is_a_fault_with_its_place(
    told: str, name: str, text: str, tmp_path: Path
) -> None:
    (tmp_path / "templates").mkdir()
    (tmp_path / "templates" / name).write_text(text)
    (fault,) = checked(tmp_path, "url: https://hooks.example.com/in", f"template: templates/{name}")
    assert fault.startswith(f"jobs[0].template: {told}")


def test_a_template_that_is_not_there_is_a_fault_that_names_where_it_was_looked_for(tmp_path: Path) -> None:
    (fault,) = checked(tmp_path, "url: https://hooks.example.com/in", "template: templates/gone.js")
    assert fault == f"jobs[0].template: there is no file {tmp_path / 'templates/gone.js'}"


def test_an_expression_that_is_none_is_a_fault() -> None:
    (fault,) = faults_of("url: https://hooks.example.com/in", "success: 'status <'")
    assert fault.startswith("jobs[0].success: is no expression: ")


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "10.0.0.5:8080", "[::1]", "2130706433", "169.254.169.254"])
def test_a_private_address_is_a_fault_unless_the_job_allows_it(host: str) -> None:
    told = "jobs[0].url: is a private address: say `allow_private: true` if it is to be called"
    assert faults_of(f"url: 'http://{host}/in'") == [told]
    assert config.parse(file_of(f"url: 'http://{host}/in'", "allow_private: true"), {}, "jobs.yaml", lint).jobs
