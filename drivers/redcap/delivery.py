"""Rows into REDCap, and the proof that they are there: read back and compared."""

import re
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from drivers.redcap.client import RedcapClient, Row

_NUMBER = re.compile(r"-?\d+(?:\.\d+)?")
_MOST_TOLD = 5
_NOT_COMPARED = frozenset({"record_id", "redcap_repeat_instrument", "redcap_repeat_instance"})

RowKey = tuple[str, str, str]
"""Record id, repeating instrument and instance."""


@dataclass(frozen=True, slots=True)
class Difference:
    """One value that REDCap holds otherwise than it was sent.

    Attributes:
        row: record id, repeating instrument and instance.
        field: field name.
        sent: what was sent; None for a whole row that was not.
        held: what REDCap holds; empty for nothing.
    """

    row: RowKey
    field: str
    sent: str | None
    held: str

    @property
    def missing(self) -> bool:
        """REDCap holds nothing in this place: sending again can fill it."""
        return self.sent is not None and not self.held

    def __str__(self) -> str:
        """The place, without the values: they may be what a person typed."""
        record_id, instrument, instance = self.row
        place = f"{instrument} {instance}" if instrument else "the first form"
        if self.sent is None:
            return f"record {record_id}, {place} was not sent but is there"
        held = "another value" if self.held else "nothing"
        return f"record {record_id}, {place}, {self.field} holds {held}"


@dataclass(frozen=True, slots=True)
class Delivery:
    """How rows came to be in REDCap.

    Attributes:
        rows: how many rows were compared.
        imported: whether this delivery wrote them; False if REDCap held them already.
        differences: what is held otherwise than sent; empty means that the rows are there.
    """

    rows: int
    imported: bool
    differences: tuple[Difference, ...]

    @property
    def confirmed(self) -> bool:
        """REDCap holds exactly what was sent."""
        return not self.differences

    def __str__(self) -> str:
        if self.confirmed:
            return f"{self.rows} rows are in REDCap"
        told = [str(difference) for difference in self.differences[:_MOST_TOLD]]
        if len(self.differences) > _MOST_TOLD:
            told.append(f"and {len(self.differences) - _MOST_TOLD} more")
        return f"REDCap does not hold what was sent: {'; '.join(told)}"


async def compare(client: RedcapClient, rows: Sequence[Row]) -> tuple[Difference, ...]:
    """Read rows back and tell how they differ, as REDCap writes values.

    Each row names its form by its field ``<form>_complete``; other forms of the same record are not
    looked at. Numbers are the same if their values
    are; line ends and blanks around a value do not count.

    Raises:
        RedcapError: REDCap gave no usable answer.
    """
    sent = {_key(row): row for row in rows}
    forms = sorted({form for row in rows for form in _forms(row)})
    held = {
        _key(row): row
        for row in await client.export_records(sorted({key[0] for key in sent}), forms)
    }
    differences = [
        Difference(key, field, value, _held(held.get(key, {}), field))
        for key, row in sent.items()
        for field, value in row.items()
        if field not in _NOT_COMPARED and not _same(value, _held(held.get(key, {}), field))
    ]
    extra = [
        Difference(key, "", None, "a row")
        for key, row in held.items()
        if key not in sent and any(_held(row, f) for f in row if f not in _NOT_COMPARED)
    ]
    return (*differences, *extra)


async def deliver(
    client: RedcapClient,
    rows: Sequence[Row],
    *,
    on_accepted: Callable[[], Awaitable[None]] | None = None,
) -> Delivery:
    """Have rows in REDCap, written at most once, and confirm it by reading them back.

    What REDCap holds is read first: if the rows are there already, after a try whose answer was
    lost, nothing is sent. Values that a person or another program wrote are never overwritten: such
    rows are not sent, and the delivery says what is in the way.

    Args:
        client: the project.
        rows: all rows of the records that they name, each with its form's ``<form>_complete``;
            nothing else of these forms may be there.
        on_accepted: awaited when REDCap has accepted the rows, before they are read back.

    Raises:
        RedcapRejected: REDCap refused the rows.
        RedcapUnavailable: no usable answer; deliver the same rows again later.
        RedcapMisconfigured: the settings are wrong; deliver again when they are corrected.
    """
    before = await compare(client, rows)
    if not before or not all(difference.missing for difference in before):
        return Delivery(len(rows), imported=False, differences=before)
    await client.import_records(rows)
    if on_accepted is not None:
        await on_accepted()
    return Delivery(len(rows), imported=True, differences=await compare(client, rows))


def _key(row: Row) -> RowKey:
    return (
        row.get("record_id", ""),
        row.get("redcap_repeat_instrument", ""),
        row.get("redcap_repeat_instance", "") if row.get("redcap_repeat_instrument") else "",
    )


def _forms(row: Row) -> set[str]:
    return {field.removesuffix("_complete") for field in row if field.endswith("_complete")}


def _held(row: Row, field: str) -> str:
    value = row.get(field, "")
    # A form that nobody touched is exported as incomplete (0).
    return "" if field.endswith("_complete") and value == "0" else value


def _same(sent: str, held: str) -> bool:
    left, right = _normal(sent), _normal(held)
    if left == right:
        return True
    if _NUMBER.fullmatch(left) and _NUMBER.fullmatch(right):
        return Decimal(left) == Decimal(right)
    return False


def _normal(value: str) -> str:
    return "\n".join(line.strip() for line in value.strip().splitlines())
