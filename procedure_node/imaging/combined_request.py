"""What is asked of the imaging process about seeds and ice together."""

import hashlib

from pydantic import Field

from procedure_node.events import Fact, RigidMatrix
from procedure_node.imaging.request import AnalysisRequest


class CarriedOver(Fact):
    """How something lies in the frame of reference of the scan whose seeds count.

    Attributes:
        matrix: from its own frame of reference to the scan's.
        error_mm: how far off that is round the lesion, in nine of ten cases.
    """

    matrix: RigidMatrix
    error_mm: float = Field(ge=0.0)


class ImagedIce(Fact):
    """Ice that a scan showed: its mask lies beside the scan's picture data.

    ``carried`` is None where it lies in the frame of reference of the scan whose seeds count.
    """

    series_uid: str
    view_directory: str
    surface_error_mm: float
    carried: CarriedOver | None = None


class CombinedRequest(Fact):
    """One lesion to be looked at; two equal requests have equal results.

    Attributes:
        analysis: of the scan whose seeds count.
        structure_set_uid: that the lesion is drawn in.
        structures: of the lesion, as they are drawn: the whole, zones.
        ices: of all scans that lie in the frame of reference, or can be carried to it.
        cold: file with the lowest modelled temperatures; None while nothing was modelled.
        cold_until: the moment that these are of: a file is written again as a freeze goes on.
        cold_carried: how these lie in it; None where they are in it.
        place_doubts: why it is not sure where the lesion lies in the scan: nothing is told then.
        doubts: why something is left out.
    """

    lesion: str
    analysis: AnalysisRequest
    structure_set_uid: str
    structures: tuple[str, ...]
    ices: tuple[ImagedIce, ...]
    cold: str | None
    cold_until: str
    cold_carried: CarriedOver | None = None
    place_doubts: tuple[str, ...]
    doubts: tuple[str, ...]

    @property
    def sha256(self) -> str:
        """Over all of it."""
        return hashlib.sha256(self.model_dump_json().encode()).hexdigest()
