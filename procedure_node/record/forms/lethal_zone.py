"""Form LETHAL_ZONE: how cold it became by the model, after each freeze of a lesion."""

from collections.abc import Iterator, Mapping

from procedure_node.events import (
    IsothermFigure,
    LethalZoneModelled,
    ModelledFigure,
    ModelledStructure,
)
from procedure_node.record.fields import Field, Form, Group, integer, notes, number, text, yes_no
from procedure_node.record.provenance import Filled, RecordEvidence, system
from procedure_node.record.values import NotApplicable, Unknown, Value, known
from procedure_node.state import ProcedureState

_LEVELS = ((0.0, "ice"), (-20.0, "m20"), (-40.0, "m40"))


def _banded(stem: str, ending: str, label: str) -> tuple[Field, Field, Field]:
    unit, decimals = ("%", 1) if ending == "percent" else ("cc", 2)
    return (
        number(f"lz_{stem}_{ending}", label, unit, decimals),
        number(f"lz_{stem}_low_{ending}", "the same, surely (97.5 %)", unit, decimals),
        number(f"lz_{stem}_high_{ending}", "the same, possibly (2.5 %)", unit, decimals),
    )


MODEL = Group(
    "lz_model",
    "Cold by the bioheat model, lowest temperature so far",
    (
        text("lz_lesion", "Lesion"),
        integer("lz_freeze", "After which freeze of the lesion"),
        text("lz_tissue", "Tissue of the model"),
        text("lz_cryoprobes", "Kinds of probes"),
        number("lz_grid_mm", "Pitch of the grid", "mm", 1),
        yes_no("lz_corrected", "Corrected by thermometers or imaged ice"),
        number("lz_misfit", "Difference left after the correction, in errors", "", 2),
        *_banded("ice", "cc", "Volume ever within 0 C"),
        *_banded("m20", "cc", "Volume ever within -20 C"),
        *_banded("m40", "cc", "Volume ever within -40 C"),
        text("lz_structure", "Structure"),
        *_banded("ice", "percent", "Structure ever within 0 C"),
        *_banded("m20", "percent", "Structure ever within -20 C"),
        *_banded("m40", "percent", "Structure ever within -40 C"),
        *_banded("spill", "cc", "Volume of the structure ever within 0 C"),
        notes("lz_warnings", "Warnings"),
    ),
)
LETHAL_ZONE = Form("lethal_zone", "LETHAL_ZONE", repeats=True, groups=(MODEL,))

_NO_STRUCTURE = NotApplicable("no structure was drawn within reach of the model")
_OF_STRUCTURE = tuple(
    field.name
    for field in MODEL.fields
    if field.name == "lz_structure" or "percent" in field.name or "spill" in field.name
)


def lethal_zone_rows(procedure: ProcedureState) -> Iterator[Mapping[str, Filled]]:
    """One row for each freeze of a lesion and structure of interest.

    A frozen lesion that could not be modelled has one row, which says why.
    """
    for zone in procedure.lethal_zone_of_freeze.values():
        structures = [s for s in zone.structures if s.role == "TARGET" or s.ice_cc.best > 0]
        for structure in structures or (None,):
            yield {MODEL.name: _filled(zone, structure)}
    told = {zone.lesion for zone in procedure.lethal_zone_of_freeze.values()}
    for lesion, zone in procedure.lethal_zones.items():
        if lesion not in told:
            absent = Unknown(zone.reason or "the freeze had not ended when the procedure closed")
            values: dict[str, Value] = {field.name: absent for field in MODEL.fields}
            values["lz_lesion"] = lesion
            yield {
                MODEL.name: Filled(system("freeze model", absent, RecordEvidence.MODELLED), values)
            }


def _filled(zone: LethalZoneModelled, structure: ModelledStructure | None) -> Filled:
    correction = zone.correction
    values: dict[str, Value] = {
        "lz_lesion": zone.lesion,
        "lz_freeze": zone.freeze,
        "lz_tissue": zone.tissue,
        "lz_cryoprobes": ", ".join(zone.cryoprobes),
        "lz_grid_mm": known(zone.grid_mm, "it was not told"),
        "lz_corrected": correction is not None,
        "lz_misfit": NotApplicable("nothing was seen to correct by")
        if correction is None
        else correction.misfit,
        "lz_warnings": "\n".join(zone.warnings) or "none",
    }
    for level_c, stem in _LEVELS:
        values |= _figure(stem, "cc", _at(zone.lowest_cc, level_c))
    if structure is None:
        values |= dict.fromkeys(_OF_STRUCTURE, _NO_STRUCTURE)
    else:
        values["lz_structure"] = structure.name
        values |= _figure("ice", "percent", structure.ice_percent)
        values |= _figure("m20", "percent", _at(structure.lethal_percent, -20.0))
        values |= _figure("m40", "percent", _at(structure.lethal_percent, -40.0))
        values |= _figure("spill", "cc", structure.ice_cc)
    at = zone.modelled_until or Unknown("the time was not told")
    return Filled(system("freeze model", at, RecordEvidence.MODELLED), values)


def _at(figures: tuple[IsothermFigure, ...], level_c: float) -> ModelledFigure | None:
    return next((one.amount for one in figures if one.level_c == level_c), None)


def _figure(stem: str, ending: str, figure: ModelledFigure | None) -> dict[str, Value]:
    why = "the machine was too slow for a band"
    return {
        f"lz_{stem}_{ending}": known(figure.best if figure else None, "it was not modelled"),
        f"lz_{stem}_low_{ending}": known(figure.low if figure else None, why),
        f"lz_{stem}_high_{ending}": known(figure.high if figure else None, why),
    }
