"""PyCap, a REDCap client of other hands, finds in the simulator what it finds in REDCap."""

import asyncio

import pytest
import redcap
from redcap.request import RedcapError

from simulators.edc import EdcSimulator

ROWS = [
    {
        "record_id": "DEMO-1",
        "redcap_repeat_instrument": "",
        "redcap_repeat_instance": "",
        "opened": "2026-03-01 09:30:00",
        "outcome": "DONE",
        "visit_complete": "2",
    },
    {
        "record_id": "DEMO-1",
        "redcap_repeat_instrument": "needle",
        "redcap_repeat_instance": 2,
        "depth_mm": "12.50",
        "seeds": "UNKNOWN",
        "bent": "0",
        "remark": 'a "bent" needle\nwithdrawn',
        "needle_complete": "2",
    },
    {
        "record_id": "DEMO-1",
        "redcap_repeat_instrument": "needle",
        "redcap_repeat_instance": 1,
        "depth_mm": "-3",
    },
]


async def test_project_metadata_and_forms(pycap: redcap.Project) -> None:
    info = await asyncio.to_thread(pycap.export_project_info)
    metadata = await asyncio.to_thread(pycap.export_metadata)
    instruments = await asyncio.to_thread(pycap.export_instruments)
    repeating = await asyncio.to_thread(pycap.export_repeating_instruments_events)
    version = await asyncio.to_thread(pycap.export_version)
    names = await asyncio.to_thread(pycap.export_field_names)

    assert info["project_title"].startswith("DEMO")
    assert info["has_repeating_instruments_or_events"] == 1
    assert info["missing_data_codes"].startswith("UNKNOWN, UNKNOWN")
    assert [row["field_name"] for row in metadata][:2] == ["record_id", "opened"]
    assert metadata[1]["text_validation_type_or_show_slider_number"] == "datetime_seconds_ymd"
    assert metadata[2]["select_choices_or_calculations"] == "DONE, Done | LEFT, Left undone"
    assert [row["instrument_name"] for row in instruments] == ["visit", "needle"]
    assert repeating == [{"form_name": "needle", "custom_form_label": ""}]
    assert version.major == 14
    assert names[-1]["export_field_name"] == "needle_complete"
    assert await asyncio.to_thread(lambda: pycap.def_field) == "record_id"
    assert not await asyncio.to_thread(lambda: pycap.is_longitudinal)


async def test_imported_rows_come_back_in_redcaps_form(pycap: redcap.Project) -> None:
    answer = await asyncio.to_thread(pycap.import_records, ROWS)
    exported = await asyncio.to_thread(pycap.export_records)

    assert answer == {"count": 1}
    assert [
        (row["record_id"], row["redcap_repeat_instrument"], row["redcap_repeat_instance"])
        for row in exported
    ] == [("DEMO-1", "", ""), ("DEMO-1", "needle", 1), ("DEMO-1", "needle", 2)]
    base, first, second = exported
    assert (base["opened"], base["depth_mm"], base["needle_complete"]) == (
        "2026-03-01 09:30:00",
        "",
        "",
    )
    assert (first["depth_mm"], first["opened"], first["needle_complete"]) == ("-3", "", "0")
    assert (second["depth_mm"], second["seeds"], second["bent"]) == ("12.50", "UNKNOWN", "0")
    assert second["remark"] == 'a "bent" needle\nwithdrawn'


async def test_the_same_import_twice_changes_nothing(
    pycap: redcap.Project, edc: EdcSimulator
) -> None:
    await asyncio.to_thread(pycap.import_records, ROWS)
    once = await asyncio.to_thread(pycap.export_records)
    ids = await asyncio.to_thread(lambda: pycap.import_records(ROWS, return_content="ids"))

    assert ids == ["DEMO-1"]
    assert await asyncio.to_thread(pycap.export_records) == once
    assert edc.stored_imports == 2


async def test_export_of_some_records_forms_and_fields(pycap: redcap.Project) -> None:
    other = {**ROWS[0], "record_id": "DEMO-2"}
    await asyncio.to_thread(pycap.import_records, [*ROWS, other])

    some = await asyncio.to_thread(lambda: pycap.export_records(records=["DEMO-2"]))
    needles = await asyncio.to_thread(
        lambda: pycap.export_records(records=["DEMO-1"], forms=["needle"])
    )
    depths = await asyncio.to_thread(lambda: pycap.export_records(fields=["depth_mm"]))

    assert [row["record_id"] for row in some] == ["DEMO-2"]
    assert [row["depth_mm"] for row in needles] == ["", "-3", "12.50"]
    assert "opened" not in needles[0]
    assert {row["record_id"] for row in needles} == {"DEMO-1"}
    assert set(depths[0]) == {
        "record_id",
        "redcap_repeat_instrument",
        "redcap_repeat_instance",
        "depth_mm",
    }


async def test_empty_values_are_ignored_or_erase(pycap: redcap.Project) -> None:
    emptied = {**ROWS[0], "outcome": ""}
    await asyncio.to_thread(pycap.import_records, ROWS)

    await asyncio.to_thread(pycap.import_records, [emptied])
    kept = await asyncio.to_thread(pycap.export_records)
    await asyncio.to_thread(lambda: pycap.import_records([emptied], overwrite="overwrite"))
    erased = await asyncio.to_thread(pycap.export_records)

    assert kept[0]["outcome"] == "DONE"
    assert erased[0]["outcome"] == ""
    assert erased[0]["opened"] == "2026-03-01 09:30:00"


async def test_an_unknown_field_is_named(pycap: redcap.Project) -> None:
    with pytest.raises(RedcapError, match="not found in the project as real data fields: foo, baz"):
        await asyncio.to_thread(
            pycap.import_records, [{"record_id": "1", "foo": "1"}, {"record_id": "2", "baz": "2"}]
        )


@pytest.mark.parametrize(
    ("field", "value", "message"),
    [
        ("depth_mm", "deep", "does not follow the expected format"),
        ("seeds", "1.5", "does not follow the expected format"),
        ("made_on", "01/02/2026", "does not follow the expected format"),
        ("made_on", "2026-02-30", "does not follow the expected format"),
        ("bent", "maybe", "The value is not a valid category for bent"),
        ("needle_complete", "UNKNOWN", "The value is not a valid category for needle_complete"),
        ("opened", "2026-03-01 09:30:00", "not on the form that the row is of"),
    ],
)
async def test_a_bad_value_refuses_the_whole_import(
    pycap: redcap.Project, field: str, value: str, message: str
) -> None:
    bad = {
        "record_id": "DEMO-1",
        "redcap_repeat_instrument": "needle",
        "redcap_repeat_instance": 1,
        field: value,
    }
    with pytest.raises(RedcapError) as caught:
        await asyncio.to_thread(pycap.import_records, [ROWS[0], bad])

    text = caught.value.args[0]["error"]
    assert text.startswith(f'"DEMO-1","{field}","{value}","')
    assert message in text
    assert await asyncio.to_thread(pycap.export_records) == []


@pytest.mark.parametrize(
    ("instrument", "instance"), [("visit", "1"), ("needle", ""), ("needle", "0"), ("", "1")]
)
async def test_a_wrong_repeat_is_refused(
    pycap: redcap.Project, instrument: str, instance: str
) -> None:
    row = {
        "record_id": "1",
        "redcap_repeat_instrument": instrument,
        "redcap_repeat_instance": instance,
    }
    with pytest.raises(RedcapError, match="redcap_repeat_inst"):
        await asyncio.to_thread(pycap.import_records, [row])


async def test_a_wrong_token_is_refused(edc: EdcSimulator) -> None:
    stranger = redcap.Project(edc.url, "F" * 32, timeout=10)
    with pytest.raises(RedcapError, match="You do not have permissions to use the API"):
        await asyncio.to_thread(stranger.export_metadata)
    redcap.request._session.close()
