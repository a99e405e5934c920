"""A jobs.yaml as users write it, and what is said of it when it is changed."""

from functools import cache
from typing import Any

import jsonschema
import pytest

from schemas.configuration import Configuration
from schemas.jobs.export_audience import ExportAudience
from streams.config import load as config
from streams.config.editor_schema import json_schema
from streams.errors import ConfigurationError

CONTRACT = """\
kafka:
  brokers: localhost:9092            # or a list; security: see below
  topic_prefix: ""                   # put before every topic this service writes
  replication_factor: 3              # of topics we create; default: the broker's
  security: {protocol: SASL_SSL, mechanism: SCRAM-SHA-512, username: u, password: ${KAFKA_PASSWORD}, ca_file: ca.pem}
authorizations:
  - name: main
    label: Infobip production
    description: ""
    base_url: xyz123.api.infobip.com  # https unless a scheme is given (http://127.0.0.1:8080 is allowed)
    api_key: ${INFOBIP_API_KEY}
webhooks: {host: 0.0.0.0, port: 6066, public_url: https://hooks.example.com, secret: ${WEBHOOK_SECRET}}
jobs:
  - name: vip                        # [a-z0-9-]+, unique; the consumer group is "infobip-streams.<name>"
    kind: export_audience
    label: VIP customers to Infobip
    authorization: main
    topics: [audience_memberships]
    audiences: [vip]                 # empty = all
    email_field: email
    phone_field: phone
    person_type: CUSTOMER            # or LEAD
    map_fields: {first_name: firstName, last_name: lastName, lifetime_value: ltv}
    tag: VIP                         # <= 256 chars; default: made from the label. Or a mapping audience -> tag
    existing_members: true           # false: start at the end of the topic
    flush: {max_events: 1000, max_seconds: 60}
"""
ENVIRON = {"KAFKA_PASSWORD": "hush-kafka", "INFOBIP_API_KEY": "hush-infobip", "WEBHOOK_SECRET": "hush-webhook"}
JOB = CONTRACT[CONTRACT.index("  - name: vip") :]


def changed(old: str, new: str, text: str = CONTRACT) -> str:
    assert old in text
    return text.replace(old, new, 1)


def read(text: str, **variables: str) -> Configuration:
    return config.parse(text, {**ENVIRON, **variables}, "jobs.yaml")


def faults_of(text: str, environ: dict[str, str] | None = None) -> list[str]:
    with pytest.raises(ConfigurationError) as caught:
        config.parse(text, ENVIRON if environ is None else environ, "jobs.yaml")
    return caught.value.faults


def first_export(configuration: Configuration) -> ExportAudience:
    job = configuration.jobs[0]
    assert isinstance(job, ExportAudience)
    return job


@cache
def jobs_schema() -> dict[str, Any]:
    """What editors are told of a jobs.yaml; made once, because that takes a while, so nobody may change it."""
    return json_schema()


@cache
def jobs_checker() -> jsonschema.Draft202012Validator:
    """What checks a file against it."""
    return jsonschema.Draft202012Validator(jobs_schema())
