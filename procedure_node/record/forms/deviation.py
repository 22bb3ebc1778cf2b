"""Form DEVIATION: each departure from the protocol, and its reason."""

from collections.abc import Iterator, Mapping
from typing import get_args

from procedure_node.events import DeviationKind
from procedure_node.record.fields import Form, Group, choice, notes, utc
from procedure_node.record.provenance import Filled, RecordEvidence, person, system
from procedure_node.record.values import Unknown
from procedure_node.state import DeviationState, ProcedureState

NOTED = Group(
    "dev_depart",
    "Deviation",
    (
        choice("dev_of", "Of what", get_args(DeviationKind), sdtm="DV.DVCAT"),
        notes("dev_what", "What"),
        utc("dev_noted_utc", "Noted", sdtm="DV.DVSTDTC"),
    ),
)
EXPLAINED = Group("dev_why", "Reason", (notes("dev_reason", "Reason"),))
DEVIATION = Form("deviation", "DEVIATION", repeats=True, groups=(NOTED, EXPLAINED))


def deviation_rows(procedure: ProcedureState) -> Iterator[Mapping[str, Filled]]:
    """One row for each, in the order in which they were noted."""
    for found in procedure.deviations.values():
        noted = system("rules", found.noted_at, RecordEvidence.JUDGED)
        yield {
            NOTED.name: Filled(
                noted,
                {
                    "dev_of": found.noted.of,
                    "dev_what": found.noted.what,
                    "dev_noted_utc": found.noted_at,
                },
            ),
            EXPLAINED.name: _why(found),
        }


def _why(found: DeviationState) -> Filled:
    if found.explained_by is not None and found.explained_at is not None:
        by = person(found.explained_by, found.explained_at)
        return Filled(by, {"dev_reason": found.reason})
    reason = found.reason or Unknown("nobody gave it")
    return Filled(system("rules", found.noted_at, RecordEvidence.JUDGED), {"dev_reason": reason})
