"""How contours are carried to a scan: from where, how surely, and what people say to it."""

from typing import Literal

from pydantic import Field

from procedure_node.events.base import Fact, NonNegative, Payload, XyzMm

Row = tuple[float, float, float, float]
RigidMatrix = tuple[Row, Row, Row, Row]
"""Takes (x, y, z, 1) of one frame of reference to another, LPS mm."""

RegistrationMethod = Literal["SAME_FRAME", "REGISTRATION_OBJECT", "RIGID", "DEFORMABLE"]
"""By the common frame of reference, by a DICOM Spatial Registration, or by the images."""

RegistrationVerdict = Literal["ACCEPTED", "UNCHECKED", "DOUBTFUL", "FAILED"]
"""UNCHECKED: both lie in one frame of reference, and the images do not tell whether that holds."""


class SeriesReference(Fact):
    """A series that another object refers to."""

    study_uid: str
    series_uid: str


class PlanningCtReceived(Payload):
    """The CT that the structures were drawn on came from another study, whole."""

    kind: Literal["planning-ct-received"] = "planning-ct-received"
    version: Literal[1] = 1
    series_uid: str
    frame_of_reference_uid: str
    image_count: int
    spacing_mm: tuple[float, float, float]
    directory: str
    content_sha256: str


class PlanningCtRefused(Payload):
    """The CT that the structures were drawn on did not come, or cannot be used."""

    kind: Literal["planning-ct-refused"] = "planning-ct-refused"
    version: Literal[1] = 1
    series_uid: str
    reasons: tuple[str, ...]


class FrameRelation(Fact):
    """How one frame of reference lies in another."""

    from_frame_uid: str
    to_frame_uid: str
    matrix: RigidMatrix


class RegistrationObjectReceived(Payload):
    """A DICOM Spatial Registration was read."""

    kind: Literal["registration-object-received"] = "registration-object-received"
    version: Literal[1] = 1
    sop_instance_uid: str
    relations: tuple[FrameRelation, ...]


class RegistrationObjectRefused(Payload):
    """A DICOM Spatial Registration cannot be used; each reason says what and where."""

    kind: Literal["registration-object-refused"] = "registration-object-refused"
    version: Literal[1] = 1
    sop_instance_uid: str
    reasons: tuple[str, ...]


class RegistrationFigures(Fact):
    """How good a registration of the images round one lesion is; None where that is not known.

    ``docs/registration.md`` defines the figures.
    """

    similarity_before: float | None
    similarity_after: float | None
    landmarks_tried: int
    landmarks_found: int
    median_mm: NonNegative | None
    p90_mm: NonNegative | None
    at_lesion_mm: NonNegative | None
    at_lesion_error_mm: NonNegative | None
    inverse_mean_mm: NonNegative
    inverse_max_mm: NonNegative
    local_mm: NonNegative
    overlap: float
    lesion_seen: float
    shift_mm: NonNegative
    turn_deg: NonNegative


class LesionRegistration(Fact):
    """How the surroundings of one lesion are carried, and how sure that is.

    Attributes:
        structures: what is carried with it: its own contours, and others that it is nearest to.
        center_mm: its middle in the planning CT, LPS.
        matrix: planning CT to scan; None where there is none.
        deformed: a deformation is added to the matrix.
        apart_mm: how far the images lie from where ``matrix`` puts the lesion, where the matrix was
            given and the images were only compared with it; None where that is not known.
        note: what became of a deformation that was asked for.
    """

    lesion: str
    structures: tuple[str, ...]
    center_mm: XyzMm
    matrix: RigidMatrix | None
    deformed: bool = False
    verdict: RegistrationVerdict
    reasons: tuple[str, ...] = ()
    apart_mm: NonNegative | None = None
    figures: RegistrationFigures | None = None
    note: str = ""


class RegistrationComputed(Payload):
    """How the contours of a structure set are carried to a scan, lesion by lesion.

    ``request_sha256`` tells what it was computed from. ``view_directory`` holds the check pictures,
    a cache; None where there are none. ``is_pending`` tells that contours in the scan's own frame
    of reference are still to be compared with its images: they are UNCHECKED until that is done.
    """

    kind: Literal["registration-computed"] = "registration-computed"
    version: Literal[1] = 1
    series_uid: str
    planning_series_uid: str | None
    structure_set_uid: str
    method: RegistrationMethod
    registration_object_uid: str | None = None
    request_sha256: str
    lesions: tuple[LesionRegistration, ...]
    view_directory: str | None = None
    is_pending: bool = False


class RegistrationRequested(Payload):
    """A person wants the contours carried to a scan by its images, whatever the frames say."""

    kind: Literal["registration-requested"] = "registration-requested"
    version: Literal[1] = 1
    series_uid: str
    method: Literal["RIGID", "DEFORMABLE"]
    reason: str = Field(min_length=1)


class RegistrationConfirmed(Payload):
    """A person has looked at where a lesion's contours lie in a scan: they are right."""

    kind: Literal["registration-confirmed"] = "registration-confirmed"
    version: Literal[1] = 1
    series_uid: str
    lesion: str
    reason: str = Field(min_length=1)


class RegistrationRefused(Payload):
    """A person has looked at where a lesion's contours lie in a scan: they are wrong."""

    kind: Literal["registration-refused"] = "registration-refused"
    version: Literal[1] = 1
    series_uid: str
    lesion: str
    reason: str = Field(min_length=1)
