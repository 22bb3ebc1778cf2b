"""What the page says of imaged ice, and when it no longer says it."""

from datetime import timedelta
from typing import Any

import pytest

from procedure_node.display import page_state
from procedure_node.events import Band, FrozenTotal, IceFound
from procedure_node.rules import wanted_frozen_total


def card(state: Any, at: Any, key: str) -> Any:
    return next(c for c in page_state(state, at).procedure.targets if c.key == key)


def ice_limit(state: Any, at: Any, name: str) -> Any:
    organ = next(o for o in page_state(state, at).procedure.organs if o.name == name)
    return next((row for row in organ.limits if row.quantity == "ice"), None)


@pytest.fixture
def with_ice(state: Any, changed: Any) -> Any:
    """The state with another result of the third scan's search for ice."""

    def change(**update: Any) -> Any:
        scan = state.procedure.scans["1.2.826.3"]
        found = scan.ice.model_copy(update=update)
        return changed(
            scans={**state.procedure.scans, "1.2.826.3": scan.model_copy(update={"ice": found})}
        )

    return change


def test_a_frozen_target_tells_the_margin_over_its_surface(state: Any, now: Any) -> None:
    ice = card(state, now, "L3/CORE").ice
    assert (ice.margin_mm, ice.low_mm, ice.high_mm) == (-2.6, -5.4, 0.2)
    assert ice.place_mm == (-13.4, -65.2, -260.0)
    assert (ice.under_percent, ice.short_percent, ice.enough_percent) == (6.2, 71.5, 22.3)
    assert (ice.unfrozen_cc, ice.frozen_cc, ice.scan_number) == (0.14, 31.0, 3)
    assert not ice.without_baseline
    assert card(state, now, "L1").ice is None, "it is not to be frozen"


def test_ice_without_a_baseline_is_said_to_be_so(with_ice: Any, now: Any) -> None:
    assert card(with_ice(baseline_use="NONE"), now, "L2").ice.without_baseline


def test_an_old_margin_that_is_short_is_told_no_more(state: Any, now: Any) -> None:
    """Short of what is wanted: it may be more by now."""
    assert card(state, now + timedelta(minutes=30), "L3/CORE").ice is None


def test_ice_of_an_earlier_release_has_no_surface_to_show(with_ice: Any, now: Any) -> None:
    old = IceFound.model_validate(
        {
            "series_uid": "1.2.826.3",
            "baseline_series_uid": "1.2.826.1",
            "structure_set_uid": "1.2.40",
            "volume_cc": 31.0,
            "structures": [{"name": "L2", "covered_percent": 100.0, "minimum_margin_mm": 5.4}],
        }
    )
    state = with_ice(**dict(old))
    assert card(state, now, "L2").ice is None
    assert ice_limit(state, now, "STOMACH").status == "UNKNOWN"


def test_an_organ_tells_how_near_the_ice_is(state: Any, now: Any) -> None:
    near = ice_limit(state, now, "GALLBLADDER")
    assert (near.actual, near.limit, near.unit, near.status) == (3.1, 5.0, "mm", "OVER")
    assert (near.low, near.evidence) == (0.3, "IMAGED")
    assert ice_limit(state, now, "STOMACH").status == "WITHIN"


def test_how_near_the_ice_is_ages_with_its_scan(state: Any, now: Any) -> None:
    near = ice_limit(state, now + timedelta(minutes=40), "STOMACH")
    assert (near.actual, near.status) == (None, "UNKNOWN")
    assert "older than" in near.reason


def test_contours_drawn_anew_leave_it_unknown(with_ice: Any, now: Any) -> None:
    near = ice_limit(with_ice(structure_set_uid="1.2.39"), now, "STOMACH")
    assert near.reason == "the structures were drawn anew after the ice was seen"


def test_a_limit_that_is_unset_is_told_and_one_that_is_left_out_is_not(
    state: Any, changed: Any, now: Any
) -> None:
    def limited(value: Any) -> Any:
        protocol = state.procedure.protocol
        organs = tuple(
            o.model_copy(update={"ice_distance_minimum_mm": value}) for o in protocol.organs
        )
        return changed(protocol=protocol.model_copy(update={"organs": organs}))

    assert ice_limit(limited("unset"), now, "STOMACH").status == "UNSET"
    assert ice_limit(limited(None), now, "STOMACH") is None


def test_nothing_is_said_of_ice_where_nothing_is_to_be_frozen(
    state: Any, changed: Any, now: Any
) -> None:
    assert ice_limit(changed(allocations={"L1": "SEEDS"}), now, "STOMACH") is None


def frozen_in_all(state: Any, at: Any) -> Any:
    return page_state(state, at).procedure.frozen


def stopped_with_its_scan(probe: Any) -> Any:
    """The probe as if it had done nothing since its first freeze began."""
    cycles = tuple(
        cycle.model_copy(
            update={
                "phases": tuple(
                    span.model_copy(update={"ended": span.started}) for span in cycle.phases
                )
            }
        )
        for cycle in probe.cycles.cycles[:1]
    )
    return probe.model_copy(update={"cycles": probe.cycles.model_copy(update={"cycles": cycles})})


def test_all_that_was_frozen_is_told_or_why_it_is_not_known(
    state: Any, changed: Any, now: Any
) -> None:
    row = frozen_in_all(state, now)
    assert (row.actual, row.limit, row.unit, row.status) == (None, 400.0, "cm³", "UNKNOWN")
    assert row.reason.startswith("at least 31 cm³; ")
    scans = {"1.2.826.3": state.procedure.scans["1.2.826.3"]}
    request, _ = wanted_frozen_total(changed(scans=scans).procedure)
    band = Band(low=28.0, high=35.0)
    told = FrozenTotal(
        request_sha256=request.sha256, scan_count=1, volume_cc=31.0, volume_band=band
    )
    freezing = frozen_in_all(changed(scans=scans, frozen_total=told), now)
    assert (freezing.actual, freezing.status) == (None, "UNKNOWN")
    assert freezing.reason == "at least 31 cm³; probes froze, or may have, after the newest scan"
    thawed = {key: stopped_with_its_scan(probe) for key, probe in state.procedure.probes.items()}
    known = frozen_in_all(changed(scans=scans, frozen_total=told, probes=thawed), now)
    assert (known.actual, known.high, known.status, known.reason) == (31.0, 35.0, "WITHIN", "")
    assert frozen_in_all(changed(probes={}), now) is None, "nothing was frozen"
