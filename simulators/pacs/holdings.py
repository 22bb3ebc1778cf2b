"""What a simulated PACS holds, and how queries match it (PS3.4 section C.2.2.2)."""

import threading
from collections.abc import Callable
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any, cast

from pydicom import Dataset
from pydicom.multival import MultiValue

# Study Root: the key of each level, from the top down.
_LEVELS = {
    "STUDY": "StudyInstanceUID",
    "SERIES": "SeriesInstanceUID",
    "IMAGE": "SOPInstanceUID",
}
_NOT_KEYS = frozenset({"QueryRetrieveLevel", "SpecificCharacterSet", "TimezoneOffsetFromUTC"})
_NO_WILDCARDS = frozenset({"UI", "DA", "TM", "DT", "IS", "DS", "US", "SS", "UL", "SL"})


class UnmatchableError(Exception):
    """A query lacks its level or a key that it must have."""


@dataclass(frozen=True, slots=True)
class HeldObject:
    """One object: its attributes without pixels, and its file."""

    attributes: Dataset
    transfer_syntax: str
    path: Path

    @property
    def uid(self) -> str:
        """SOP Instance UID."""
        return str(self.attributes.SOPInstanceUID)

    @property
    def series_uid(self) -> str:
        """Series Instance UID."""
        return str(self.attributes.SeriesInstanceUID)


class Holdings:
    """The objects of a simulated PACS, in the order in which they came. Safe to share by threads.

    Args:
        count_excess: how many images too many each series is said to have.
    """

    def __init__(self, count_excess: int = 0) -> None:
        self._count_excess = count_excess
        self._lock = threading.Lock()
        self._objects: dict[str, HeldObject] = {}

    def add(self, held: HeldObject) -> None:
        """Take an object in; one with the same UID is replaced."""
        with self._lock:
            self._objects[held.uid] = held

    def of_series(self, series_uid: str) -> tuple[HeldObject, ...]:
        """The objects of a series."""
        return tuple(held for held in self._all() if held.series_uid == series_uid)

    def find(self, query: Dataset) -> tuple[Dataset, ...]:
        """One answer for each entity at the query's level that matches.

        Raises:
            UnmatchableError: the query lacks its level or a UID of a level above.
        """
        entities: dict[str, list[HeldObject]] = {}
        level_key = _LEVELS[_level_of(query)]
        for held in self.select(query):
            entities.setdefault(str(held.attributes[level_key].value), []).append(held)
        answers = [self._answer(query, members) for members in entities.values()]
        return tuple(answer for answer in answers if _matches_counts(query, answer))

    def select(self, query: Dataset) -> tuple[HeldObject, ...]:
        """The objects below the entities that match.

        Raises:
            UnmatchableError: the query lacks its level or a UID of a level above.
        """
        level = _level_of(query)
        for upper, key in _LEVELS.items():
            if upper == level:
                break
            if not _wanted(query, key):
                raise UnmatchableError(f"a query at {level} level needs {key}")
        return tuple(held for held in self._all() if _matches(query, held.attributes))

    def _all(self) -> tuple[HeldObject, ...]:
        with self._lock:
            return tuple(self._objects.values())

    def _answer(self, query: Dataset, members: list[HeldObject]) -> Dataset:
        answer = Dataset()
        first = members[0].attributes
        for element in query:
            keyword = element.keyword
            if keyword == "QueryRetrieveLevel":
                answer.QueryRetrieveLevel = element.value
            elif keyword in _COMPUTED:
                setattr(answer, keyword, _COMPUTED[keyword](members, self._count_excess))
            elif element.tag in first:
                answer.add(first[element.tag])
            else:
                answer.add_new(element.tag, element.VR, None)
        if "SpecificCharacterSet" in first:
            answer.SpecificCharacterSet = first.SpecificCharacterSet
        return answer


def _level_of(query: Dataset) -> str:
    level = str(query.get("QueryRetrieveLevel", None) or "")
    if level not in _LEVELS:
        raise UnmatchableError(f"Query/Retrieve Level {level!r} is none of {', '.join(_LEVELS)}")
    return level


def _wanted(query: Dataset, keyword: str) -> tuple[str, ...]:
    """The values that a key asks for; none matches everything."""
    value = query.get(keyword, None)
    if value is None or value == "":
        return ()
    if isinstance(value, MultiValue):
        return tuple(str(one) for one in cast("MultiValue[Any]", value))
    return (str(value),)


def _matches(query: Dataset, attributes: Dataset) -> bool:
    for element in query:
        keyword = element.keyword
        if keyword in _NOT_KEYS or keyword in _COMPUTED or element.VR == "SQ":
            continue
        wanted = _wanted(query, keyword)
        if wanted and not any(
            _is_match(pattern, str(attributes.get(keyword, None) or ""), element.VR)
            for pattern in wanted
        ):
            return False
    return True


def _is_match(pattern: str, value: str, vr: str) -> bool:
    if vr in {"DA", "TM", "DT"} and "-" in pattern:
        earliest, _, latest = pattern.partition("-")
        return bool(value) and earliest <= value and (not latest or value <= latest)
    if vr in _NO_WILDCARDS:
        return pattern == value
    return fnmatchcase(value, pattern.replace("[", "[[]"))


def _modalities(members: list[HeldObject], _excess: int) -> list[str]:
    return sorted({str(held.attributes.get("Modality", "")) for held in members})


def _series_count(members: list[HeldObject], _excess: int) -> int:
    return len({held.series_uid for held in members})


def _image_count(members: list[HeldObject], excess: int) -> int:
    return len(members) + excess


_COMPUTED: dict[str, Callable[[list[HeldObject], int], object]] = {
    "ModalitiesInStudy": _modalities,
    "NumberOfStudyRelatedSeries": _series_count,
    "NumberOfStudyRelatedInstances": _image_count,
    "NumberOfSeriesRelatedInstances": _image_count,
}


def _matches_counts(query: Dataset, answer: Dataset) -> bool:
    wanted = _wanted(query, "ModalitiesInStudy")
    return not wanted or bool(set(wanted) & set(_wanted(answer, "ModalitiesInStudy")))
