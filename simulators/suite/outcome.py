"""What came of the demonstration, as a table, and whether it is what should have come."""

from collections.abc import Iterator

from rich.table import Table

from simulators.edc import EdcSimulator
from simulators.suite.page import Json, Page
from simulators.suite.scenario import CORE, L1, L2, PERIPHERY, UNDER_COVERED

EXPECTED_COVERED = (L1, L2, CORE, PERIPHERY)


def outcome_table(page: Page, edc_page: str, journal: str) -> Table:
    """Targets, organs, alerts, and where the record went."""
    table = Table(title="Outcome of the demonstration (DEMO data)", title_justify="left")
    for heading in ("What", "Outcome", "Facts"):
        table.add_column(heading, overflow="fold")
    for card in page.rows("targets"):
        if card["modality"] is not None:
            facts = ", ".join(_fact(fact) for fact in card["facts"])
            table.add_row(f"{card['key']} by {card['modality']}", card["verdict"], facts)
    for organ in page.rows("organs"):
        limits = ", ".join(_limit(limit) for limit in organ["limits"])
        table.add_row(f"Organ {organ['name']}", _worst(organ["limits"]), limits)
    frozen: Json | None = page.procedure["frozen"] if page.procedure else None
    if frozen is not None:
        table.add_row("All ice", frozen["status"], _limit(frozen))
    for alert in page.rows("alerts"):
        state = "still present" if alert["present"] else "resolved"
        table.add_row(f"Alert {alert['id']}", state, alert["text"])
    record: Json = page.procedure["record"] if page.procedure else {"status": "none", "rows": 0}
    table.add_row("Record", record["status"], f"{record['rows']} rows, read them at {edc_page}")
    table.add_row("Journal", "whole", journal)
    return table


def faults(page: Page, edc: EdcSimulator) -> Iterator[str]:
    """Everything that is not as it should be at the end; nothing if all is well."""
    for key in EXPECTED_COVERED:
        card = page.target(key)
        if card is None or card["verdict"] != "COVERED":
            yield f"{key} is {card['verdict'] if card else 'missing'}, it should be COVERED"
    alert = page.alert(UNDER_COVERED)
    if alert is None or alert["present"]:
        yield "the alert of the margin was not raised and resolved"
    if page.procedure is None or page.procedure["record"]["status"] != "CONFIRMED":
        yield "the EDC has not confirmed the record"
    if edc.stored_imports > 1:
        yield f"the record was sent {edc.stored_imports} times"


def _fact(fact: dict[str, object]) -> str:
    actual = fact["actual"]
    told = f"{actual:.1f}" if isinstance(actual, float) else f"UNKNOWN ({fact['unknown_reason']})"
    return f"{fact['quantity']} {told} of {fact['wanted']:g} {fact['unit']}".strip()


def _limit(limit: dict[str, object]) -> str:
    actual = limit["actual"]
    told = f"{actual:.1f}" if isinstance(actual, float) else "UNKNOWN"
    return f"{limit['quantity']} {told} (limit {limit['limit']} {limit['unit']})"


def _worst(limits: list[dict[str, object]]) -> str:
    order = ("OVER", "UNKNOWN", "UNSET", "WITHIN")
    return min((str(limit["status"]) for limit in limits), key=order.index, default="no limit")
