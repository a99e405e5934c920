"""The table of permissions: in docs/acls.md as it is in the code, and as `topics --acls` shows it."""

from typing import Any

from schemas.config.kafka import KafkaSettings
from schemas.configuration import Configuration
from streams.app.acls import merged, needs, needs_of
from streams.cli.acls import acl_lines
from streams.jobs.shelf import KINDS
from streams.kafka.permissions import Need
from tests.docs.acls import kinds
from tests.making import export_job


def test_each_kind_has_its_column() -> None:
    assert {job.kind for job in kinds().values()} == KINDS.keys()


def test_permissions_are_shown_as_a_table_and_as_commands() -> None:
    security = {"protocol": "SASL_SSL", "mechanism": "PLAIN", "username": "streams-user", "password": "p"}
    configuration = Configuration.model_validate(
        {
            "kafka": {"brokers": "kafka:9093", "topic_prefix": "eu.", "security": security},
            "authorizations": [{"name": "main", "base_url": "a", "api_key": "k"}],
            "webhooks": {"mode": "pull"},
            "history": {"url": "sqlite:///h"},
            "jobs": [job.model_copy(update={"name": kind}) for kind, job in list(kinds().items())[3:]],
        }
    )
    lines = [" ".join(line.split()) for line in acl_lines(configuration)]
    begin = "kafka-acls --bootstrap-server kafka:9093 --add --allow-principal User:streams-user"
    assert f"{begin} --operation Read --group infobip-streams.send" in lines
    assert f"{begin} --operation Read --operation Write --topic eu.infobip_speed_send" in lines
    assert f"{begin} --operation Write --transactional-id eu.infobip_cursor_import" in lines
    assert f"# {begin} --operation DescribeConfigs --topic eu.infobip_messages" in lines
    assert "WRITE transactional id eu.infobip_cursor_import what belongs together is one transaction" in lines


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
    said: dict[str, Any] = {
        "kafka": {"brokers": "a"},
        "authorizations": [{"name": "main", "base_url": "a", "api_key": "k"}],
    }
    jobs = [job.model_copy(update={"name": f"job-{number}"}) for number, job in enumerate(kinds().values())]
    jobs[1] = export_job(name="job-1", tag={"vip": "GOLD", "gold": "GOLD"})
    jobs[2] = export_job(name="job-2", audiences=["vip"], tag="KNOWN", remember_address=True)
    jobs[3] = export_job(name="job-3", audiences=["vip"], tag="VERIFIED", verify={})
    said |= {"webhooks": {"mode": "pull"}, "history": {"url": "sqlite:///h"}}
    found = needs(Configuration.model_validate({**said, "jobs": jobs}))
    assert len({(need.what, need.operation) for need in found}) == len(found)
