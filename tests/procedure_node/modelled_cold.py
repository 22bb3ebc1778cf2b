"""A modelled freeze as facts, for tests of what is made of it."""

from typing import Any

from procedure_node.events import (
    IsothermFigure,
    LethalZoneModelled,
    ModelledFigure,
    ModelledStructure,
)


def figure(best: float, low: float, high: float) -> ModelledFigure:
    return ModelledFigure(best=best, low=low, high=high)


def modelled(story: Any, *, ice_mm: float = 20.0, **changes: Any) -> LethalZoneModelled:
    """L2 with 96 % (85 to 99) within -20 C and 70 % within -40 C; the gallbladder so far away."""
    nothing = figure(0.0, 0.0, 0.0)
    target = ModelledStructure(
        name="L2",
        role="TARGET",
        lethal_percent=(
            IsothermFigure(level_c=-20.0, amount=figure(96.0, 85.0, 99.0)),
            IsothermFigure(level_c=-40.0, amount=figure(70.0, 50.0, 90.0)),
        ),
        ice_percent=figure(100.0, 99.0, 100.0),
        ice_cc=figure(2.0, 2.0, 2.0),
        ice_distance_mm=None,
        cold_distance_mm=None,
    )
    organ = ModelledStructure(
        name="GALLBLADDER",
        role="ORGAN",
        lethal_percent=(),
        ice_percent=nothing,
        ice_cc=nothing,
        ice_distance_mm=figure(ice_mm, ice_mm - 3.0, ice_mm + 3.0),
        cold_distance_mm=None,
    )
    told = LethalZoneModelled(
        lesion="L2",
        status="MODELLED",
        freeze=1,
        freezing=True,
        modelled_until=story.now,
        structures=(target, organ),
    )
    return told.model_copy(update=changes)
