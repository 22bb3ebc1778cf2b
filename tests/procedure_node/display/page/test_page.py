from datetime import timedelta

import pytest

from dosimetry_core.values import GenerationMode
from procedure_node.display import page_state
from procedure_node.state import NodeState


def test_before_any_procedure_only_the_room_and_the_links_are_told(sample, now):
    page = page_state(NodeState(room="CT-2", running=True, links=sample.links(now)), now)
    assert page.procedure is None
    assert [link.name for link in page.links] == ["pacs", "console", "thermometer", "broker", "edc"]


def test_the_header_says_which_protocol_and_that_its_numbers_are_examples(state, now):
    header = page_state(state, now).procedure.header
    assert (header.protocol, header.protocol_version) == ("demonstration", "1")
    assert header.example_protocol
    assert header.arm == "Lesion allocation and tumour zoning"
    assert header.prescription_gy == 110.0
    assert header.mode is GenerationMode.DEMO


def test_an_unset_prescription_is_told_as_none(state, changed, now):
    protocol = state.procedure.protocol
    unset = protocol.model_copy(
        update={"seeds": protocol.seeds.model_copy(update={"prescription_gy": "unset"})}
    )
    assert page_state(changed(protocol=unset), now).procedure.header.prescription_gy is None


def test_the_page_is_the_same_for_the_same_state_and_time(state, now):
    assert page_state(state, now) == page_state(state, now)
    assert page_state(state, now) != page_state(state, now + timedelta(seconds=2))


@pytest.mark.parametrize("secret", ["1.2.826.3", "ct/", "view_directory"])
def test_no_dicom_identifier_and_no_path_reaches_the_page(state, now, secret):
    assert secret not in page_state(state, now).model_dump_json()
