"""Where the simulated EDC keeps its values: one per field, as REDCap does."""

import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

_TABLE = """
CREATE TABLE IF NOT EXISTS value (
    record TEXT NOT NULL,
    form TEXT NOT NULL,
    instance INTEGER NOT NULL,
    field TEXT NOT NULL,
    value TEXT NOT NULL,
    PRIMARY KEY (record, form, instance, field)
) STRICT, WITHOUT ROWID
"""

Place = tuple[str, str, int]
"""Record, repeating form (empty for the forms that do not repeat) and instance (1 for those)."""


class EdcStore:
    """Values of all records in a SQLite file, or in memory without one."""

    def __init__(self, path: Path | None = None) -> None:
        self._connection = sqlite3.connect(path or ":memory:")
        self._connection.execute(_TABLE)
        self._connection.commit()

    def close(self) -> None:
        """Close the file."""
        self._connection.close()

    def write(self, values: Iterable[tuple[Place, str, str]]) -> None:
        """Set fields to values; an empty value erases. All or none are written."""
        written = [(*place, field, value) for place, field, value in values]
        with self._connection:
            self._connection.executemany(
                "INSERT OR REPLACE INTO value VALUES (?, ?, ?, ?, ?)",
                [row for row in written if row[-1]],
            )
            self._connection.executemany(
                "DELETE FROM value WHERE (record, form, instance, field) = (?, ?, ?, ?)",
                [row[:-1] for row in written if not row[-1]],
            )

    def records(self) -> tuple[str, ...]:
        """The ids of all records, in order."""
        found = self._connection.execute("SELECT DISTINCT record FROM value ORDER BY record")
        return tuple(row[0] for row in found)

    def read(self, records: Sequence[str] = ()) -> Mapping[Place, Mapping[str, str]]:
        """Fields and values by place, of some records or of all."""
        wanted = tuple(records) or self.records()
        places: dict[Place, dict[str, str]] = {}
        for record in wanted:
            for form, instance, field, value in self._connection.execute(
                "SELECT form, instance, field, value FROM value WHERE record = ? "
                "ORDER BY form, instance",
                (record,),
            ):
                places.setdefault((record, form, instance), {})[field] = value
        return places
