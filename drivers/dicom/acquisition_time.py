"""When an image was acquired, in UTC."""

import re
from datetime import UTC, datetime, timedelta, timezone, tzinfo

from pydicom import Dataset

from drivers.dicom.reading import text_of

_DATE_TIME = re.compile(
    r"(?P<date>[0-9]{8})(?P<time>[0-9]{4,6}(?:\.[0-9]{1,6})?)(?P<offset>[+-][0-9]{4})?"
)
_OFFSET = re.compile(r"(?P<sign>[+-])(?P<hours>[0-9]{2})(?P<minutes>[0-9]{2})")
# From the scan itself to the nearest thing to it that every CT image has.
_DATE_AND_TIME_KEYWORDS = (
    ("AcquisitionDate", "AcquisitionTime"),
    ("ContentDate", "ContentTime"),
    ("SeriesDate", "SeriesTime"),
)


def acquired_at(dataset: Dataset, local_zone: tzinfo) -> datetime | None:
    """The acquisition time of an image as an aware UTC time.

    The first of Acquisition DateTime, Acquisition, Content and Series Date and Time that can be
    read counts. Its offset from UTC is its own, else Timezone Offset From UTC (0008,0201), else
    that of ``local_zone``.

    Returns:
        None where no such time is given or none can be read.
    """
    zone = zone_of_offset(text_of(dataset, "TimezoneOffsetFromUTC")) or local_zone
    candidates = [text_of(dataset, "AcquisitionDateTime")]
    candidates += [
        # ACR-NEMA wrote 1994.11.22 and 14:51:59.
        text_of(dataset, date).replace(".", "") + text_of(dataset, time).replace(":", "")
        for date, time in _DATE_AND_TIME_KEYWORDS
    ]
    for candidate in candidates:
        moment = utc_moment(candidate, zone)
        if moment is not None:
            return moment
    return None


def utc_moment(text: str, zone: tzinfo) -> datetime | None:
    """A DICOM date with its time (YYYYMMDDHHMM, then SS and a fraction) as an aware UTC time.

    Args:
        text: a DT, or a DA and a TM written one after the other.
        zone: where the text states no offset from UTC.

    Returns:
        None where the text is no such moment.
    """
    parts = _DATE_TIME.fullmatch(text)
    if parts is None:
        return None
    whole, _, fraction = parts["time"].partition(".")
    zone = zone_of_offset(parts["offset"] or "") or zone
    try:
        naive = datetime.strptime(parts["date"] + whole.ljust(6, "0"), "%Y%m%d%H%M%S")  # noqa: DTZ007
        naive += timedelta(microseconds=int(fraction.ljust(6, "0")))
        return naive.replace(tzinfo=zone).astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def zone_of_offset(offset: str) -> tzinfo | None:
    """The zone of an offset from UTC such as +0100; None where the text is none."""
    parts = _OFFSET.fullmatch(offset)
    if parts is None:
        return None
    distance = timedelta(hours=int(parts["hours"]), minutes=int(parts["minutes"]))
    if distance >= timedelta(days=1):
        return None
    return timezone(-distance if parts["sign"] == "-" else distance)
