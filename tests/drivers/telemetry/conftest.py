"""Frames of every kind, for properties."""

import pytest
from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from dosimetry_core.values import GenerationMode
from drivers.telemetry import Frame, HelloFrame, ProbeFrame, ThermometerFrame

_WORD = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-"

_header = {
    "generation_mode": st.sampled_from(GenerationMode),
    "sequence": st.integers(0, 999_999),
    "device_time_ms": st.integers(0, 999_999_999_999),
}
_fault = st.sampled_from(["OPEN", "SHORT", "OVER", "UNDER"])
_measured = st.one_of(
    st.tuples(st.floats(-999.9, 999.9), st.just("OK")), st.tuples(st.none(), _fault)
)
_number = st.integers(1, 64)
_channels = st.sets(_number, max_size=16).map(lambda numbers: tuple(sorted(numbers)))


def _probe(measured: tuple[float | None, str], **rest: object) -> ProbeFrame:
    return ProbeFrame(tip_temperature_c=measured[0], sensor=measured[1], **rest)


def _thermometer(measured: tuple[float | None, str], **rest: object) -> ThermometerFrame:
    return ThermometerFrame(temperature_c=measured[0], sensor=measured[1], **rest)


_frames = st.one_of(
    st.builds(
        _probe,
        measured=_measured,
        probe=_number,
        mode=st.sampled_from(["OFF", "FREEZE", "THAW", "HEAT", "STICK", "TEST"]),
        power_percent=st.integers(0, 100),
        gas_pressure_kpa=st.none() | st.integers(0, 99_999),
        **_header,
    ),
    st.builds(_thermometer, measured=_measured, channel=_number, **_header),
    st.builds(
        HelloFrame,
        device_id=st.text(_WORD, min_size=1, max_size=24),
        firmware=st.text(_WORD, min_size=1, max_size=16),
        probes=_channels,
        thermometers=_channels,
        **_header,
    ),
)


@pytest.fixture(scope="session")
def frames() -> SearchStrategy[Frame]:
    """Any frame that the protocol can carry."""
    return _frames
