"""Why a piece of a device's time is not known."""

from dataclasses import dataclass

from drivers.telemetry.values import GapCause


@dataclass(frozen=True, slots=True)
class Interruption:
    """Why the time since the last frame is not known."""

    cause: GapCause
    lost_frames: int | None
    reason: str
