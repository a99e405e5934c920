"""Email: what can be configured, and how values stand in HTML."""

from typing import Any

import pytest

from schemas.content.email import EmailContent
from schemas.jobs.send_message import SendMessage
from streams.jobs.send_message.plan import Messenger
from streams.jobs.send_message.render import template
from tests.configuring import CONTRACT, JOB, faults_of, read
from tests.making import event, send_job, window_of


def configured(content: str, sender: str = "Acme <hello@acme.example.com>", **options: str) -> str:
    job = {"name": "hello", "kind": "send_message", "authorization": "main", "topics": "[t]", **options}
    whole = "\n    ".join(f"{key}: {value}" for key, value in {**job, "sender": sender, "content": content}.items())
    return f"{CONTRACT[: -len(JOB)]}  - {whole}\n"


@pytest.mark.parametrize(
    ("expected", "said"),
    [
        (["subject: is needed without template_id", "text: text, html or template_id is needed"], ""),
        (["subject: is needed without template_id"], "text: a"),
        (["subject: must not be empty"], 'subject: "", text: a'),
        (["subject: must be one line"], r'subject: "a\nb", text: a'),
        (["template_id: must be a text, not a number (quote it)"], "template_id: 7"),
        (["template_id: must not be empty"], 'template_id: ""'),
        (["html: has no use with template_id: Infobip passes it over"], 'template_id: "7", html: a'),
        (["text: has no use with template_id: Infobip passes it over"], 'template_id: "7", text: a'),
        (["placeholders: has no use without template_id"], "subject: a, text: a, placeholders: {a: b}"),
        (["default_placeholders: has no use without template_id"], "subject: a, text: a, default_placeholders: {a: b}"),
        (["placeholders.a: must be a text, not a number (quote it)"], 'template_id: "7", placeholders: {a: 7}'),
        (["placeholders: must be a mapping, not a list"], 'template_id: "7", placeholders: [a]'),
        (
            ["template_language_version: must be '1' or '2', not '3'"],
            'template_id: "7", template_language_version: "3"',
        ),
        (["amp_html: needs html beside it, for readers that know no AMP"], "subject: a, text: a, amp_html: a"),
        (["reply_to: must be an email address"], "subject: a, text: a, reply_to: nobody"),
        (["headers.Subject: cannot be set: Infobip writes it"], "subject: a, text: a, headers: {Subject: b}"),
        (
            ["headers['X: a']: must be the name of a header, such as X-Campaign"],
            'subject: a, text: a, headers: {"X: a": b}',
        ),
        (["headers.X-A: must be one line"], r'subject: a, text: a, headers: {X-A: "b\nc"}'),
        (["frob: unknown key"], "subject: a, text: a, frob: b"),
    ],
)
def test_a_content_that_cannot_work_is_refused(expected: list[str], said: str) -> None:
    found = faults_of(configured(f"{{channel: email, {said}}}"))
    assert found == [f"jobs[0].content.{fault}" for fault in expected]


def test_only_a_template_has_a_sender_of_its_own() -> None:
    (job,) = read(configured('{channel: email, template_id: "7"}', sender="null")).jobs
    assert isinstance(job, SendMessage)
    assert job.sender is None
    assert faults_of(configured("{channel: email, subject: a, text: a}", sender="null")) == [
        "jobs[0].sender: is missing"
    ]


def test_infobip_does_not_pace_emails() -> None:
    text = configured("{channel: email, subject: a, text: a}", speed_limit="{amount: 1, per: hour, by: infobip}")
    assert faults_of(text) == ["jobs[0].speed_limit: Infobip has none for email: leave `by` out"]


def test_a_thousand_emails_are_one_call() -> None:
    content = {"channel": "email", "subject": "Hi {{name}}", "text": "Hi"}
    job = send_job(content=content, message_fields=["name"], max_per_request=1000)
    messenger = Messenger(job)
    window = window_of(job, [event(f"u-{n}", email=f"u-{n}@example.com", name=n) for n in range(1000)])
    (call,) = next(messenger.deliver(messenger.fold(window), 0.0))
    assert (call.operation.name, call.items, len(call.body["messages"])) == ("send_email", 1000, 1000)
    assert call.body["messages"][7]["content"]["subject"] == "Hi 7"


def filled(default: str = "", value: str | None = None, **said: Any) -> Any:
    """An email's content with one value filled in."""
    content = EmailContent.model_validate({"channel": "email", "subject": "Hi", "text": "Hi", **said})
    return template(content, default)({"v": value})


@pytest.mark.parametrize(
    ("expected", "field"),
    [
        ("<a> &lt;i&gt;&amp;&quot;&#x27; &#123;&#123;x}}", "html"),
        ("<a> &lt;i&gt;&amp;&quot;&#x27; &#123;&#123;x}}", "amp_html"),
        ("<a> <i>&\"' {{x}}", "text"),
    ],
)
def test_a_value_stands_in_a_text_as_its_field_wants(expected: str, field: str) -> None:
    content = {"html": "Hi", field: "<a> {{v}}"}
    assert filled(value="<i>&\"' {{x}}", **content)[field] == expected


def test_what_stands_for_a_missing_value_is_only_text_in_html() -> None:
    assert filled("<i>", html="{{v}}|{{v|R&D}}")["html"] == "&lt;i&gt;|R&amp;D"
