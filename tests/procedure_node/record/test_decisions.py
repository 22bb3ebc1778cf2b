"""What decided a treatment, whether it succeeded and what departed from the protocol, as rows."""

from dosimetry_core.values import Modality, ZoneKind
from procedure_node.events import (
    DeviationExplained,
    DeviationNoted,
    LesionFacts,
    LesionsMeasured,
    StructureDistance,
    StructuresReceived,
    StructureSummary,
    TargetAllocated,
)
from procedure_node.record import build_record


def rows_of(record, form):
    return [row for row in record.rows if row["redcap_repeat_instrument"] == form]


def drawn():
    return StructuresReceived(
        structure_set_uid="1.2.9",
        frame_of_reference_uid="1.2.8",
        path="structures.dcm",
        structures=(
            StructureSummary(
                name="L1", role="TARGET", lesion="L1", zone=ZoneKind.WHOLE, volume_cc=4.0
            ),
            StructureSummary(name="STOMACH", role="ORGAN", volume_cc=80.0),
        ),
    )


def measured():
    stomach = StructureDistance(
        name="STOMACH", group="ORGANS", distance_mm=7.62, place_mm=(1.0, 2.0, 3.0), lies_in=False
    )
    lesion = LesionFacts(
        lesion="L1",
        volume_cc=4.0,
        volume_error_cc=0.2,
        centroid_mm=(0.0, 0.0, 0.0),
        longest_axial_mm=20.7,
        short_axial_mm=18.2,
        longest_mm=22.9,
        extents_mm=(23.0, 19.0, 17.0),
        distances=(stomach,),
    )
    return LesionsMeasured(structure_set_uid="1.2.9", lesions=(lesion,))


def allocated(modality):
    return TargetAllocated(
        lesion="L1",
        zone=ZoneKind.WHOLE,
        modality=modality,
        reason="hydrodissection",
        proposed=Modality.SEEDS,
        rule="near an organ",
        because="distance to the nearest drawn organ at risk 7.6 mm",
    )


def test_a_lesion_carries_its_facts_the_proposal_and_the_persons_decision(told, story):
    said = [(1, "pacs", drawn()), (2, "node", measured()), (3, "operator-1", allocated("CRYO"))]
    (row,) = rows_of(build_record(told(story.opening(), said)), "lesion")
    assert (row["les_long_axial_mm"], row["les_organ_mm"], row["les_organ"]) == (
        "20.7",
        "7.6",
        "STOMACH",
    )
    assert "Not drawn, so no distance to it is known: GALLBLADDER" in row["les_size_why"]
    assert (row["les_proposed"], row["les_overridden"]) == ("SEEDS", "1")
    assert row["les_rule"] == "near an organ"
    assert row["les_reason"] == "hydrodissection"
    assert row["les_decision_by"] == "operator-1"
    assert row["les_success_shown"] == "0"
    assert "its treatment is not stated to be complete" in row["les_success_missing"]


def test_a_lesion_that_nobody_allocated_still_carries_what_is_proposed(told, story):
    said = [(1, "pacs", drawn()), (2, "node", measured())]
    (row,) = rows_of(build_record(told(story.opening(), said)), "lesion")
    assert (row["les_proposed"], row["les_overridden"]) == ("SEEDS", "NOT_APPLICABLE")
    assert row["les_because"].startswith("distance to the nearest drawn organ at risk 7.6 mm")


def test_what_was_not_measured_is_unknown(told, story):
    (row,) = rows_of(build_record(told(story.opening(), [(1, "pacs", drawn())])), "lesion")
    assert (row["les_long_axial_mm"], row["les_proposed"]) == ("UNKNOWN", "UNKNOWN")
    assert "L1 was not measured" in row["les_size_why"]


def test_deviations_carry_their_reasons(told, story):
    said = [
        (1, "rules", DeviationNoted(deviation="w:a", of="WINDOW", what="a is late")),
        (2, "rules", DeviationNoted(deviation="w:b", of="WINDOW", what="b is late")),
        (3, "operator-1", DeviationExplained(deviation="w:a", reason="scanner restart")),
    ]
    first, second = rows_of(build_record(told(story.opening(), said)), "deviation")
    assert (first["dev_what"], first["dev_reason"]) == ("a is late", "scanner restart")
    assert first["dev_why_by"] == "operator-1"
    assert second["dev_reason"] == "UNKNOWN"
