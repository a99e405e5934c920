"""The closed list of metrics: every name that /metrics may say, with its labels and what it means.

Their labels are bounded: no address, no id and no audience is ever one. A counter counts since its process began.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

PREFIX = "infobip_streams_"

Sort = Literal["counter", "gauge", "histogram"]

#: From a call's usual fifth of a second to the longest that a try may take.
CALL_BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)
#: From a message that waits a tenth of a second for company to a window that an outage holds up.
WINDOW_BUCKETS = (0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 300.0, 1800.0)

#: What each label says.
LABELS: Mapping[str, str] = {
    "job": "the job's name; empty for what is no job's",
    "kind": "the job's kind",
    "state": "a state that `status` knows",
    "outcome": "what became of an event: an outcome as in `infobip_flushes`, `joined` or `stored`; or of a report",
    "reason": "why there is a dead letter, as the letter says",
    "channel": "a channel",
    "status": "how it went: of calls `2xx`, `3xx`, `4xx`, `429`, `5xx` or `none` (no answer); of messages their "
    "`message_status`; of requests the HTTP status",
    "authorization": "the name of an authorization in jobs.yaml",
    "operation": "an operation of Infobip's",
    "what": "what Infobip tells: `reports`, `seen`, `clicks` or `inbound`",
    "version": "this service's version",
}


@dataclass(frozen=True, slots=True)
class Metric:
    """One metric: its name behind the prefix, what sort it is, what parts it, and what it means."""

    short: str
    sort: Sort
    labels: tuple[str, ...]
    meaning: str
    buckets: tuple[float, ...] = ()

    @property
    def name(self) -> str:
        """The name as Prometheus has it."""
        return PREFIX + self.short


_JOB = ("job", "kind")
_CALL = ("authorization", "operation")

# --- a job's events -------------------------------------------------------------------------------------------------
EVENTS = Metric(
    "events_total",
    "counter",
    (*_JOB, "outcome"),
    "Events that are done, or people that were imported or repaired, by outcome.",
)
DEAD_LETTERS = Metric(
    "dead_letters_total", "counter", (*_JOB, "reason"), "Dead letters written. Without a job: what Infobip told."
)
MESSAGES = Metric(
    "messages_total", "counter", (*_JOB, "channel", "status"), "Messages handed to Infobip, or refused before or by it."
)
LAG = Metric("lag_events", "gauge", _JOB, "Events of this process's partitions that are not committed, every 10 s.")
LAG_AGE = Metric(
    "lag_age_seconds",
    "gauge",
    _JOB,
    "For how long the oldest event waits that is not committed, by its record's timestamp; 0 without lag.",
)
REPAIRS = Metric(
    "repair_pending_people",
    "gauge",
    _JOB,
    "People of this process's partitions whom a repair has ordered to be changed, and who are not yet.",
)
LAST_COMMIT = Metric(
    "last_commit_timestamp_seconds", "gauge", _JOB, "When this process last committed, in Unix time; none before."
)
WINDOWS = Metric("windows_in_flight", "gauge", _JOB, "Windows, or transactions of a join, that are on their way.")
WINDOW_SECONDS = Metric(
    "window_seconds",
    "histogram",
    _JOB,
    "From a window's first event until all of it is told; of imports and joins a transaction, of a history a batch.",
    WINDOW_BUCKETS,
)
CURSOR_AGE = Metric(
    "import_cursor_age_seconds",
    "gauge",
    _JOB,
    "How old what was imported is: since its last run began, or since who was read last was modified; in the process "
    "that imports.",
)

# --- a job's state --------------------------------------------------------------------------------------------------
STATE = Metric("job_state", "gauge", (*_JOB, "state"), "1 for the state that the job is in here, 0 for all others.")
WAITING_SINCE = Metric(
    "job_waiting_since_timestamp_seconds",
    "gauge",
    _JOB,
    "Since when the job waits for Infobip, in Unix time; none while it does not.",
)
PARTITIONS = Metric("job_partitions", "gauge", _JOB, "Partitions that this process owns.")

# --- calls to Infobip -----------------------------------------------------------------------------------------------
CALLS = Metric("calls_total", "counter", (*_CALL, "status"), "Tries of calls, each counted, by their answer.")
CALL_SECONDS = Metric(
    "call_seconds", "histogram", _CALL, "From the first byte of a try to the last of its answer.", CALL_BUCKETS
)
RATE_LIMITED = Metric("calls_rate_limited_total", "counter", _CALL, "Tries that were answered 429.")
RETRIES = Metric("call_retries_total", "counter", _CALL, "Tries that had to be repeated.")
QUOTA_USED = Metric(
    "quota_used_ratio",
    "gauge",
    _CALL,
    "What this process used of the account's limit of an operation over the last 30 seconds; 1 is all of it.",
)

# --- what Infobip tells ---------------------------------------------------------------------------------------------
REPORTS = Metric(
    "reports_received_total",
    "counter",
    ("what", "channel", "outcome"),
    "Reports, clicks and inbound messages, posted or asked for: `written`, or `unreadable` and a dead letter.",
)
REPORTS_REFUSED = Metric(
    "report_requests_refused_total",
    "counter",
    ("status",),
    "Requests to the receiver that were refused; 503 has Infobip come again.",
)

# --- the process ----------------------------------------------------------------------------------------------------
READY = Metric("ready", "gauge", (), "1 where /readyz answers 200, else 0.")
LOOP_LAG = Metric(
    "event_loop_lag_seconds", "gauge", (), "How late the event loop came to what was due, at worst of the last 20 s."
)
MEMORY = Metric("process_memory_bytes", "gauge", (), "Memory that the process has in use (resident set).")
BUILD = Metric("build_info", "gauge", ("version",), "1, with the version that runs.")

#: All of them, in the order in which they are shown.
METRICS: tuple[Metric, ...] = (
    EVENTS,
    DEAD_LETTERS,
    MESSAGES,
    LAG,
    LAG_AGE,
    REPAIRS,
    LAST_COMMIT,
    WINDOWS,
    WINDOW_SECONDS,
    CURSOR_AGE,
    STATE,
    WAITING_SINCE,
    PARTITIONS,
    CALLS,
    CALL_SECONDS,
    RATE_LIMITED,
    RETRIES,
    QUOTA_USED,
    REPORTS,
    REPORTS_REFUSED,
    READY,
    LOOP_LAG,
    MEMORY,
    BUILD,
)
