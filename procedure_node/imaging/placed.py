"""The contours of a request where they lie in its scan."""

from collections.abc import Mapping

from dosimetry_core.registration import RegistrationResult
from dosimetry_core.values import ContouredStructure
from procedure_node.imaging.carrying import carried_structures
from procedure_node.imaging.reading import contours_in
from procedure_node.imaging.registration import result_of
from procedure_node.imaging.request import AnalysisRequest


def placed_contours(request: AnalysisRequest) -> Mapping[str, ContouredStructure]:
    """As they were drawn, or carried to the scan; those that are not carried are left out.

    Raises:
        StructureSetRefused: the structure set cannot be read.
    """
    if request.structures_path is None:
        return {}
    drawn = contours_in(request.structures_path)
    if not request.carried:
        return drawn
    registration = request.registration

    def of_lesion(lesion: str) -> RegistrationResult | None:
        return None if registration is None else result_of(registration, lesion)

    return carried_structures(drawn, request.carried, of_lesion)
