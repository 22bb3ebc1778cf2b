from datetime import UTC, datetime, timedelta, timezone

import pytest
from pydicom import Dataset

from drivers.dicom.acquisition_time import acquired_at

EAST = timezone(timedelta(hours=2))


def told(zone=UTC, **attributes: str) -> datetime | None:
    dataset = Dataset()
    for keyword, value in attributes.items():
        setattr(dataset, keyword, value)
    return acquired_at(dataset, zone)


def test_date_time_with_its_own_offset_wins_over_all():
    moment = told(
        EAST,
        AcquisitionDateTime="20250304101500.5-0330",
        TimezoneOffsetFromUTC="+0900",
        AcquisitionDate="20240101",
        AcquisitionTime="000000",
    )
    assert moment == datetime(2025, 3, 4, 13, 45, 0, 500000, tzinfo=UTC)
    assert moment.tzinfo is UTC


def test_offset_of_the_image_wins_over_the_local_zone():
    moment = told(
        EAST,
        AcquisitionDate="20250304",
        AcquisitionTime="101500",
        TimezoneOffsetFromUTC="-0500",
    )
    assert moment == datetime(2025, 3, 4, 15, 15, tzinfo=UTC)


def test_local_zone_counts_where_the_image_has_no_offset():
    moment = told(EAST, AcquisitionDate="20250304", AcquisitionTime="101500")
    assert moment == datetime(2025, 3, 4, 8, 15, tzinfo=UTC)


def test_content_and_series_times_stand_in():
    assert told(ContentDate="20250304", ContentTime="1015") == datetime(
        2025, 3, 4, 10, 15, tzinfo=UTC
    )
    assert told(SeriesDate="20250304", SeriesTime="101507") == datetime(
        2025, 3, 4, 10, 15, 7, tzinfo=UTC
    )


@pytest.mark.parametrize(
    ("date", "time"), [("20251304", "101500"), ("20250304", ""), ("", "101500"), ("2025", "10")]
)
def test_what_cannot_be_read_is_no_time(date, time):
    assert told(AcquisitionDate=date, AcquisitionTime=time) is None


def test_a_moment_before_the_first_year_is_no_time():
    told_at = told(EAST, AcquisitionDate="00010101", AcquisitionTime="000000")
    assert told_at is None


def test_impossible_offsets_are_ignored():
    moment = told(
        EAST, AcquisitionDate="20250304", AcquisitionTime="101500", TimezoneOffsetFromUTC="+9900"
    )
    assert moment == datetime(2025, 3, 4, 8, 15, tzinfo=UTC)
