"""A simulated Infobip: People and messaging over HTTP, strict as the published ones, with faults on demand."""

from streams.sandbox.infobip.faults import Fault, parse_fault
from streams.sandbox.infobip.options import SimulatorOptions
from streams.sandbox.infobip.server import Simulator, serve

__all__ = ["Fault", "Simulator", "SimulatorOptions", "parse_fault", "serve"]
