"""The simulator's own endpoints for what comes back: fates, what people do, what was told and what was not."""

from collections.abc import Mapping
from typing import Any

from streams.errors import ConfigurationError
from streams.simulator.feedback.acts import act, write
from streams.simulator.world import World

Told = dict[str, Any]


def fates(world: World) -> Told:
    """Return the fates in force."""
    return {"fates": [rule.shown for rule in world.outbox.fates.rules]}


def set_fates(world: World, given: Any) -> Told:
    """Give messages from now on these fates, and no others: lines or objects."""
    if not isinstance(given, list) or not all(isinstance(each, str | dict) for each in given):
        raise ConfigurationError(['the body must be {"fates": ["*001=undeliverable", {"pattern": "4477*", ...}]}'])
    world.outbox.set_fates(given)
    return fates(world)


def reset_fates(world: World) -> Told:
    """Give messages from now on the fates that the simulator began with."""
    world.outbox.set_fates(world.options.fates)
    return fates(world)


def do_act(world: World, said: Mapping[str, Any]) -> Told:
    """Have the recipient of a message do something."""
    told = act(world.office, said, world.clock().timestamp())
    world.postman.wake()
    return told


def do_write(world: World, said: Mapping[str, Any]) -> Told:
    """Have somebody write to a number or sender."""
    told = write(world.office, said, world.clock().timestamp())
    world.postman.wake()
    return told


def hurry(world: World) -> Told:
    """Post again now whatever waits to be posted again."""
    batches = world.office.posts.hurry()
    world.postman.wake()
    return {"batches": batches}


def reports(world: World) -> Told:
    """Return how many reports of each channel and kind met which end."""
    world.office.advance(world.clock().timestamp())
    return {"reports": list(world.office.ledger.rows())}


def posted(world: World) -> list[Told]:
    """Return the latest posts, the first one first."""
    return [each._asdict() for each in world.office.posted]
