"""Dead letters: how many there are by job, reason and day; the newest of those that are meant; one of them whole."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any
from urllib.parse import urlencode

from aiohttp import web
from confluent_kafka import KafkaException

from streams.console import looking, masking
from streams.console.figures import letters, starts
from streams.console.keys import Surroundings, around, viewer
from streams.console.pages import render
from streams.console.reasons import TITLES, meaning_of
from streams.console.watching import in_words
from streams.errors import StreamsError
from streams.kafka.threads import in_own_thread
from streams.operating.dead_letters import Filter
from streams.operating.letter_pages import Page, page
from streams.operating.letters import Line, Whole
from streams.operating.replays import Marks, done_at, read_marks

DAYS, LINES = 14, 50
#: What a form may say: no more of each is looked for.
TEXT_MAX = 200


@dataclass(frozen=True, slots=True)
class Asked:
    """What a page of letters was asked for, as its form says it."""

    job: str = ""
    reason: str = ""
    day: str = ""
    text: str = ""

    @property
    def filter(self) -> Filter:
        """The letters that are meant. Raises ValueError, OverflowError where the day is none."""
        since = datetime.fromisoformat(self.day).replace(tzinfo=UTC) if self.day else None
        until = None if since is None else since + timedelta(days=1)
        return Filter(self.job or None, self.reason or None, since, until, self.text or None)

    @property
    def query(self) -> str:
        """The same in an address."""
        said = {"job": self.job, "reason": self.reason, "day": self.day, "text": self.text}
        return urlencode({name: value for name, value in said.items() if value})


def asked(form: Mapping[str, Any]) -> Asked:
    """Read what a form says. Raises HTTPBadRequest where the day is none."""
    found = Asked(*(str(form.get(name, "")).strip()[:TEXT_MAX] for name in ("job", "reason", "day", "text")))
    try:
        found.filter  # noqa: B018 - the day is read by it
    except (ValueError, OverflowError):  # the last of all days has no end
        raise web.HTTPBadRequest(text="The day must be written as 2026-11-20.\n") from None
    return found


async def failures(request: web.Request) -> web.Response:
    """How many there are, by job, reason and day; the page asks for the letters themselves once it is there."""
    held, now, which = around(request), datetime.now(UTC), asked(request.query)
    before = request.query.get("before")
    _before(before)
    with held.watcher.changing:
        names = sorted({job.name for job in held.configuration.jobs} | held.watcher.sums.jobs.keys())
        rows = [one for one in letters(held.watcher.sums, names, now, DAYS) if which.job in ("", one.job)]
    return await render(
        request,
        "failures.html",
        which=which,
        rows=rows,
        days=[f"{start:%Y-%m-%d}" for start in reversed(starts("day", now, DAYS))],
        before=before,
        names=[name for name in names if name],
        reasons=list(TITLES),
    )


async def listed(request: web.Request) -> web.Response:
    """A page of those letters that are meant, the newest first, as a part of the page above."""
    held, which = around(request), asked(request.query)
    before = _before(request.query.get("before"))
    found, trouble = Page(), ""
    marks: Marks = {}
    try:
        if not held.watcher.trouble:  # brokers that are away are not waited for
            found, marks = await in_own_thread(partial(_page, held, which, before), "letters")
    except (StreamsError, KafkaException) as error:
        trouble = in_words(error)
    return await render(
        request,
        "letters.html",
        which=which,
        lines=[_shown(line, marks, hides=not viewer().sees_personal_data) for line in found.lines],
        looked_at=found.looked_at,
        older=None if found.before is None else _written(found.before),
        is_first=before is None,
        letters_trouble=trouble,
    )


def _page(held: Surroundings, which: Asked, before: Mapping[int, int] | None) -> tuple[Page, Marks]:
    letters_ = held.letters
    meant = which.filter
    # What is less than 0 means something else to brokers.
    times = tuple(None if one is None else max(0, int(one.timestamp() * 1000)) for one in (meant.since, meant.until))
    found = page(letters_, meant.wants, LINES, before=before, between=(times[0], _late(times[1])))
    return found, read_marks(letters_, {event for line in found.lines if (event := line.event) is not None})


def _late(until: int | None) -> int | None:
    """A letter is written a little after it failed."""
    return None if until is None else until + 3_600_000


def _shown(line: Line, marks: Marks, *, hides: bool) -> dict[str, Any]:
    return {
        "name": line.name,
        "job": line.job or "",
        "reason": line.reason,
        "title": meaning_of(line.reason).title,
        "detail": masking.words(line.detail) if hides else line.detail,
        "source": line.source,
        "failed_at": line.failed_at,
        "replayed_at": done_at(line, marks),
    }


async def letter(request: web.Request) -> web.Response:
    """One letter whole: what was read, what Infobip said, what that means, and what to do."""
    held, who, name = around(request), viewer(), request.match_info["name"]
    shows = who.sees_personal_data and request.query.get("show") == "1"
    try:
        one, marks = await in_own_thread(partial(_whole, held, name), "letters")
    except StreamsError as error:
        return await render(request, "missing.html", answer=404, what=f"such letter: {error}")
    except KafkaException as error:
        return await render(request, "missing.html", answer=503, what=f"answer of the brokers: {in_words(error)}")
    if shows:
        looking.note(who, f"dead letter {name}")
    found, line = one.letter, one.line
    mark = marks.get(line.event or b"")
    content = {
        "detail": found.detail if shows else masking.words(found.detail),
        "key": _plain(found.key) if shows else masking.text(found.key or ""),
        "value": _pretty(found.value) if shows else masking.content(found.value),
        "headers": [(each.name, _plain(each.value) if shows else masking.HIDDEN) for each in found.headers],
    }
    return await render(
        request,
        "letter.html",
        line=line,
        letter=found,
        content=content,
        shows=shows,
        meaning=meaning_of(line.reason),
        replayed_at=done_at(line, marks),
        replayed_by=None if mark is None else mark.by,
    )


def _whole(held: Surroundings, name: str) -> tuple[Whole, Marks]:
    letters_ = held.letters
    (one,) = letters_.named([name])
    return one, read_marks(letters_, {one.line.event} if one.line.event is not None else set())


def _plain(value: str | None) -> str:
    return "" if value is None else value


def _pretty(value: str | None) -> str:
    return _plain(value) if value is None else masking.indented(value)


def _before(text: str | None) -> dict[int, int] | None:
    """Read where a page goes on: `partition-offset` with commas. Raises HTTPBadRequest."""
    if text is None:
        return None
    try:
        pairs = [one.split("-") for one in text.split(",")]
        return {int(number): int(offset) for number, offset in pairs}
    except ValueError:
        raise web.HTTPBadRequest(text="This address is not complete.\n") from None


def _written(before: Mapping[int, int]) -> str:
    return ",".join(f"{number}-{offset}" for number, offset in sorted(before.items()))
