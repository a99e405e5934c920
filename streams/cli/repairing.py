"""What `repair` does and shows: what differs at Infobip, made equal by the processes that run the job."""

import asyncio
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass

from schemas.configuration import Configuration
from schemas.jobs.export_audience import ExportAudience
from schemas.records.repairs import RepairAction
from schemas.repair import RepairDone, RepairPlan
from streams.app.signals import endings
from streams.cli.pause_commands import whoever
from streams.cli.verifying import Comparing, comparing, told_of
from streams.cli.verifying import lines as verification_lines
from streams.errors import StreamsError
from streams.jobs.export_audience.configuration.effect import effect_of
from streams.jobs.export_audience.repair.order_book import OrderBook
from streams.jobs.export_audience.repair.repair import Plan, Repair, Repaired, plan_of
from streams.jobs.export_audience.verification.run import conversion
from streams.jobs.export_audience.verification.verification import Findings
from streams.kafka.admin import TopicAdmin
from streams.kafka.producer import Writer
from streams.kafka.refusals import in_words

Say = Callable[[str], None]
NOBODY = "nobody"


@dataclass(frozen=True, slots=True)
class Options:
    """How a repair is asked for; `percent` is how much may change at most."""

    percent: float
    dry_run: bool = False
    force: bool = False
    fields: bool = False


async def repair(configuration: Configuration, job: ExportAudience, options: Options, *, say: Say) -> RepairDone:
    """Compare, and have the job's processes mend what differs; `say` is told how far it has come.

    Raises:
        StreamsError: the job does not run, or the brokers or Infobip do not let us.

    """
    admin = TopicAdmin(configuration.kafka)
    writer = Writer(admin.client_settings)
    try:
        book = OrderBook(job, configuration.kafka, admin.client_settings, admin, writer.write)
        with in_words(configuration.kafka, admin.client_settings):
            if not options.dry_run:
                await _see_that_it_runs(book, job)
            async with comparing(configuration, job, sample=None, fields=options.fields, say=say) as made:
                return await _repaired(job, made, book, options, say)
    finally:
        await writer.aclose()


async def stop(configuration: Configuration, job: ExportAudience) -> str:
    """Give up what was ordered; a line that says so. Raises as `repair`."""
    admin = TopicAdmin(configuration.kafka)
    writer = Writer(admin.client_settings)
    try:
        with in_words(configuration.kafka, admin.client_settings):
            book = OrderBook(job, configuration.kafka, admin.client_settings, admin, writer.write)
            stopped = await book.give_up(NOBODY, whoever())
    finally:
        await writer.aclose()
    return f"{job.name}: {'what is not carried out yet is given up' if stopped else 'nothing was ever ordered'}"


async def _see_that_it_runs(book: OrderBook, job: ExportAudience) -> None:
    """Raise StreamsError unless the job runs, and with the configuration by which it is to be judged."""
    processes = (await book.standing()).processes
    if not processes:
        raise StreamsError(
            f"'{job.name}' is not running: a repair is carried out by its processes; start it (infobip-streams run)"
        )
    ours = effect_of(job).digest
    if others := sorted(one.instance for one in processes if one.configuration not in (None, ours)):
        raise StreamsError(
            f"'{job.name}' runs with another configuration than this file's ({', '.join(others)}): its tags, audiences "
            "or fields differ; repair with the file that the job runs with, or once all its processes are replaced"
        )


async def _repaired(job: ExportAudience, made: Comparing, book: OrderBook, options: Options, say: Say) -> RepairDone:
    found = await made.work.run()
    actions, kept = _actions(found, options)
    plan = plan_of(found, actions)

    def told(ended: str, now: Findings, repaired: Repaired | None = None, repair_id: str | None = None) -> RepairDone:
        return RepairDone.model_validate(
            {
                "job": job.name,
                "repair_id": repair_id,
                "ended": ended,
                "plan": _plan(plan),
                "kept": kept,
                "rounds": 0 if repaired is None else repaired.rounds,
                "outcomes": {} if repaired is None else dict(repaired.outcomes),
                "verification": told_of(job, now, made.client, fields=options.fields),
            }
        )

    if options.dry_run:
        return told("planned", found)
    if plan.percent > options.percent and not options.force:
        return told("refused", found)
    if not plan.people:
        return told("equal" if not kept else "differs", found)
    convert = await conversion(made.client, job, wait=False)
    work = Repair(job, made.work, made.ledger, made.truth, book, convert=convert, by=whoever(), say=say)
    repaired = await _unless_stopped(work, found, actions, say)
    if repaired is None:
        return told("stopped", found, repair_id=work.repair_id)
    left = plan_of(repaired.findings, actions).people
    return told("differs" if left or kept else "equal", repaired.findings, repaired, work.repair_id)


def _actions(found: Findings, options: Options) -> tuple[Collection[RepairAction], int]:
    """What may be done, and how many keep a tag because Kafka does not tell of everybody."""
    actions: list[RepairAction] = ["add", *(["fields"] if options.fields else [])]  # type: ignore[list-item]
    if found.told.notes and not options.force:
        return actions, found.drift.to_remove.total()
    return [*actions, "remove"], 0


async def _unless_stopped(
    work: Repair, found: Findings, actions: Collection[RepairAction], say: Say
) -> Repaired | None:
    """What came of a repair; None where we were told to stop: then what is not done yet is given up."""
    task, told = asyncio.create_task(work.run(found, actions)), asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in endings():
        loop.add_signal_handler(number, told.set)
    stopping = asyncio.create_task(told.wait())
    try:
        await asyncio.wait({task, stopping}, return_when=asyncio.FIRST_COMPLETED)
        if task.done():
            return task.result()
        say("stops: what is not carried out yet is given up")
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        await work.give_up()
        return None
    finally:
        task.cancel()
        stopping.cancel()
        for number in endings():
            loop.remove_signal_handler(number)


def _plan(plan: Plan) -> RepairPlan:
    return RepairPlan(add=plan.add, remove=plan.remove, fields=plan.fields, percent=round(plan.percent, 2))


def lines(found: RepairDone) -> Iterator[str]:
    """The same for a person to read."""
    plan = found.plan
    todo = f"{plan.add:,} to tag, {plan.remove:,} to untag, {plan.fields:,} with fields to update"
    part = f"{plan.percent:.2f} % of all"
    match found.ended:
        case "planned":
            yield f"{found.job}: {todo}, {part}; nothing is ordered"
        case "refused":
            yield f"{found.job}: {todo}, {part}: more than --max, so nothing is ordered; say --force if it is right"
        case "stopped":
            yield f"{found.job}: given up; what was carried out stays so"
        case _ if not found.rounds:
            yield f"{found.job}: nothing was to be repaired"
        case _:
            did = ", ".join(f"{count:,} {name}" for name, count in found.outcomes.items())
            rounds = f"{found.rounds} round{'' if found.rounds == 1 else 's'}"
            yield f"{found.job}: repaired in {rounds}: {did or 'nothing'}"
    if found.kept:
        yield f"  {found.kept:,} keep a tag, because Kafka does not tell of everybody; --force takes it from them"
    yield from verification_lines(found.verification)
