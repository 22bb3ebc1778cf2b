import math

import pytest
from pydicom import Dataset

from drivers.dicom import StructureDvh
from drivers.dicom.dose_volume_histogram import LeftOutError, histogram_item, read_histogram
from tests.drivers.dicom.planning_system import histogram

POINTS = [0.0, 30.0, 5.0, 30.0, 5.0, 12.0]


def left_out(item: Dataset) -> str:
    with pytest.raises(LeftOutError) as caught:
        read_histogram(item)
    return str(caught.value)


def test_cumulative_volumes_belong_to_the_sum_of_the_widths():
    found = read_histogram(histogram(POINTS))
    assert found.roi_number == 2
    assert found.dose_gy == (0.0, 10.0, 20.0)
    assert found.volume == (30.0, 30.0, 12.0)
    assert found.volume_unit == "CM3"
    assert (found.minimum_gy, found.maximum_gy, found.mean_gy) == (None, None, None)


def test_even_bins_begin_at_their_first_width():
    assert read_histogram(histogram([0.5, 30.0, 0.5, 20.0])).dose_gy == (1.0, 2.0)


def test_differential_histograms_are_summed_up():
    found = read_histogram(histogram([5.0, 18.0, 5.0, 12.0], "DIFFERENTIAL"))
    assert found.dose_gy == (0.0, 10.0, 20.0)
    assert found.volume == (30.0, 12.0, 0.0)


def test_stated_doses_are_not_scaled():
    item = histogram(POINTS)
    item.DVHMinimumDose, item.DVHMaximumDose, item.DVHMeanDose = "1.5", "19", "12"
    found = read_histogram(item)
    assert (found.minimum_gy, found.maximum_gy, found.mean_gy) == (1.5, 19.0, 12.0)


@pytest.mark.parametrize(
    ("keyword", "value", "why"),
    [
        ("DoseUnits", "RELATIVE", "is in RELATIVE, not GY"),
        ("DoseType", "EFFECTIVE", "is not of physical dose"),
        ("DVHVolumeUnits", "PER_U", "has its volumes in PER_U"),
        ("DVHType", "NATURAL", "is NATURAL"),
        ("DVHDoseScaling", "0", "has no DVH Dose Scaling above 0"),
        ("DVHDoseScaling", "1e308", "is not of finite numbers"),
        ("DVHData", [1.0, 2.0, 3.0], "has no pairs of dose and volume"),
        ("DVHData", [0.0, 10.0, 1.0, 20.0], "has volumes that increase with dose"),
        ("DVHData", [5.0, 20.0, -2.0, 10.0, 9.0, 1.0], "has doses that do not increase"),
    ],
)
def test_what_cannot_be_used_is_left_out(keyword, value, why):
    item = histogram(POINTS)
    setattr(item, keyword, value)
    with pytest.raises(LeftOutError, match=why):
        read_histogram(item)


def test_of_several_structures_or_without_one():
    item = histogram(POINTS)
    item.DVHReferencedROISequence.append(item.DVHReferencedROISequence[0])
    assert left_out(item) == "is of 2 structures, not of one"
    item = histogram(POINTS)
    item.DVHReferencedROISequence[0].DVHROIContributionType = "EXCLUDED"
    assert left_out(item) == "has its structure EXCLUDED"


def test_written_and_read_back():
    """Nine digits of each width, and their rounding does not add up over 2000 of them."""
    dose_gy = tuple(1000.0 * math.sqrt(n / 1999.0) for n in range(2000))
    volume = tuple(12.34567 * math.exp(-n / 300.0) for n in range(2000))
    written = StructureDvh(5, dose_gy, volume, "CM3", 0.1, 1000.0, 1 / 3)
    found = read_histogram(histogram_item(written))
    assert found.dose_gy == pytest.approx(dose_gy, abs=1e-6)
    assert found.volume == pytest.approx(volume, rel=1e-8)
    assert found.mean_gy == pytest.approx(1 / 3, rel=1e-12)


def test_more_points_than_a_file_holds():
    long = StructureDvh(5, tuple(map(float, range(2001))), (1.0,) * 2001, "CM3")
    with pytest.raises(ValueError, match="has 2001 points, at most 2000"):
        histogram_item(long)


@pytest.mark.parametrize(
    ("dose_gy", "volume", "why"),
    [
        ((0.0,), (1.0,), "at least two doses"),
        ((0.0, 1.0), (1.0,), "with a volume each"),
        ((0.0, 0.0), (1.0, 1.0), "do not increase"),
        ((-1.0, 0.0), (1.0, 1.0), "do not increase from 0"),
        ((0.0, 1.0), (1.0, 2.0), "increase with dose"),
        ((0.0, 1.0), (1.0, -0.1), "below 0"),
        ((0.0, math.nan), (1.0, 1.0), "finite"),
    ],
)
def test_a_histogram_that_is_none(dose_gy, volume, why):
    with pytest.raises(ValueError, match=why):
        StructureDvh(5, dose_gy, volume, "CM3")
