"""What an account is asked before anything is sent: its key, and its WhatsApp templates."""

import asyncio
from collections.abc import Sequence
from typing import Any

import httpx
import pytest

from schemas.configuration import Configuration
from schemas.jobs.send_message import SendMessage
from streams.app.check_online import check_account
from streams.errors import Refused, Unauthorized
from streams.infobip.account import read_templates
from streams.jobs.shelf import scopes_of
from tests.channels.whatsapp import SENDER, WHICH, said, template
from tests.fakes.bench import Bench
from tests.fakes.words import Step
from tests.making import export_job, send_job

#: A file of which nothing but the jobs is looked at here.
FILE = Configuration.model_validate(
    {
        "kafka": {"brokers": "a"},
        "authorizations": [{"name": "main", "base_url": "a", "api_key": "k"}],
        "jobs": [export_job()],
    }
)


def listed(*templates: dict[str, Any]) -> httpx.Response:
    return httpx.Response(200, json={"templates": list(templates)})


def asked(bench: Bench) -> list[str]:
    return [request.url.raw_path.decode() for request in bench.infobip.requests]


def test_templates_are_read_from_infobip() -> None:
    bench = Bench(listed(template(), {**template(), "quality": "HIGH", "id": "111", "businessAccountId": 222}))
    assert [one.name for one in asyncio.run(read_templates(bench.client, "+44/1")) or ()] == [
        "order_update",
        "order_update",
    ]
    assert asked(bench) == ["/whatsapp/2/senders/%2B44%2F1/templates"]


@pytest.mark.parametrize("step", [400, 200, httpx.Response(200, json={"templates": [{"title": "hello"}]})])
def test_templates_in_an_unknown_form(step: Step) -> None:
    with pytest.raises(Refused, match="list_whatsapp_templates"):
        asyncio.run(read_templates(Bench(step).client, SENDER))


def checked(bench: Bench, *jobs: Any) -> tuple[list[str], list[str]]:
    """The faults that are found, and what is said."""
    said: list[str] = []
    return asyncio.run(check_account(bench.client, FILE, dict(enumerate(jobs)), said.append)), said


def template_job(fields: Sequence[str] = (), **more: Any) -> SendMessage:
    content = said(**more).model_dump(exclude_none=True)
    return send_job(sender=SENDER, message_fields=fields, content=content)


def test_a_template_that_fits_is_told_and_proves_the_key() -> None:
    bench = Bench(listed(template()))
    told = ["template order_update in en: is there and fits", "authorization main: the key works"]
    assert checked(bench, template_job(body=["a", "b"])) == ([], told)
    assert asked(bench) == [f"/whatsapp/2/senders/{SENDER}/templates"]


def test_a_template_that_does_not_fit_is_a_fault_of_its_job() -> None:
    found, _ = checked(Bench(200, listed(template())), send_job(), template_job(body=["a"]))
    assert found == [f"jobs[1].content.body: the number of placeholders of {WHICH} is 2, not 1"]


def test_a_sender_without_templates_is_a_fault_of_its_job() -> None:
    found, _ = checked(Bench(404), template_job())
    assert found == [f"jobs[0].sender: Infobip knows no WhatsApp sender {SENDER}"]


def test_a_template_that_depends_on_the_profile_is_told() -> None:
    _, told = checked(Bench(listed(template())), template_job(["lang"], language="{{lang}}"))
    assert told[0] == "template order_update in {{lang}}: depends on the profile, so not all was looked at"


def test_a_key_that_may_only_send_hides_the_templates() -> None:
    _, told = checked(Bench(403), template_job())
    why = "the API key of authorization 'main' lacks the scope whatsapp:manage"
    assert told == [f"template order_update in en: not looked at, because {why}", "authorization main: the key works"]


def test_a_refused_key_is_told_by_whatever_is_asked() -> None:
    for job in (template_job(), send_job(), export_job()):
        with pytest.raises(Unauthorized):
            checked(Bench(401), job)


def test_people_are_asked_for_only_by_jobs_that_are_about_them() -> None:
    bench = Bench()
    told = ["tag VIP: is there", "authorization main: the key works"]
    faults, said = checked(bench, send_job(), send_job(name="b"), export_job())
    # There are no brokers that could tell of its configuration.
    assert (faults, [line for line in said if not line.startswith("job vip: nobody knows")]) == ([], told)
    assert asked(bench) == ["/sms/3/logs?limit=1", "/people/2/persons?limit=1", "/people/2/tags/VIP"]


@pytest.mark.parametrize(
    ("expected", "jobs"), [("/sms/3/logs?limit=1", [send_job()]), ("/people/2/persons?limit=1", [])]
)
def test_the_key_is_proven_by_one_question(expected: str, jobs: list[SendMessage]) -> None:
    bench = Bench()
    assert checked(bench, *jobs) == ([], ["authorization main: the key works"])
    assert asked(bench) == [expected]


def test_texts_alone_do_not_prove_the_key() -> None:
    bench = Bench()
    job = send_job(sender=SENDER, content={"channel": "whatsapp_text", "text": "Hi"})
    assert checked(bench, job) == ([], ["authorization main: nothing but a message would prove the key"])
    assert asked(bench) == []


@pytest.mark.parametrize(
    ("expected", "content"),
    [
        (
            {"mms:message:send", "mms:logs:read", "mms:manage"},  # it uploads files, too
            {"channel": "mms", "segments": [{"type": "TEXT", "text": "Hi"}]},
        ),
        ({"whatsapp:message:send"}, {"channel": "whatsapp_text", "text": "Hi"}),  # it has no logs
    ],
)
def test_a_key_must_be_good_for_all_that_a_channel_calls(expected: set[str], content: dict[str, Any]) -> None:
    assert scopes_of(send_job(content=content)) == expected
