"""What cannot be set: among it, a range that cannot hold what is measured."""

import pytest

from drivers.instruments import Adam4000Channel, Adam4000Options


def options(model: str = "ADAM-4015", *channels: Adam4000Channel) -> Adam4000Options:
    return Adam4000Options(model=model, address=1, checksum=True, channels=channels)


def channel(range_code: str, measures: str = "TISSUE", number: int = 0) -> Adam4000Channel:
    return Adam4000Channel(
        input=number, channel=number + 1, range_code=range_code, measures=measures
    )


@pytest.mark.parametrize(
    ("model", "range_code", "measures"),
    [
        ("ADAM-4015", "24", "PROBE_TIP"),
        ("ADAM-4015", "29", "PROBE_TIP"),
        ("ADAM-4015", "24", "TISSUE"),
        ("ADAM-4018+", "10", "TISSUE"),
        ("ADAM-4018", "10", "TISSUE"),
    ],
)
def test_ranges_that_hold_what_is_measured(model: str, range_code: str, measures: str) -> None:
    assert options(model, channel(range_code, measures)).channels[0].range.low_c < 0


@pytest.mark.parametrize(
    ("model", "range_code", "measures", "reads"),
    [
        ("ADAM-4018+", "10", "PROBE_TIP", "reads -100 to 400 C, and PROBE_TIP needs -196 to 60 C"),
        ("ADAM-4018+", "0F", "TISSUE", "reads 0 to 1370 C, and TISSUE needs -60 to 60 C"),
        ("ADAM-4018", "0E", "PROBE_TIP", "reads 0 to 760 C"),
        ("ADAM-4015", "20", "TISSUE", "reads -50 to 150 C"),
        ("ADAM-4015", "2A", "PROBE_TIP", "reads -40 to 160 C"),
    ],
)
def test_a_range_that_cannot_hold_its_role_is_refused(
    model: str, range_code: str, measures: str, reads: str
) -> None:
    with pytest.raises(ValueError, match=reads):
        options(model, channel(range_code, measures))


def test_what_the_module_does_not_have_is_refused() -> None:
    for model, channels, reason in (
        ("ADAM-4011", (channel("24"),), "is not one of ADAM-4015"),
        ("ADAM-4015", (), "at least one input"),
        ("ADAM-4015", (channel("24", number=6),), "inputs 0 to 5"),
        ("ADAM-4015", (channel("10"),), "has no range '10'"),
        ("ADAM-4015", (channel("24"), channel("29")), "the same input"),
    ):
        with pytest.raises(ValueError, match=reason):
            options(model, *channels)
