"""``procedure-node dose`` from files to file."""

import argparse
import csv
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from dosimetry_core.tg43 import ImplantedSources, dose_rate_cgy_per_h, total_dose_gy
from procedure_node.cli import dose
from procedure_node.seed_library import load_seed_models
from procedure_node.settings.paths import default_config_dir

SEEDS = "x_mm,y_mm,z_mm,ux,uy,uz,strength_u\n0,0,0,0,0,2,0.8\n10,0,5,1,1,0,0.5\n"
POINTS = "x_mm,y_mm,z_mm\n10.0,0,0\n-3.50,4,1e1\n"


def run(folder: Path, *, model: str = "Amersham6711", extra: tuple[str, ...] = ()) -> int:
    parser = argparse.ArgumentParser()
    dose.register(parser.add_subparsers())
    arguments = parser.parse_args(
        [
            "dose",
            "--seed-model",
            model,
            "--seeds",
            str(folder / "seeds.csv"),
            "--points",
            str(folder / "points.csv"),
            "--out",
            str(folder / "out.csv"),
            *extra,
        ]
    )
    return arguments.run(arguments)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "seeds.csv").write_text(SEEDS, encoding="utf-8")
    (tmp_path / "points.csv").write_text(POINTS, encoding="utf-8")
    return tmp_path


def results(folder: Path) -> list[dict[str, str]]:
    with (folder / "out.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_points_are_repeated_as_given_with_exact_doses(folder: Path) -> None:
    assert run(folder) == 0
    rows = results(folder)
    assert list(rows[0]) == ["x_mm", "y_mm", "z_mm", "dose_rate_cgy_per_h", "total_dose_gy"]
    assert [tuple(row.values())[:3] for row in rows] == [("10.0", "0", "0"), ("-3.50", "4", "1e1")]
    model = load_seed_models(default_config_dir() / "seed_models")["Amersham6711"]
    implant = [
        ImplantedSources(
            model,
            np.array([[0, 0, 0], [10, 0, 5.0]]),
            np.array([[0, 0, 1], [1, 1, 0.0]]),
            np.array([0.8, 0.5]),
        )
    ]
    points = np.array([[10, 0, 0], [-3.5, 4, 10.0]])
    assert [float(row["dose_rate_cgy_per_h"]) for row in rows] == dose_rate_cgy_per_h(
        implant, points
    ).tolist()
    assert [float(row["total_dose_gy"]) for row in rows] == total_dose_gy(implant, points).tolist()


def test_the_reference_point_gives_the_dose_rate_constant(folder: Path) -> None:
    (folder / "seeds.csv").write_text("x_mm,y_mm,z_mm,ux,uy,uz,strength_u\n0,0,0,0,0,1,1\n")
    (folder / "points.csv").write_text("x_mm,y_mm,z_mm\n0,-10,0\n")
    assert run(folder) == 0
    (row,) = results(folder)
    assert float(row["dose_rate_cgy_per_h"]) == pytest.approx(0.965, rel=1e-14)
    assert float(row["total_dose_gy"]) == pytest.approx(
        0.965 / 100 * 59.4 * 24 / np.log(2), rel=1e-14
    )


def test_columns_in_any_order_others_and_blank_lines_are_fine(folder: Path) -> None:
    run(folder)
    plain = (folder / "out.csv").read_text()
    (folder / "points.csv").write_text(
        "\ufefflabel, z_mm, y_mm, x_mm\r\na, 0, 0, 10.0\r\n\r\nb, 1e1, 4, -3.50\r\n",
        encoding="utf-8",
    )
    assert run(folder) == 0
    assert (folder / "out.csv").read_text() == plain


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("seeds.csv", SEEDS + "1,2,3,0,0,0,0.5\n", "line 4: the axis (ux, uy, uz) is zero"),
        ("seeds.csv", SEEDS + "1,2,3,0,0,1,-0.5\n", "line 4: strength_u must be above zero"),
        ("seeds.csv", SEEDS + "1,2,3,0,0,1\n", "line 4: has 6 cells but the header has 7"),
        ("seeds.csv", SEEDS + "1,2,x,0,0,1,1\n", "line 4: z_mm: 'x' is not a finite number"),
        ("seeds.csv", SEEDS + "1,2,nan,0,0,1,1\n", "line 4: z_mm: 'nan' is not a finite number"),
        ("seeds.csv", "x_mm,y_mm,z_mm\n1,2,3\n", "line 1: the header must have each of"),
        ("seeds.csv", "", "line 1: the header must have each of"),
        ("seeds.csv", "x_mm,y_mm,z_mm,ux,strength_u\n1,2,3,1,1\n", "wrong: uy,uz"),
        ("seeds.csv", "x_mm,y_mm,z_mm,strength_mci\n1,2,3,-1\n", "strength_mci must be above zero"),
        (
            "seeds.csv",
            "x_mm,y_mm,z_mm,strength_u,strength_mci\n1,2,3,1,1\n",
            "line 1: state strengths once: strength_u or strength_mci",
        ),
        ("points.csv", "x_mm,y_mm,z_mm\n", "line 2: there is no row"),
        ("points.csv", "x_mm,x_mm,y_mm,z_mm\n1,1,2,3\n", "wrong: x_mm"),
        ("points.csv", 'x_mm,y_mm,z_mm\n"1,2,3\n', "is not a CSV file in UTF-8"),
    ],
)
def test_a_bad_file_gets_one_error_with_its_line(
    folder: Path, capsys: pytest.CaptureFixture[str], name: str, text: str, message: str
) -> None:
    (folder / name).write_text(text, encoding="utf-8")
    assert run(folder) == 2
    told = capsys.readouterr()
    assert told.out == ""
    assert told.err.count("\n") == 1
    assert told.err.startswith(f"{folder / name}: ")
    assert message in told.err
    assert not (folder / "out.csv").exists()


def test_every_bad_file_is_told_at_once(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "seeds.csv").write_bytes(b"\xff\xfe\x00")
    (folder / "points.csv").unlink()
    assert run(folder, model="6711") == 2
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == 3
    assert "seed model '6711' is not known; known are: Amersham6702, Amersham6711," in lines[0]
    assert "seeds.csv: is not a CSV file in UTF-8" in lines[1]
    assert "points.csv: cannot be read: No such file" in lines[2]


def test_a_folder_that_cannot_be_written_to(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(folder, extra=("--out", str(folder / "none" / "out.csv"))) == 2
    assert "out.csv: cannot be written: No such file" in capsys.readouterr().err


def test_seeds_without_axes_are_point_sources(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "seeds.csv").write_text("x_mm,y_mm,z_mm,strength_u\n0,0,0,1\n")
    (folder / "points.csv").write_text("x_mm,y_mm,z_mm\n0,-10,0\n0,0,10\n")
    assert run(folder) == 0
    assert "1 seeds of Amersham6711 as point sources (1-D)" in capsys.readouterr().out
    beside, along = (float(row["dose_rate_cgy_per_h"]) for row in results(folder))
    # Lambda phi_an(1 cm)
    assert beside == along == pytest.approx(0.965 * 0.944, rel=1e-12)


def test_the_formalism_may_be_chosen(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run(folder)
    line = results(folder)
    assert run(folder, extra=("--formalism", "point")) == 0
    assert results(folder) != line
    assert run(folder, extra=("--formalism", "line")) == 0
    assert results(folder) == line
    (folder / "seeds.csv").write_text("x_mm,y_mm,z_mm,strength_u\n0,0,0,1\n")
    capsys.readouterr()
    assert run(folder, extra=("--formalism", "line")) == 2
    assert "wrong: ux,uy,uz" in capsys.readouterr().err


def test_the_table_engine_may_be_chosen(folder: Path) -> None:
    run(folder)
    exact = results(folder)
    assert run(folder, extra=("--engine", "table")) == 0
    table = results(folder)
    assert table != exact
    for one, other in zip(table, exact, strict=True):
        assert float(one["total_dose_gy"]) == pytest.approx(float(other["total_dose_gy"]), rel=1e-3)


def test_a_certificates_activity_decays_to_the_implantation(folder: Path) -> None:
    (folder / "seeds.csv").write_text("x_mm,y_mm,z_mm,ux,uy,uz,strength_mci\n0,0,0,0,0,1,0.5\n")
    (folder / "points.csv").write_text("x_mm,y_mm,z_mm\n0,-10,0\n")
    assert run(folder) == 0
    at_once = float(results(folder)[0]["dose_rate_cgy_per_h"])
    assert at_once == pytest.approx(0.5 * 1.27 * 0.965, rel=1e-12)
    times = ("--strength-at", "2026-03-01T00:00Z", "--implanted", "2026-03-08T08:00+08:00")
    assert run(folder, extra=times) == 0
    later = float(results(folder)[0]["dose_rate_cgy_per_h"])
    assert later == pytest.approx(at_once * 2 ** (-7 / 59.4), rel=1e-12)


def test_the_dose_delivered_up_to_a_time(folder: Path) -> None:
    times = ("--implanted", "2026-03-01T00:00Z", "--until", "2026-04-29T09:36Z")
    assert run(folder, extra=times) == 0
    for row in results(folder):
        assert list(row)[3:] == [
            "dose_rate_cgy_per_h",
            "total_dose_gy",
            "dose_rate_then_cgy_per_h",
            "delivered_dose_gy",
        ]
        # 59.4 days: one half-life
        value = {name: float(text) for name, text in row.items()}
        assert value["delivered_dose_gy"] == pytest.approx(value["total_dose_gy"] / 2, rel=1e-12)
        assert value["dose_rate_then_cgy_per_h"] == pytest.approx(
            value["dose_rate_cgy_per_h"] / 2, rel=1e-12
        )


@pytest.mark.parametrize(
    ("times", "message"),
    [
        (("--until", "2026-04-29T09:36Z"), "--until needs --implanted"),
        (("--strength-at", "2026-04-29T09:36Z"), "--strength-at needs --implanted"),
        (
            ("--implanted", "2026-03-02T00:00Z", "--until", "2026-03-01T00:00Z"),
            "is before the implantation",
        ),
    ],
)
def test_times_that_do_not_fit_are_refused(
    folder: Path, capsys: pytest.CaptureFixture[str], times: tuple[str, ...], message: str
) -> None:
    assert run(folder, extra=times) == 2
    assert message in capsys.readouterr().err
    assert not (folder / "out.csv").exists()


@pytest.mark.parametrize("text", ["2026-03-01", "2026-03-01T12:00", "yesterday"])
def test_a_time_without_a_zone_is_refused(
    folder: Path, capsys: pytest.CaptureFixture[str], text: str
) -> None:
    with pytest.raises(SystemExit):
        run(folder, extra=("--implanted", text))
    assert f"'{text}' is not a date and time with a zone" in capsys.readouterr().err


def test_research_data_are_named_as_such(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(folder, model="BT-125-1") == 0
    assert "research data, not AAPM consensus data" in capsys.readouterr().err


def test_another_folder_of_models(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(folder, extra=("--seed-models", str(folder))) == 2
    assert "no seed model files" in capsys.readouterr().err


def test_the_command_runs_as_a_process(folder: Path) -> None:
    files = [f"--{name}={folder / name}.csv" for name in ("seeds", "points", "out")]
    done = subprocess.run(
        [
            sys.executable,
            "-c",
            "import sys; from procedure_node.cli import main; sys.exit(main())",
            "dose",
            "--seed-model=Amersham6711",
            *files,
        ],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("2 points, 2 seeds of Amersham6711 as line sources (2-D)")
    assert len(results(folder)) == 2
