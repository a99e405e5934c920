"""Every file of the receiver's room is either a door, named here, or quiet, and then the linter keeps it so."""

from pathlib import Path

from tests.docs.rooms import contracts

ROOM = Path(__file__).parents[2] / "streams" / "receiver"
#: What touches the world: the network, the brokers, the clock.
DOORS = {"arriving", "feedback", "gaps", "publishing", "pulling", "server", "turns"}


def test_whatever_is_no_door_is_held_quiet() -> None:
    (quiet,) = [one["source_modules"] for one in contracts() if one["name"].startswith("quiet rooms")]
    named = {one.removeprefix("streams.receiver.") for one in quiet if one.startswith("streams.receiver.")}
    assert named | DOORS == {file.stem for file in ROOM.glob("*.py")} - {"__init__"}
    assert named.isdisjoint(DOORS)
