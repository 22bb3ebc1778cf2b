"""Where the contours lie in the newest scan: looked at and right, or in doubt."""

from typing import Any

import numpy as np

from procedure_node.events import LesionRegistration, RegistrationComputed
from procedure_node.imaging.matrices import as_rows
from procedure_node.rules import newest_received
from procedure_node.state import NodeState


def contours_placed(state: NodeState, **verdicts: str) -> NodeState:
    """The sample procedure with a verdict on each of some lesions, ``L1="DOUBTFUL"``."""
    procedure = state.procedure
    assert procedure is not None
    assert procedure.structures is not None
    scan = newest_received(procedure)
    assert scan is not None
    registration = RegistrationComputed(
        series_uid=scan.series_uid,
        planning_series_uid="1.2.1",
        structure_set_uid=procedure.structures.structure_set_uid,
        method="SAME_FRAME",
        request_sha256="a" * 64,
        lesions=tuple(
            _lesion(
                lesion,
                verdict,
                tuple(s.name for s in procedure.structures.structures if s.lesion == lesion),
            )
            for lesion, verdict in verdicts.items()
        ),
    )
    placed = scan.model_copy(update={"registration": registration})
    scans = {**procedure.scans, scan.series_uid: placed}
    return state.model_copy(update={"procedure": procedure.model_copy(update={"scans": scans})})


def _lesion(lesion: str, verdict: str, structures: tuple[str, ...]) -> LesionRegistration:
    told: dict[str, Any] = {
        "lesion": lesion,
        "structures": structures,
        "center_mm": (0.0, 0.0, 0.0),
        "matrix": as_rows(np.eye(4)),
        "verdict": verdict,
        "reasons": () if verdict == "ACCEPTED" else ("the images put it 6.2 mm elsewhere",),
    }
    return LesionRegistration.model_validate(told)
