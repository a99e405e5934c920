"""What comes back with every report of a message: whose it is, as we say it."""

from collections.abc import Iterable, Mapping, Sequence

import orjson

#: In characters: sms.json, Webhooks.callbackData, and the same on all channels.
CALLBACK_DATA_MAX = 4000


def callback_data(job: str, event_id: str, profile_id: str, audience: str, theirs: Mapping[str, str]) -> str:
    """What comes back with every report of a message, as JSON: our own keys, then the job's."""
    ours = {"job": job, "event_id": event_id, "profile_id": profile_id, "audience": audience}
    return orjson.dumps({**ours, **theirs} if theirs else ours).decode()


def callback_data_of(
    job: str, event_ids: Sequence[str], profile_ids: Sequence[str], audiences: Sequence[str]
) -> list[str]:
    """The same for many events, without keys of the job's, in less than half of the time."""
    rows = zip(event_ids, profile_ids, audiences, strict=True)
    if not all(map(_as_in_json, (event_ids, profile_ids, {*audiences}))):
        return [callback_data(job, *row, {}) for row in rows]
    begin = f'{{"job":{orjson.dumps(job).decode()},"event_id":"'
    return [
        f'{begin}{event_id}","profile_id":"{profile_id}","audience":"{audience}"}}'
        for event_id, profile_id, audience in rows
    ]


def _as_in_json(texts: Iterable[str]) -> bool:
    """Whether JSON has nothing to escape in any of these texts: each stands there as it is, between quotes."""
    joined = "".join(texts)
    try:
        return len(orjson.dumps(joined)) == len(joined.encode()) + 2
    except (TypeError, UnicodeEncodeError):  # half of a surrogate pair
        return False
