"""One HTML page that shows the simulator to a person: its tags, its latest people and messages, calls and faults."""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from html import escape
from itertools import islice
from urllib.parse import quote

from streams.simulator.feedback.acts import acts_of
from streams.simulator.feedback.courses import status_at
from streams.simulator.model import Person, stamp
from streams.simulator.outbox import Sent
from streams.simulator.world import World

PEOPLE_SHOWN = 100
MESSAGES_SHOWN = 100
POSTS_SHOWN = 20
CHARACTERS_SHOWN = 200

_STYLE = """
:root{color-scheme:light dark}
body{font:15px/1.45 system-ui,sans-serif;margin:2rem auto;max-width:72rem;padding:0 1rem}
h1{font-size:1.4rem}h2{font-size:1.05rem;margin:1.8rem 0 .4rem}
table{border-collapse:collapse;width:100%}
th,td{text-align:left;padding:.3rem .6rem;border-bottom:1px solid #8884;vertical-align:top;overflow-wrap:anywhere}
td.n,th.n{text-align:right;font-variant-numeric:tabular-nums}
.tag{background:#f6a70033;color:inherit;text-decoration:none;
  border-radius:.6rem;padding:.05rem .5rem;margin-right:.3rem}
form{display:flex;flex-wrap:wrap;gap:.2rem}
.quiet{opacity:.65}
"""


def render(world: World, tag: str = "") -> str:
    """Return the page; with a tag, only its people."""
    account = world.account
    people: Iterable[Person] = account.tagged(tag) if tag else account.newest()
    whose = f"People tagged {_tag_link(tag)} <a href='/'>all</a>" if tag else "Latest people"
    return f"""<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta http-equiv="refresh" content="2">
<meta name="viewport" content="width=device-width"><title>Simulated Infobip</title><style>{_STYLE}</style></head><body>
<h1>Simulated Infobip</h1>
<p class="quiet">{len(account.people):,} people, {len(account.tags):,} tags, {len(account.attributes):,} custom
attributes, {len(world.outbox.messages):,} messages. Nothing here is sent to anybody.</p>
<h2>Tags</h2>{_tags(world)}
<h2>Lists</h2>{_lists(world)}
<h2>{whose}</h2>{_people(islice(people, PEOPLE_SHOWN))}
<h2>Latest messages</h2>{_messages(world, islice(reversed(world.outbox.messages), MESSAGES_SHOWN))}
<h2>Reports</h2>{_reports(world)}
<h2>Latest posts</h2>{_posts(world)}
<h2>Calls</h2>{_calls(world)}
<h2>Faults</h2>{_faults(world)}
</body></html>"""


def _table(head: Sequence[str], rows: Sequence[Sequence[str]], numeric: frozenset[int] = frozenset()) -> str:
    """Return a table of cells that are HTML already."""
    if not rows:
        return '<p class="quiet">none yet</p>'

    def line(cells: Sequence[str], name: str) -> str:
        return "".join(
            f'<{name} class="n">{cell}</{name}>' if index in numeric else f"<{name}>{cell}</{name}>"
            for index, cell in enumerate(cells)
        )

    body = "".join(f"<tr>{line(row, 'td')}</tr>" for row in rows)
    return f"<table><thead><tr>{line(head, 'th')}</tr></thead><tbody>{body}</tbody></table>"


def _tag_link(name: str) -> str:
    return f'<a class="tag" href="/?tag={quote(name, safe="")}">{escape(name)}</a>'


def _tags(world: World) -> str:
    tags = sorted(world.account.tags.values(), key=lambda tag: tag.name.casefold())
    rows = [(_tag_link(tag.name), f"{len(tag.members):,}", tag.created_at) for tag in tags]
    return _table(("Tag", "People", "Created"), rows, frozenset({1}))


def _lists(world: World) -> str:
    rows = [(str(one["listId"]), escape(one["name"]), f"{len(one['ids']):,}") for one in world.account.lists.shown()]
    return _table(("Id", "List", "Ids"), rows, frozenset({0, 2}))


def _people(people: Iterable[Person]) -> str:
    rows = [
        (
            str(person.id),
            escape(" ".join(str(person.plain[name]) for name in ("firstName", "lastName") if name in person.plain)),
            "<br>".join(escape(contact) for contact in (*person.emails, *person.phones)),
            " ".join(_tag_link(tag.name) for tag in person.tags.values()),
            "<br>".join(escape(f"{name}: {value}") for name, value in person.custom.items()),
            person.modified_at,
        )
        for person in people
    ]
    return _table(("Id", "Name", "Contacts", "Tags", "Custom attributes", "Modified"), rows, frozenset({0}))


def _messages(world: World, messages: Iterable[Sent]) -> str:
    now = world.clock().timestamp()
    rows = [
        (
            stamp(datetime.fromtimestamp(sent.accepted_at, UTC)),
            escape(sent.channel),
            escape(sent.to),
            escape(sent.sender or ""),
            escape(_said(sent)),
            escape(status_at(sent, now)[0].name),
            str(sent.duplicates or ""),
            _acts(sent),
        )
        for sent in messages
    ]
    return _table(
        ("Time", "Channel", "To", "Sender", "Content", "Status", "Refused again", "Who got it"), rows, frozenset({6})
    )


def _acts(sent: Sent) -> str:
    """Return a form with what the recipient of a message can do, and be told of."""
    buttons = "".join(f'<button name="act" value="{act}">{act}</button>' for act in acts_of(sent))
    if not buttons:
        return ""
    known = f'<input type="hidden" name="message_id" value="{escape(sent.message_id)}">'
    return f'<form method="post" action="/simulator/acts">{known}{buttons}</form>'


def _reports(world: World) -> str:
    rows = [tuple(str(value) for value in row.values()) for row in world.office.ledger.rows()]
    head = ("Channel", "Kind", "Made", "Posted", "Acknowledged", "Pulled", "Nobody asked", "Dropped", "Pending")
    return _table(head, rows, frozenset(range(2, len(head))))


def _posts(world: World) -> str:
    rows = [
        (
            stamp(datetime.fromtimestamp(each.at, UTC)),
            escape(each.channel),
            escape(each.group),
            escape(each.url),
            str(each.reports),
            str(each.retries or ""),
            escape(each.answered),
        )
        for each in islice(reversed(world.office.posted), POSTS_SHOWN)
    ]
    return _table(("Time", "Channel", "Of", "To", "Reports", "Retry", "Answered"), rows, frozenset({4, 5}))


def _said(sent: Sent) -> str:
    """Return the text of a message, or all that it says where it has none."""
    said = next((sent.content[name] for name in ("subject", "text", "templateName") if name in sent.content), None)
    return str(sent.content if said is None else said)[:CHARACTERS_SHOWN]


def _calls(world: World) -> str:
    counters = world.counters
    rows = [
        (
            escape(operation),
            f"{arrivals:,}",
            f"{counters.items[operation]:,}",
            escape(", ".join(f"{status} x {count:,}" for status, count in sorted(counters.calls[operation].items()))),
        )
        for operation, arrivals in sorted(counters.arrivals.items())
    ]
    return _table(("Operation", "Arrived", "Items", "Answered"), rows, frozenset({1, 2}))


def _faults(world: World) -> str:
    return _table(("Armed",), [(escape(fault.line),) for fault in world.faults.armed])
