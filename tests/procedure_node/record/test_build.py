import json
import re
from collections import Counter
from collections.abc import Callable
from types import SimpleNamespace

import pytest

from dosimetry_core.values import GenerationMode, Modality, ZoneKind
from procedure_node.events import (
    AdverseEventPrompted,
    AlertAcknowledged,
    AlertEscalated,
    AlertRaised,
    AnalysisFailed,
    LoggedIn,
    LoggedOut,
    LoginFailed,
    ScanDoseReported,
    TargetAllocated,
)
from procedure_node.record import FORMS, ProcedureRecord, Row, Tokens, build_record, content_sha256
from procedure_node.state import ProcedureState

Told = Callable[..., ProcedureState]


def rows_of(record: ProcedureRecord, form: str) -> list[Row]:
    return [row for row in record.rows if row["redcap_repeat_instrument"] == form]


def allocated(modality: Modality) -> TargetAllocated:
    return TargetAllocated(lesion="L1", zone=ZoneKind.WHOLE, modality=modality, reason="")


@pytest.fixture(scope="module")
def record(procedure: ProcedureState) -> ProcedureRecord:
    return build_record(procedure, software_version="0.1.0")


def test_every_form_has_its_rows(record: ProcedureRecord) -> None:
    counts = Counter(row["redcap_repeat_instrument"] for row in record.rows)
    assert counts == {
        "": 1,
        "lesion": 2,
        "seed_batch": 1,
        "seed": 2,
        "seed_count": 2,
        "probe": 1,
        "freeze_cycle": 1,
        "lesion_cycle": 1,
        "ice_ball": 1,
        "dosimetry": 3,
        "alarm": 2,
        "ae_prompt": 5,
        "ct_dose": 4,
        "audit": 11,
    }


def test_instances_count_from_one_in_each_form(record: ProcedureRecord) -> None:
    for form in FORMS:
        rows = rows_of(record, form.name)
        assert [row["redcap_repeat_instance"] for row in rows] == [
            str(n + 1) for n in range(len(rows))
        ]
    assert record.rows[0]["redcap_repeat_instance"] == ""


def test_the_same_procedure_gives_the_same_record(
    told: Told, story: SimpleNamespace, record: ProcedureRecord
) -> None:
    again = told(story.opening(), story.middle(), story.closing())
    revived = ProcedureState.model_validate_json(again.model_dump_json())
    assert build_record(revived, software_version="0.1.0") == record
    assert record.content_sha256 == content_sha256(record.rows)


def test_the_last_record_is_kept_for_the_same_state_and_no_other(
    procedure: ProcedureState, bare: ProcedureState
) -> None:
    first = build_record(procedure, software_version="1.0")
    assert build_record(procedure, software_version="1.0") is first
    assert build_record(procedure, software_version="1.1") != first
    again = procedure.model_copy()
    assert build_record(again, software_version="1.0") == first
    assert build_record(bare, software_version="1.0") != first
    changed = procedure.model_copy(update={"subject": "DEMO-999"})
    assert build_record(changed, software_version="1.0") != first


def test_a_record_survives_json(record: ProcedureRecord) -> None:
    assert ProcedureRecord.model_validate_json(record.model_dump_json()) == record


def test_the_content_is_named_by_its_hash(procedure: ProcedureState) -> None:
    other = procedure.model_copy(update={"subject": "S-0043"})
    assert build_record(other).content_sha256 != build_record(procedure).content_sha256


def test_no_value_of_a_form_is_left_out_or_blank(record: ProcedureRecord) -> None:
    for row in record.rows:
        form = next(f for f in FORMS if f.name == (row["redcap_repeat_instrument"] or "procedure"))
        for group, field in form.fields():
            for name in (field.name, *(f"{group.name}_{part}" for part in ("by", "utc"))):
                assert row[name], f"{form.name}.{name}"
        assert row[f"{form.name}_complete"] == "2"


def test_every_absent_value_has_its_reason(record: ProcedureRecord) -> None:
    absent = 0
    for row in record.rows:
        form = next(f for f in FORMS if f.name == (row["redcap_repeat_instrument"] or "procedure"))
        for group, field in form.fields():
            word = {"UNKNOWN": "UNKNOWN: ", "NOT_APPLICABLE": "not applicable: "}.get(
                row[field.name]
            )
            if word:
                absent += 1
                reasons = row[f"{group.name}_why"].splitlines()
                assert any(field.label in line and word in line for line in reasons)
    assert absent > 20


def test_the_procedure_and_its_pseudonym(record: ProcedureRecord) -> None:
    (row,) = rows_of(record, "")
    assert row["record_id"] == record.record_id == "DEMO-a1b2c3"
    assert row["pro_subject"] == "S-0042"
    assert row["pro_mode"] == "DEMO"
    assert row["pro_outcome"] == "COMPLETED"
    assert row["pro_closed_utc"] == "2026-03-01 09:00:00"
    assert row["pro_software"] == "0.1.0"
    assert row["pro_protocol_example"] == "1"
    assert len(row["pro_protocol_sha256"]) == 64


def test_values_of_one_row_differ_in_originator_time_and_evidence(
    record: ProcedureRecord,
) -> None:
    row = rows_of(record, "lesion")[0]
    told_by = {
        group: tuple(row[f"{group}_{part}"] for part in ("originator", "by", "utc", "evidence"))
        for group in ("les_alloc", "les_contour", "les_treated", "les_cov")
    }
    assert told_by == {
        "les_alloc": ("PERSON", "operator-1", "2026-03-01 08:31:00", "STATED"),
        "les_contour": ("SYSTEM", "structure set", "2026-03-01 08:32:00", "PLANNED"),
        "les_treated": ("PERSON", "operator-1", "2026-03-01 08:48:00", "STATED"),
        "les_cov": ("SYSTEM", "rules", "2026-03-01 08:41:00", "JUDGED"),
    }
    assert row["les_facts"] == "D90: 122.5 Gy, wanted 110 Gy: met [MODELLED]"


def test_unknown_coverage_is_unknown_with_its_reason(record: ProcedureRecord) -> None:
    row = rows_of(record, "lesion")[1]
    assert (row["les_lesion"], row["les_zone"], row["les_modality"]) == ("L2", "CORE", "CRYO")
    assert row["les_verdict"] == "UNKNOWN"
    assert "Coverage UNKNOWN: the scan is 45 min old" in row["les_cov_why"]
    assert row["les_volume_cc"] == "UNKNOWN"
    assert row["les_finished"] == "0"


def test_seeds_are_those_of_the_newest_scan(
    record: ProcedureRecord, story: SimpleNamespace
) -> None:
    first, second = rows_of(record, "seed")
    assert first["sd_scan"] == Tokens("a1b2c3").of(story.newest_scan)
    assert (first["sd_x_mm"], first["sd_z_mm"], first["sd_lesion"]) == ("1.00", "0.00", "L1")
    assert (second["sd_lesion"], second["sd_confidence"]) == ("NOT_APPLICABLE", "0.550")
    assert (first["sd_found_originator"], first["sd_found_evidence"]) == ("SYSTEM", "IMAGED")
    assert first["sd_found_utc"] == "2026-03-01 08:39:00"


def test_seeds_of_an_older_scan_do_not_stand_in_for_the_newest(
    told: Told, story: SimpleNamespace
) -> None:
    later = [
        (25, "receiver", story.received("1.2.826.0.1.3680043.8.498.1.9", 25)),
        (
            26,
            "seed finder",
            AnalysisFailed(
                series_uid="1.2.826.0.1.3680043.8.498.1.9", step="SEEDS", reason="out of memory"
            ),
        ),
    ]
    record = build_record(told(story.opening(), story.middle(), later))
    (seed,) = rows_of(record, "seed")
    assert {seed[field.name] for field in form("seed")[1:]} == {"UNKNOWN"}
    assert "out of memory" in seed["sd_found_why"]
    newest_dose = rows_of(record, "dosimetry")[-1]
    assert newest_dose["dos_scan"] == seed["sd_scan"]
    assert newest_dose["dos_d90_gy"] == "UNKNOWN"


def form(name: str) -> list[SimpleNamespace]:
    found = next(form for form in FORMS if form.name == name)
    return [SimpleNamespace(name=field.name) for _, field in found.fields()]


@pytest.mark.parametrize(
    ("modality", "rows"),
    [
        (Modality.SEEDS, {"seed": "sd_number", "dosimetry": "dos_d90_gy"}),
        (Modality.CRYO, {"ice_ball": "ice_volume_cc"}),
    ],
)
def test_what_was_wanted_and_never_seen_is_unknown_and_not_silent(
    told: Told, story: SimpleNamespace, modality: Modality, rows: dict[str, str]
) -> None:
    record = build_record(told(story.opening(), [(1, "operator-1", allocated(modality))]))
    found = {name: rows_of(record, name) for name in ("seed", "dosimetry", "ice_ball")}
    assert {name for name, of_form in found.items() if of_form} == set(rows)
    for name, field in rows.items():
        (row,) = found[name]
        assert row[field] == "UNKNOWN"
        assert any("no scan was received" in row.get(f"{g}_why", "") for g in groups(name))


def groups(name: str) -> list[str]:
    return [group.name for form in FORMS if form.name == name for group in form.groups]


def test_probes_and_cycles_come_from_the_device(record: ProcedureRecord) -> None:
    (probe,) = rows_of(record, "probe")
    (cycle,) = rows_of(record, "freeze_cycle")
    assert (probe["prb_place_originator"], probe["prb_read_originator"]) == ("PERSON", "DEVICE")
    assert (probe["prb_min_c"], probe["prb_tip_x_mm"]) == ("-118.0", "UNKNOWN")
    assert (cycle["fc_cycle_by"], cycle["fc_cycle_evidence"]) == ("cryo-1", "MEASURED")
    assert (cycle["fc_start_utc"], cycle["fc_freeze_s"]) == ("2026-03-01 08:50:00", "60.0")
    assert cycle["fc_passive_thaw_s"] == "UNKNOWN"
    assert cycle["fc_phases"].startswith("FREEZE 08:50:00 to 08:51:00, lowest -118.0 degC")


def test_a_console_without_a_pressure_sensor_is_not_said_to_be_silent(
    procedure: ProcedureState,
) -> None:
    ((key, probe),) = procedure.probes.items()
    (cycle,) = probe.cycles.cycles
    blind = cycle.model_copy(update={"gas_pressure_start_kpa": None, "gas_pressure_end_kpa": None})
    cycles = probe.cycles.model_copy(update={"cycles": (blind,)})
    probes = {key: probe.model_copy(update={"cycles": cycles})}
    record = build_record(procedure.model_copy(update={"probes": probes}))
    (row,) = rows_of(record, "freeze_cycle")
    assert (row["fc_gas_start_kpa"], row["fc_min_c"]) == ("UNKNOWN", "-118.0")
    assert "no gas pressure was read while this cycle froze" in row["fc_cycle_why"]
    assert "no valid reading" not in row["fc_cycle_why"]


def test_dose_is_modelled_and_its_prescription_is_the_protocols(record: ProcedureRecord) -> None:
    failed, target, organ = rows_of(record, "dosimetry")
    assert failed["dos_d90_gy"] == "UNKNOWN"
    assert "UNKNOWN: no seed model" in failed["dos_dose_why"]
    assert (target["dos_d90_gy"], target["dos_v100_percent"]) == ("122.46", "95.12")
    assert (target["dos_d90_low_gy"], target["dos_d90_high_gy"]) == ("111.23", "131.90")
    assert (target["dos_v100_low_percent"], target["dos_cold_cc"]) == ("90.50", "0.44")
    assert (organ["dos_d90_low_gy"], organ["dos_cold_cc"]) == ("NOT_APPLICABLE",) * 2
    assert (target["dos_conformity"], organ["dos_conformity"]) == ("UNKNOWN", "NOT_APPLICABLE")
    assert target["dos_research"] == "NOT_APPLICABLE"
    assert (target["dos_dose_evidence"], target["dos_rx_evidence"]) == ("MODELLED", "PROTOCOL")
    assert (target["dos_rx_gy"], organ["dos_rx_gy"]) == ("110.0", "NOT_APPLICABLE")
    assert organ["dos_v100_percent"] == "NOT_APPLICABLE"
    assert organ["dos_d2cc_gy"] == "NOT_APPLICABLE"


def test_an_alert_that_came_twice_is_told_twice(record: ProcedureRecord) -> None:
    first, second = rows_of(record, "alarm")
    assert (first["alm_present"], second["alm_present"]) == ("0", "1")
    assert (first["alm_acknowledged"], first["alm_ack_by"]) == ("1", "physicist-1")
    assert (second["alm_acknowledged"], second["alm_cleared_utc"]) == ("0", "NOT_APPLICABLE")


def test_adverse_events_are_a_persons_words(record: ProcedureRecord) -> None:
    first, second, *unanswered = rows_of(record, "ae_prompt")
    assert {row["ae_grade"] for row in unanswered} == {"UNKNOWN"}
    assert "seed migration" in {row["ae_term"] for row in unanswered}
    assert (first["ae_term"], first["ae_grade"], first["ae_comment"]) == (
        "Pneumothorax",
        "2",
        "small; watched",
    )
    assert (second["ae_grade"], second["ae_comment"]) == ("0", "NOT_APPLICABLE")
    assert second["ae_onset_utc"] == "2026-03-01 08:30:00"
    assert second["ae_answer_utc"] == "2026-03-01 08:46:00"


def test_every_scan_is_told_with_or_without_its_radiation_output(
    record: ProcedureRecord,
) -> None:
    rows = rows_of(record, "ct_dose")
    assert [row["ct_status"] for row in rows] == ["RECEIVED", "RECEIVED", "REFUSED", "RECEIVED"]
    assert [row["ct_ctdivol_mgy"] for row in rows] == ["UNKNOWN", "UNKNOWN", "UNKNOWN", "10.26"]
    assert rows[2]["ct_refused"] == "gantry tilt of 12 degrees"
    assert rows[3]["ct_output_by"] == "physicist-1"


def test_radiation_output_of_a_scan_that_was_never_seen_is_kept(
    told: Told, story: SimpleNamespace
) -> None:
    dose = ScanDoseReported(series_uid="1.2.3.4.5.6", ctdi_vol_mgy=1.0, dlp_mgy_cm=2.0)
    (row,) = rows_of(build_record(told(story.opening(), [(1, "operator-1", dose)])), "ct_dose")
    assert (row["ct_status"], row["ct_dlp_mgycm"]) == ("UNKNOWN", "2.0")


def test_acts_are_in_their_order(record: ProcedureRecord) -> None:
    acts = [row["aud_what"] for row in rows_of(record, "audit")]
    assert acts[0] == "procedure-opened"
    assert acts[-1] == "procedure-closed"
    assert {row["aud_act_originator"] for row in rows_of(record, "audit")} == {"PERSON"}


def test_logins_are_acts_and_of_a_failed_one_nobody_is_the_originator(
    told: Told, story: SimpleNamespace
) -> None:
    acts = [
        (1, "operator-1", LoggedIn()),
        (2, "operator-1", LoggedOut(why="UNUSED")),
        (3, "procedure-node", LoginFailed(person="nurse-7", tries_left=0)),
        (4, "procedure-node", LoginFailed(person=None, tries=3)),
    ]
    rows = rows_of(build_record(told(story.opening(), acts)), "audit")[-4:]
    assert [(r["aud_what"], r["aud_act_originator"], r["aud_detail"]) for r in rows] == [
        ("logged-in", "PERSON", "at the page"),
        ("logged-out", "PERSON", "the page was not used for too long"),
        ("login-failed", "SYSTEM", "nurse-7 wrong password; the name is locked for a while"),
        ("login-failed", "SYSTEM", "3 times with a name that nobody has"),
    ]


def test_an_open_procedure_says_that_it_is_open(bare: ProcedureState) -> None:
    record = build_record(bare)
    (row,) = rows_of(record, "")
    assert (row["pro_outcome"], row["pro_close_utc"]) == ("UNKNOWN", "UNKNOWN")
    assert "the procedure is still open" in row["pro_close_why"]
    prompts = rows_of(record, "ae_prompt")
    assert len(record.rows) - len(prompts) == 2, "the procedure and who opened it"


@pytest.mark.parametrize("mode", list(GenerationMode))
def test_the_mode_is_in_the_record_and_in_its_id(
    told: Told, story: SimpleNamespace, mode: GenerationMode
) -> None:
    record = build_record(told(story.opening(), mode=mode))
    assert record.mode is mode
    assert record.rows[0]["pro_mode"] == mode.value
    assert record.record_id == ("a1b2c3" if mode is GenerationMode.REAL else f"{mode}-a1b2c3")


def test_no_uid_is_in_the_record_not_even_in_its_texts(
    record: ProcedureRecord, story: SimpleNamespace
) -> None:
    text = json.dumps(record.rows)
    assert not re.search(r"1\.2\.826", text)
    token = Tokens("a1b2c3").of(story.newest_scan)
    assert rows_of(record, "alarm")[0]["alm_text"] == f"Scan {token} is old"


def test_careless_words_of_people_do_not_stop_the_record(
    told: Told, story: SimpleNamespace
) -> None:
    said = [
        (1, "operator-1", AdverseEventPrompted(term=" ", grade=3, comment="\x00\n")),
        (
            2,
            "rules",
            AlertRaised(
                alert_id="x",
                condition="",
                priority="LOW",
                category="TECHNICAL",
                subject="",
                text="",
                action="",
            ),
        ),
    ]
    record = build_record(told(story.opening(), said))
    answer = rows_of(record, "ae_prompt")[0]
    (alarm,) = rows_of(record, "alarm")
    assert (answer["ae_term"], answer["ae_grade"]) == ("UNKNOWN", "3")
    assert alarm["alm_text"] == "UNKNOWN"
    assert "it was left empty" in alarm["alm_raise_why"]


def test_how_an_alarm_was_answered_is_in_its_row(told: Told, story: SimpleNamespace) -> None:
    raised = AlertRaised(
        alert_id="data-stale:therm-1/1",
        condition="data-stale",
        priority="MEDIUM",
        category="TECHNICAL",
        subject="therm-1/1",
        text="silent",
        action="look",
        caused_by="device-lost:therm-1",
    )
    said = [
        (1, "rules", raised),
        (2, "rules", AlertEscalated(alert_id=raised.alert_id, after_s=60.0)),
        (3, "nurse-7", AlertAcknowledged(alert_id=raised.alert_id, reason="plugged in again")),
    ]
    (alarm,) = rows_of(build_record(told(story.opening(), said)), "alarm")
    assert alarm["alm_caused_by"] == "device-lost:therm-1"
    assert alarm["alm_escalated_utc"] > alarm["alm_raised_utc"]
    assert (alarm["alm_ack_by"], alarm["alm_acknowledged_reason"]) == (
        "nurse-7",
        "plugged in again",
    )
