"""Templates to begin with: written once, as they are in the wheel, and ready to be used by a job."""

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
import yaml

from streams.templates.starters import ENDINGS, STARTERS, Language, StarterName, text_of
from tests import forked
from tests.integration.harness import ROOT

HEAD = """\
kafka: {brokers: "127.0.0.1:1"}
authorizations: [{name: main, base_url: "http://127.0.0.1:1", api_key: demo-key}]
jobs:
"""
EVENTS = """\
{"event_id": "e-1", "action": "enter", "audience": "a", "profile_id": "u-1",\
 "profile": {"email": "ann@example.com", "phone": "+14155550123", "first_name": "Ann", "order_id": "A-1"}}
{"event_id": "e-2", "action": "enter", "audience": "a", "profile_id": "u-2", "profile": {"first_name": "Bob"}}
"""
EACH = [(name, language) for name in StarterName for language in Language]


def call(folder: Path, *arguments: str) -> "subprocess.CompletedProcess[str]":
    return forked.call(["streams", *arguments], cwd=folder, environ=os.environ)


def test_there_is_a_line_for_each(tmp_path: Path) -> None:
    done = call(tmp_path, "templates", "list")
    assert (done.returncode, done.stderr, done.stdout.splitlines()) == (
        0,
        "",
        [
            "email     POST /email/4/messages             an email by a template of Infobip's",
            "whatsapp  POST /whatsapp/1/message/template  a WhatsApp message by an approved template",
            "sms       POST /sms/3/messages               an SMS",
        ],
    )


@pytest.mark.parametrize(("name", "language"), EACH)
def test_a_new_template_works_with_the_job_that_is_shown(tmp_path: Path, name: StarterName, language: Language) -> None:
    written = call(tmp_path, "templates", "new", name, "--language", language)
    assert (written.returncode, written.stderr) == (0, "")
    template = f"templates/{name}{ENDINGS[language]}"
    first, job = written.stdout.split("\n\n")
    assert first == f"{template} written; a job in jobs.yaml that uses it:"
    assert yaml.safe_load(job) == [
        {
            "name": f"order-{name}",
            "kind": "webhook",
            "authorization": "main",
            "topics": ["audience_memberships"],
            "path": STARTERS[name].operation.path,
            "template": template,
        }
    ]
    (tmp_path / "jobs.yaml").write_text(HEAD + job)
    (tmp_path / "events.jsonl").write_text(EVENTS)
    checked = call(tmp_path, "check")
    assert (checked.returncode, checked.stderr) == (0, "")
    shown = call(tmp_path, "preview", f"order-{name}", "events.jsonl")
    assert (shown.returncode, shown.stderr) == (0, "")
    assert shown.stdout.count(f"POST {STARTERS[name].operation.path}\n") == 1
    assert '# outcomes: {"accepted": 1, "skipped": 1}' in shown.stdout.splitlines()


def test_no_file_is_overwritten(tmp_path: Path) -> None:
    (tmp_path / "own.js").write_text("mine")
    done = call(tmp_path, "templates", "new", "sms", "--out", "own.js")
    told = "infobip-streams: own.js is there already: choose another name with --out\n"
    assert (done.returncode, done.stdout, done.stderr) == (2, "", told)
    assert (tmp_path / "own.js").read_text() == "mine"


def test_the_ending_of_a_file_says_the_language(tmp_path: Path) -> None:
    assert call(tmp_path, "templates", "new", "sms", "--out", "deep/own.js").returncode == 0
    assert (tmp_path / "deep/own.js").read_text() == text_of(StarterName.sms, Language.javascript)
    assert call(tmp_path, "templates", "new", "sms", "--out", "own.jsonnet").returncode == 0
    assert (tmp_path / "own.jsonnet").read_text() == text_of(StarterName.sms, Language.jsonnet)


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("fax",), "no template is called 'fax' (there are: email, whatsapp, sms)"),
        (("sms", "--language", "python"), "no language is called 'python' (there are: jsonnet, javascript)"),
        (("sms", "--out", "sms.txt"), "--out: a template in jsonnet must end in .jsonnet"),
        (
            ("sms", "--out", "sms.jsonnet", "--language", "javascript"),
            "--out: a template in javascript must end in .js",
        ),
    ],
)
def test_what_is_not_there_is_one_line_and_exit_2(tmp_path: Path, arguments: tuple[str, ...], told: str) -> None:
    done = call(tmp_path, "templates", "new", *arguments)
    assert (done.returncode, done.stdout, done.stderr) == (2, "", f"infobip-streams: {told}\n")
    assert [*tmp_path.iterdir()] == []


def test_they_are_in_the_wheel(tmp_path: Path) -> None:
    build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path)]
    subprocess.run(build, cwd=ROOT, check=True, capture_output=True, timeout=120)
    (wheel,) = tmp_path.glob("*.whl")
    with zipfile.ZipFile(wheel) as content:
        for name, language in EACH:
            packed = content.read(f"streams/templates/starters/{name}{ENDINGS[language]}").decode()
            assert packed == text_of(name, language)
