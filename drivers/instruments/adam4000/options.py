"""What a person sets for one ADAM-4000 module."""

from dataclasses import dataclass

from drivers.instruments.adam4000.ranges import MODELS, RANGES, Model, Range
from drivers.instruments.needs import Measures, check_holds


@dataclass(frozen=True, slots=True, kw_only=True)
class Adam4000Channel:
    """One input of the module.

    Attributes:
        input: 0 to 7, as on the module.
        channel: 1 to 64, what it is called everywhere in the node.
        range_code: the type code that the input is set to, for example ``24``.
        measures: what the sensor is in.
    """

    input: int
    channel: int
    range_code: str
    measures: Measures

    @property
    def range(self) -> Range:
        """What the input can read."""
        return RANGES[self.range_code]


@dataclass(frozen=True, slots=True, kw_only=True)
class Adam4000Options:
    """One module.

    Attributes:
        model: one of ``MODELS``.
        address: 0 to 255.
        checksum: whether the module is set to use one.
        channels: the inputs that are read.

    Raises:
        ValueError: a value does not fit, or a range cannot hold what its channel measures.
    """

    model: str
    address: int
    checksum: bool
    channels: tuple[Adam4000Channel, ...]

    @property
    def module(self) -> Model:
        """What the module can do."""
        return MODELS[self.model]

    def __post_init__(self) -> None:
        if self.model not in MODELS:
            raise ValueError(f"model {self.model!r} is not one of {', '.join(MODELS)}")
        if not 0 <= self.address <= 255:
            raise ValueError(f"address {self.address} is not from 0 to 255")
        if not self.channels:
            raise ValueError("no channel is set: at least one input must be read")
        for each in self.channels:
            self._check(each)
        for numbers in ([c.input for c in self.channels], [c.channel for c in self.channels]):
            if len(set(numbers)) < len(numbers):
                raise ValueError("two channels have the same input or the same channel number")

    def _check(self, each: Adam4000Channel) -> None:
        if not 0 <= each.input < self.module.inputs:
            raise ValueError(f"an {self.model} has inputs 0 to {self.module.inputs - 1}")
        if not 1 <= each.channel <= 64:
            raise ValueError(f"channel {each.channel} is not from 1 to 64")
        if each.range_code not in self.module.codes:
            codes = ", ".join(sorted(self.module.codes))
            raise ValueError(f"an {self.model} has no range {each.range_code!r}, but {codes}")
        what = f"channel {each.channel} (range {each.range_code}, {each.range.sensor})"
        check_holds(each.measures, each.range.low_c, each.range.high_c, what)
