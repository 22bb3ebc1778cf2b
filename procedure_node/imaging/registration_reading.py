"""Spatial Registrations from files, as events, in the worker process."""

from pathlib import Path

from dosimetry_core.values import GenerationMode
from drivers.dicom import RegistrationRefused, read_registration
from procedure_node.events import (
    FrameRelation,
    RegistrationObjectReceived,
    RegistrationObjectRefused,
)
from procedure_node.imaging.matrices import as_rows


def read_registration_object(
    path: str, sop_instance_uid: str
) -> tuple[RegistrationObjectReceived | RegistrationObjectRefused, GenerationMode | None]:
    """What is journalled of a Spatial Registration, and its generation mode (None if refused)."""
    try:
        found = read_registration(Path(path))
    except RegistrationRefused as refused:
        return RegistrationObjectRefused(
            sop_instance_uid=sop_instance_uid, reasons=refused.reasons
        ), None
    received = RegistrationObjectReceived(
        sop_instance_uid=found[0].sop_instance_uid,
        relations=tuple(
            FrameRelation(
                from_frame_uid=one.from_frame_uid,
                to_frame_uid=one.to_frame_uid,
                matrix=as_rows(one.matrix),
            )
            for one in found
        ),
    )
    return received, found[0].mode
