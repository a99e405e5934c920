"""The table of permissions: what each kind of job needs of the brokers."""

from schemas.config.kafka import KafkaSettings
from schemas.config.webhooks import Webhooks
from schemas.configuration import Configuration
from schemas.jobs import AnyJob
from streams.app.acls import merged, needs_of
from streams.kafka.permissions import Need
from tests.docs.tables import table
from tests.jobs.receive_messages.receiving import receive_job
from tests.jobs.sync_cohort.cohorts import cohort_job
from tests.jobs.track_messages.tracking import track_job
from tests.jobs.webhook.calling import webhook_job
from tests.making import export_job, send_job

COLUMNS = (
    "operation",
    "on",
    "for",
    "export",
    "shared tag",
    "remembered addresses",
    "export that verifies",
    "send",
    "send, with webhooks",
    "import",
    "receive",
    "follow",
    "history",
    "cohorts",
    "webhook",
    "webhook that sends",
    "needed",
)
WHEN = {
    "run": "always",
    "commands": "by commands",
    "missing": "while the topic is missing",
    "grown": "when the input grows",
    "pause": "by `pause` and `resume`",
    "replay": "by `dead-letters replay`",
    "erase": "by `erase`",
    "repair": "by `repair`",
    "looked at": "not; with it policies and limits are looked at",
}


#: What comes back is asked for, which takes the most.
WEBHOOKS = Webhooks.model_validate({"mode": "pull"})


def needed() -> dict[str, list[Need]]:
    """What each kind needs; sends also with something that comes back."""
    kafka = KafkaSettings.model_validate({"brokers": "a"})
    found = {}
    for kind, job in kinds().items():
        found[kind] = needs_of(job, kafka, WEBHOOKS if kind == "receive" else None, "<account>")
        if kind == "send":
            found["send, with webhooks"] = needs_of(job, kafka, WEBHOOKS, "<account>")
    return found


def kinds() -> dict[str, AnyJob]:
    """A job of each kind; of those that need more with some option, one with it."""
    content = {"speed_limit": {"amount": 500, "per": "hour"}, "once": "ever"}
    jobs = [
        {"name": "job", "kind": "import_contacts", "authorization": "main"},
        {"name": "history", "kind": "store_history"},
    ]
    account = {"name": "main", "base_url": "a", "api_key": "k"}
    said = {"kafka": {"brokers": "a"}, "authorizations": [account], "history": {"url": "sqlite:///h"}, "jobs": jobs}
    imports, history = Configuration.model_validate(said).jobs
    return {
        "export": export_job(name="job", audiences=["vip"], tag="VIP"),
        "shared tag": export_job(name="job", tag={"vip": "VIP", "gold": "VIP"}),
        "remembered addresses": export_job(name="job", audiences=["vip"], tag="VIP", remember_address=True),
        "export that verifies": export_job(name="job", audiences=["vip"], tag="VIP", verify={"repair": True}),
        "send": send_job(name="job", **content),
        "import": imports,
        "receive": receive_job(name="job"),
        "follow": track_job(name="job"),
        "history": history.model_copy(update={"name": "job"}),
        "cohorts": cohort_job(name="job"),
        "webhook": webhook_job(name="job", authorization="main", repeat="never"),
        "webhook that sends": webhook_job(name="job", path="/sms/3/messages", template="sms.js"),
    }


def permissions() -> str:
    """Every permission of every kind, with the places where names differ in brackets."""
    wanted = {kind: {(need.what, need.operation) for need in needs} for kind, needs in needed().items()}
    found = merged(need for needs in needed().values() for need in needs)
    order = list(WHEN)
    rows = []
    for need in sorted(found, key=lambda need: order.index(need.when)):
        marks = ["x" if (need.what, need.operation) in wanted[kind] else "" for kind in wanted]
        rows.append((need.operation, _generic(need), need.why, *marks, WHEN[need.when]))
    return table(COLUMNS, rows)


def _generic(need: Need) -> str:
    name = need.name.replace("memberships", "<input>") if need.name == "memberships" else need.name
    name = f"<prefix>{name}" if name.startswith("infobip_") else name
    for end in ("_job", ".job"):
        name = name.removesuffix(end) + f"{end[0]}<job>" if name.endswith(end) else name
    name = name.replace(".job.", ".<job>.").replace(".main", ".<authorization>")
    return f"{need.resource} `{name}{'*' if need.begins else ''}`"
