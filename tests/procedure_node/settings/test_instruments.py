"""A range that cannot hold its role, and other mistakes of an instrument's table, end the start."""

from pathlib import Path

import pytest

from procedure_node.settings import ConfigurationError, Settings, load_settings, load_toml

NODE = """
[node]
room = "CT1"
[dicom]
ae_title = "PROCNODE"
[dicom.archive]
ae_title = "PACS"
host = "pacs.example"
port = 104
[broker]
host = "broker.example"
[edc]
url = "https://redcap.example/api/"
[[serial]]
name = "organs"
role = "THERMOMETER"
path = "/dev/ttyUSB0"
baudrate = 9600
"""

ADAM = """
[serial.adam4000]
model = "ADAM-4018+"
address = "2A"
checksum = true
[[serial.adam4000.channels]]
input = 0
channel = 1
range_code = "10"
measures = "TISSUE"
"""


def loaded(tmp_path: Path, text: str) -> Settings:
    path = tmp_path / "node.toml"
    path.write_text(NODE + text)
    return load_toml(path, Settings)


def mistakes(tmp_path: Path, text: str) -> list[str]:
    with pytest.raises(ConfigurationError) as caught:
        loaded(tmp_path, text)
    return caught.value.mistakes


def test_a_module_is_set_up(tmp_path: Path) -> None:
    adam = loaded(tmp_path, ADAM).serial[0].adam4000
    assert adam is not None
    assert (adam.options.address, adam.options.checksum) == (0x2A, True)
    assert adam.pace.poll_s == 1.0


def test_a_range_that_cannot_hold_its_role_is_refused_at_start(tmp_path: Path) -> None:
    (told,) = mistakes(tmp_path, ADAM.replace('"TISSUE"', '"PROBE_TIP"\nprobe = 1'))
    assert "serial[1].adam4000: channel 1 (range 10, thermocouple T) reads -100 to 400 C" in told
    assert "PROBE_TIP needs -196 to 60 C" in told


PT100 = ADAM.replace("ADAM-4018+", "ADAM-4015").replace('"10"', '"24"')


def test_a_channel_may_be_the_tip_of_a_probe(tmp_path: Path) -> None:
    (device,) = loaded(tmp_path, PT100.replace('"TISSUE"', '"PROBE_TIP"\nprobe = 3')).serial
    assert device.probe_of_channel == {1: 3}
    assert loaded(tmp_path, PT100).serial[0].probe_of_channel == {}


@pytest.mark.parametrize(
    ("measures", "why"),
    [
        ('"PROBE_TIP"', "a probe's tip is of a probe: add its number, probe = 1"),
        ('"ORGAN"\nprobe = 1', "probe is of a channel that measures PROBE_TIP alone"),
    ],
)
def test_a_tip_is_of_a_probe_and_nothing_else_is(tmp_path: Path, measures: str, why: str) -> None:
    told = mistakes(tmp_path, PT100.replace('"TISSUE"', measures))
    assert any(f"serial[1].adam4000.channels[1]: {why}" in line for line in told)


def test_a_probe_has_one_tip(tmp_path: Path) -> None:
    tip = PT100.replace('"TISSUE"', '"PROBE_TIP"\nprobe = 1')
    second = tip[tip.index("[[") :].replace("input = 0", "input = 1").replace("l = 1", "l = 2")
    (told,) = mistakes(tmp_path, tip + second)
    assert "two channels are the tip of probe 1" in told


def test_mistakes_name_their_key(tmp_path: Path) -> None:
    told = mistakes(tmp_path, ADAM.replace('"2A"', '"2"').replace("input = 0", "input = 9"))
    assert any("serial[1].adam4000.address" in line and '"01"' in line for line in told)
    assert any("serial[1].adam4000.channels[1].input" in line for line in told)


def test_an_instrument_is_no_console(tmp_path: Path) -> None:
    path = tmp_path / "node.toml"
    path.write_text(NODE.replace("THERMOMETER", "CONSOLE") + ADAM)
    with pytest.raises(ConfigurationError, match="adam4000 is a thermometer"):
        load_toml(path, Settings)


CENTER = """
[serial.center309]
[[serial.center309.channels]]
input = 1
channel = 1
measures = "TISSUE"
"""


def test_a_hand_held_thermometer_is_set_up(tmp_path: Path) -> None:
    center = loaded(tmp_path, CENTER).serial[0].center309
    assert center is not None
    assert not center.options.below_zero_checked


def test_a_hand_held_thermometer_at_a_tip_is_compared_below_zero_first(tmp_path: Path) -> None:
    tip = CENTER.replace('"TISSUE"', '"PROBE_TIP"\nprobe = 1')
    (told,) = mistakes(tmp_path, tip)
    assert "set below_zero_checked" in told
    checked = tip.replace("309]\n", "309]\nbelow_zero_checked = true\n", 1)
    assert loaded(tmp_path, checked).serial[0].probe_of_channel == {1: 1}


def test_a_hand_held_thermometer_speaks_at_one_speed(tmp_path: Path) -> None:
    path = tmp_path / "node.toml"
    path.write_text(NODE.replace("9600", "19200") + CENTER)
    with pytest.raises(ConfigurationError, match="9600 bit/s"):
        load_toml(path, Settings)


def test_one_device_is_one_instrument(tmp_path: Path) -> None:
    (told,) = mistakes(tmp_path, ADAM + CENTER)
    assert "adam4000 and center309 are set" in told


PROFILES = Path(__file__).parents[3] / "config" / "profiles"


def with_profile(tmp_path: Path, mode: str, profile: str) -> Path:
    (tmp_path / "profiles").mkdir()
    (tmp_path / "profiles" / "console.toml").write_text(profile)
    path = tmp_path / "node.toml"
    general = NODE.replace('room = "CT1"', f'room = "CT1"\ngeneration_mode = "{mode}"')
    lines = '[serial.line_profile]\nfile = "profiles/console.toml"\n'
    path.write_text(general.replace("THERMOMETER", "CONSOLE") + lines)
    return path


def test_a_line_profile_lies_beside_the_settings_and_counts_in_their_hash(tmp_path: Path) -> None:
    text = (PROFILES / "example-console.toml").read_text()
    path = with_profile(tmp_path, "TEST", text)
    loaded_ = load_settings(path)
    described = loaded_.settings.serial[0].line_profile
    assert described is not None
    assert described.file == (tmp_path / "profiles" / "console.toml").resolve()
    (tmp_path / "profiles" / "console.toml").write_text(text + "# changed\n")
    assert load_settings(path).sha256 != loaded_.sha256


def test_an_example_profile_is_refused_where_patients_are_treated(tmp_path: Path) -> None:
    path = with_profile(tmp_path, "REAL", (PROFILES / "example-console.toml").read_text())
    with pytest.raises(ConfigurationError, match="is an example and describes no product"):
        load_settings(path)


def test_mistakes_of_a_profile_are_told_at_start(tmp_path: Path) -> None:
    path = with_profile(tmp_path, "REAL", 'name = "console"\n')
    with pytest.raises(ConfigurationError, match=r"console\.toml: terminator: Field required"):
        load_settings(path)


MODBUS = """
[serial.modbus]
map = "tm-th8.toml"
unit = 1
[[serial.modbus.channels]]
input = 0
channel = 1
type_code = "70"
measures = "ORGAN"
"""


def with_map(tmp_path: Path, text: str) -> Path:
    shipped = Path(__file__).parents[3] / "config" / "modbus_maps" / "icpdas-tm-th8.toml"
    (tmp_path / "tm-th8.toml").write_text(shipped.read_text())
    path = tmp_path / "node.toml"
    path.write_text(NODE + text)
    return path


def test_a_register_map_lies_beside_the_settings(tmp_path: Path) -> None:
    modbus = load_settings(with_map(tmp_path, MODBUS)).settings.serial[0].modbus
    assert modbus is not None
    assert modbus.map == (tmp_path / "tm-th8.toml").resolve()


def test_an_input_whose_type_cannot_hold_its_role_is_refused_at_start(tmp_path: Path) -> None:
    path = with_map(tmp_path, MODBUS.replace("ORGAN", "TISSUE"))
    with pytest.raises(ConfigurationError, match="reads -50 to 150 C, and TISSUE needs -60"):
        load_settings(path)


def test_an_instrument_that_is_asked_too_seldom_for_its_silence_is_refused(tmp_path: Path) -> None:
    (told,) = mistakes(tmp_path, CENTER.replace("309]\n", "309]\npoll_s = 3.0\n", 1))
    assert "above poll_s and answer_s together, 3.5 s" in told
