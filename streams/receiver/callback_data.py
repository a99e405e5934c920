"""Whose a message was, by what comes back with its reports."""

from collections.abc import Mapping

import orjson

#: What our messages carry, see `callback_data` of `streams/pipeline/callback_data.py`.
OURS = ("job", "event_id", "profile_id", "audience")
#: Nobody's: what came back is no word of ours.
NOBODY: Mapping[str, str | None] = dict.fromkeys(OURS)


def owner(callback_data: str | None) -> Mapping[str, str | None]:
    """The job, event, profile and audience of a message; all None where what came back does not name all of them."""
    if callback_data is None or callback_data[:1] != "{":
        return NOBODY
    try:
        said = orjson.loads(callback_data)
    except ValueError:
        return NOBODY
    if type(job := said.get("job")) is not str or type(event_id := said.get("event_id")) is not str:
        return NOBODY
    if type(profile_id := said.get("profile_id")) is not str or type(audience := said.get("audience")) is not str:
        return NOBODY
    return {"job": job, "event_id": event_id, "profile_id": profile_id, "audience": audience}
