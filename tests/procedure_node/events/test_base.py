"""Copies of facts: as pydantic makes them."""

from typing import Any

import pytest
from pydantic import BaseModel, ValidationError

from procedure_node.events import Fact


class Point(Fact):
    x: float
    y: float = 0.0
    tags: tuple[str, ...] = ()


@pytest.mark.parametrize(
    "update", [None, {}, {"y": 2.0}, {"tags": ("a",)}, {"x": 3.0, "tags": ("b", "c")}]
)
@pytest.mark.parametrize("deep", [False, True])
def test_a_copy_is_what_pydantic_makes(update: dict[str, Any] | None, *, deep: bool) -> None:
    point = Point(x=1.0, tags=("a", "b"))
    copied = point.model_copy(update=update, deep=deep)
    expected = BaseModel.model_copy(point, update=update, deep=deep)
    assert type(copied) is Point
    assert copied == expected
    assert copied.model_fields_set == expected.model_fields_set
    assert copied.model_dump_json() == expected.model_dump_json()
    assert copied.model_dump(exclude_unset=True) == expected.model_dump(exclude_unset=True)
    assert hash(copied) == hash(expected)


def test_a_copy_leaves_the_original_alone() -> None:
    point = Point(x=1.0)
    point.model_copy(update={"x": 2.0, "y": 3.0})
    assert (point.x, point.y) == (1.0, 0.0)
    assert point.model_fields_set == {"x"}


def test_a_copy_is_as_frozen() -> None:
    copied = Point(x=1.0).model_copy(update={"y": 2.0})
    with pytest.raises(ValidationError, match="frozen"):
        copied.x = 5.0  # pyright: ignore[reportAttributeAccessIssue]
