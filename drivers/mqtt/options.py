"""How to reach a broker."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from dosimetry_core.values import GenerationMode

# A broker calls a silent client dead after 1.5 times this (MQTT 5, 3.1.2.10): with 15 s the wall
# display of another room learns within 23 s that this node is gone.
DEFAULT_KEEPALIVE_S = 15


@dataclass(frozen=True, slots=True)
class TlsOptions:
    """TLS towards the broker; the server's certificate is always checked, its name included.

    Attributes:
        ca_file: PEM file of the authorities to trust; None for those of the system.
        certificate_file: PEM file of this client's certificate, if the broker asks for one.
        key_file: PEM file of its key; None if it stands in ``certificate_file``.
    """

    ca_file: Path | None = None
    certificate_file: Path | None = None
    key_file: Path | None = None


@dataclass(frozen=True, slots=True)
class MqttOptions:
    """A broker and how to log in to it.

    Attributes:
        host: name or address; with TLS it must be in the broker's certificate.
        port: 1883 is usual without TLS, 8883 with it.
        client_id: unique at the broker; a second client of the same id takes the first one's place.
        tls: None for a plain connection.
        username: None for an anonymous login.
        password: never shown.
        protocol: MQTT version. Only "5" has message expiry; 3.1.1 is for brokers that lack it.
        keepalive_s: the longest silence, s, >= 1.
        accepts: the modes that this broker may be sent; a production broker accepts REAL alone.

    Raises:
        ValueError: an option is out of its range.
    """

    host: str
    port: int
    client_id: str
    tls: TlsOptions | None = None
    username: str | None = None
    password: str | None = field(default=None, repr=False)
    protocol: Literal["5", "3.1.1"] = "5"
    keepalive_s: int = DEFAULT_KEEPALIVE_S
    accepts: frozenset[GenerationMode] = frozenset({GenerationMode.REAL})

    def __post_init__(self) -> None:
        if not self.host or not self.client_id:
            raise ValueError("MqttOptions need a host and a client_id, neither may be empty")
        if not 1 <= self.port <= 65535:
            raise ValueError(f"MqttOptions.port must be 1 to 65535, got {self.port}")
        if not 1 <= self.keepalive_s <= 65535:
            raise ValueError(f"MqttOptions.keepalive_s must be 1 to 65535, got {self.keepalive_s}")
        if self.password is not None and self.username is None:
            raise ValueError("MqttOptions.password needs a username")

    @property
    def address(self) -> str:
        """Where the broker is, as messages to people name it."""
        return f"{'mqtts' if self.tls else 'mqtt'}://{self.host}:{self.port}"
