"""What each word of our records means to a person, and what to do about it: for pages, tables and terminals."""

from collections.abc import Mapping
from typing import NamedTuple

from schemas.records.message import MessageStatus
from schemas.records.message_outcome import OutcomeName, OutcomeReason
from schemas.records.outcomes import Outcome, Reason
from schemas.records.states import StateKind


class Meaning(NamedTuple):
    """What a word means, and what to do where anything is to be done; both begin small and end without a full stop."""

    means: str
    to_do: str = "nothing"


REASONS: Mapping[Reason, Meaning] = {
    "undecodable": Meaning(
        "the record is no event: no JSON, a field is missing or wrong, or it is over 1 MiB; or a person that Infobip "
        "lists cannot be read",
        "read `detail`, mend whoever publishes it, and publish a right event; a replay would fail again",
    ),
    "no_address": Meaning(
        "an export found no usable email or phone in the profile, nor a remembered one",
        "mend the profile, or `email_field`, `phone_field` and `default_region`; then have the event published anew, or"
        " replay it where only the options were wrong",
    ),
    "rejected": Meaning(
        "Infobip refused this person or message, chokes on it, or it breaks a limit that Infobip publishes",
        "read `detail`, which has Infobip's code and words; mend the account, the content or the profile; then replay. "
        "A refused message needs an event with another `event_id`, for Infobip may know its id",
    ),
    "template_failed": Meaning(
        "the webhook's template failed at this event: its time, memory or output ran out, or it gave no JSON",
        "read `detail`, which has line and column; mend the template or the profile, then replay",
    ),
    "unreadable_report": Meaning(
        "Infobip sent something that proves itself and cannot be read; no job is named",
        "compare `value` with what Infobip publishes; it may be a new form, which a newer version reads",
    ),
}
OUTCOMES: Mapping[Outcome, Meaning] = {
    "accepted": Meaning("Infobip took it, or whoever a webhook called"),
    "unchanged": Meaning(
        "it was so already, another audience keeps the shared tag, this version of a person was written before, or "
        "this message was sent before"
    ),
    "imported": Meaning("a person was written in a new version"),
    "deleted": Meaning("a person is gone: a tombstone was written"),
    "superseded": Meaning(
        "a later event of the same profile and audience is in the window; of a repair: an event that came since the "
        "comparison has the last word"
    ),
    "skipped": Meaning(
        "another audience's event, another job's replay, or a tombstone; for sends an exit, nobody to send to, too "
        "old, or sent before; for webhooks an action that is not in `on`, or a template that gave `null`; for a "
        "history what is no entering of an audience that it keeps",
        "nothing; for sends `infobip_messages` says why",
    ),
    "dropped": Meaning(
        "no usable email or phone, nor a remembered one; dead letter `no_address`", "see to the dead letter"
    ),
    "rejected": Meaning(
        "Infobip refused it, or chokes on it, or it breaks a limit of its channel; dead letter `rejected` with "
        "Infobip's code and words, or with the answer that a webhook was given; or its template failed, dead letter "
        "`template_failed`",
        "see to the dead letter",
    ),
    "joined": Meaning("the record was joined with what is known of its message, or is waited for"),
    "relayed": Meaning("the record was passed on to the partition that its message belongs to, where it is read again"),
    "stored": Meaning("the record is in the history"),
    "repaired_added": Meaning("a repair: a member who had lost the tag has it again"),
    "repaired_removed": Meaning("a repair: somebody who had the tag in vain has it no more"),
    "repaired_fields": Meaning("a repair: a member whose fields differed has those of the profile again"),
    "undecodable": Meaning(
        "not an event, or over 1 MiB, or a person that cannot be read; dead letter `undecodable`",
        "see to the dead letter",
    ),
}
STATES: Mapping[StateKind, Meaning] = {
    "starting": Meaning("it prepares: asks brokers and Infobip, makes topics, agrees on where to begin"),
    "running": Meaning("it works"),
    "paused": Meaning("somebody has paused it; the detail says who and when", "`infobip-streams resume`"),
    "waiting": Meaning(
        "for Infobip, or its limits; the detail says for what", "nothing; if it lasts, see Infobip's status, `limits`"
    ),
    "unauthorized": Meaning(
        "the key is refused, or lacks a scope; it asks again once a minute", "mend the key at Infobip"
    ),
    "stopped": Meaning("it was told to stop, or is done"),
    "failed": Meaning("it cannot go on; the detail says why, and when it is tried again", "mend what the detail says"),
}
#: What `status` says of a job that has no state.
NEVER_RUN = ("never run", Meaning("no process has told of it", "start it: `infobip-streams run`"))

_PROFILE = "mend the profile, or the job's options"
_CONTENT = "mend `content`; `preview` shows what would be sent"
MESSAGE_STATUSES: Mapping[MessageStatus, Meaning] = {
    "Success": Meaning("Infobip took it"),
    "Error: Missing phone number in request": Meaning("the profile has no usable phone; skipped", _PROFILE),
    "Error: Missing email address in request": Meaning("the profile has no usable email; skipped", _PROFILE),
    "Error: Missing message field in request": Meaning(
        "a message field has no value, and `on_missing` says that there is no message then", _PROFILE
    ),
    "Error: Event too old": Meaning("whoever entered did so longer ago than `max_age`; skipped"),
    "Error: Sent before": Meaning("the person had a message within `once`; skipped"),
    "Error: Invalid phone number": Meaning("the value is no phone number, or Infobip refused it", _PROFILE),
    "Error: Invalid email address": Meaning("the value is no email address, or Infobip refused it", _PROFILE),
    "Error: Invalid text length": Meaning("the text is empty, or longer than it may be", _CONTENT),
    "Error: Invalid template name": Meaning(
        "Infobip knows no such template, or not in that language", "approve it at Infobip, or mend `content`"
    ),
    "Error: Invalid scenario key": Meaning("the sender of this channel is not known", "mend `sender`"),
    "Error: Invalid promotional flag": Meaning("Infobip refused what kind of message it says to be", _CONTENT),
    "Error: Invalid image url length": Meaning("the address of a picture is longer than the channel takes", _CONTENT),
    "Error: Invalid from field": Meaning(
        "the sender is not registered for this channel or country", "register it at Infobip, or mend `sender`"
    ),
    "Error: Invalid buttons field length": Meaning("there are more buttons than the channel takes", _CONTENT),
    "Error: Invalid button url length": Meaning("a button's address is longer than the channel takes", _CONTENT),
    "Error: Invalid button text length": Meaning("a button's text is longer than the channel takes", _CONTENT),
    "Error: Invalid androidScheme and iosScheme length": Meaning(
        "a button's link into an app is longer than the channel takes", _CONTENT
    ),
    "Error: Invalid callback data length": Meaning(
        "`callback_data` with job, event, profile and audience takes more than 4,000 characters", "say less in it"
    ),
    "Error: Missing reseller code in request": Meaning(
        "Korea wants the code of whoever resells the message", "say it in the job's content"
    ),
    "Error: Invalid request": Meaning("something else of the message is not as Infobip wants it", "read `error`"),
    "Error: Rejected by Infobip": Meaning(
        "Infobip refused it for a reason of its own: balance, blocklist, route, repetition",
        "read `status_name` and `error`",
    ),
}
MESSAGE_OUTCOMES: Mapping[OutcomeName, Meaning] = {
    "DELIVERED": Meaning("it arrived"),
    "UNDELIVERABLE": Meaning("the number or mailbox cannot be reached", "read `error_name`; mend the profile"),
    "REJECTED": Meaning("Infobip or the operator refused it, or it was never sent", "read `error_name` and `reason`"),
    "EXPIRED": Meaning("it could not be delivered in time", "send again by another event, if it still matters"),
    "NOT_AVAILABLE": Meaning("no final status is known: see the reason"),
}
OUTCOME_REASONS: Mapping[OutcomeReason, Meaning] = {
    "reported": Meaning("Infobip reported it; this is final"),
    "waited": Meaning("no final report came within `wait`; a later one still changes it"),
    "no_reports_from_country": Meaning("operators there send no reports, so nothing is waited for"),
    "not_sent": Meaning("Infobip did not take it; this is final", "read the message's `message_status`"),
}
