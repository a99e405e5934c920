"""What comes back with every report of a message: whose it is, as we say it."""

from collections.abc import Mapping

import orjson

#: In characters: sms.json, Webhooks.callbackData, and the same on all channels.
CALLBACK_DATA_MAX = 4000


def callback_data(job: str, event_id: str, profile_id: str, audience: str, theirs: Mapping[str, str]) -> str:
    """What comes back with every report of a message, as JSON: our own keys, then the job's."""
    ours = {"job": job, "event_id": event_id, "profile_id": profile_id, "audience": audience}
    return orjson.dumps({**ours, **theirs} if theirs else ours).decode()
