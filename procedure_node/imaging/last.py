"""The worker's last analysis, kept so that its picture data need no second one."""

from collections.abc import Mapping
from pathlib import Path

from dosimetry_core.registration import RegistrationResult
from dosimetry_core.tg43 import SeedModel
from procedure_node.events import (
    AnalysisFailed,
    CombinedCoverage,
    DoseBandsComputed,
    IceFound,
    NeedlesFound,
    SeedPlanMatched,
    SeedsFound,
    SubVolumesFound,
    ViewStored,
)
from procedure_node.imaging.analyse import Analysis, analyse, look_for_ice, weigh_dose
from procedure_node.imaging.carrying import in_axial_planes
from procedure_node.imaging.combined import combine
from procedure_node.imaging.combined_request import CombinedRequest
from procedure_node.imaging.dose import display_grid
from procedure_node.imaging.registration import result_of
from procedure_node.imaging.request import AnalysisRequest
from procedure_node.imaging.seed_plan import match_seed_plan
from procedure_node.views import ViewError, write_view

_last: list[tuple[AnalysisRequest, Analysis]] = []


def analysed(request: AnalysisRequest, models: Mapping[str, SeedModel]) -> Analysis:
    """The analysis of ``request``, from memory if it was the last one."""
    if not _last or _last[0][0] != request:
        _last[:] = [(request, analyse(request, models))]
    return _last[0][1]


def weighed(
    request: AnalysisRequest, models: Mapping[str, SeedModel]
) -> tuple[DoseBandsComputed | SubVolumesFound, ...]:
    """What is journalled of how sure the dose of a scan is, and of where it is too low."""
    return weigh_dose(request, analysed(request, models))


def plan_matched(
    request: AnalysisRequest, models: Mapping[str, SeedModel]
) -> SeedPlanMatched | None:
    """What is journalled of the plan and the seeds of a scan; None without either."""
    plan = request.identity.plan
    told = analysed(request, models).payloads
    found = next((p for p in told if isinstance(p, SeedsFound)), None)
    needles = next((p for p in told if isinstance(p, NeedlesFound)), None)
    if plan is None or found is None:
        return None
    registration = request.registration

    def of_lesion(lesion: str) -> RegistrationResult | None:
        return None if registration is None else result_of(registration, lesion)

    return match_seed_plan(request.series_uid, plan, found, needles, of_lesion)


def combined(request: CombinedRequest, models: Mapping[str, SeedModel]) -> CombinedCoverage:
    """What is journalled of seeds and ice together over a lesion."""
    return combine(request, analysed(request.analysis, models))


def ice(
    request: AnalysisRequest, models: Mapping[str, SeedModel]
) -> IceFound | AnalysisFailed | None:
    """What is journalled of the ice of a scan."""
    return look_for_ice(request, analysed(request, models))


def store_view(
    request: AnalysisRequest, models: Mapping[str, SeedModel]
) -> ViewStored | AnalysisFailed:
    """Store the picture data of a scan for the display."""
    analysis = analysed(request, models)
    directory = Path(request.view_directory)
    if analysis.scan is None:
        return AnalysisFailed(
            series_uid=request.series_uid, step="VIEW", reason="the scan can no longer be read"
        )
    try:
        write_view(
            directory,
            ct=analysis.scan.volume,
            structures=tuple(in_axial_planes(one) for one in analysis.structures.values()),
            dose=display_grid(analysis.implant),
            prescription_gy=request.prescription_gy,
            ice=analysis.ice,
            mode=analysis.scan.mode,
        )
    except (ViewError, OSError) as error:
        return AnalysisFailed(
            series_uid=request.series_uid,
            step="VIEW",
            reason=f"the pictures cannot be stored: {error}",
        )
    return ViewStored(series_uid=request.series_uid, directory=request.view_directory)
