"""Events of the trial's strategy, for the story in which everything happens."""

from dosimetry_core.values import Evidence
from procedure_node import events as e
from procedure_node.protocol import TrialProtocol


def of_strategy(lesion: str, series: str, drawn: str, protocol: TrialProtocol) -> list[e.Payload]:
    """Every kind once."""
    part = e.CoveredPart(cc=1.0, low_cc=0.8, high_cc=1.3)
    stomach = e.StructureDistance(
        name="STOMACH", group="ORGANS", distance_mm=7.6, place_mm=(1.0, 2.0, 3.0), lies_in=False
    )
    facts = e.LesionFacts(
        lesion=lesion,
        volume_cc=4.0,
        volume_error_cc=0.2,
        centroid_mm=(0.0, 0.0, 0.0),
        longest_axial_mm=20.7,
        short_axial_mm=18.2,
        longest_mm=22.9,
        extents_mm=(23.0, 19.0, 17.0),
        distances=(stomach,),
    )
    cover = e.IceAndDose(
        evidence=Evidence.IMAGED,
        level_c=None,
        both=part,
        dose_only=part,
        ice_only=part,
        neither=part,
        gaps=(e.Gap(cc=1.0, place_mm=(1.0, 2.0, 3.0)),),
    )
    return [
        e.LesionsMeasured(structure_set_uid=drawn, lesions=(facts,)),
        e.NeedlePathReported(lesion=lesion, length_mm=85.0),
        e.CombinedCoverage(
            lesion=lesion,
            series_uid=series,
            structure_set_uid=drawn,
            request_sha256="0" * 64,
            prescription_gy=110.0,
            structures=(e.StructureCombined(name=lesion, volume_cc=4.0, covers=(cover,)),),
            ice_series_uids=(series,),
            warnings=(f"the ice of {series} is old",),
        ),
        e.DeviationNoted(deviation="window:x", of="WINDOW", what=f"scan {series} came late"),
        e.DeviationExplained(deviation="window:x", reason=f"{series} was repeated"),
        e.ProtocolChanged(protocol=protocol, protocol_sha256="1" * 64, reason="amendment"),
    ]
