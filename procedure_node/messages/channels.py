"""The topics: their addresses, and whether the broker keeps what is on them."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from types import MappingProxyType
from urllib.parse import quote

_PARAMETER = re.compile(r"\{(\w+)\}")
_OF_PROCEDURE = "procedure-node/{room}/{procedure}"


@lru_cache(maxsize=4096)  # every event looks at every topic
def topic_level(text: str) -> str:
    """One level of a topic: what is not a letter, a digit or one of ``_.-~`` becomes ``%XX``.

    Different texts give different levels. No wildcard, separator or control character is left
    (MQTT 5, 4.7.1).

    Raises:
        ValueError: the text is empty.
    """
    if not text:
        raise ValueError("a topic level cannot be empty")
    return quote(text, safe="")


@dataclass(frozen=True, slots=True)
class Channel:
    """One address of the contract.

    Attributes:
        name: its name in the AsyncAPI document.
        address: the topic with its parameters in braces.
        retained: the broker keeps the newest message: it is state, not an event.
        summary: what is told there.
    """

    name: str
    address: str
    retained: bool
    summary: str

    @property
    def of_procedure(self) -> bool:
        """Whether it belongs to a procedure."""
        return self.address.startswith(_OF_PROCEDURE)

    @property
    def parameters(self) -> tuple[str, ...]:
        """The parameters of the address, in order."""
        return tuple(_PARAMETER.findall(self.address))

    def topic(self, **levels: str) -> str:
        """The topic with its parameters filled in.

        Raises:
            ValueError: a level is empty.
            KeyError: a parameter is missing.
        """
        return self.address.format(**{name: topic_level(text) for name, text in levels.items()})


STATUS = Channel("status", "procedure-node/{room}/status", True, "The node is there or is gone.")
LINK = Channel(
    "link", "procedure-node/{room}/link/{link}", True, "State of a link to a device or peer."
)
PROCEDURE = Channel("procedure", f"{_OF_PROCEDURE}/procedure", True, "A procedure is open.")
COVERAGE = Channel(
    "coverage",
    f"{_OF_PROCEDURE}/coverage/{{lesion}}/{{zone}}",
    True,
    "What is wanted of a zone, what is there, by which evidence.",
)
ALERT = Channel("alert", f"{_OF_PROCEDURE}/alert/{{alert}}", True, "An alert condition.")
PROBE_READING = Channel(
    "probeReading",
    f"{_OF_PROCEDURE}/probe/{{device}}/{{number}}/reading",
    False,
    "One telemetry frame of a cryoprobe.",
)
PROBE_CYCLE = Channel(
    "probeCycle",
    f"{_OF_PROCEDURE}/probe/{{device}}/{{number}}/cycle",
    True,
    "Freeze-thaw cycles of a cryoprobe.",
)
LESION_CYCLE = Channel(
    "lesionCycle",
    f"{_OF_PROCEDURE}/lesion/{{lesion}}/cycle",
    True,
    "Freeze-thaw cycles of a lesion over all of its probes, and where its schedule stands.",
)
SENSOR_READING = Channel(
    "sensorReading",
    f"{_OF_PROCEDURE}/sensor/{{device}}/{{number}}/reading",
    False,
    "One reading of a thermometer channel.",
)
SCAN = Channel("scan", f"{_OF_PROCEDURE}/scan/{{scan}}", True, "A CT series and its analysis.")
SEEDS = Channel("seeds", f"{_OF_PROCEDURE}/seeds", True, "Seeds seen and seeds reported.")
DOSE = Channel("dose", f"{_OF_PROCEDURE}/dose", True, "Dose of the seeds to each structure.")
ICE = Channel("ice", f"{_OF_PROCEDURE}/ice", True, "Imaged ice over each structure.")
FROZEN = Channel(
    "frozen", f"{_OF_PROCEDURE}/frozen", True, "All that was frozen over the procedure."
)
LETHAL_ZONE = Channel(
    "lethalZone",
    f"{_OF_PROCEDURE}/lethal-zone/{{lesion}}",
    True,
    "The cold around a lesion's probes by the bioheat model.",
)
REGISTRATION = Channel(
    "registration",
    f"{_OF_PROCEDURE}/registration/{{scan}}",
    True,
    "How the contours come to a CT series, and how sure that is.",
)
ALLOCATION = Channel(
    "allocation",
    f"{_OF_PROCEDURE}/allocation/{{lesion}}/{{zone}}",
    True,
    "What a zone is given, what was proposed, and whether it succeeded.",
)
COMBINED = Channel(
    "combined",
    f"{_OF_PROCEDURE}/combined/{{lesion}}",
    True,
    "What seeds and ice together cover of a lesion.",
)
DEVIATIONS = Channel(
    "deviations", f"{_OF_PROCEDURE}/deviations", True, "Departures from the protocol."
)
RECORD = Channel("record", f"{_OF_PROCEDURE}/record", True, "The record's way to the EDC.")

PARAMETERS: Mapping[str, str] = MappingProxyType(
    {
        "room": "The room that the node stands in.",
        "procedure": "Opaque id of a procedure; never a person's.",
        "link": "Name of the link in the node's settings.",
        "lesion": "Name of the lesion.",
        "zone": "WHOLE, CORE, PERIPHERY or HIGH_RISK_MARGIN.",
        "alert": "Id of the alert condition.",
        "device": "Name of the console or thermometer in the node's settings.",
        "number": "Probe or channel number on the device.",
        "scan": "Token of the CT series: 12 hexadecimal digits that do not lead back to its UID.",
    }
)
