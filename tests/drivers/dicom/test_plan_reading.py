import math
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydicom import Dataset
from pydicom.uid import RTStructureSetStorage

from dosimetry_core.values import GenerationMode
from drivers.dicom import ImplantPlan, PlanRefused, mark, read_implant_plan
from tests.drivers.dicom.garbling import encoded, garbled
from tests.drivers.dicom.planning_system import (
    ALONG,
    FRAME,
    PLACES,
    PLAN,
    STRUCTURES,
    STUDY,
    channel,
    control_point,
    iodine,
    plan_of_channels,
    plan_of_needles,
    plan_of_setups,
    reference,
)
from tests.drivers.dicom.synthetic import Series, structure_set, write

LAYOUTS = [plan_of_setups, plan_of_channels]


def read(plan: Dataset, folder: Path) -> ImplantPlan:
    return read_implant_plan(write(plan, folder))


def refusal(plan: Dataset, folder: Path) -> str:
    with pytest.raises(PlanRefused) as caught:
        read(plan, folder)
    return "\n".join(caught.value.reasons)


def channels_of(plan: Dataset) -> list[Dataset]:
    return [one for setup in plan.ApplicationSetupSequence for one in setup.ChannelSequence]


def orient(plan: Dataset, *axis: float) -> None:
    for one in channels_of(plan):
        for point in one.BrachyControlPointSequence:
            point.ControlPointOrientation = list(axis)


@pytest.mark.parametrize("first", [0, 1])
@pytest.mark.parametrize("layout", LAYOUTS)
def test_both_layouts_numbered_from_0_and_from_1(layout, first, tmp_path):
    plan = read(layout(first=first), tmp_path)
    assert tuple(seed.center_mm for seed in plan.seeds) == PLACES
    assert {seed.strength_u for seed in plan.seeds} == {0.5}
    assert {seed.axis for seed in plan.seeds} == {None}
    assert {seed.source_model for seed in plan.seeds} == {"Seed maker"}
    numbers = [first] * 3 if layout is plan_of_setups else [first, first + 1, first + 2]
    assert [seed.channel_number for seed in plan.seeds] == numbers
    assert plan.warnings == ()


def test_what_a_plan_says_of_itself(tmp_path):
    plan = plan_of_setups()
    mark(plan, GenerationMode.DEMO)
    found = read(plan, tmp_path)
    assert found.sop_instance_uid == PLAN
    assert found.study_uid == STUDY
    assert found.frame_of_reference_uid == FRAME
    assert found.structure_set_uid == STRUCTURES
    assert found.dose_uids == ()
    assert (found.label, found.intent, found.approval) == ("IMPLANT", "CURATIVE", "APPROVED")
    assert found.half_life_d == 59.4
    assert found.mode is GenerationMode.DEMO


class TestNeedleNames:
    def test_of_setups_of_their_own(self, tmp_path):
        plan = plan_of_setups()
        for n, setup in enumerate(plan.ApplicationSetupSequence):
            setup.ApplicationSetupName = f"Needle {n}"
        channels_of(plan)[2].SourceApplicatorID = "B3"
        assert [seed.needle for seed in read(plan, tmp_path).seeds] == [
            "Needle 0",
            "Needle 1",
            "B3",
        ]

    def test_the_only_setup_is_no_needle(self, tmp_path):
        plan = plan_of_channels()
        plan.ApplicationSetupSequence[0].ApplicationSetupName = "Implant"
        assert {seed.needle for seed in read(plan, tmp_path).seeds} == {""}


class TestReferences:
    def test_empty_ones_are_none(self, tmp_path):
        plan = plan_of_setups()
        plan.ReferencedStructureSetSequence[0].ReferencedSOPInstanceUID = ""
        del plan.FrameOfReferenceUID
        references = plan.FractionGroupSequence[0].ReferencedBrachyApplicationSetupSequence
        for item in references:
            item.ReferencedBrachyApplicationSetupNumber = None
        found = read(plan, tmp_path)
        assert found.structure_set_uid is None
        assert found.frame_of_reference_uid is None
        assert len(found.seeds) == 3

    def test_missing_sequences_are_none(self, tmp_path):
        plan = plan_of_channels()
        del plan.ReferencedStructureSetSequence
        del plan.FractionGroupSequence
        assert read(plan, tmp_path).structure_set_uid is None

    def test_empty_reference_to_the_only_source(self, tmp_path):
        plan = plan_of_setups()
        for one in channels_of(plan):
            one.ReferencedSourceNumber = None
        assert {seed.strength_u for seed in read(plan, tmp_path).seeds} == {0.5}

    def test_empty_reference_where_there_are_two_sources(self, tmp_path):
        plan = plan_of_setups()
        plan.SourceSequence.append(iodine(2, 0.6))
        channels_of(plan)[1].ReferencedSourceNumber = None
        told = refusal(plan, tmp_path)
        assert told == ("setup 2 channel 1: does not say which of the plan's 2 sources it holds")

    def test_batches_of_two_strengths(self, tmp_path):
        plan = plan_of_channels()
        plan.SourceSequence.append(iodine(7, 0.62))
        channels_of(plan)[2].ReferencedSourceNumber = 7
        assert [seed.strength_u for seed in read(plan, tmp_path).seeds] == [0.5, 0.5, 0.62]

    def test_source_that_is_not_there(self, tmp_path):
        """Numbers are never guessed: sources from 1 with references from 0 could be any."""
        plan = plan_of_setups()
        for one in channels_of(plan):
            one.ReferencedSourceNumber = 0
        assert "setup 1 channel 1, setup 2 channel 1, setup 3 channel 1: refers to source 0" in (
            refusal(plan, tmp_path)
        )

    def test_two_sources_of_one_number(self, tmp_path):
        plan = plan_of_setups()
        plan.SourceSequence.append(iodine(1, 0.9))
        assert "its Source Number is another's too" in refusal(plan, tmp_path)

    def test_two_structure_sets(self, tmp_path):
        plan = plan_of_setups()
        plan.ReferencedStructureSetSequence.append(reference(RTStructureSetStorage, "1.9"))
        assert refusal(plan, tmp_path) == "refers to 2 structure sets: which is meant?"

    def test_fraction_group_of_other_setups(self, tmp_path):
        plan = plan_of_setups()
        references = plan.FractionGroupSequence[0].ReferencedBrachyApplicationSetupSequence
        references[2].ReferencedBrachyApplicationSetupNumber = 9
        told = refusal(plan, tmp_path)
        assert "its fraction group names setups that are not in the plan: 9" in told
        assert "it has setups that no fraction group names: 3" in told

    def test_numbers_with_leading_zeros_are_the_same(self, tmp_path):
        plan = plan_of_setups()
        channels_of(plan)[0].ReferencedSourceNumber = "01"
        references = plan.FractionGroupSequence[0].ReferencedBrachyApplicationSetupSequence
        references[0].ReferencedBrachyApplicationSetupNumber = "001"
        assert len(read(plan, tmp_path).seeds) == 3


class TestPlaces:
    def test_first_control_point_alone(self, tmp_path):
        plan = plan_of_channels()
        for one in channels_of(plan):
            del one.BrachyControlPointSequence[1].ControlPoint3DPosition
        assert tuple(seed.center_mm for seed in read(plan, tmp_path).seeds) == PLACES

    def test_single_control_point(self, tmp_path):
        plan = plan_of_channels()
        for one in channels_of(plan):
            one.BrachyControlPointSequence = one.BrachyControlPointSequence[:1]
            one.NumberOfControlPoints = 1
        assert tuple(seed.center_mm for seed in read(plan, tmp_path).seeds) == PLACES

    def test_control_points_are_taken_by_their_index(self, tmp_path):
        plan = plan_of_setups(PLACES[:1])
        one = channels_of(plan)[0]
        one.BrachyControlPointSequence = [
            control_point(1, (1.0, 2.0, 3.0), 100.0),
            control_point(0, (9.0, 9.0, 9.0), 0.0),
        ]
        assert read(plan, tmp_path).seeds[0].center_mm == (1.0, 2.0, 3.0)

    def test_none(self, tmp_path):
        plan = plan_of_setups()
        for one in channels_of(plan):
            del one.BrachyControlPointSequence[1].ControlPoint3DPosition
        assert "channel 1: has no Control Point 3D Position" in refusal(plan, tmp_path)

    def test_none_in_some_of_many_is_told_once(self, tmp_path):
        plan = plan_of_channels([(float(n), 0.0, 0.0) for n in range(60)])
        for one in channels_of(plan)[10:]:
            for point in one.BrachyControlPointSequence:
                point.ControlPoint3DPosition = None
        assert refusal(plan, tmp_path) == (
            "setup 1 channel 11, setup 1 channel 12, setup 1 channel 13 and 47 more: "
            "has no Control Point 3D Position"
        )

    def test_two_numbers_are_no_place(self, tmp_path):
        plan = plan_of_setups()
        channels_of(plan)[0].BrachyControlPointSequence[1].ControlPoint3DPosition = [1.0, 2.0]
        assert "setup 1 channel 1: its Control Point 3D Position is no place" in refusal(
            plan, tmp_path
        )

    def test_one_seed_twice(self, tmp_path):
        plan = plan_of_setups([PLACES[0], PLACES[1], PLACES[0]])
        assert "setup 3 channel 1: lies where setup 1 channel 1 lies" in refusal(plan, tmp_path)

    def test_none_at_all(self, tmp_path):
        plan = plan_of_setups(PLACES[:1])
        one = channels_of(plan)[0]
        one.BrachyControlPointSequence, one.NumberOfControlPoints = [], 0
        assert refusal(plan, tmp_path) == "setup 1 channel 1: has no control points"

    def test_fewer_control_points_than_stated(self, tmp_path):
        plan = plan_of_channels()
        del channels_of(plan)[1].BrachyControlPointSequence[1]
        assert "setup 1 channel 2: says 2 control points but has 1" in refusal(plan, tmp_path)


class TestNeedles:
    """A channel with a pair of control points for each seed."""

    def test_each_pair_is_a_seed_along_the_needle(self, tmp_path):
        found = read(plan_of_needles(), tmp_path).seeds
        assert tuple(seed.center_mm for seed in found) == (PLACES[0], *ALONG)
        assert [seed.channel_number for seed in found] == [1, 2, 2, 2]
        assert {seed.strength_u for seed in found} == {0.5}
        for seed in found[1:]:
            assert seed.axis == pytest.approx((0.0, 0.6, 0.8))

    def test_place_in_the_second_of_each_pair_alone(self, tmp_path):
        plan = plan_of_needles()
        for point in channels_of(plan)[1].BrachyControlPointSequence[::2]:
            del point.ControlPoint3DPosition
        assert tuple(seed.center_mm for seed in read(plan, tmp_path).seeds[1:]) == ALONG

    def test_a_place_without_time_holds_no_seed(self, tmp_path):
        found = read(plan_of_needles((0.0, 1.0, 1.0, 1.0, 1.0, 2.0)), tmp_path)
        assert tuple(seed.center_mm for seed in found.seeds[1:]) == (ALONG[0], ALONG[2])
        assert found.warnings == ("setup 1 channel 2: 1 of its places have no time, so no seed",)

    def test_blank_times_say_nothing(self, tmp_path):
        plan = plan_of_needles()
        for point in channels_of(plan)[1].BrachyControlPointSequence[2:]:
            point.CumulativeTimeWeight = None
        assert len(read(plan, tmp_path).seeds) == 4

    def test_places_that_are_no_pairs(self, tmp_path):
        plan = plan_of_setups()
        plan.ApplicationSetupSequence[0].ChannelSequence = [channel(1, PLACES, 1)]
        assert "has 3 control points that are not pairs at one place each" in refusal(
            plan, tmp_path
        )
        plan = plan_of_needles()
        channels_of(plan)[1].BrachyControlPointSequence[2].ControlPoint3DPosition = [0, 0, 1]
        assert "has 6 control points that are not pairs at one place each" in refusal(
            plan, tmp_path
        )


class TestAxis:
    @pytest.mark.parametrize("layout", LAYOUTS)
    def test_stated(self, layout, tmp_path):
        plan = layout()
        orient(plan, 0.6, 0.0, -0.8)
        for seed in read(plan, tmp_path).seeds:
            assert seed.axis == pytest.approx((0.6, 0.0, -0.8), abs=1e-7)

    def test_stated_with_few_digits_is_made_a_unit_vector(self, tmp_path):
        plan = plan_of_setups()
        orient(plan, 0.58, 0.58, 0.58)
        axis = read(plan, tmp_path).seeds[0].axis
        assert axis == pytest.approx((1 / math.sqrt(3),) * 3, abs=1e-7)

    def test_from_the_first_to_the_last_control_point(self, tmp_path):
        plan = plan_of_channels(PLACES[:1])
        x, y, z = PLACES[0]
        first = channels_of(plan)[0].BrachyControlPointSequence[0]
        first.ControlPoint3DPosition = [x, y - 3.0, z - 4.0]
        seed = read(plan, tmp_path).seeds[0]
        assert seed.center_mm == PLACES[0]
        assert seed.axis == pytest.approx((0.0, 0.6, 0.8))

    def test_rounding_between_the_control_points_makes_none(self, tmp_path):
        plan = plan_of_channels(PLACES[:1])
        x, y, z = PLACES[0]
        first = channels_of(plan)[0].BrachyControlPointSequence[0]
        first.ControlPoint3DPosition = [x + 0.01, y, z]
        assert read(plan, tmp_path).seeds[0].axis is None

    def test_zero_vector_is_unknown_and_told(self, tmp_path):
        plan = plan_of_setups(PLACES[:1])
        orient(plan, 0.0, 0.0, 0.0)
        found = read(plan, tmp_path)
        assert found.seeds[0].axis is None
        assert found.warnings == (
            "setup 1 channel 1: its Control Point Orientation is no unit vector: axis unknown",
        )


class TestStrength:
    def test_reference_time_in_the_plans_zone(self, tmp_path):
        seed = read(plan_of_setups(), tmp_path).seeds[0]
        assert seed.strength_reference_utc == datetime(2025, 3, 1, 10, tzinfo=UTC)

    def test_local_zone_where_the_plan_states_none(self, tmp_path):
        plan = plan_of_setups()
        del plan.TimezoneOffsetFromUTC
        path = write(plan, tmp_path)
        zone = timezone(timedelta(hours=-5))
        seed = read_implant_plan(path, zone).seeds[0]
        assert seed.strength_reference_utc == datetime(2025, 3, 1, 17, tzinfo=UTC)
        unknown = read_implant_plan(path)
        assert unknown.seeds[0].strength_reference_utc is None
        assert "which time zone" in unknown.seeds[0].strength_reference_unknown
        assert "source 1: when it has its strength is unknown" in unknown.warnings[0]

    @pytest.mark.parametrize(
        ("keyword", "value", "why"),
        [
            ("SourceStrengthReferenceDate", None, "gives no Source Strength Reference Date"),
            ("SourceStrengthReferenceTime", None, "gives no Source Strength Reference Time"),
        ],
    )
    def test_unknown_date(self, keyword, value, why, tmp_path):
        plan = plan_of_setups()
        setattr(plan.SourceSequence[0], keyword, value)
        seed = read(plan, tmp_path).seeds[0]
        assert seed.strength_reference_utc is None
        assert why in seed.strength_reference_unknown

    @pytest.mark.parametrize("value", ["0", "-0.5", None])
    def test_none(self, value, tmp_path):
        plan = plan_of_setups()
        plan.SourceSequence[0].ReferenceAirKermaRate = value
        assert "source 1: has no Reference Air Kerma Rate above 0" in refusal(plan, tmp_path)

    def test_dose_rate_in_water(self, tmp_path):
        plan = plan_of_setups()
        plan.SourceSequence[0].SourceStrengthUnits = "DOSE_RATE_WATER"
        assert "given as DOSE_RATE_WATER" in refusal(plan, tmp_path)

    def test_another_unit_is_doubted(self, tmp_path):
        plan = plan_of_setups()
        plan.SourceSequence[0].ReferenceAirKermaRate = "5e-7"
        assert any("5e-07 U, far from any seed" in told for told in read(plan, tmp_path).warnings)

    def test_two_strengths_of_one_source_are_told(self, tmp_path):
        plan = plan_of_setups()
        plan.SourceSequence[0].SourceStrength = "0.4"
        found = read(plan, tmp_path)
        assert found.seeds[0].strength_u == 0.5
        assert (
            "its Source Strength 0.4 is not its Reference Air Kerma Rate 0.5" in found.warnings[0]
        )


class TestTotalKerma:
    HOURS = 59.4 * 24 / math.log(2)

    @pytest.mark.parametrize("factor", [1.0, HOURS, HOURS * 3600.0])
    def test_usual_units_agree(self, factor, tmp_path):
        plan = plan_of_channels()
        plan.ApplicationSetupSequence[0].TotalReferenceAirKerma = f"{1.5 * factor:.8g}"
        assert read(plan, tmp_path).warnings == ()

    def test_a_seed_too_few_is_told(self, tmp_path):
        plan = plan_of_channels()
        plan.ApplicationSetupSequence[0].TotalReferenceAirKerma = f"{2.0 * self.HOURS:.8g}"
        assert (
            "does not follow from its 3 seeds, 1.5 U together" in read(plan, tmp_path).warnings[0]
        )


class TestOtherTreatments:
    def test_afterloading_is_told_in_full(self, tmp_path):
        plan = plan_of_setups()
        plan.BrachyTreatmentTechnique = "INTERSTITIAL"
        plan.BrachyTreatmentType = "HDR"
        plan.RTPlanGeometry = "TREATMENT_DEVICE"
        assert refusal(plan, tmp_path).splitlines() == [
            "its brachy technique is INTERSTITIAL, not PERMANENT",
            "its brachy treatment type is HDR, not MANUAL or LDR",
            "its positions are not the patient's: its geometry is TREATMENT_DEVICE",
        ]

    def test_external_beams(self, tmp_path):
        plan = plan_of_setups()
        for keyword in ("BrachyTreatmentTechnique", "BrachyTreatmentType", "SourceSequence"):
            delattr(plan, keyword)
        assert refusal(plan, tmp_path) == "its brachy technique is unset, not PERMANENT"

    @pytest.mark.parametrize(
        ("name", "half_life"), [("Pd-103", "16.99"), ("Cs-131", "9.69"), ("I-1250", "59.4")]
    )
    def test_other_isotopes(self, name, half_life, tmp_path):
        plan = plan_of_setups()
        plan.SourceSequence[0].SourceIsotopeName = name
        plan.SourceSequence[0].SourceIsotopeHalfLife = half_life
        assert f"source 1: its isotope is {name}, not iodine-125" in refusal(plan, tmp_path)

    def test_half_life_of_another_isotope(self, tmp_path):
        plan = plan_of_setups()
        plan.SourceSequence[0].SourceIsotopeHalfLife = "16.99"
        assert "its half-life is 16.99 days, that of iodine-125 is 59.4" in refusal(plan, tmp_path)

    @pytest.mark.parametrize(
        "name", ["I-125", "I125", "125I", "Iodine-125", "IODINE 125", "125-I", "I-125 (6711)"]
    )
    def test_names_of_iodine(self, name, tmp_path):
        plan = plan_of_setups()
        plan.SourceSequence[0].SourceIsotopeName = name
        plan.SourceSequence[0].SourceIsotopeHalfLife = None
        found = read(plan, tmp_path)
        assert len(found.seeds) == 3
        assert found.half_life_d is None

    def test_all_reasons_come_at_once(self, tmp_path):
        plan = plan_of_setups()
        plan.SourceSequence[0].SourceIsotopeName = "Pd-103"
        plan.SourceSequence[0].ReferenceAirKermaRate = None
        channels_of(plan)[0].BrachyControlPointSequence[1].ControlPoint3DPosition = None
        channels_of(plan)[1].ReferencedSourceNumber = 4
        assert len(refusal(plan, tmp_path).splitlines()) == 4

    def test_no_seeds(self, tmp_path):
        plan = plan_of_setups()
        plan.ApplicationSetupSequence = []
        plan.SourceSequence = []
        assert refusal(plan, tmp_path).splitlines() == [
            "the plan: has no sources",
            "the plan: has no application setups, so no seeds",
        ]

    def test_another_object(self, tmp_path):
        other = structure_set(Series("1.2.1", "1.2.2", "1.2.3", ()), {})
        assert refusal(other, tmp_path) == "it is a RT Structure Set Storage, not an RT Plan"

    def test_a_file_that_is_not_dicom(self, tmp_path):
        path = tmp_path / "notes.txt"
        path.write_text("no plan")
        with pytest.raises(PlanRefused, match="the file cannot be read"):
            read_implant_plan(path)


@given(data=st.data())
@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_garbled_files_are_refused_or_read_and_nothing_else(data, tmp_path):
    plan = data.draw(st.sampled_from([*LAYOUTS, plan_of_needles]))()
    orient(plan, 0.0, 0.0, 1.0)
    mark(plan, GenerationMode.TEST)
    path = tmp_path / "garbled.dcm"
    path.write_bytes(data.draw(garbled(encoded(plan))))
    try:
        found = read_implant_plan(path)
    except PlanRefused:
        return
    assert found.seeds
