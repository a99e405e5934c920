"""The pages that are made of what the watcher knows: overview, a job, imports, quota."""

import asyncio
import time
from collections.abc import Mapping
from datetime import UTC, datetime
from math import inf
from typing import Any

from aiohttp import web

from schemas.config.kafka import KafkaSettings
from schemas.jobs import AnyJob, authorization_of
from schemas.jobs.import_contacts import ImportContacts
from schemas.operations import OPERATIONS
from streams.console.figures import by_time, last_hours, used
from streams.console.guarding import TOKEN
from streams.console.keys import Surroundings, around, caller, viewer
from streams.console.settings_shown import shown
from streams.console.states import in_words
from streams.jobs.shelf import kind_of
from streams.kafka.owners import Owners, owners_of
from streams.release import release
from streams.summaries.counts import Counts

HOURS, DAYS = 48, 14
#: Of what pages are made with: another release has other addresses for it.
VERSION = release()
#: Dead letters that the overview names.
LATEST = 8
#: Who owns what is asked for again after so long.
OWNERS_SECONDS = 5.0


class KnownOwners:
    """Who owns which partitions, as it was told last: a page does not wait for the brokers, but for the next news."""

    def __init__(self, kafka: KafkaSettings) -> None:
        self._kafka = kafka
        self._known: dict[str, tuple[float, Owners]] = {}
        self._asking: dict[str, asyncio.Task[None]] = {}

    def of(self, group: str) -> Owners | None:
        """Who owns what in a group; None where that is asked for the first time."""
        at, owners = self._known.get(group, (0.0, None))
        if time.monotonic() - at > OWNERS_SECONDS and group not in self._asking:
            self._asking[group] = task = asyncio.create_task(self._ask(group))
            task.add_done_callback(lambda _: self._asking.pop(group, None))
        return owners

    async def _ask(self, group: str) -> None:
        self._known[group] = (time.monotonic(), await owners_of(self._kafka, group))


OWNERS = web.AppKey("owners", KnownOwners)


async def render(request: web.Request, template: str, /, *, answer: int = 200, **values: Any) -> web.Response:
    """A page with what each page has."""
    held, who = around(request), caller()
    watcher = held.watcher
    base = {
        "viewer": who.viewer,
        "token": held.viewers.token(who.session),
        "token_name": TOKEN,
        "path": request.path,
        "url": request.path_qs,
        "trouble": watcher.trouble,
        "is_read": watcher.snapshot is not None,
        "is_whole": watcher.snapshot is not None and watcher.snapshot.is_whole,
        "signs_out": bool(held.settings.users),
        "file": held.path.name,
        "now": datetime.now(UTC),
        "version": VERSION,
    }
    text = held.pages.page(template, {**base, **values})
    return web.Response(text=text, status=answer, content_type="text/html", charset="utf-8")


async def overview(request: web.Request) -> web.Response:
    """Each job: its state, what became of its events, how fast it is, and what failed last."""
    held, now = around(request), datetime.now(UTC)
    snapshot = held.watcher.snapshot
    with held.watcher.changing:
        rows = [] if snapshot is None else [_row(held, job, now) for job in held.configuration.jobs]
        latest = [(job, one) for job, counts in held.watcher.sums.jobs.items() for one in counts.letters]
    latest.sort(key=lambda each: each[1].failed_at, reverse=True)
    return await render(request, "overview.html", rows=rows, latest=latest[:LATEST])


def _row(held: Surroundings, job: AnyJob, now: datetime) -> Mapping[str, Any]:
    snapshot = held.watcher.snapshot
    assert snapshot is not None  # noqa: S101 - asked for only where there is one
    status, flow = snapshot.jobs[job.name], snapshot.flows[job.name]
    words, detail, tone = in_words(status, now)
    day = last_hours(held.watcher.sums, job.name, now)
    return {
        "name": job.name,
        "kind": job.kind,
        "state": words,
        "detail": detail,
        "tone": tone,
        "is_paused": status.pause is not None or words == "Paused",
        "processes": status.processes(now),
        "lag": sum(status.lag.values()) if status.standing else None,
        "per_second": flow.per_second,
        "seconds_left": flow.seconds_left if status.standing else None,
        "unseen": snapshot.unseen.get(job.name, ""),
        "last_flush": None if status.did.last_flush is None else status.did.last_flush.flushed_at,
        "events": day.outcomes.total(),
        "outcomes": day.outcomes.most_common(),
        "calls": day.calls.total(),
        "slowed": sum(answers["429"] for answers in day.answers.values()),
        "letters": day.letters.total(),
    }


async def job(request: web.Request) -> web.Response:
    """One job: partitions and owners, windows, calls by status, fields left out, settings."""
    held, now = around(request), datetime.now(UTC)
    chosen = next((one for one in held.configuration.jobs if one.name == request.match_info["job"]), None)
    snapshot = held.watcher.snapshot
    if chosen is None:
        return await render(request, "missing.html", answer=404, what=f"job '{request.match_info['job']}'")
    if snapshot is None:
        return await render(request, "job.html", name=chosen.name, row=None)
    group = getattr(chosen, "group_id", None)
    owners = None if group is None else request.app[OWNERS].of(group)
    status = snapshot.jobs[chosen.name]
    with held.watcher.changing:
        day = last_hours(held.watcher.sums, chosen.name, now)
        hours = by_time(held.watcher.sums, chosen.name, "hour", now, HOURS)
        values: dict[str, Any] = {
            "row": _row(held, chosen, now),
            "day": day,
            "outcomes": status.did.counts.outcomes.most_common(),
            "left_out": status.did.counts.left_out.most_common(),
            "calls": sorted(
                (operation, answer, number)
                for operation, answers in day.answers.items()
                for answer, number in answers.items()
            ),
            "series": _series(hours),
            "table": [(start, counts.outcomes.total(), counts.windows) for start, counts in reversed(hours)],
            "did": status.did,
        }
    return await render(
        request,
        "job.html",
        name=chosen.name,
        status=status,
        owners={} if owners is None else owners.owners or {},
        group_state="" if owners is None else owners.state,
        is_asked=group is None or owners is not None,
        settings=shown(chosen),
        backfill=status.backfill,
        can_pause=held.switch is not None,
        **values,
    )


def _series(hours: list[tuple[datetime, Counts]]) -> dict[str, Any]:
    """What a chart of a job's last hours is drawn of."""
    return {
        "x": [int(start.timestamp()) for start, _ in hours],
        "lines": [
            {"label": "events", "y": [counts.outcomes.total() for _, counts in hours]},
            {"label": "dead letters", "y": [counts.letters.total() for _, counts in hours]},
        ],
    }


async def imports(request: web.Request) -> web.Response:
    """Each import: its cursor, the run under way or the last one, and what became of people by day."""
    held, now = around(request), datetime.now(UTC)
    snapshot, rows = held.watcher.snapshot, []
    for one in held.configuration.jobs:
        if isinstance(one, ImportContacts) and snapshot is not None:
            with held.watcher.changing:
                days = by_time(held.watcher.sums, one.name, "day", now, DAYS)
                told = [(start, dict(counts.outcomes)) for start, counts in reversed(days) if counts.outcomes]
            words, detail, tone = in_words(snapshot.jobs[one.name], now)
            status = snapshot.jobs[one.name]
            rows.append(
                {
                    "name": one.name,
                    "tags": one.tags,
                    "state": words,
                    "detail": detail,
                    "tone": tone,
                    "status": status,
                    "run": status.cursor.run if status.cursor else None,
                    "days": told,
                }
            )
    return await render(request, "imports.html", rows=rows)


async def quota(request: web.Request) -> web.Response:
    """Each operation of each account: its limit, how much of it is used, and how often Infobip asked to slow down."""
    held, now = around(request), datetime.now(UTC)
    accounts = []
    with held.watcher.changing:
        for one in held.configuration.authorizations:
            jobs = [each for each in held.configuration.jobs if authorization_of(each) == one.name]
            hours = _together(held, jobs, now)
            names = {name for counts in hours for name in counts.calls}
            names |= {
                each.name for other in jobs for each in kind_of(other).operations(other, held.configuration.webhooks)
            }
            limits = {name: one.limits.get(name) or _published(name) for name in names}
            slowed = [sum(answers["429"] for answers in counts.answers.values()) for counts in hours]
            accounts.append(
                {
                    "name": one.name,
                    "label": one.label or one.name,
                    "rows": [used(name, limits[name], hours[-24:]) for name in sorted(names)],
                    "series": {
                        "x": [
                            int(start.timestamp()) for start, _ in by_time(held.watcher.sums, "", "hour", now, HOURS)
                        ],
                        "lines": [
                            {"label": "calls", "y": [counts.calls.total() for counts in hours]},
                            {"label": "asked to slow down (429)", "y": slowed},
                        ],
                    },
                }
            )
    return await render(request, "quota.html", accounts=accounts, infinite=inf)


def _published(name: str) -> float:
    found = OPERATIONS.get(name)
    return inf if found is None else found.per_second


def _together(held: Surroundings, jobs: list[AnyJob], now: datetime) -> list[Counts]:
    """What some jobs did in each of the last hours, added up."""
    found = [Counts() for _ in range(HOURS)]
    for one in jobs:
        for whole, (_, counts) in zip(found, by_time(held.watcher.sums, one.name, "hour", now, HOURS), strict=True):
            whole.merge(counts)
    return found


async def switch(request: web.Request) -> web.Response:
    """Stop or go on with a job."""
    held, who = around(request), viewer()
    name, said = request.match_info["job"], (await request.post()).get("to")
    if held.switch is None or said not in ("pause", "resume"):
        raise web.HTTPNotFound
    if all(one.name != name for one in held.configuration.jobs):
        raise web.HTTPNotFound
    await held.switch(name, said == "pause", who.name)
    raise web.HTTPSeeOther(f"/jobs/{name}")
