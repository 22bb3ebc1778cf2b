"""A cryoablation console (or a thermometer) on a pseudo-terminal, with faults on demand."""

from simulators.console.faults import Fault, FaultKind, FaultPlan
from simulators.console.plan_file import PlanError
from simulators.console.pseudo_terminal import PseudoTerminal
from simulators.console.script import Script, Step, read_script
from simulators.console.settings import ConsoleSettings
from simulators.console.simulator import ConsoleSimulator

__all__ = [
    "ConsoleSettings",
    "ConsoleSimulator",
    "Fault",
    "FaultKind",
    "FaultPlan",
    "PlanError",
    "PseudoTerminal",
    "Script",
    "Step",
    "read_script",
]
