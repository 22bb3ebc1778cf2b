"""What covers a lesion is told only while it is of now."""

import pytest

from dosimetry_core.values import Modality
from procedure_node.events import AnalysisFailed, CombinedCoverage
from procedure_node.rules import combined_now


@pytest.fixture
def combined(story):
    story.opened().drawn(L3_CORE=2.0, L3_PERIPHERY=9.0)
    story.allocated("L3", Modality.CRYO, "CORE").allocated("L3", Modality.SEEDS, "PERIPHERY")
    story.reported("L3", 2, "PERIPHERY").after(minutes=1)
    story.scanned("1.1").seen("1.1", L3_PERIPHERY=2).dosed("1.1", L3_PERIPHERY=120.0)
    return story.tell(
        CombinedCoverage(
            lesion="L3",
            series_uid="1.1",
            structure_set_uid="1.2.9",
            request_sha256="0" * 64,
            prescription_gy=110.0,
            structures=(),
            ice_series_uids=(),
        )
    )


def known(story):
    return combined_now(story.state.procedure, "L3")


def test_it_holds_while_the_newest_scan_is_the_one_that_was_looked_at(combined):
    told, why = known(combined)
    assert (told.series_uid, why) == ("1.1", "")


def test_a_newer_scan_makes_it_unknown(combined):
    combined.after(minutes=5).scanned("1.2")
    assert known(combined) == (None, "the newest scan was not looked at yet")


def test_a_dose_that_failed_makes_it_unknown(combined):
    combined.tell(AnalysisFailed(series_uid="1.1", step="DOSE", reason="two batches"))
    assert known(combined) == (None, "the dose is not known: two batches")


def test_seeds_that_were_implanted_since_make_it_unknown(combined):
    combined.after(minutes=1).reported("L3", 3, "PERIPHERY")
    told, why = known(combined)
    assert told is None
    assert why == "3 seeds were implanted after the newest scan: a new scan is needed"


def test_other_contours_make_it_unknown(combined):
    drawn = combined.state.procedure.structures
    combined.tell(drawn.model_copy(update={"structure_set_uid": "1.2.10"}))
    assert known(combined)[1] == "the newest scan was not looked at yet"


def test_a_lesion_that_was_never_looked_at_is_unknown(story):
    story.opened().drawn(L3_CORE=2.0)
    assert known(story) == (None, "seeds and ice were not looked at together yet")
