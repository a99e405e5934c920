"""What a job of the kind `import_contacts` takes and refuses, in jobs.yaml and in its schema."""

from typing import Any

import pytest
import yaml
from pydantic import ValidationError

from schemas.jobs.export_audience import ExportAudience
from schemas.jobs.import_contacts import ImportContacts
from tests.configuring import CONTRACT, ENVIRON, JOB, changed, faults_of, jobs_checker, read

#: As users write it.
CONTACTS = """\
  - name: contacts
    kind: import_contacts
    authorization: main
    tags: [newsletter]               # empty = all people
    keep_updated: true               # false: run once and stop
    every_seconds: 3600
"""
IMPORT = CONTRACT.replace(JOB, CONTACTS)


def importing(option: str, written: str) -> str:
    """A file whose only job says one option so."""
    kept = "".join(line for line in CONTACTS.splitlines(keepends=True) if not line.strip().startswith(f"{option}:"))
    return IMPORT.replace(CONTACTS, f"{kept}    {option}: {written}\n")


def job_of(text: str, **variables: str) -> ImportContacts:
    (job,) = read(text, **variables).jobs
    assert isinstance(job, ImportContacts)
    return job


def test_the_contracts_job_is_read() -> None:
    job = job_of(IMPORT)
    assert (job.name, job.kind, job.authorization, job.group_id) == (
        "contacts",
        "import_contacts",
        "main",
        "infobip-streams.contacts",
    )
    assert (job.tags, job.keep_updated, job.every_seconds) == (("newsletter",), True, 3600)


def test_what_is_left_out_has_its_default() -> None:
    job = ImportContacts(name="contacts", kind="import_contacts", authorization="main")
    assert (job.label, job.description, job.tags, job.keep_updated) == ("", "", (), False)
    assert (job.every_seconds, job.look_back_seconds) == (3600, 60)
    assert (job.detect_deletions, job.sweep_every_seconds, job.max_deletions) == (False, 86400, "20%")


def test_both_kinds_stand_side_by_side() -> None:
    export, contacts = read(CONTRACT + CONTACTS).jobs
    assert isinstance(export, ExportAudience)
    assert isinstance(contacts, ImportContacts)
    assert (export.name, contacts.name) == ("vip", "contacts")


@pytest.mark.parametrize(
    ("expected", "text"),
    [
        (["jobs[1].kind: is missing"], CONTRACT + changed("    kind: import_contacts\n", "", CONTACTS)),
        (
            [
                (
                    "jobs[1].kind: no kind of job is called 'import' "
                    "(there are: export_audience, import_contacts, receive_messages, send_message, store_history, "
                    "sync_cohort, track_messages, webhook)"
                )
            ],
            CONTRACT + changed("kind: import_contacts", "kind: import", CONTACTS),
        ),
        (
            [
                (
                    "jobs[1].kind: no kind of job is called '' "
                    "(there are: export_audience, import_contacts, receive_messages, send_message, store_history, "
                    "sync_cohort, track_messages, webhook)"
                )
            ],
            CONTRACT + changed("kind: import_contacts", "kind: ''", CONTACTS),
        ),
        (
            [
                (
                    "jobs[1].kind: no kind of job is called 5 "
                    "(there are: export_audience, import_contacts, receive_messages, send_message, store_history, "
                    "sync_cohort, track_messages, webhook)"
                )
            ],
            CONTRACT + changed("kind: import_contacts", "kind: 5", CONTACTS),
        ),
        (
            ["jobs[1].name: must be unique: jobs[0] is called 'vip', too"],
            CONTRACT + changed("contacts", "vip", CONTACTS),
        ),
        (
            ["jobs[1].authorization: no authorization is called 'mian' (there are: main)"],
            CONTRACT + changed("main", "mian", CONTACTS),
        ),
        (["jobs[0].topics: unknown key"], importing("topics", "[memberships]")),
        (["jobs[0].flush: unknown key"], importing("flush", "{max_events: 5}")),
        (["jobs[0].existing_members: unknown key"], importing("existing_members", "true")),
        (
            ["jobs[0].keep_updated: unknown key", "jobs[1].audiences: unknown key"],
            changed("tag: VIP", "keep_updated: true\n    tag: VIP") + CONTACTS + "    audiences: [vip]\n",
        ),
        (
            ["jobs[0].max_events: unknown key", "jobs[1].every_seconds: must be more than 0, not 0"],
            changed("tag: VIP", "max_events: 5\n    tag: VIP") + changed("3600", "0", CONTACTS),
        ),
    ],
)
def test_a_job_is_told_what_is_wrong_in_the_words_of_its_kind(expected: list[str], text: str) -> None:
    assert faults_of(text) == expected


DELETIONS_MAX = "must be a number of contacts or a percentage of those imported, such as 500 or '20%'"
#: What is refused by both the file and its schema.
REFUSED = [
    ("tags", "newsletter", "must be a list, not a text"),
    ("tags[0]", "['']", "must not be empty"),
    ("tags[1]", "[a, 5]", "must be a text, not a number (quote it)"),
    ("tags[0]", f"[{'x' * 257}]", "must be at most 256 characters, not 257"),
    ("keep_updated", "'yes'", "must be true or false, not 'yes'"),
    ("keep_updated", "1", "must be true or false, not 1"),
    ("keep_updated", "", "must be true or false, not empty"),
    ("every_seconds", "0", "must be more than 0, not 0"),
    ("every_seconds", "-1.5", "must be more than 0, not -1.5"),
    ("every_seconds", "true", "must be a number, not true"),
    ("every_seconds", "hourly", "must be a number, not 'hourly'"),
    ("every_seconds", "1e12", "must be at most 315360000, not 1e+12"),
    ("look_back_seconds", "-1", "must be at least 0, not -1"),
    ("look_back_seconds", "false", "must be a number, not false"),
    ("look_back_seconds", "[60]", "must be a number, not a list"),
    ("detect_deletions", "daily", "must be true or false, not 'daily'"),
    ("sweep_every_seconds", "0", "must be more than 0, not 0"),
    ("sweep_every_seconds", "1d", "must be a number, not '1d'"),
    *(
        ("max_deletions", written, DELETIONS_MAX)
        for written in (
            "-1",
            "0.5",
            "true",
            "'20'' '",
            "20 %",
            "101%",
            "'-5%'",
            "12.5%",
            "05%",
            "'%'",
            "[5]",
            "",
            "all",
        )
    ),
]


@pytest.mark.parametrize(("place", "written", "words"), REFUSED)
def test_what_cannot_work_is_refused(place: str, written: str, words: str) -> None:
    text = importing(place.partition("[")[0], written)
    assert faults_of(text) == [f"jobs[0].{place}: {words}"]
    assert not fits_schema(text)


@pytest.mark.parametrize(
    ("place", "written", "words"),
    [
        ("tags", "[a, b, a]", "names 'a' more than once"),
        ("tags[0]", "[' a']", "must not begin or end with a space"),
        ("tags[0]", "['..']", "must not be '.' or '..', which mean a place in an address"),
        ("tags[0]", '["a\\nb"]', "must be one line of printable characters"),
        ("every_seconds", ".inf", "must be a number, not inf"),
        ("look_back_seconds", ".nan", "must be a number, not nan"),
    ],
)
def test_what_only_the_file_knows_to_be_wrong(place: str, written: str, words: str) -> None:
    assert faults_of(importing(place.partition("[")[0], written)) == [f"jobs[0].{place}: {words}"]


#: What is taken by both the file and its schema.
TAKEN: list[tuple[str, str, Any]] = [
    ("label", "People to us", "People to us"),
    ("tags", "[]", ()),
    ("tags", "[VIP, 'New Customers', ünï]", ("VIP", "New Customers", "ünï")),
    ("keep_updated", "false", False),
    ("every_seconds", "0.5", 0.5),
    ("look_back_seconds", "0", 0),
    ("look_back_seconds", "86400", 86400),
    ("detect_deletions", "true", True),
    ("sweep_every_seconds", "3600", 3600),
    *(("max_deletions", written, int(written)) for written in ("0", "500", "1000000")),
    *(("max_deletions", written, written) for written in ("0%", "5%", "20%", "99%", "100%")),
]


@pytest.mark.parametrize(("option", "written", "value"), TAKEN)
def test_what_can_work_is_taken(option: str, written: str, value: Any) -> None:
    text = importing(option, written)
    assert getattr(job_of(text), option) == value
    assert fits_schema(text)


VARIABLES: list[tuple[str, str, Any]] = [
    ("keep_updated", "true", True),
    ("keep_updated", "FALSE", False),
    ("detect_deletions", "true", True),
    ("every_seconds", "60", 60),
    ("look_back_seconds", "0", 0),
    ("sweep_every_seconds", "1.5", 1.5),
    ("max_deletions", "500", 500),
    ("max_deletions", "35%", "35%"),
]


@pytest.mark.parametrize(("option", "held", "value"), VARIABLES)
def test_a_variable_stands_for_a_number_a_flag_or_a_share(option: str, held: str, value: Any) -> None:
    text = importing(option, "${SAID}")
    job = job_of(text, SAID=held)
    assert getattr(job, option) == value
    assert type(getattr(job, option)) is type(getattr(job_of(importing(option, str(value).lower())), option))
    assert fits_schema(text)


@pytest.mark.parametrize(
    ("option", "words"),
    [
        ("keep_updated", "must be true or false, not what ${SAID} holds"),
        ("every_seconds", "must be a number, not what ${SAID} holds"),
        ("look_back_seconds", "must be a number, not what ${SAID} holds"),
        ("max_deletions", f"{DELETIONS_MAX} (filled in from ${{SAID}})"),
    ],
)
def test_a_variable_that_holds_something_else_is_named_and_not_shown(option: str, words: str) -> None:
    assert faults_of(importing(option, "${SAID}"), {**ENVIRON, "SAID": "hush"}) == [f"jobs[0].{option}: {words}"]


def fits_schema(text: str) -> bool:
    document = yaml.safe_load(
        text.replace("password: ${KAFKA_PASSWORD}", "password: p").replace("${WEBHOOK_SECRET}", "s")
    )
    return jobs_checker().is_valid(document)


def test_the_schema_takes_both_kinds_and_keeps_their_options_apart() -> None:
    assert fits_schema(CONTRACT + CONTACTS)
    assert not fits_schema(CONTRACT + CONTACTS + "    topics: [memberships]\n")
    assert not fits_schema(changed("tag: VIP", "keep_updated: true\n    tag: VIP"))
    assert not fits_schema(CONTRACT + changed("kind: import_contacts", "kind: import", CONTACTS))
    assert not fits_schema(CONTRACT + changed("    kind: import_contacts\n", "", CONTACTS))


def test_the_models_own_errors_show_no_value() -> None:
    with pytest.raises(ValidationError) as caught:
        ImportContacts.model_validate({"name": "hush hush", "kind": "import_contacts", "max_deletions": "hush"})
    assert "hush" not in str(caught.value)
