from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from math import cos, sin
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydicom import dcmread

from dosimetry_core.values import GenerationMode
from drivers.dicom import (
    PlanContent,
    PlannedSeed,
    StudyContext,
    read_implant_plan,
    write_implant_plan,
)
from tests.drivers.dicom.implants import (
    ASSAYED,
    DOSE_UID,
    HALF_LIFE_D,
    MADE_AT,
    PLAN_UID,
    identity,
    plan_content,
    seeds,
    study,
)

FINE_MM = 1e-9


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    return study(tmp_path_factory.mktemp("study"))


def test_our_reader_reads_it_back(made, tmp_path):
    path = tmp_path / "out" / "plan.dcm"
    write_implant_plan(plan_content(made), made.context, identity("plan"), path)
    plan = read_implant_plan(path)
    assert plan.sop_instance_uid == PLAN_UID
    assert plan.study_uid == made.context.study_uid
    assert plan.frame_of_reference_uid == made.context.frame_of_reference_uid
    assert plan.structure_set_uid == made.structure_set_uid
    assert plan.dose_uids == (DOSE_UID,)
    assert (plan.label, plan.intent, plan.approval) == (
        "As implanted",
        "VERIFICATION",
        "UNAPPROVED",
    )
    assert plan.half_life_d == HALF_LIFE_D
    assert plan.mode is GenerationMode.TEST
    assert plan.warnings == ()
    assert_same(plan.seeds, seeds())


def assert_same(found: tuple[PlannedSeed, ...], written: tuple[PlannedSeed, ...]) -> None:
    """16 characters hold a coordinate to a nanometre; directions are 32-bit floats."""
    assert len(found) == len(written)
    for one, other in zip(found, written, strict=True):
        assert one.center_mm == pytest.approx(other.center_mm, abs=FINE_MM)
        assert (one.axis is None) == (other.axis is None)
        if one.axis is not None and other.axis is not None:
            assert one.axis == pytest.approx(other.axis, abs=2e-7)
        assert one.strength_u == pytest.approx(other.strength_u, rel=1e-12)
        number = 1 if other.channel_number is None else other.channel_number
        same = {"center_mm": other.center_mm, "axis": None, "strength_u": 1.0}
        assert replace(one, **same) == replace(other, **same, channel_number=number)


def test_what_another_system_finds_in_it(made, tmp_path):
    path = tmp_path / "plan.dcm"
    write_implant_plan(plan_content(made), made.context, identity("plan"), path)
    plan = dcmread(path)
    assert plan.PatientID == "PHANTOM-1"
    assert plan.AccessionNumber == "A-17"
    assert plan.StudyDate == "20250304"
    assert plan.Manufacturer == "Procedure node project"
    assert plan.SoftwareVersions == "0.1.0"
    assert plan.SeriesDescription == "TEST Seed implant: advisory, research use"
    assert plan.RTPlanDescription.startswith("TEST ")
    assert plan.BrachyTreatmentTechnique == "PERMANENT"
    assert plan.RTPlanDate + plan.RTPlanTime == "20260304102233.444000"
    assert plan.TimezoneOffsetFromUTC == "+0000"
    assert len(plan.SourceSequence) == 2
    first, second = plan.SourceSequence
    assert (first.ReferenceAirKermaRate, second.ReferenceAirKermaRate) == (0.512, 0.498)
    assert first.SourceStrengthReferenceDate == "20260301"
    assert first.SourceStrengthReferenceTime == "120000.250000"
    last = plan.ApplicationSetupSequence[11]
    assert last.ApplicationSetupName == "Needle 3"
    assert last.ChannelSequence[0].ReferencedSourceNumber == 2
    # 0.498 U over the mean life of 59.4 d / ln 2, in uGy at 1 m.
    assert last.TotalReferenceAirKerma == pytest.approx(0.498 * 59.4 * 24 / 0.69314718056)
    points = last.ChannelSequence[0].BrachyControlPointSequence
    assert [point.CumulativeTimeWeight for point in points] == [0.0, 100.0]
    assert "ControlPointOrientation" not in points[1]


def test_made_again_it_is_the_same_file(made, tmp_path):
    for name in ("one.dcm", "two.dcm"):
        write_implant_plan(plan_content(made), made.context, identity("plan"), tmp_path / name)
    assert (tmp_path / "one.dcm").read_bytes() == (tmp_path / "two.dcm").read_bytes()


def test_simulated_images_make_no_real_plan(made, tmp_path):
    real = identity("plan", GenerationMode.REAL)
    with pytest.raises(ValueError, match="a result of TEST images cannot be REAL"):
        write_implant_plan(plan_content(made), made.context, real, tmp_path / "plan.dcm")
    assert not (tmp_path / "plan.dcm").exists()


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"label": ""}, "1 to 16 characters"),
        ({"label": "more than sixteen"}, "1 to 16 characters"),
        ({"label": "two\\values"}, "1 to 16 characters"),
        ({"seeds": (replace(seeds()[0], needle="a\nb"),)}, "at most 64 characters"),
        ({"seeds": ()}, "has seeds"),
        ({"half_life_d": 16.99}, "is not the half-life of iodine-125"),
        (
            {"seeds": (replace(seeds()[0], source_model="long" * 17),)},
            "at most 64 characters",
        ),
        (
            {
                "seeds": (
                    replace(
                        seeds()[0],
                        strength_reference_utc=None,
                        strength_reference_unknown="not stated",
                    ),
                )
            },
            r"seed 1 has a strength of unknown date \(not stated\)",
        ),
    ],
)
def test_what_cannot_be_written_is_told(change, why, made):
    with pytest.raises(ValueError, match=why):
        replace(plan_content(made), **change)


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"center_mm": (0.0, float("nan"), 0.0)}, "three finite mm"),
        ({"axis": (1.0, 1.0, 0.0)}, "unit vector"),
        ({"strength_u": 0.0}, "positive number of U"),
        ({"strength_reference_utc": datetime(2026, 1, 1)}, "aware UTC"),  # noqa: DTZ001
        ({"strength_reference_utc": MADE_AT}, "aware UTC"),
        ({"strength_reference_utc": None}, "either a reference time or a reason"),
        ({"strength_reference_unknown": "why"}, "either a reference time or a reason"),
    ],
)
def test_a_seed_that_is_none(change, why):
    with pytest.raises(ValueError, match=why):
        replace(seeds()[0], **change)


coordinates = st.floats(-2000.0, 2000.0)
moments = st.datetimes(datetime(2000, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001
angles = st.floats(0.0, 6.3)
names = st.text(st.characters(codec="utf-8", categories=("L", "N")), max_size=30)


@st.composite
def any_seeds(draw: st.DrawFn) -> tuple[PlannedSeed, ...]:

    made: list[PlannedSeed] = []
    # One seed lies in each metre of x, so that no two are at one place.
    for n in range(draw(st.integers(1, 8))):
        a, b = draw(angles), draw(angles)
        axis = (cos(a) * cos(b), sin(a) * cos(b), sin(b))
        made.append(
            PlannedSeed(
                center_mm=(1000.0 * n + draw(st.floats(0.0, 900.0)), draw(coordinates), 1 / 3),
                axis=axis if draw(st.booleans()) else None,
                strength_u=draw(st.floats(0.05, 20.0)),
                strength_reference_utc=draw(moments),
                needle=draw(names),
                channel_number=draw(st.none() | st.integers(0, 99)),
                source_model=draw(names),
            )
        )
    return tuple(made)


@given(written=any_seeds(), half_life_d=st.floats(59.0, 60.5), zone=st.integers(-12, 14))
@settings(
    max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_any_plan_comes_back(written, half_life_d, zone, made, tmp_path):

    context: StudyContext = replace(made.context, zone=timezone(timedelta(hours=zone)))
    content = PlanContent("Any", written, half_life_d, made.structure_set_uid)
    path: Path = tmp_path / "plan.dcm"
    write_implant_plan(content, context, identity("plan"), path)
    plan = read_implant_plan(path)
    assert_same(plan.seeds, written)
    assert plan.half_life_d == pytest.approx(half_life_d, rel=1e-12)
    assert plan.warnings == ()


def test_the_reference_time_is_kept_to_the_microsecond(made, tmp_path):
    path = tmp_path / "plan.dcm"
    write_implant_plan(plan_content(made), made.context, identity("plan"), path)
    assert {one.strength_reference_utc for one in read_implant_plan(path).seeds} == {ASSAYED}
