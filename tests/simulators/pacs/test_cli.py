import argparse
import signal
import subprocess

import pytest

from dosimetry_core.values import GenerationMode
from drivers.dicom import Archive, Peer, StorageReceiver, read_ct_series
from simulators.pacs.cli import register
from tests.drivers.dicom.counterparts import NODE, free_port, running, simulator_command
from tests.drivers.dicom.synthetic import write_series


def parse(*arguments: str) -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    register(parser.add_subparsers())
    return parser.parse_args(["pacs", *arguments])


async def test_a_folder_is_served_until_the_program_is_stopped(tmp_path):
    series = write_series(tmp_path / "served" / "deep", 4)
    (tmp_path / "served" / "a-note.txt").write_text("not an image")
    port, node_port, log = free_port(), free_port(), tmp_path / "log"
    command = simulator_command(port, tmp_path / "served", node_port)
    receiver = StorageReceiver(
        NODE, "127.0.0.1", node_port, tmp_path / "spool", on_image=lambda _: None
    )
    with running([*command, "--mode", "DEMO"], port, log):
        async with receiver, Archive(Peer("CTSIM", "127.0.0.1", port), NODE) as archive:
            while len(await archive.find_image_uids(series.study_uid, series.series_uid)) < 4:
                continue
            await archive.move(series.study_uid, series.series_uid, None, NODE)
    ct = read_ct_series((tmp_path / "spool" / series.series_uid).iterdir())
    assert ct.image_count == 4
    assert ct.mode is GenerationMode.TEST  # what is marked already keeps its mark
    assert "left out a-note.txt" in log.read_text()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_signals_end_it_with_success(tmp_path, number):
    port = free_port()
    (tmp_path / "served").mkdir()
    process = subprocess.Popen(
        simulator_command(port, tmp_path / "served", free_port()), stderr=subprocess.PIPE
    )
    assert process.stderr is not None
    assert b"CTSIM at 127.0.0.1" in process.stderr.readline()
    process.send_signal(number)
    assert process.wait(10) == 0
    process.stderr.close()


def test_a_folder_that_is_not_there(tmp_path, capsys):
    args = parse("--port", "0", "--folder", str(tmp_path / "nowhere"))
    assert args.run(args) == 2
    assert "is not a folder of DICOM files" in capsys.readouterr().err


def test_a_plan_with_mistakes(tmp_path, capsys):
    plan = tmp_path / "plan.toml"
    plan.write_text("typo = 1")
    args = parse("--port", "0", "--folder", str(tmp_path), "--faults", str(plan))
    assert args.run(args) == 2
    assert "typo" in capsys.readouterr().err


def test_a_destination_with_mistakes(capsys):
    with pytest.raises(SystemExit):
        parse("--port", "0", "--folder", ".", "--destination", "NODE")
    assert "AE=host:port" in capsys.readouterr().err


def test_real_is_no_mode(capsys):
    with pytest.raises(SystemExit):
        parse("--port", "0", "--folder", ".", "--mode", "REAL")
    assert "invalid choice" in capsys.readouterr().err
