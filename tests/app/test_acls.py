"""The table of permissions: in docs/acls.md as it is in the code, and as `topics --acls` shows it."""

from pathlib import Path

from schemas.config.kafka import KafkaSettings
from schemas.config.webhooks import Webhooks
from schemas.configuration import Configuration
from schemas.jobs import AnyJob
from streams.app.acls import merged, needs, needs_of
from streams.cli.acls import acl_lines
from streams.kafka.permissions import Need
from tests.jobs.receive_messages.receiving import receive_job
from tests.jobs.webhook.calling import webhook_job
from tests.making import export_job, send_job

DOCS = Path(__file__).parents[2] / "docs" / "acls.md"
COLUMNS = (
    "operation",
    "on",
    "for",
    "export",
    "shared tag",
    "remembered addresses",
    "send",
    "send, with webhooks",
    "import",
    "receive",
    "webhook",
    "needed",
)
HEAD = f"| {' | '.join(COLUMNS)} |\n|{' --- |' * len(COLUMNS)}\n"
WHEN = {
    "run": "always",
    "commands": "by commands",
    "missing": "while the topic is missing",
    "grown": "when the input grows",
    "replay": "by `dead-letters replay`",
    "looked at": "not; with it policies and limits are looked at",
}


#: What comes back is asked for, which takes the most.
WEBHOOKS = Webhooks.model_validate({"mode": "pull"})


def needed() -> dict[str, list[Need]]:
    """What each kind needs; sends also with something that comes back."""
    kafka = KafkaSettings.model_validate({"brokers": "a"})
    found = {}
    for kind, job in kinds().items():
        found[kind] = needs_of(job, kafka, WEBHOOKS if kind == "receive" else None)
        if kind == "send":
            found["send, with webhooks"] = needs_of(job, kafka, WEBHOOKS, "<account>")
    return found


def kinds() -> dict[str, AnyJob]:
    content = {"speed_limit": {"amount": 500, "per": "hour"}, "once": "ever"}
    imports = {"name": "job", "kind": "import_contacts", "authorization": "main"}
    said = {"kafka": {"brokers": "a"}, "authorizations": [{"name": "main", "base_url": "a", "api_key": "k"}]}
    return {
        "export": export_job(name="job", audiences=["vip"], tag="VIP"),
        "shared tag": export_job(name="job", tag={"vip": "VIP", "gold": "VIP"}),
        "remembered addresses": export_job(name="job", audiences=["vip"], tag="VIP", remember_address=True),
        "send": send_job(name="job", **content),
        "import": Configuration.model_validate({**said, "jobs": [imports]}).jobs[0],
        "receive": receive_job(name="job"),
        "webhook": webhook_job(name="job", authorization="main", repeat="never"),
    }


def table() -> str:
    """Every permission of every kind, with the places where names differ in brackets."""
    wanted = {kind: {(need.what, need.operation) for need in needs} for kind, needs in needed().items()}
    found = merged(need for needs in needed().values() for need in needs)
    order = list(WHEN)
    rows = ""
    for need in sorted(found, key=lambda need: order.index(need.when)):
        marks = ["x" if (need.what, need.operation) in wanted[kind] else "" for kind in wanted]
        rows += f"| {need.operation} | {_generic(need)} | {need.why} | {' | '.join(marks)} | {WHEN[need.when]} |\n"
    return HEAD + rows


def _generic(need: Need) -> str:
    name = need.name.replace("memberships", "<input>") if need.name == "memberships" else need.name
    name = f"<prefix>{name}" if name.startswith("infobip_") else name
    for end in ("_job", ".job"):
        name = name.removesuffix(end) + f"{end[0]}<job>" if name.endswith(end) else name
    name = name.replace(".job.", ".<job>.")
    return f"{need.resource} `{name}`"


def test_the_documented_table_is_what_is_asked_for() -> None:
    assert table() in DOCS.read_text()


def test_permissions_are_shown_as_a_table_and_as_commands() -> None:
    security = {"protocol": "SASL_SSL", "mechanism": "PLAIN", "username": "streams-user", "password": "p"}
    configuration = Configuration.model_validate(
        {
            "kafka": {"brokers": "kafka:9093", "topic_prefix": "eu.", "security": security},
            "authorizations": [{"name": "main", "base_url": "a", "api_key": "k"}],
            "webhooks": {"mode": "pull"},
            "jobs": [job.model_copy(update={"name": kind}) for kind, job in list(kinds().items())[3:]],
        }
    )
    lines = [" ".join(line.split()) for line in acl_lines(configuration)]
    begin = "kafka-acls --bootstrap-server kafka:9093 --add --allow-principal User:streams-user"
    assert f"{begin} --operation Read --group infobip-streams.send" in lines
    assert f"{begin} --operation Read --operation Write --topic eu.infobip_speed_send" in lines
    assert f"{begin} --operation Write --transactional-id eu.infobip_cursor_import" in lines
    assert f"# {begin} --operation DescribeConfigs --topic eu.infobip_messages" in lines
    assert "WRITE transactional id eu.infobip_cursor_import contacts and cursor are one transaction" in lines


def test_whoever_may_create_nothing_is_asked_for_no_creation() -> None:
    topics = {"create": False}
    kafka = KafkaSettings.model_validate({"brokers": "a", "topics": topics})
    for job in kinds().values():
        assert {need.operation for need in needs_of(job, kafka) if need.when != "replay"}.isdisjoint(
            {"CREATE", "ALTER"}
        )


def test_a_permission_that_one_job_always_needs_is_always_needed() -> None:
    """The input of one job may be written by another: an export that reads what an import writes, say."""
    ours = Need("topic", "events", "WRITE", "events are published back", "replay")
    assert merged([ours, Need("topic", "events", "WRITE", "written by the job")])[0].when == "run"


def test_each_permission_is_listed_once() -> None:
    said = {"kafka": {"brokers": "a"}, "authorizations": [{"name": "main", "base_url": "a", "api_key": "k"}]}
    jobs = [job.model_copy(update={"name": f"job-{number}"}) for number, job in enumerate(kinds().values())]
    jobs[1] = export_job(name="job-1", tag={"vip": "GOLD", "gold": "GOLD"})
    jobs[2] = export_job(name="job-2", audiences=["vip"], tag="KNOWN", remember_address=True)
    said["webhooks"] = {"mode": "pull"}
    found = needs(Configuration.model_validate({**said, "jobs": jobs}))
    assert len({(need.what, need.operation) for need in found}) == len(found)
