"""Dead letters published back from the console: looked at first, published on a second word, and written down."""

import asyncio
import logging
from collections.abc import Coroutine, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import partial
from secrets import token_urlsafe
from threading import Event
from typing import Any, Literal

from aiohttp import web
from confluent_kafka import KafkaException

from schemas.configuration import Configuration
from streams.console.failures import Asked, asked
from streams.console.keys import viewer
from streams.console.pages import render
from streams.console.watching import in_words
from streams.errors import StreamsError
from streams.kafka.threads import in_own_thread
from streams.operating.dead_letters import Filter, replay_filtered, replay_named
from streams.operating.replays import Manner

log = logging.getLogger(__name__)

Stage = Literal["looking", "looked", "publishing", "done", "failed"]
#: So many replays are remembered; what was published is known for ever by `infobip_replays`.
KEPT_MAX = 50
#: Lines of a dry run that are shown, each a letter.
LINES_MAX = 200
RATE_MAX = 10_000.0


@dataclass(slots=True)
class Replay:
    """One replay: what is meant, who asked for it, and how far it is."""

    id: str
    by: str
    began_at: datetime
    names: tuple[str, ...]
    which: Filter
    #: What the form said, for the words on the page.
    said: Asked
    again: bool
    per_second: float | None = None
    stage: Stage = "looking"
    lines: list[str] = field(default_factory=list)
    summary: list[str] = field(default_factory=list)
    published: int = 0
    called_off: Event = field(default_factory=Event)


class Replays:
    """The replays of this console, one at a time."""

    def __init__(self, configuration: Configuration) -> None:
        self._configuration = configuration
        self.known: dict[str, Replay] = {}
        self._turn = asyncio.Lock()
        self._tasks: set[asyncio.Task[None]] = set()

    def look(self, by: str, names: Sequence[str], said: Asked, *, again: bool) -> Replay:
        """Begin to look what would be published. What comes later is not meant: what was looked at is published."""
        now = datetime.now(UTC)
        which = said.filter
        which = which if which.until is not None and which.until < now else replace(which, until=now)
        one = Replay(token_urlsafe(9), by, now, tuple(names), which, said, again)
        self.known[one.id] = one
        while len(self.known) > KEPT_MAX:
            self.known.pop(next(iter(self.known)))
        self._start(self._run(one, dry_run=True))
        return one

    def publish(self, one: Replay, by: str, per_second: float | None) -> None:
        """Publish what was looked at, on the second word. Raises HTTPConflict where it was said before."""
        if one.stage != "looked":
            raise web.HTTPConflict(text="It is being published, or was.\n")
        one.stage, one.per_second, one.by = "publishing", per_second, by
        self._start(self._run(one, dry_run=False))

    async def aclose(self) -> None:
        """Call off what is under way: what was published is noted, and the rest is not."""
        for one in self.known.values():
            one.called_off.set()
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=10)

    def _start(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.ensure_future(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _run(self, one: Replay, *, dry_run: bool) -> None:
        try:
            async with self._turn:
                lines = await in_own_thread(partial(self._lines, one, dry_run=dry_run), "replay")
        except (StreamsError, KafkaException) as error:
            one.stage, one.summary = "failed", [in_words(error)]
            log.error("console_replay_failed user=%s published=%d", one.by, one.published)  # noqa: TRY400 - it is shown
            return
        except Exception:
            one.stage, one.summary = "failed", ["unexpected error, see the console's log"]
            log.exception("console_replay_crashed user=%s published=%d", one.by, one.published)
            return
        if dry_run:
            letters = [line for line in lines if ": " in line and "left out: " not in line]
            one.lines, one.summary = letters[:LINES_MAX], [line for line in lines if line not in letters]
            one.stage = "looked"
        else:
            one.summary, one.stage = lines, "done"
            log.info("console_replayed user=%s letters=%d job=%s", one.by, one.published, one.which.job or "any")

    def _lines(self, one: Replay, *, dry_run: bool) -> list[str]:
        def told(number: int) -> None:
            one.published = number

        manner = Manner(one.by, one.per_second, told, lambda: not one.called_off.is_set())
        return list(self._done(one, manner, dry_run=dry_run))

    def _done(self, one: Replay, manner: Manner, *, dry_run: bool) -> Iterator[str]:
        if one.names:
            return replay_named(self._configuration, one.names, manner, again=one.again, dry_run=dry_run)
        return replay_filtered(self._configuration, one.which, manner, again=one.again, dry_run=dry_run)


REPLAYS = web.AppKey("replays", Replays)


async def begin(request: web.Request) -> web.Response:
    """Look what a replay of one letter, or of all that are meant, would publish."""
    form = await request.post()
    names = [str(one) for one in form.getall("name", [])]
    one = request.app[REPLAYS].look(viewer().name, names, asked(form), again=form.get("again") == "1")
    raise web.HTTPSeeOther(f"/replays/{one.id}")


async def show(request: web.Request) -> web.Response:
    """How far a replay is."""
    one = _found(request)
    if one is None:
        return await render(request, "missing.html", answer=404, what="such replay; this console has begun anew since")
    return await render(request, "replay.html", one=one, rate_max=RATE_MAX)


async def publish(request: web.Request) -> web.Response:
    """Publish what was looked at."""
    one, form = _found(request), await request.post()
    if one is None:
        raise web.HTTPNotFound
    request.app[REPLAYS].publish(one, viewer().name, _rate(str(form.get("rate", "")).strip()))
    raise web.HTTPSeeOther(f"/replays/{one.id}")


async def call_off(request: web.Request) -> web.Response:
    """Publish no more."""
    one = _found(request)
    if one is None:
        raise web.HTTPNotFound
    one.called_off.set()
    log.info("console_replay_called_off user=%s", viewer().name)
    raise web.HTTPSeeOther(f"/replays/{one.id}")


async def every(request: web.Request) -> web.Response:
    """All replays of this console."""
    known = sorted(request.app[REPLAYS].known.values(), key=lambda one: one.began_at, reverse=True)
    return await render(request, "replays.html", known=known)


def _found(request: web.Request) -> Replay | None:
    return request.app[REPLAYS].known.get(request.match_info["id"])


def _rate(text: str) -> float | None:
    """Letters a second; None for as fast as it goes. Raises HTTPBadRequest."""
    if not text:
        return None
    try:
        rate = float(text)
    except ValueError:
        rate = 0.0
    if not 0 < rate <= RATE_MAX:
        raise web.HTTPBadRequest(text=f"The rate must be more than 0 and at most {RATE_MAX:g} a second.\n")
    return rate
