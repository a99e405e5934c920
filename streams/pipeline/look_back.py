"""What became of messages, asked of the logs of a channel by the names of the requests that they went with.

An answer by names holds nothing but what is asked for, whatever else the account sends, and a thousand messages a page;
one by ids fifty. That a message is in none of the pages says that it was not sent only where they are all there.
"""

from collections.abc import Collection, Generator, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from math import ceil
from typing import Any

from schemas.operations import Operation
from streams.calls.call import Call, Reply
from streams.channels.batch_answers import MessageResult, all_logged, note_best
from streams.pipeline.batches import QUESTIONS, BatchResult, BatchVerdict, batches_of, exchange
from streams.pipeline.offsets import Partition
from streams.pipeline.trails import Trail

#: What one page may hold, and what the list of names may take: sms.json, `limit` and `bulkId` of GET /sms/3/logs; the
#: same on all channels that have logs.
PAGE_MAX, NAMES_CHARACTERS_MAX = 1000, 2048
#: Ids of one question: with 36 characters each, less than the 2,048 that the parameter may have.
IDS_PER_QUESTION = 50
#: Lists of names, and pages, for each partition that was given to this process; pages may be as many as a first window
#: takes that is asked for by ids. What would take more is asked for so.
QUESTIONS_A_PARTITION = 5

Query = Mapping[str, str]
Asking = Generator[list[Call], list[Reply], "Pages"]


@dataclass(slots=True)
class Pages:
    """What the logs answered, and whether that is all; `questions` is how many it took."""

    answers: list[BatchResult] = field(default_factory=list)
    whole: bool = True
    questions: int = 0

    @property
    def results(self) -> dict[str, MessageResult]:
        """By id what became of the messages; of one that is there more than once, the best counts."""
        results: dict[str, MessageResult] = {}
        for answer in self.answers:
            for message_id, result in all_logged(answer.reply.body).items():
                note_best(results, message_id, replace(result, at=answer.reply.at))
        return results


def ask_by_names(logs: Operation, names: Sequence[str], questions_max: int) -> Asking:
    """Ask for all messages that went with requests of these names, page by page, with so many questions at most.

    Raises:
        JobFailed: Infobip refuses in a way that speaks of the account.

    """
    pages, queries = Pages(), [_query(some) for some in _lists(names)]
    while queries:
        if pages.questions + len(queries) > questions_max:
            pages.whole = False
            return pages
        pages.questions += len(queries)
        answers = yield from exchange(batches_of(partial(_call, logs), queries, 1, QUESTIONS))
        pages.answers += [answer for answer in answers if answer.verdict is BatchVerdict.TAKEN]
        queries = []
        for answer in answers:
            goes_on, following = _after(answer)
            pages.whole = pages.whole and goes_on
            queries += [] if following is None else [following]
        if not pages.whole:
            return pages
    return pages


class LookBack:
    """What was sent by whoever had the partitions before, as far as it was not written down any more.

    `known` is what became of those messages, by their ids; a window holds `window_events` of them at most.
    """

    def __init__(self, logs: Operation, window_events: int) -> None:
        self.known: dict[str, MessageResult] = {}
        self._logs, self._questions = logs, max(QUESTIONS_A_PARTITION, ceil(window_events / IDS_PER_QUESTION))

    def ask(
        self, left: Mapping[Partition, Collection[Trail]]
    ) -> Generator[list[Call], list[Reply], frozenset[Partition]]:
        """Ask for what may have been sent of partitions; those of which it is known whole.

        `left` is what was left of each: where some of it has no names, the rest is asked for all the same. Raises as
        `ask_by_names`.
        """
        self.known.clear()
        clear = frozenset(key for key, trails in left.items() if not trails)
        whole = {key for key, trails in left.items() if all(one.named for one in trails)} - clear
        named = {key: [one for one in trails if one.named] for key, trails in left.items()}
        asked, names = _within({key: trails for key, trails in named.items() if trails}, len(left))
        if not names:
            return clear
        sure = asked & whole
        pages = yield from ask_by_names(self._logs, names, self._questions * len(left))
        # What is told counts, even where more was to be told.
        self.known.update(pages.results)
        return clear | sure if pages.whole else clear


def _within(left: Mapping[Partition, Collection[Trail]], partitions: int) -> tuple[frozenset[Partition], Sequence[str]]:
    """Partitions whose names can be asked for, the fewest names first; and these names.

    Half of the questions of so many partitions are kept for the pages.
    """
    sure, names = set[Partition](), dict[str, None]()
    for key in sorted(left, key=lambda key: sum(one.end - one.first for one in left[key])):
        more = {name: None for one in left[key] for name in one.names}
        if len(list(_lists([*(names | more)]))) > max(1, QUESTIONS_A_PARTITION * partitions // 2):
            break
        names |= more
        sure.add(key)
    return frozenset(sure), [*names]


def _lists(names: Sequence[str]) -> Iterator[Sequence[str]]:
    """Names in lists that a question can hold."""
    start = length = 0
    for place, name in enumerate(names):
        if place > start and length + len(name) > NAMES_CHARACTERS_MAX:
            yield names[start:place]
            start, length = place, 0
        length += len(name) + 1
    if names:
        yield names[start:]


def _query(names: Sequence[str]) -> Query:
    return {"bulkId": ",".join(names), "limit": str(PAGE_MAX), "useCursor": "true"}


def _call(logs: Operation, queries: Sequence[Query]) -> Call:
    return Call(logs, query=queries[0])


def _after(answer: BatchResult) -> tuple[bool, Query | None]:
    """Whether what a page says is to be relied on, and the question for the next one; None where it was the last."""
    query, body = answer.batch.items[0], answer.reply.body
    rows = body.get("results") if isinstance(body, dict) else None
    if answer.verdict is not BatchVerdict.TAKEN or not isinstance(rows, list):
        return False, None
    cursor: Any = body.get("cursor")
    following = cursor.get("nextCursor") if isinstance(cursor, dict) else None
    if not following:
        # Without a cursor of any kind a full page may have been cut.
        return isinstance(cursor, dict) or len(rows) < PAGE_MAX, None
    if not isinstance(following, str) or following == query.get("cursor"):
        return False, None
    return True, {**query, "cursor": following}
