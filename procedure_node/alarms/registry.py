"""All alert conditions: the one table that rules, signals, page and documents go by.

A new condition is one entry here; a test fails while a rule speaks of one that is missing, or gives
it a priority or kind that its entry does not have.
"""

from collections.abc import Mapping
from types import MappingProxyType

from procedure_node.alarms.condition import AlertCondition as C

_PATIENT = "PHYSIOLOGICAL"
_EQUIPMENT = "TECHNICAL"

_TABLE = (
    C("organ-sensor-cold", "HIGH", _PATIENT,
      "A thermometer at an organ at risk is colder than the organ may get",
      "Stop or slow the freeze near it; warm the organ",
      limit="organs.temperature_minimum_c", hysteresis=1.0, clear_after_s=3.0, latching=True),
    C("organ-over-limit", "HIGH", _PATIENT,
      "The dose of an organ at risk is over the protocol's limit",
      "Place no further seed near it; review the plan",
      limit="organs.d2cc_limit_gy, organs.d0_1cc_limit_gy", latching=True),
    C("organ-within-error", "LOW", _PATIENT,
      "The dose of an organ at risk may be over its limit by the errors of the dose",
      "Weigh this before a further seed is placed near it",
      limit="organs.d2cc_limit_gy, organs.d0_1cc_limit_gy"),
    C("target-under-covered", "MEDIUM", _PATIENT,
      "A target that is said to be finished is known not to be covered",
      "Treat the uncovered part before the patient leaves the room",
      limit="seeds.d90_minimum_gy, seeds.v100_minimum_percent, cryo"),
    C("coverage-within-error", "LOW", _PATIENT,
      "A finished target is covered, but by the errors of its dose it may not be",
      "Look at its coldest part and judge whether the margin is enough"),
    C("coverage-unknown", "LOW", _EQUIPMENT,
      "It cannot be told whether a finished target is covered",
      "Remove the cause, or take a new scan"),
    C("seed-lost", "MEDIUM", _PATIENT,
      "A seed that was seen is not found any more",
      "Look for it in the scan, along the needle's way and in the chest"),
    C("seed-migrated", "MEDIUM", _PATIENT,
      "A seed has moved farther than swelling moves seeds",
      "Look at it in the scan; think of a vessel or the lung"),
    C("seed-count-mismatch", "MEDIUM", _PATIENT,
      "Another number of seeds is seen in a target than was reported",
      "Check the report, and look for a seed that was lost or has moved"),
    C("needle-count-mismatch", "LOW", _PATIENT,
      "Another number of seeds is seen on a needle than was reported",
      "Check which needle the seeds were reported for"),
    C("seed-outside-targets", "MEDIUM", _PATIENT,
      "Seeds are seen away from every target",
      "Look for a seed that has moved, or metal that is not a seed"),
    C("freeze-too-slow", "MEDIUM", _PATIENT,
      "A probe does not get as cold as the protocol wants in its time",
      "Check the gas pressure and the probe",
      limit="cryo.tip_target_c, cryo.tip_target_within_s"),
    C("thaw-early", "MEDIUM", _PATIENT,
      "A freeze was ended before the protocol's time",
      "Freeze again, or note why the freeze was shortened",
      limit="cryo.freeze_minutes"),
    C("freeze-too-weak", "MEDIUM", _PATIENT,
      "A probe was cold enough and is warmer again while it freezes",
      "Check the gas pressure, the power and the probe",
      limit="cryo.tip_target_c", hysteresis=5.0),
    C("freeze-gap", "LOW", _PATIENT,
      "Too much of a freeze is not known: readings are missing",
      "Freeze that much longer, or note what the console shows",
      limit="cryo.freeze_minutes"),
    C("thaw-too-short", "MEDIUM", _PATIENT,
      "A freeze began before the thaw before it was as long as the protocol wants",
      "Stop it and let the lesion thaw, or note why the thaw was shortened",
      limit="cryo.thaw_minutes"),
    C("gas-short", "MEDIUM", _EQUIPMENT,
      "The gas will be too low before the freeze that it feeds is over",
      "Have the next cylinder ready, or turn off a probe that has frozen enough",
      limit="cryo.gas_minimum_kpa"),
    C("registration-failed", "MEDIUM", _EQUIPMENT,
      "A lesion's contours do not lie right in the newest scan",
      "Draw it on the newest scan"),
    C("registration-doubtful", "MEDIUM", _EQUIPMENT,
      "A lesion's contours may not lie right in the newest scan",
      "Look at the check view; confirm where they lie, or refuse it"),
    C("registration-refused", "LOW", _EQUIPMENT,
      "A person has refused where a lesion's contours lie in the newest scan",
      "Have it registered by the images, or draw it on the newest scan"),
    C("registration-object-refused", "LOW", _EQUIPMENT,
      "A DICOM Spatial Registration cannot be used",
      "Export it again as one rigid matrix between the two frames of reference"),
    C("planning-ct-missing", "MEDIUM", _EQUIPMENT,
      "There are no contours in the newest scan",
      "Send the CT that the structures were drawn on, or a Spatial Registration"),
    C("device-lost", "MEDIUM", _EQUIPMENT,
      "A device or peer is not connected; high for a console while one of its probes freezes",
      "Check the device, its cable and the network",
      clear_after_s=3.0, may_be=("HIGH", "LOW")),
    C("data-stale", "MEDIUM", _EQUIPMENT,
      "An assigned probe or thermometer says nothing, or no temperature, on a link that works",
      "Check the sensor and its plug",
      limit="freshness.reading_s", clear_after_s=3.0),
    C("scan-refused", "LOW", _EQUIPMENT,
      "The newest scan cannot be used",
      "Repeat the scan with an even, untilted, lossless series"),
    C("analysis-failed", "MEDIUM", _EQUIPMENT,
      "The newest scan could not be analysed",
      "Remove the cause; coverage that rests on it is UNKNOWN"),
    C("structures-refused", "MEDIUM", _EQUIPMENT,
      "The structure set cannot be used",
      "Export the structures again on the scan's frame of reference"),
    C("record-rejected", "MEDIUM", _EQUIPMENT,
      "The EDC refused the record",
      "Correct the cause; the record is kept and can be sent again"),
)  # fmt: skip

CONDITIONS: Mapping[str, C] = MappingProxyType({condition.id: condition for condition in _TABLE})
"""Every alert condition by its id."""


def condition_of(condition_id: str) -> C | None:
    """An entry of the table; None for one that only an earlier release knew."""
    return CONDITIONS.get(condition_id)
