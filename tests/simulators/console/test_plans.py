"""Fault plans and scripts as files: what they say, and what is said of a wrong one."""

import re
from pathlib import Path

import pytest

from simulators.console import Fault, FaultPlan, PlanError, Step, read_script


def written(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "plan.toml"
    path.write_text(text, "utf-8")
    return path


def test_a_fault_plan_says_what_goes_wrong_and_when(tmp_path: Path):
    plan = FaultPlan.from_toml(
        written(
            tmp_path,
            """
            [[fault]]
            kind = "unplug"
            at_s = 30.0
            for_s = 5
            [[fault]]
            kind = "corrupt"
            probability = 0.1
            """,
        )
    )
    assert plan.find("unplug", 29.9) is None
    assert plan.find("unplug", 30.0) == Fault(kind="unplug", at_s=30.0, for_s=5)
    assert plan.find("unplug", 35.0) is None
    assert plan.find("corrupt", 1e6) == Fault(kind="corrupt", probability=0.1)
    assert [plan.next_change_s(now) for now in (0.0, 30.0, 35.0)] == [30.0, 35.0, float("inf")]


def test_a_fault_can_be_ended_and_a_restart_happens_once():
    plan = FaultPlan((Fault(kind="silence", at_s=1.0), Fault(kind="restart", at_s=2.0)))
    plan.end("silence", 3.0)
    assert plan.find("silence", 2.9) is not None
    assert plan.find("silence", 3.0) is None
    assert [plan.take_restarts(now) for now in (1.0, 2.5, 3.0)] == [False, True, False]


def test_a_script_is_read_in_the_order_of_its_times(tmp_path: Path):
    script = read_script(
        written(
            tmp_path,
            """
            [[step]]
            at_s = 9
            do = "thaw"
            [[step]]
            at_s = 5.0
            do = "freeze"
            probe = 1
            power_percent = 80
            """,
        )
    )
    assert script == (
        Step(at_s=5.0, do="freeze", probe=1, power_percent=80),
        Step(at_s=9, do="thaw"),
    )


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ('[[fault]]\nkind = "melt"', "fault 1: kind 'melt' is not one of split, "),
        ("[[fault]]\nat_s = 1.0", "fault 1: ['kind'] missing"),
        ('[[fault]]\nkind = "drop"\nfrom = 1', "fault 1: unknown ['from']"),
        ('[[fault]]\nkind = "drop"\nat_s = -1', "at_s is -1, it must be a number of 0 or more"),
        ('[[fault]]\nkind = "drop"\nat_s = "1"', "at_s is '1'"),
        ('[[fault]]\nkind = "drop"\nprobability = 1.5', "must be a number from 0 to 1"),
        ('[fault]\nkind = "drop"', "with two brackets"),
        ("fault = [1]", "fault 1: 1 is not a table"),
        ("[[faults]]", "unknown ['faults']"),
        ("[[", "plan.toml: "),
    ],
)
def test_a_wrong_fault_plan_is_refused_with_file_place_and_reason(
    tmp_path: Path, text: str, reason: str
):
    with pytest.raises(PlanError, match=re.escape(reason)):
        FaultPlan.from_toml(written(tmp_path, text))


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ('do = "melt"\nat_s = 1', "step 1: do 'melt' is not one of freeze, "),
        ('do = "off"', "step 1: ['at_s'] missing"),
        ('do = "off"\nat_s = true', "at_s is True"),
        ('do = "freeze"\nat_s = 1\npower_percent = 0', "power_percent is 0"),
        ('do = "cooling"\nat_s = 1', "cooling needs a channel"),
        ('do = "sensor"\nat_s = 1', "sensor needs a probe or a channel"),
        ('do = "sensor"\nat_s = 1\nprobe = 1\nstatus = "BAD"', "status 'BAD'"),
    ],
)
def test_a_wrong_script_is_refused_with_file_place_and_reason(
    tmp_path: Path, text: str, reason: str
):
    with pytest.raises(PlanError, match=re.escape(reason)):
        read_script(written(tmp_path, f"[[step]]\n{text}"))


def test_a_plan_that_is_not_there_is_refused_by_name(tmp_path: Path):
    with pytest.raises(PlanError, match=re.escape(str(tmp_path / "gone.toml"))):
        read_script(tmp_path / "gone.toml")
