"""What may stop a job or a command.

StreamsError                 one clear line for a person; never personal data, never a secret
├── ConfigurationError       jobs.yaml or the command line is wrong (exit 2): every fault with its path
├── JobFailed                a job cannot go on (exit 1)
│   ├── NotAllowed           the brokers refuse a login, a certificate or what no ACL allows
│   └── InstanceTaken        another running process has this one's name: trying again would only take it back
├── RunFailed                one run of an import ended before its time; the next may do better
├── WriterLost               this process can write no record any more: it ends, to be started again (exit 1)
├── Stalled                  a job stands still, or has lost its consumer: it is started anew
├── Unauthorized             401: the API key of an authorization is refused
├── Forbidden                403: the API key lacks a scope
├── Unreachable              Infobip or a broker did not answer
└── Refused                  Infobip answered with an error that repeating would not change
"""


class StreamsError(Exception):
    """The base of all expected errors; its text is one line for a person."""


class ConfigurationError(StreamsError):
    """The configuration is wrong; `faults` names each, with its path in the file."""

    def __init__(self, faults: list[str]) -> None:
        super().__init__("\n".join(faults))
        self.faults = faults


class JobFailed(StreamsError):
    """A job cannot go on and says why."""


class NotAllowed(JobFailed):
    """The brokers do not let us, until somebody changes what they are told, or what we are."""


class InstanceTaken(JobFailed):
    """Another running process has this one's `instance_id`; whoever came first ends, and must not try again.

    It is told with the name as the group knows it: what is configured, and the job's.
    """

    def __init__(self, member: str) -> None:
        name = member.rpartition(".")[0]
        super().__init__(
            f"another running process has the instance_id '{name}': give each a kafka.instance_id of its own"
        )


class RunFailed(StreamsError):
    """A run ended before its time; what it has done stays done."""


class WriterLost(StreamsError):
    """The producer of this process has ended; only another process can have another."""


class Stalled(StreamsError):
    """A job's consumer stands still or is lost, for a reason that starting it anew may mend."""


class Unauthorized(StreamsError):
    """Infobip answered 401."""


class Forbidden(StreamsError):
    """Infobip answered 403."""


class Unreachable(StreamsError):
    """No answer: the address and the reason; `undone` where what was asked for was certainly not done."""

    def __init__(self, message: str, *, undone: bool = False) -> None:
        super().__init__(message)
        self.undone = undone


class Refused(StreamsError):
    """Infobip's answer is an error that no repetition mends."""
