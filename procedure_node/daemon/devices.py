"""Serial devices: what they say becomes events while a procedure is open."""

import asyncio
from collections.abc import Callable, Mapping
from pathlib import Path

from dosimetry_core.values import GenerationMode
from drivers.instruments import (
    Adam4000,
    Center309,
    LineDialogue,
    LineProfile,
    ModbusThermometer,
    PolledDialogue,
    RegisterMap,
)
from drivers.serial_line import Dialogue, SerialLinkOptions, TelemetryLink
from drivers.telemetry import ProbeSample, TelemetryValue, ThermometerSample
from procedure_node.core import Core, device
from procedure_node.intake import event_time, payload_of
from procedure_node.settings import SerialSettings, load_toml


def telemetry_link(
    settings: SerialSettings,
    quarantine: Path,
    core: Core,
    stop: asyncio.Event,
    mode: GenerationMode,
) -> TelemetryLink:
    """The link of one device, handing what it says to the core until the node is stopped.

    Where patients are treated (``mode`` REAL) a simulated device is not listened to at all.
    """
    options = SerialLinkOptions(
        name=settings.name,
        path=str(settings.path),
        role=settings.role,
        baudrate=settings.baudrate,
        silence_s=settings.silence_s,
        quarantine_directory=quarantine,
        expected_mode=GenerationMode.REAL if mode is GenerationMode.REAL else None,
    )
    return TelemetryLink(
        options,
        _sink(core, stop, settings.probe_of_channel),
        dialogue=dialogue_of(settings, mode),
    )


def dialogue_of(settings: SerialSettings, mode: GenerationMode) -> Dialogue | None:
    """The protocol of a device; None for the project's own.

    ``mode`` marks the readings of an instrument, which knows no mark of its own.

    Raises:
        ConfigurationError: the file that describes a device cannot be read, or holds mistakes.
    """
    if (adam := settings.adam4000) is not None:
        return PolledDialogue(Adam4000(settings.name, mode, adam.options), adam.pace)
    if (center := settings.center309) is not None:
        return PolledDialogue(Center309(settings.name, mode, center.options), center.pace)
    if (lines := settings.line_profile) is not None:
        return LineDialogue(settings.name, mode, load_toml(lines.file, LineProfile))
    if (modbus := settings.modbus) is not None:
        options = modbus.options(load_toml(modbus.map, RegisterMap))
        return PolledDialogue(ModbusThermometer(settings.name, mode, options), modbus.pace)
    return None


def _sink(
    core: Core, stop: asyncio.Event, probe_of_channel: Mapping[int, int]
) -> Callable[[TelemetryValue], None]:
    def take(value: TelemetryValue) -> None:
        """Readings are logged while a procedure is open; links and faults always.

        What a link says while the node stops (that it lets go) is no loss of a device.
        """
        if stop.is_set():
            return
        procedure = core.state.procedure
        is_open = procedure is not None and procedure.closed_at is None
        if isinstance(value, ProbeSample | ThermometerSample) and not is_open:
            return
        core.post(
            payload_of(value, probe_of_channel),
            originator=device(value.device),
            mode=value.generation_mode,
            time=event_time(value.timestamp),
        )

    return take
