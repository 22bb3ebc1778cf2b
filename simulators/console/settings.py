"""What a simulated console is."""

from dataclasses import dataclass
from pathlib import Path

from dosimetry_core.values import GenerationMode


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsoleSettings:
    """A simulated device.

    Attributes:
        link: path of the symbolic link to the pseudo-terminal; the same after each replugging.
        generation_mode: TEST or DEMO; a simulator never makes REAL data.
        device_id: what its HELLO says.
        probes: how many probe sockets, 0 to 16.
        thermometers: how many thermometer channels, 0 to 16.
        period_s: time between two frames of one probe or channel, s, 0.02 to 1.
        speed: physics runs so many times faster than the clock; frames, device time and faults keep
            to the clock, so cycle times stay what a watch would show.
        seed: of all that is left to chance.

    Raises:
        ValueError: a setting is out of its range; says which.
    """

    link: Path
    generation_mode: GenerationMode = GenerationMode.DEMO
    device_id: str = "SIM-CONSOLE-1"
    probes: int = 4
    thermometers: int = 2
    period_s: float = 1.0
    speed: float = 1.0
    seed: int = 1

    def __post_init__(self) -> None:
        if self.generation_mode is GenerationMode.REAL:
            raise ValueError("a simulated console cannot say REAL: choose TEST or DEMO")
        for key in ("probes", "thermometers"):
            if not 0 <= getattr(self, key) <= 16:
                raise ValueError(f"{key} is {getattr(self, key)}, it must be 0 to 16")
        if not 0.02 <= self.period_s <= 1.0:
            raise ValueError(f"period_s is {self.period_s}, it must be 0.02 to 1")
        if not 0.0 < self.speed <= 1000.0:
            raise ValueError(f"speed is {self.speed}, it must be above 0 and at most 1000")
