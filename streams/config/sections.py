"""What jobs.yaml says in its sections, as far as it can be told before all of it is known to be right."""

from collections.abc import Iterator
from typing import Any

from pydantic import TypeAdapter, ValidationError

from schemas.jobs import AnyJob, Job
from streams.config.yaml_file import Document

_JOB: TypeAdapter[AnyJob] = TypeAdapter(Job)


def entries(document: Document, section: str) -> list[Any]:
    """The entries of a section; none where it is no list."""
    found = document.data.get(section) if isinstance(document.data, dict) else None
    return found if isinstance(found, list) else []


def said(document: Document, section: str, key: str) -> list[str | None]:
    """Collect what each entry of a section says under a key; None where that is not known."""
    found = [entry.get(key) if isinstance(entry, dict) else None for entry in entries(document, section)]
    return [
        name if isinstance(name, str) and not document.is_unread((section, number, key)) else None
        for number, name in enumerate(found)
    ]


def security(data: Any) -> dict[str, Any] | None:
    """What kafka.security says, where it is a mapping."""
    kafka = data.get("kafka") if isinstance(data, dict) else None
    found = kafka.get("security") if isinstance(kafka, dict) else None
    return found if isinstance(found, dict) else None


def segments(document: Document) -> Iterator[Any]:
    """The pieces of messages that are made of pieces."""
    for job in entries(document, "jobs"):
        content = job.get("content") if isinstance(job, dict) else None
        found = content.get("segments") if isinstance(content, dict) else None
        yield from found if isinstance(found, list) else ()


def named_jobs(document: Document) -> list[tuple[str | None, str | None]]:
    """The name of each job, and of its authorization; None where one is not known."""
    return list(zip(said(document, "jobs", "name"), said(document, "jobs", "authorization"), strict=True))


def readable_jobs(document: Document) -> list[AnyJob | None]:
    """Read those jobs in which nothing is wrong; None stands for the others."""
    jobs: list[AnyJob | None] = []
    for number, job in enumerate(entries(document, "jobs")):
        whole = not any(loc[:2] == ("jobs", number) for loc in document.unread)
        try:
            jobs.append(_JOB.validate_python(job) if whole else None)
        except ValidationError:
            jobs.append(None)
    return jobs


def prefix(kafka: Any) -> str:
    """The prefix of our own topics."""
    found = kafka.get("topic_prefix") if isinstance(kafka, dict) else None
    return found if isinstance(found, str) else ""


def send(job: Any) -> tuple[Any, Any] | None:
    """Who sends on which channel, where a job does that."""
    if not isinstance(job, dict) or job.get("kind") != "send_message" or not isinstance(job.get("content"), dict):
        return None
    return job.get("sender"), job["content"].get("channel")
