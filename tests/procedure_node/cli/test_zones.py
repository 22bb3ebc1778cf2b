"""``procedure-node zones`` on the demonstration patient: laid out, exported, read back."""

import json
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace

import pytest
from pydicom import dcmread

from dosimetry_core.structures import volume_cc
from drivers.dicom import read_structures
from procedure_node.cli import main
from simulators.patient import identity_of, load_baseline, scans, write_contours, write_scan

CONFIG = Path(__file__).parents[3] / "config"


@pytest.fixture(scope="module")
def case(tmp_path_factory) -> SimpleNamespace:
    folder = tmp_path_factory.mktemp("zones")
    ct, at = load_baseline(), datetime(2026, 3, 2, 8, 0, tzinfo=UTC)
    identity = identity_of(ct, at)
    series = write_scan(scans()[0], ct, identity, acquired_at=at, directory=folder / "ct")
    write_contours(series, identity, drawn_at=at, path=folder / "structures.dcm")
    return SimpleNamespace(scan=folder / "ct", structures=folder / "structures.dcm")


def zones(case, *options, protocol="demonstration"):
    return main(
        [
            "zones",
            *("--structures", str(case.structures)),
            *("--scan", str(case.scan)),
            *("--protocol", str(CONFIG / "protocols" / f"{protocol}.toml")),
            *("--config", str(CONFIG)),
            *map(str, options),
        ]
    )


def told(out: str) -> dict[str, float]:
    """Zone volumes by kind, cc, as printed."""
    lines = [line.strip() for line in out.splitlines() if line.startswith("  ")]
    return {
        line.partition(":")[0]: float(line.split()[1])
        for line in lines
        if not line.startswith("warning")
    }


def test_the_bulky_lesion_is_zoned_and_what_is_written_reads_back(case, tmp_path, capsys):
    structures, segmentation = tmp_path / "zones.dcm", tmp_path / "seg.dcm"
    assert zones(case, "--rtstruct-out", structures, "--seg-out", segmentation) == 0
    out = capsys.readouterr().out
    assert out.startswith("L3: 11.3 cc, 33 x 27 mm")
    volumes = told(out)
    assert volumes["CORE"] + volumes["PERIPHERY"] == pytest.approx(11.25, abs=0.1)
    assert "warning: L3: there is no HIGH_RISK_MARGIN by these rules" in out
    back = {one.name: one for one in read_structures(structures).structures}
    assert set(back) == {"L1", "L2", "L3", "L3_CORE", "L3_PERIPHERY", "GALLBLADDER", "STOMACH"}
    assert volume_cc(back["L3_CORE"]) == pytest.approx(volumes["CORE"], abs=0.4)
    masks = read_structures(segmentation)
    assert {one.name for one in masks.structures} == {"L3_CORE", "L3_PERIPHERY"}
    written = dcmread(structures)
    assert written.StructureSetLabel == "DEMO Zones"
    assert written.PatientName == dcmread(case.structures).PatientName


def test_the_core_may_be_what_the_planned_probes_reach(case, tmp_path, capsys):
    text = (CONFIG / "protocols" / "demonstration.toml").read_text(encoding="utf-8")
    reach = tmp_path / "demonstration.toml"
    reach.write_text(
        text.replace("core_inward_margin_mm = 5.0", "core_reach_c = -20.0"), encoding="utf-8"
    )
    probes = tmp_path / "probes.csv"
    x, y, z = _middle(case)
    probes.write_text(
        f"probe,tip_x_mm,tip_y_mm,tip_z_mm,ux,uy,uz\n1,{x},{y},{z + 10},0,0,1\n", encoding="utf-8"
    )
    arguments = [
        *("zones", "--structures", str(case.structures), "--scan", str(case.scan)),
        *("--protocol", str(reach), "--config", str(CONFIG)),
    ]
    assert main(arguments) == 2
    assert "what the planned probes reach: give the probes" in capsys.readouterr().err
    written = tmp_path / "zones.json"
    given = ["--probes", str(probes), "--cryoprobe", "IceRod", "--json-out", str(written)]
    assert main([*arguments, *given]) == 0
    out = capsys.readouterr().out
    assert 2.0 < told(out)["CORE"] < 9.0
    (lesion,) = json.loads(written.read_text(encoding="utf-8"))["lesions"]
    core = next(zone for zone in lesion["zones"] if zone["kind"] == "CORE")
    low_cc, high_cc = core["volume_cc_95_percent"]
    assert low_cc < core["volume_cc"] < high_cc
    assert core["volume_cc"] == pytest.approx(told(out)["CORE"], abs=0.005)
    assert f"CORE: {core['volume_cc']:.2f} cc ({low_cc:.2f} to {high_cc:.2f}, 95 %)" in out
    band = lesion["core_band_95_percent"]
    assert band["level_c"] == -20.0
    assert 1.0 < band["border_farther_in_mm"] < 8.0
    (warning,) = (line for line in out.splitlines() if "border of the core" in line)
    assert f"up to {band['border_farther_in_mm']:.1f} mm farther in" in warning
    assert f"{band['border_farther_out_mm']:.1f} mm farther out" in warning
    assert main([*arguments, "--probes", str(probes), "--cryoprobe", "none"]) == 2
    assert "--cryoprobe none: is not known; known are: " in capsys.readouterr().err


def _middle(case):
    lesion = next(s for s in read_structures(case.structures).structures if s.name == "L3")
    points = [polygon.mean(axis=0) for polygon in lesion.polygons_mm]
    return (round(float(sum(p[n] for p in points) / len(points)), 1) for n in range(3))


def test_what_cannot_be_laid_out_is_refused_in_words(case, capsys):
    assert zones(case, protocol="nct07437625") == 2
    err = capsys.readouterr().err
    assert "the protocol leaves bulky.longest_axial_at_least_mm unset; name the lesions" in err
