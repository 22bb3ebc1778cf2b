"""What carrying contours to a scan takes, as a value that can cross a process."""

import hashlib

from procedure_node.events import Fact, RegistrationMethod, RigidMatrix


class ImageSeries(Fact):
    """A CT series on disk."""

    series_uid: str
    directory: str
    content_sha256: str


class LesionContours(Fact):
    """A lesion and the structures that are drawn for it and its zones."""

    lesion: str
    structures: tuple[str, ...]


class RegistrationRequest(Fact):
    """How the contours of a structure set are to be carried to a scan.

    Two equal requests have equal results, but for rounding.

    Attributes:
        planning: the CT that the structures were drawn on; None where it is not here.
        same_frame: both CTs lie in one frame of reference.
        lesions: those that are drawn; each is registered by itself.
        given: planning CT to scan, by a Spatial Registration; None where there is none.
        object_uid: which one; None likewise.
        agreement_mm: how far a given place of a lesion may lie from where the images put it; None
            where the protocol leaves it unset.
        view_directory: where the check pictures go.
    """

    method: RegistrationMethod
    planning: ImageSeries | None
    scan: ImageSeries
    structure_set_uid: str
    structures_path: str
    same_frame: bool
    lesions: tuple[LesionContours, ...]
    given: RigidMatrix | None = None
    object_uid: str | None = None
    agreement_mm: float | None
    view_directory: str

    @property
    def sha256(self) -> str:
        """What tells this request from others in the journal."""
        return hashlib.sha256(self.model_dump_json().encode()).hexdigest()


class CarriedStructures(Fact):
    """Structures that are carried to the scan together.

    ``deformed`` tells that the registration's deformation belongs to the matrix.
    """

    lesion: str
    structures: tuple[str, ...]
    matrix: RigidMatrix
    deformed: bool = False
