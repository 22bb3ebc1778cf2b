"""The words of an edit."""

from dataclasses import dataclass
from enum import StrEnum

from dosimetry_core.values import Vector


class EditAction(StrEnum):
    """What a person did to a seed of one scan."""

    ADDED = "ADDED"
    DELETED = "DELETED"
    MOVED = "MOVED"


class SeedOrigin(StrEnum):
    """Whose word a seed's place is."""

    FOUND = "FOUND"
    ADDED = "ADDED"
    MOVED = "MOVED"


@dataclass(frozen=True, slots=True)
class SeedEdit:
    """One edit of one scan's seeds.

    Attributes:
        number: of the edit, counted from 1.
        action: what was done.
        found_mm: where the seed lay that was deleted or moved, as it was found or added by hand
            (however often it was moved since), LPS mm; None for one that is added.
        center_mm: where it is added or moved to, LPS mm; None for one that is deleted.
        axis: unit vector along the capsule; None keeps that of a moved seed, and leaves that of an
            added one unknown.
        beside_mm: the finds that lay near an added seed when it was added: other seeds than it.

    Raises:
        ValueError: a place is missing, or there is one too many.
    """

    number: int
    action: EditAction
    found_mm: Vector | None = None
    center_mm: Vector | None = None
    axis: Vector | None = None
    beside_mm: tuple[Vector, ...] = ()

    def __post_init__(self) -> None:
        if (self.found_mm is None) != (self.action is EditAction.ADDED):
            raise ValueError(f"edit {self.number}: only an added seed was not there before")
        if (self.center_mm is None) != (self.action is EditAction.DELETED):
            raise ValueError(f"edit {self.number}: only a deleted seed is put nowhere")
