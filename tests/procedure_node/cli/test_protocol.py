"""``procedure-node protocol check`` and ``explain``."""

from pathlib import Path

from procedure_node.cli import main

PROTOCOLS = Path(__file__).parents[3] / "config" / "protocols"


def test_check_tells_that_a_protocol_is_sound_and_what_is_unset(capsys):
    assert main(["protocol", "check", str(PROTOCOLS / "nct07437625.toml")]) == 0
    out = capsys.readouterr().out
    assert out.startswith("nct07437625 version public record of 2026-02-27 (sha256 ")
    assert "  seeds.prescription_gy\n" in out


def test_check_tells_every_mistake(tmp_path, capsys):
    text = (PROTOCOLS / "demonstration.toml").read_text(encoding="utf-8")
    path = tmp_path / "demonstration.toml"
    path.write_text(text.replace("below = 30.0", "below = 25.0"), encoding="utf-8")
    assert main(["protocol", "check", str(path)]) == 2
    assert "no rule claims a lesion with" in capsys.readouterr().err


def test_explain_prints_sentences_with_sources_and_a_place_to_sign(capsys):
    assert main(["protocol", "explain", str(PROTOCOLS / "demonstration.toml")]) == 0
    out = capsys.readouterr().out
    assert (
        "A lesion is given SEEDS if its distance to the nearest drawn organ at risk is below" in out
    )
    assert "Read and agreed: ____" in out
    assert max(map(len, out.splitlines())) <= 100
