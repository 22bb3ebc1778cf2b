"""Files that describe serial devices: line profiles and register maps."""

from dataclasses import dataclass
from pathlib import Path

from dosimetry_core.values import GenerationMode
from drivers.instruments import LineProfile, RegisterMap
from procedure_node.settings.errors import ConfigurationError, load_toml
from procedure_node.settings.serial import SerialSettings


@dataclass(frozen=True, slots=True)
class DescribedDevice:
    """A device whose file's path is absolute, and the file, which is None where it needs none."""

    settings: SerialSettings
    file: Path | None


def described_device(
    device: SerialSettings, directory: Path, mode: GenerationMode
) -> DescribedDevice:
    """Read the file that describes a device, and refuse one that cannot be used.

    Args:
        device: as the settings have it.
        directory: where relative paths begin.
        mode: of the node; one that is REAL takes no example.

    Raises:
        ConfigurationError: the file cannot be read or holds mistakes, or does not fit the settings.
    """
    where = f"serial device {device.name!r}"
    if (lines := device.line_profile) is not None:
        file = (directory / lines.file).resolve()
        if load_toml(file, LineProfile).example and mode is GenerationMode.REAL:
            mistake = (
                f"{where}: line_profile.file: {lines.file} is an example and describes no product: "
                "a node that is REAL needs the profile of its own console"
            )
            raise ConfigurationError([mistake])
        changed = device.model_copy(
            update={"line_profile": lines.model_copy(update={"file": file})}
        )
    elif (modbus := device.modbus) is not None:
        file = (directory / modbus.map).resolve()
        registers = load_toml(file, RegisterMap)
        try:
            modbus.options(registers)
        except ValueError as error:
            raise ConfigurationError([f"{where}: modbus: {error}"]) from error
        changed = device.model_copy(update={"modbus": modbus.model_copy(update={"map": file})})
    else:
        return DescribedDevice(device, None)
    return DescribedDevice(changed, file)
