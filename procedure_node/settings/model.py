"""The node's settings (config/node.toml)."""

from ipaddress import ip_address
from pathlib import Path
from typing import Annotated, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import Field, field_validator, model_validator

from dosimetry_core.values import GenerationMode
from procedure_node.settings.section import Identifier, Port, Seconds, Section
from procedure_node.settings.serial import SerialSettings

AeTitle = Annotated[
    str, Field(pattern=r"^[\x21-\x5b\x5d-\x7e][\x20-\x5b\x5d-\x7e]{0,15}$", examples=["CTSUITE1"])
]


class NodeSettings(Section):
    """The installation itself.

    ``generation_mode`` is REAL where patients are treated; a node set to TEST or DEMO marks all it
    writes so.
    """

    room: Identifier = Field(examples=["CT1"])
    generation_mode: GenerationMode = GenerationMode.REAL
    data_directory: Path = Field(
        default=Path("/var/lib/procedure-node"), examples=["/var/lib/procedure-node"]
    )
    timezone: str = Field(default="UTC", examples=["Asia/Shanghai"])

    @field_validator("timezone")
    @classmethod
    def _known_zone(cls, name: str) -> str:
        try:
            ZoneInfo(name)
        except (ZoneInfoNotFoundError, ValueError) as error:
            raise ValueError("is not a time zone of the IANA database") from error
        return name


class ArchiveSettings(Section):
    """The PACS or CT that is asked for new series."""

    ae_title: AeTitle
    host: str = Field(min_length=1, examples=["pacs.hospital.example"])
    port: Port = Field(examples=[104])
    poll_s: Seconds = Field(default=2.0, examples=[2.0])
    settle_polls: int = Field(default=2, ge=1, examples=[2])


class DicomSettings(Section):
    """The node's own DICOM application entity, and the archive."""

    ae_title: AeTitle
    host: str = Field(default="0.0.0.0", examples=["0.0.0.0"])  # noqa: S104 - an SCP must be reached
    port: Port = Field(default=11112, examples=[11112])
    allowed_callers: tuple[AeTitle, ...] = ()
    archive: ArchiveSettings
    structures_directory: Path | None = Field(default=None, examples=["/srv/structures"])


class TlsSettings(Section):
    """TLS to the broker; without a client certificate only the broker is authenticated."""

    ca_file: Path | None = Field(default=None, examples=["/etc/procedure-node/ca.pem"])
    certificate_file: Path | None = Field(default=None, examples=["/etc/procedure-node/node.pem"])
    key_file: Path | None = Field(default=None, examples=["/etc/procedure-node/node.key"])

    @model_validator(mode="after")
    def _certificate_has_key(self) -> "TlsSettings":
        if (self.certificate_file is None) != (self.key_file is None):
            raise ValueError("certificate_file and key_file belong together: set both or neither")
        return self


class BrokerSettings(Section):
    """The MQTT broker. Its password is the secret ``broker-password``.

    Every ``echo_every_s`` it is checked that the broker gives back what is published at
    ``procedure-node-echo/<room>``; without it that is not checked.
    """

    host: str = Field(min_length=1, examples=["broker.hospital.example"])
    port: Port = Field(default=8883, examples=[8883])
    protocol: Literal["5", "3.1.1"] = Field(default="5", examples=["5"])
    username: str | None = Field(default=None, examples=["procedure-node"])
    tls: TlsSettings | None = None
    accepts: tuple[GenerationMode, ...] = Field(default=(GenerationMode.REAL,), examples=[["REAL"]])
    echo_every_s: Seconds | None = Field(default=None, examples=[30.0])


class EdcSettings(Section):
    """The trial's REDCap. Its token is the secret ``edc-token``."""

    url: str = Field(
        pattern=r"^https?://[^\s?#@]+/api/$", examples=["https://redcap.hospital.example/api/"]
    )
    accepts: tuple[GenerationMode, ...] = Field(default=(GenerationMode.REAL,), examples=[["REAL"]])
    allow_plain_http: bool = Field(default=False, examples=[False])

    @model_validator(mode="after")
    def _encrypted(self) -> "EdcSettings":
        if self.url.startswith("http://") and not self.allow_plain_http:
            raise ValueError(
                "url is plain http, which sends the record and the token in clear: use https, "
                "or set allow_plain_http = true for a simulator on this machine"
            )
        return self


class DisplayTlsSettings(Section):
    """The page's own certificate: with it the page is served by https."""

    certificate_file: Path = Field(examples=["/etc/procedure-node/display.pem"])
    key_file: Path = Field(examples=["/etc/procedure-node/display.key"])


class DisplaySettings(Section):
    """Where the wall display's page is served, and who may give commands from it.

    Without ``people_file`` nobody can log in. ``login_idle_s`` is how long a login lasts while
    nothing is done. ``page_expected`` says that a screen always shows the page: that none does is
    then an alarm.
    """

    host: str = Field(default="127.0.0.1", examples=["127.0.0.1"])
    port: Port = Field(default=8080, examples=[8080])
    tls: DisplayTlsSettings | None = None
    people_file: Path | None = Field(default=None, examples=["people.toml"])
    roles_file: Path | None = Field(default=None, examples=["roles.toml"])
    login_idle_s: Seconds = Field(default=300.0, examples=[300.0])
    page_expected: bool = Field(default=False, examples=[True])

    @model_validator(mode="after")
    def _passwords_stay_secret(self) -> "DisplaySettings":
        if self.people_file is not None and self.tls is None and not _is_loopback(self.host):
            raise ValueError(
                f"people may log in, and the page is served on {self.host} without TLS, which "
                'sends passwords in clear: set [display.tls], or host = "127.0.0.1", or take '
                "people_file away"
            )
        return self


def _is_loopback(host: str) -> bool:
    """Whether only this machine reaches an address; a name counts only if it is localhost."""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


class FreezeModelSettings(Section):
    """How the cold around cryoprobes is computed while it freezes.

    ``time_scale`` above 1 is for simulated consoles that run so many times faster than tissue
    freezes; where patients are treated it must be 1. ``grid_mm`` is the finest grid's pitch.
    """

    grid_mm: float = Field(default=1.0, ge=0.5, le=5.0, examples=[1.0])
    time_scale: float = Field(default=1.0, ge=1.0, le=100.0, examples=[1.0])


class Settings(Section):
    """A whole settings file."""

    node: NodeSettings
    dicom: DicomSettings
    serial: tuple[SerialSettings, ...] = ()
    broker: BrokerSettings
    edc: EdcSettings
    display: DisplaySettings = DisplaySettings()
    freeze_model: FreezeModelSettings = FreezeModelSettings()
    protocols_directory: Path | None = Field(default=None, examples=["protocols"])
    seed_models_directory: Path | None = Field(default=None, examples=["seed_models"])
    tissues_directory: Path | None = Field(default=None, examples=["tissues"])
    cryoprobes_directory: Path | None = Field(default=None, examples=["cryoprobes"])

    @model_validator(mode="after")
    def _devices_are_distinct(self) -> "Settings":
        for what in ("name", "path"):
            values = [str(getattr(device, what)) for device in self.serial]
            twice = sorted({v for v in values if values.count(v) > 1})
            if twice:
                raise ValueError(f"serial: two devices have the same {what}: {', '.join(twice)}")
        return self

    @model_validator(mode="after")
    def _patients_freeze_in_real_time(self) -> "Settings":
        is_real = self.node.generation_mode is GenerationMode.REAL
        if is_real and self.freeze_model.time_scale != 1.0:
            raise ValueError(
                "freeze_model.time_scale must be 1 where generation_mode is REAL: tissue freezes "
                "as fast as the clock goes"
            )
        return self

    @property
    def journal_path(self) -> Path:
        """The journal's file."""
        return self.node.data_directory / "journal.sqlite"

    @property
    def control_socket(self) -> Path:
        """The socket that commands come in by; who may write to it may command the node."""
        return self.node.data_directory / "control.sock"
