"""Tables of docs/alarms.md that stand in the code: conditions, and what causes what.

python -m benchmarks.alarm_document           write them, after a change of the registry
"""

from collections.abc import Mapping
from pathlib import Path

from procedure_node.alarms import CONDITIONS, CONSEQUENCES, AlertCondition

DOCUMENT = Path(__file__).parents[1] / "docs" / "alarms.md"


def conditions() -> str:
    """Every alert condition as a row, the most urgent first."""
    order = {"HIGH": 0, "MEDIUM": 1, "LOW": 2}
    rows = sorted(CONDITIONS.values(), key=lambda c: (order[c.priority], c.kind, c.id))
    return "\n".join(
        [
            "| condition | priority | kind | means | do | limit | delays | latches |",
            "|---|---|---|---|---|---|---|---|",
            *(_condition(one) for one in rows),
        ]
    )


def _condition(one: AlertCondition) -> str:
    priority = " or ".join((one.priority, *one.may_be))
    limit = one.limit + (f", hysteresis {one.hysteresis:g}" if one.hysteresis else "")
    delays = [
        f"{word} after {delay_s:g} s"
        for word, delay_s in (("raise", one.raise_after_s), ("clear", one.clear_after_s))
        if delay_s
    ]
    latches = "yes" if one.latching else ""
    return (
        f"| `{one.id}` | {priority} | {one.kind} | {one.meaning} | {one.action} | {limit} | "
        f"{', '.join(delays)} | {latches} |"
    )


def causes() -> str:
    """Every pair of a cause and its consequence as a row."""
    return "\n".join(
        [
            "| cause | consequence | because |",
            "|---|---|---|",
            *(f"| `{_cell(c.cause)}` | `{_cell(c.effect)}` | {c.why} |" for c in CONSEQUENCES),
        ]
    )


def _cell(pattern: str) -> str:
    """A bar would end the cell of a table."""
    return pattern.replace("|", "\\|")


def code_tables() -> dict[str, str]:
    """Tables by the name of their place in the document."""
    return {"conditions": conditions(), "causes": causes()}


def with_table(text: str, name: str, table: str) -> str:
    """A document with a table between its two marks."""
    begin, end = f"<!-- {name}: begin -->", f"<!-- {name}: end -->"
    before, _, rest = text.partition(begin)
    return f"{before}{begin}\n{table}\n{end}{rest.partition(end)[2]}"


def write_tables(tables: Mapping[str, str]) -> None:
    """Put tables into the document."""
    text = DOCUMENT.read_text(encoding="utf-8")
    for name, table in tables.items():
        text = with_table(text, name, table)
    DOCUMENT.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    write_tables(code_tables())
