"""How messages fared, and the life of one message or one person, from the history."""

import asyncio
import time
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

from aiohttp import web

from schemas.config.history import History
from streams.console import looking, masking
from streams.console.keys import around, viewer
from streams.console.pages import render
from streams.errors import StreamsError
from streams.history.columns import address
from streams.history.funnel import STAGES, Fared, funnel
from streams.history.steps import Question, Told
from streams.history.story import story
from streams.kafka.threads import in_own_thread
from streams.operating.trace import reply_within

PERIODS = (1, 7, 30, 90)
#: Counting takes the database a while: what was counted is shown for so long.
CACHE_SECONDS = 30.0
ID_MAX = 1_000
KINDS = ("message", "event", "profile", "address")
STEPS_MAX = 500


class Cache:
    """What was counted last, by how many days; whoever asks while that is being counted waits for the same."""

    def __init__(self) -> None:
        self._kept: dict[int, tuple[float, list[Fared]]] = {}
        self._counting: dict[int, asyncio.Task[list[Fared]]] = {}

    async def of(self, history: History, days: int) -> list[Fared]:
        """How messages of the last days fared. Raises StreamsError."""
        kept = self._kept.get(days)
        if kept is not None and time.monotonic() - kept[0] < CACHE_SECONDS:
            return kept[1]
        if days not in self._counting:
            self._counting[days] = task = asyncio.create_task(self._count(history, days))
            task.add_done_callback(lambda _: self._counting.pop(days, None))
        return await asyncio.shield(self._counting[days])

    async def _count(self, history: History, days: int) -> list[Fared]:
        found = await in_own_thread(partial(funnel, history, datetime.now(UTC) - timedelta(days=days)), "funnel")
        self._kept[days] = (time.monotonic(), found)
        return found


CACHE = web.AppKey("funnel", Cache)


async def messages(request: web.Request) -> web.Response:
    """The funnel of some days, in all and by job, channel and day; and where to look one up."""
    held = around(request)
    history = held.configuration.history
    days = _days(request.query.get("days"))
    rows: list[Fared] = []
    trouble = ""
    try:
        if history is not None:
            rows = await request.app[CACHE].of(history, days)
    except StreamsError as error:
        trouble = str(error)
    chosen = request.query.get("job", "")
    rows = [one for one in rows if chosen in ("", one.job)]
    return await render(
        request,
        "messages.html",
        has_history=history is not None,
        history_trouble=trouble,
        rows=rows,
        stages=_stages(rows),
        failed=sum(one.failed for one in rows),
        prices=_prices(rows),
        days=days,
        periods=PERIODS,
        chosen=chosen,
        kinds=KINDS,
        names=[job.name for job in held.configuration.jobs if job.kind == "send_message"],
    )


def _days(text: str | None) -> int:
    return next((period for period in PERIODS if text == str(period)), PERIODS[1])


def _stages(rows: list[Fared]) -> list[tuple[str, int]]:
    """All stages in their order, added up."""
    return [(stage, sum(getattr(one, stage) for one in rows)) for stage in ("enqueued", *STAGES)]


def _prices(rows: list[Fared]) -> list[tuple[str, float]]:
    found: dict[str, float] = {}
    for one in rows:
        for currency, price in one.prices.items():
            found[currency] = found.get(currency, 0.0) + price
    return sorted(found.items())


async def life(request: web.Request) -> web.Response:
    """One message's or one person's life, in the order of time."""
    held, who, form = around(request), viewer(), await request.post()
    kind, said = str(form.get("kind", "")), str(form.get("what", "")).strip()[:ID_MAX]
    shows = who.sees_personal_data and form.get("show") == "1"
    history = held.configuration.history
    if kind not in KINDS or not said or history is None:
        raise web.HTTPSeeOther("/messages")
    question = Question(**{kind: address(said) if kind == "address" else said})
    steps: list[Told] = []
    trouble = ""
    try:
        steps = await in_own_thread(partial(story, history, question, reply_within(held.configuration)), "story")
    except StreamsError as error:
        trouble = str(error)
    if shows:
        looking.note(who, f"life of one {kind}")
    return await render(
        request,
        "life.html",
        kind=kind,
        what=said,
        shows=shows,
        steps=[_step(one, hides=not shows) for one in steps[-STEPS_MAX:]],
        left_out=max(0, len(steps) - STEPS_MAX),
        history_trouble=trouble,
    )


#: What each step is called, and what of its record says the most.
STEP_WORDS = {
    "enter": ("Entered the audience", "audience"),
    "message": ("Handed to Infobip", "message_status"),
    "report": ("Reported", "status_name"),
    "seen": ("Seen", "channel"),
    "click": ("Clicked", "url"),
    "reply": ("Answered", "text"),
    "outcome": ("Outcome", "outcome"),
}


def _step(one: Told, *, hides: bool) -> dict[str, Any]:
    said = masking.record(one.said) if hides else dict(one.said)
    title, most = STEP_WORDS[one.step]
    shown = {name: value for name, value in said.items() if value not in (None, "", [])}
    return {"at": one.at, "step": one.step, "title": title, "most": shown.get(most, ""), "said": shown}
