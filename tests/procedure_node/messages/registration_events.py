"""Events of how contours come to a scan, for the story in which everything happens."""

from procedure_node import events as e

IDENTITY = (
    (1.0, 0.0, 0.0, 0.0),
    (0.0, 1.0, 0.0, 0.0),
    (0.0, 0.0, 1.0, 0.0),
    (0.0, 0.0, 0.0, 1.0),
)


def of_registrations(series: str, planning: str, frame: str) -> list[e.Payload]:
    """Every kind once, of one scan."""
    relation = e.FrameRelation(from_frame_uid=f"{frame}.1", to_frame_uid=frame, matrix=IDENTITY)
    lesion = e.LesionRegistration(
        lesion="L1",
        structures=("L1",),
        center_mm=(1.0, 2.0, 3.0),
        matrix=IDENTITY,
        verdict="DOUBTFUL",
        reasons=(f"too few landmarks in {series}",),
    )
    words = {"series_uid": series, "lesion": "L1", "reason": f"edges of {series} agree"}
    return [
        e.PlanningCtRefused(series_uid=planning, reasons=("an image is missing",)),
        e.PlanningCtReceived(
            series_uid=planning,
            frame_of_reference_uid=f"{frame}.1",
            image_count=80,
            spacing_mm=(2.5, 0.8, 0.8),
            directory="/data/planning",
            content_sha256="0" * 64,
        ),
        e.RegistrationObjectRefused(sop_instance_uid=f"{frame}.8", reasons=("it is AFFINE",)),
        e.RegistrationObjectReceived(sop_instance_uid=f"{frame}.9", relations=(relation,)),
        e.RegistrationRequested(series_uid=series, method="RIGID", reason="the liver moved"),
        e.RegistrationComputed(
            series_uid=series,
            planning_series_uid=planning,
            structure_set_uid=f"{frame}.7",
            method="RIGID",
            request_sha256="0" * 64,
            lesions=(lesion,),
        ),
        e.RegistrationRefused(**words),
        e.RegistrationConfirmed(**words),
    ]
