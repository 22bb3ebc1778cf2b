"""Every mistake in the settings is told at once, with file, key and a way to mend it."""

from pathlib import Path

import pytest

from procedure_node.settings import (
    ConfigurationError,
    SecretMissingError,
    load_settings,
    read_secret,
    require_secret,
)

SHIPPED = Path(__file__).parents[3] / "config" / "node.toml"

GOOD = """
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
"""


def written(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "node.toml"
    path.write_text(text)
    return path


def mistakes(path: Path) -> list[str]:
    with pytest.raises(ConfigurationError) as caught:
        load_settings(path)
    return caught.value.mistakes


def test_the_shipped_file_is_valid() -> None:
    loaded = load_settings(SHIPPED)
    assert [device.name for device in loaded.settings.serial] == ["console-1", "thermometer-1"]
    assert loaded.protocols_directory == SHIPPED.parent / "protocols"
    assert loaded.seed_models_directory == SHIPPED.parent / "seed_models"


def test_a_short_file_has_sound_defaults(tmp_path: Path) -> None:
    settings = load_settings(written(tmp_path, GOOD)).settings
    assert settings.broker.port == 8883
    assert [mode.value for mode in settings.edc.accepts] == ["REAL"]
    assert settings.display.host == "127.0.0.1"
    assert settings.journal_path == Path("/var/lib/procedure-node/journal.sqlite")


def test_all_mistakes_are_told_at_once_with_key_value_and_example(tmp_path: Path) -> None:
    path = written(
        tmp_path,
        GOOD.replace('"CT1"', '"CT 1"').replace("port = 104", 'port = "x"')
        + "[[serial]]\nname = 'a'\nrole = 'CAMERA'\n[display]\nhots = 'here'\n",
    )
    told = mistakes(path)

    assert len(told) == 5
    assert all(line.startswith(f"{path}: ") for line in told)
    expected = (
        ("node.room", "'CT 1'", 'room = "CT1"'),
        ("dicom.archive.port", "'x'", "port = 104"),
        ("serial[1].role", "'CAMERA'", 'role = "CONSOLE"'),
        ("serial[1].path", "required", 'path = "/dev/procedure-node/console-1"'),
        ("display.hots", "not permitted", ""),
    )
    for line, parts in zip(told, expected, strict=True):
        for part in parts:
            assert part in line


@pytest.mark.parametrize(
    ("find", "replace", "message"),
    [
        ('"https://redcap', '"http://redcap', "allow_plain_http = true"),
        ('host = "pacs.example"', 'host = ""', "dicom.archive.host"),
        ('"PROCNODE"', '"A TITLE THAT IS TOO LONG"', "dicom.ae_title"),
        ('room = "CT1"', 'room = "CT1"\ntimezone = "Mars/Base"', "node.timezone"),
    ],
)
def test_single_mistakes(tmp_path: Path, find: str, replace: str, message: str) -> None:
    (told,) = mistakes(written(tmp_path, GOOD.replace(find, replace)))
    assert message in told


def test_two_devices_on_one_port_are_refused(tmp_path: Path) -> None:
    device = "[[serial]]\nname = '{}'\nrole = 'CONSOLE'\npath = '/dev/ttyUSB0'\n"
    (told,) = mistakes(written(tmp_path, GOOD + device.format("a") + device.format("b")))
    assert "two devices have the same path: /dev/ttyUSB0" in told


def test_a_certificate_needs_its_key(tmp_path: Path) -> None:
    (told,) = mistakes(written(tmp_path, GOOD + "[broker.tls]\ncertificate_file = 'c.pem'\n"))
    assert "belong together" in told


def test_a_file_that_is_not_toml_is_told(tmp_path: Path) -> None:
    (told,) = mistakes(written(tmp_path, "[node\n"))
    assert "is not valid TOML" in told


def test_a_missing_file_is_told(tmp_path: Path) -> None:
    (told,) = mistakes(tmp_path / "none.toml")
    assert "cannot be read" in told


def test_a_credential_comes_before_the_environment(tmp_path: Path) -> None:
    (tmp_path / "edc-token").write_text("from systemd\n")
    environment = {
        "CREDENTIALS_DIRECTORY": str(tmp_path),
        "PROCEDURE_NODE_EDC_TOKEN": "from the environment",
        "PROCEDURE_NODE_BROKER_PASSWORD": "secret",
    }
    assert read_secret("edc-token", environment) == "from systemd"
    assert read_secret("broker-password", environment) == "secret"
    assert read_secret("other", environment) is None


def test_a_missing_secret_says_where_to_put_it() -> None:
    with pytest.raises(
        SecretMissingError, match=r"LoadCredential=edc-token.*PROCEDURE_NODE_EDC_TO"
    ):
        require_secret("edc-token", {})


PEOPLE = GOOD + '[display]\npeople_file = "people.toml"\n'


@pytest.mark.parametrize("host", ["127.0.0.1", "127.8.8.8", "::1", "localhost"])
def test_people_may_log_in_on_the_machine_itself(tmp_path: Path, host: str) -> None:
    loaded = load_settings(written(tmp_path, f'{PEOPLE}host = "{host}"\n'))
    assert loaded.people_file == tmp_path / "people.toml"
    assert loaded.roles_file == tmp_path / "roles.toml"


@pytest.mark.parametrize("host", ["0.0.0.0", "10.0.0.5", "::", "wall.example"])
def test_passwords_never_cross_a_network_in_clear(tmp_path: Path, host: str) -> None:
    text = f'{PEOPLE}host = "{host}"\n'
    (told,) = mistakes(written(tmp_path, text))
    assert f"the page is served on {host} without TLS" in told
    tls = '[display.tls]\ncertificate_file = "a.pem"\nkey_file = "a.key"\n'
    assert load_settings(written(tmp_path, text + tls)).settings.display.tls is not None


def test_without_people_nobody_logs_in_and_any_address_will_do(tmp_path: Path) -> None:
    loaded = load_settings(written(tmp_path, GOOD + '[display]\nhost = "0.0.0.0"\n'))
    assert loaded.people_file is None
