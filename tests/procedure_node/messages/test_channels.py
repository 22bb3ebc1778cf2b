import pytest
from hypothesis import given
from hypothesis import strategies as st

from procedure_node.messages import CONTRACT, topic_level
from procedure_node.messages.channels import COVERAGE


@given(st.text(min_size=1))
def test_a_level_holds_no_wildcard_separator_or_control_character(text):
    level = topic_level(text)
    assert level
    assert not set(level) & set("#+/ \0")
    assert level.isascii()
    assert level.isprintable()


@given(st.text(min_size=1), st.text(min_size=1))
def test_different_texts_give_different_levels(one, other):
    assert (topic_level(one) == topic_level(other)) == (one == other)


def test_an_empty_level_is_refused():
    with pytest.raises(ValueError, match="empty"):
        topic_level("")


def test_a_topic_is_its_address_filled_in():
    topic = COVERAGE.topic(room="CT/1", procedure="p+1", lesion="L#1", zone="WHOLE")
    assert topic == "procedure-node/CT%2F1/p%2B1/coverage/L%231/WHOLE"


def test_events_are_not_retained_and_all_else_is():
    assert {c.name for c in CONTRACT if not c.retained} == {"probeReading", "sensorReading"}
