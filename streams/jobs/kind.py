"""What a kind of job is to the rest of the house: one value that points.

It points at functions in modules that are loaded when one of them is called: who checks a file needs no Kafka, who
previews a send no database. So what work takes is named here, and in `<kind>/kind.py`, for type checks alone.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, fields
from importlib import import_module
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from schemas.config.webhooks import Webhooks
from schemas.configuration import Configuration
from schemas.operations import Operation
from streams.config.paths import Loc
from streams.receiver.triggers import Trigger

if TYPE_CHECKING:
    from streams.agents.context import JobContext
    from streams.agents.run import Run
    from streams.infobip.client import Client
    from streams.kafka.topics import OwnTopics, TopicNames, WantedTopic
    from streams.pipeline.dry_run import DryRun

J = TypeVar("J")
#: Whoever is told, for a person to read, what is well and what a run will create.
Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Findings:
    """What an account shows in a job: faults with paths in the job, and whether what was asked `proves` the key."""

    faults: Sequence[str] = ()
    proves: bool = False


@dataclass(frozen=True, slots=True)
class Later:
    """A function of a module that is loaded when it is called; raises ImportError where there is none."""

    module: str
    name: str

    def __call__(self, *args: Any, **said: Any) -> Any:
        """Call it."""
        return self.load()(*args, **said)

    def load(self) -> Callable[..., Any]:
        """Load its module; blocks as reading files does."""
        found: Callable[..., Any] = getattr(import_module(self.module), self.name)
        return found


class _Part:
    """A module, whose functions can be pointed at before it is loaded."""

    def __init__(self, module: str) -> None:
        self._module = module

    def __getattr__(self, name: str) -> Later:
        return Later(self._module, name)


def later(package: str, *modules: str) -> Iterable[Any]:
    """Give modules of a package, to point at their functions; type checks import them as they are."""
    return [_Part(f"{package}.{module}") for module in modules]


def no_faults(_: Any) -> Iterable[tuple[Loc, str]]:
    """Find no more faults than the models do."""
    return ()


@dataclass(frozen=True, slots=True)
class LedWork:
    """What the member of a group does that leads it, and the topics of ours that it reads for it."""

    group: str
    reads: Sequence[str] = ()


def nothing_led(_: Any, __: TopicNames, ___: Webhooks | None, ____: str) -> Sequence[LedWork]:
    """Do nothing besides."""
    return ()


def nothing_read(_: Any, __: TopicNames) -> Sequence[str]:
    """Read nothing besides."""
    return ()


def nothing_made_later(_: Any, __: OwnTopics) -> Sequence[WantedTopic]:
    """Make nothing besides."""
    return ()


async def nothing_proven(_: Client, __: Any) -> bool:
    """Prove nothing: the kind works with no account."""
    return False


async def nothing_checked(_: Client, __: Any, ___: Configuration, ____: Say) -> Findings:
    """Check nothing: the kind works with no account."""
    return Findings()


async def nothing_seen(_: Any, __: Configuration, ___: Say) -> Sequence[str]:
    """Look at nothing besides brokers and account."""
    return ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind(Generic[J]):
    """A kind of job; its options are a model of the same name in `schemas/jobs/`.

    operations: what a job calls, first what proves its key, as the file's webhooks have it. Of their scopes its key is
        asked.
    topics: the topics of ours that a job writes besides those of every job.
    on_demand: the topics of ours that a command makes when it first writes to them, and a job reads where they are.
    lint: what is wrong with a job as its file has it, right or wrong, beyond what the models say; with paths in the
        job. It may look at files.
    prove: prove that the key is good; False where nothing would prove it but a message. One try.
        Raises Unauthorized, Forbidden, Unreachable, Refused.
    check: what an account shows in a job of a file; nothing is made. Raises as `prove`.
    look: what is wrong beside brokers and account, such as with a database; paths in the job. One try; raises nothing.
    prepare: create what is missing, and say what to run. Waits for Infobip and the brokers as long as they are away.
        Raises JobFailed and other StreamsErrors, which end the job.
    led: what one process of a job's does besides, given the file's webhooks and the account's address.
    hears: whether Infobip is to tell this service of what a job does.
    trigger: which inbound messages a job asks for; None where the kind asks for none.
    reads: the topics of ours that a job reads as its input, besides what it names itself.
    dry_run: what `preview` drives, at a time in Unix seconds; None where the kind reads no events.
    """

    name: str
    operations: Callable[[J, Webhooks | None], Collection[Operation]]
    topics: Callable[[J, OwnTopics], Sequence[WantedTopic]]
    prepare: Callable[[J, JobContext], Awaitable[Run]]
    prove: Callable[[Client, J], Awaitable[bool]] = nothing_proven
    check: Callable[[Client, J, Configuration, Say], Awaitable[Findings]] = nothing_checked
    look: Callable[[J, Configuration, Say], Awaitable[Sequence[str]]] = nothing_seen
    led: Callable[[J, TopicNames, Webhooks | None, str], Sequence[LedWork]] = nothing_led
    reads: Callable[[J, TopicNames], Sequence[str]] = nothing_read
    on_demand: Callable[[J, OwnTopics], Sequence[WantedTopic]] = nothing_made_later
    hears: bool = False
    trigger: Callable[[J], Trigger] | None = None
    dry_run: Callable[[J, Webhooks | None, float], DryRun] | None = None
    lint: Callable[[Any], Iterable[tuple[Loc, str]]] = no_faults

    def load(self) -> None:
        """Load all that it points at; blocks as reading files does."""
        for one in fields(self):
            if isinstance(said := getattr(self, one.name), Later):
                said.load()
