"""A simulated Infobip: People, messages and what comes back, strict as the published one, with faults on demand."""

from streams.simulator.faults import Fault, parse_fault
from streams.simulator.feedback.fates import DEFAULT_FATES
from streams.simulator.options import SimulatorOptions
from streams.simulator.server import Simulator, serve

__all__ = ["DEFAULT_FATES", "Fault", "Simulator", "SimulatorOptions", "parse_fault", "serve"]
