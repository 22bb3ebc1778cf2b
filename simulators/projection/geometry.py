"""The scanner's geometry: a fan beam on a circle round the patient."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class FanBeam:
    """One row of an arc detector that turns with its source; equal angles between channels.

    The defaults are those of a common 64-row body scanner, as CatSim and XCIST describe it (GE
    LightSpeed): 541 mm from the focus to the axis, 949 mm to 888 channels of 1.0239 mm, 984 views.

    Attributes:
        source_to_axis_mm: radius of the focus.
        source_to_detector_mm: from the focus to the arc of the detector.
        channels: of the detector.
        channel_rad: fan angle of one channel.
        views: of one full turn; even.
        focal_spot_mm: width of the focus across the fan.
        active_share: of a channel's width that detects; the rest is septa.
    """

    source_to_axis_mm: float = 541.0
    source_to_detector_mm: float = 949.0
    channels: int = 888
    channel_rad: float = 1.0239 / 949.0
    views: int = 984
    focal_spot_mm: float = 0.6
    active_share: float = 0.8

    def __post_init__(self) -> None:
        if min(self.source_to_axis_mm, self.channel_rad, self.focal_spot_mm) <= 0.0:
            raise ValueError("a fan beam's lengths and angles must be above zero")
        if self.channels < 2 or self.views < 2 or self.views % 2:
            raise ValueError("a fan beam needs 2 channels at least and an even number of views")
        if self.channels * self.channel_rad / 2.0 > 0.6:
            raise ValueError("a fan beam's half angle must be below 0.6 rad")

    @property
    def angles(self) -> NDArray[np.float64]:
        """Of the focus, rad, one per view; at 0 it stands above the patient (-y of LPS)."""
        return np.arange(self.views, dtype=np.float64) * (2.0 * np.pi / self.views)

    @property
    def fans(self) -> NDArray[np.float64]:
        """Fan angle of each channel, rad."""
        channels = np.arange(self.channels, dtype=np.float64)
        return (channels - self.middle_channel) * self.channel_rad

    @property
    def reach_mm(self) -> float:
        """Radius of the circle that every view sees whole, mm."""
        fans = self.fans
        return self.source_to_axis_mm * float(np.sin(min(-fans[0], fans[-1])))

    @property
    def middle_channel(self) -> float:
        """Fractional index of the channel that the central ray meets.

        The detector is shifted by a quarter of a channel, so that opposite views interlace.
        """
        return (self.channels - 1) / 2.0 - 0.25

    @property
    def channel_pitch_mm(self) -> float:
        """Width of a channel at the axis, mm."""
        return self.source_to_axis_mm * self.channel_rad
