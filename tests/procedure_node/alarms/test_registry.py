"""The registry: every rule's condition is in it, once, and nothing else is."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from procedure_node.alarms import CONDITIONS
from procedure_node.rules import conditions

RULES = Path(conditions.__file__).parent


class Call:
    """One ``present(...)`` in a rule: the conditions that it may name, and what it gives them."""

    def __init__(self, file: Path, node: ast.Call, names: dict[str, ast.expr]) -> None:
        self.where = f"{file.name}:{node.lineno}"
        first = node.args[0]
        self.ids = words_in(names.get(first.id, first) if isinstance(first, ast.Name) else first)
        self.priorities = {w for k in node.keywords if k.arg == "priority" for w in words_in(k)}

    def __repr__(self) -> str:
        return self.where


def words_in(node: ast.AST) -> set[str]:
    constants = (n.value for n in ast.walk(node) if isinstance(n, ast.Constant))
    return {value for value in constants if isinstance(value, str)}


def calls(name: str) -> Iterator[Call]:
    for file in sorted(RULES.glob("*.py")):
        tree = ast.parse(file.read_text("utf-8"))
        names = {
            target.id: node.value
            for node in tree.body
            if isinstance(node, ast.Assign)
            for target in node.targets
            if isinstance(target, ast.Name)
        }
        for node in ast.walk(tree):
            if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Name):
                continue
            if node.func.id == name and node.args:
                yield Call(file, node, names)


PRESENT = list(calls("present"))
SPOKEN_OF = {one for call in PRESENT for one in call.ids}


def test_the_rules_are_read() -> None:
    assert len(PRESENT) > 15
    assert "organ-over-limit" in SPOKEN_OF


@pytest.mark.parametrize("call", [*PRESENT, *calls("alert_id")], ids=repr)
def test_every_condition_of_a_rule_is_registered(call: Call) -> None:
    assert call.ids <= set(CONDITIONS), f"{call.where}: add it to procedure_node/alarms/registry.py"


@pytest.mark.parametrize("call", PRESENT, ids=repr)
def test_a_rule_gives_a_condition_only_priorities_that_it_may_have(call: Call) -> None:
    for condition in (CONDITIONS[one] for one in call.ids):
        assert call.priorities <= {condition.priority, *condition.may_be}


def test_no_condition_is_registered_that_no_rule_speaks_of() -> None:
    assert set(CONDITIONS) == SPOKEN_OF


@pytest.mark.parametrize("condition", CONDITIONS.values(), ids=lambda c: c.id)
def test_an_entry_is_whole(condition) -> None:
    assert condition.meaning
    assert condition.action
    assert condition.raise_after_s >= 0
    assert condition.clear_after_s >= 0
    assert condition.limit or not condition.hysteresis, "a hysteresis is that of a limit"
    assert (condition.escalates_after_s is not None) == (
        "HIGH" in (condition.priority, *condition.may_be)
    )
