"""How an order is carried out: the calls that give a tag, take it, or bring fields up to date. Quiet."""

from collections.abc import Callable, Generator, Iterable, Mapping, Sequence

from schemas.jobs.export_audience import ExportAudience
from schemas.records.outcomes import Outcome
from schemas.records.repairs import RepairAction, RepairPerson
from streams.calls.call import Call, Reply
from streams.jobs.export_audience.matching import known
from streams.jobs.export_audience.people import PersonResult, upsert
from streams.jobs.export_audience.person import Person
from streams.jobs.export_audience.tags import tag
from streams.jobs.export_audience.verification.tagged import identity_in
from streams.pipeline.batches import Endurance
from streams.profiles.address import Address, Identity

#: What becomes of each person, by their place.
Results = dict[int, PersonResult]
Dialogue = Generator[list[Call], list[Reply], Results]

DONE: Mapping[RepairAction, Outcome] = {
    "add": "repaired_added",
    "remove": "repaired_removed",
    "fields": "repaired_fields",
}
CHOKED = PersonResult("rejected", "Infobip takes others, but chokes on this one: it is left as it is")


def carry_out(job: ExportAudience, action: RepairAction, name: str, people: Sequence[RepairPerson]) -> Dialogue:
    """Carry out one action on people, with the tag of this `name`; what became of each.

    Raises:
        JobFailed: Infobip's answers make no sense, and no repetition would mend that.

    """
    steps: Mapping[RepairAction, Callable[[], Dialogue]] = {
        "add": lambda: _add(job, name, people),
        "remove": lambda: _remove(job, name, people),
        "fields": lambda: _update(job, people),
    }
    results = yield from steps[action]()
    done = PersonResult(DONE[action])
    return {number: results.get(number, done) for number in range(len(people))}


def _add(job: ExportAudience, name: str, people: Sequence[RepairPerson]) -> Dialogue:
    """Give a tag: to whoever is there by one call; who is not, or is and has fields to tell, is upserted before.

    Tags are given to people who are not there without a word, so those of whom it is not known are asked for.
    """
    identities = {number: identity_in(person.names[0]) for number, person in enumerate(people)}
    strange = yield from _strangers(people, identities)
    there = {number for number, person in enumerate(people) if person.exists and person.fields}
    told = sorted(strange | there)
    results = yield from _upsert(job, people, told, identities)
    absent: list[int] = []
    results |= yield from _tag(job, name, [one for one in identities if one not in results], identities, absent)
    again = yield from _upsert(job, people, absent, identities)
    results |= again
    results |= yield from _tag(job, name, [number for number in absent if number not in again], identities, None)
    return results


def _strangers(
    people: Sequence[RepairPerson], identities: Mapping[int, Identity]
) -> Generator[list[Call], list[Reply], set[int]]:
    """Who is not there, or may not be, where Infobip does not say."""
    strange = {number for number, person in enumerate(people) if person.exists is False}
    asked = [number for number, person in enumerate(people) if person.exists is None]
    if not asked:
        return strange
    found = yield from known([identities[number] for number in asked])
    return strange | {number for number in asked if found is None or identities[number] not in found}


def _remove(job: ExportAudience, name: str, people: Sequence[RepairPerson]) -> Dialogue:
    chosen: dict[Identity, tuple[int, ...]] = {}
    for number, person in enumerate(people):
        identity = identity_in(person.names[0])
        chosen[identity] = (*chosen.get(identity, ()), number)
    results, stuck = yield from tag({name: chosen}, enters=False, endurance=_endurance(job))
    return results | dict.fromkeys(stuck, CHOKED)


def _update(job: ExportAudience, people: Sequence[RepairPerson]) -> Dialogue:
    identities: dict[int, Identity] = {}
    results = yield from _upsert(job, people, range(len(people)), identities, tell_unchanged=True)
    return results


def _upsert(
    job: ExportAudience,
    people: Sequence[RepairPerson],
    numbers: Iterable[int],
    identities: dict[int, Identity],
    *,
    tell_unchanged: bool = False,
) -> Dialogue:
    """Upsert some of the people: who was refused, and in `identities` under which name the others went."""
    chosen = list(numbers)
    if not chosen:
        return {}
    persons = [
        Person(address_of(people[number].names), job.person_type, people[number].fields, (number,)) for number in chosen
    ]
    upserted = yield from upsert(persons, _endurance(job))
    for place, number in enumerate(chosen):
        identities[number] = upserted.lessened.get(place, persons[place]).address.identity
    found = {
        chosen[place]: result
        for place, result in upserted.results.items()
        if tell_unchanged or result.detail is not None
    }
    return found | {chosen[place]: CHOKED for place in upserted.stuck}


def _tag(
    job: ExportAudience,
    name: str,
    numbers: Iterable[int],
    identities: Mapping[int, Identity],
    absent: list[int] | None,
) -> Dialogue:
    chosen: dict[Identity, tuple[int, ...]] = {}
    for number in numbers:
        chosen[identities[number]] = (*chosen.get(identities[number], ()), number)
    if not chosen:
        return {}
    results, stuck = yield from tag({name: chosen}, enters=True, endurance=_endurance(job), absent=absent)
    return results | dict.fromkeys(stuck, CHOKED)


def address_of(names: Iterable[str]) -> Address:
    """The addresses that names are: the first of each kind."""
    first: dict[str, str] = {}
    for kind, who in map(identity_in, names):
        first.setdefault(kind, who)
    return Address(first.get("EMAIL"), first.get("PHONE"), first.get("EXTERNAL_ID"))


def keys_of(person: RepairPerson) -> set[str]:
    """What windows of events about the same person have among their keys."""
    keys = {identity_in(name)[1] for name in person.names}
    return keys if person.profile_id is None else {*keys, person.profile_id}


def _endurance(job: ExportAudience) -> Endurance:
    return Endurance(job.give_up_after.total_seconds())
