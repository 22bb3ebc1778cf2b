"""A procedure room in a script: devices that say things, a clock, and the node's rules.

Nothing here waits: the clock is a number, and the rules judge every second of it as the node does.
"""

import random
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from dosimetry_core.values import GenerationMode, MeasurementValidity, Modality, ZoneKind
from procedure_node.alarms import signal_of
from procedure_node.events import (
    Event,
    EventTime,
    LinkChanged,
    NodeStarted,
    Originator,
    ProbeAssigned,
    ProbeReading,
    ProcedureOpened,
    SensorAssigned,
    TargetAllocated,
    TelemetryGap,
    ThermometerReading,
)
from procedure_node.protocol import TrialProtocol, load_protocol
from procedure_node.rules import judge
from procedure_node.state import NodeState, ProcedureState, reduce

PROTOCOL = Path(__file__).parents[1] / "config" / "protocols" / "demonstration.toml"
START = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)
ORGAN, LESION = "GALLBLADDER", "L2"
LIMIT_C = 10.0
"""The demonstration protocol's limit of the organ's temperature."""

IDLE_STEP_S = 4
"""Readings are out of date after 5 s."""


@dataclass(frozen=True, slots=True)
class Trouble:
    """Something that is truly wrong from one time to another, s; it should be told as ``alert_id``.

    ``end_s`` is None when it lasts to the end of the script. What need not be told is no trouble
    that was missed, and its alarm is none that is false.
    """

    alert_id: str
    start_s: float
    end_s: float | None = None
    must_be_told: bool = True


@dataclass(frozen=True, slots=True)
class Onset:
    """A signal that came on: the moment at which people are called."""

    alert_id: str
    at_s: float


@dataclass(slots=True)
class Freezer:
    """What the probe does: its mode, and the temperature that its tip tends to."""

    mode: str = "OFF"
    tip_c: float = 30.0
    tends_to_c: float = 30.0
    pace: float = 0.1


@dataclass
class Room:
    """One probe in ``L2`` and one thermometer at the gallbladder, and what is told of them.

    Attributes:
        name: of the script.
        seed: of the noise.
        troubles: what is truly wrong; the script says so.
        onsets: what the node called people for.
    """

    name: str
    seed: int
    troubles: list[Trouble] = field(default_factory=list)
    onsets: list[Onset] = field(default_factory=list)
    organ_c: float | None = 20.0
    organ_noise_c: float = 0.1
    organ_validity: MeasurementValidity = MeasurementValidity.VALID
    freezer: Freezer = field(default_factory=Freezer)
    console_speaks: bool = True
    thermometer_speaks: bool = True
    losing: float = 0.0
    gas_kpa: float = 24000.0
    gas_falls_kpa_s: float = 0.0
    elapsed_s: float = 0.0
    state: NodeState = field(default_factory=NodeState)

    def __post_init__(self) -> None:
        """Open the procedure with everything connected and nothing wrong."""
        self.random = random.Random(self.seed)
        self._sequence = 0
        self._on: set[str] = set()
        protocol = load_protocol(PROTOCOL)
        self.tell(
            NodeStarted(session=1, software_version="1", room="CT1", settings_sha256="0" * 64)
        )
        for name, role in (("console-1", "CONSOLE"), ("therm-1", "THERMOMETER"), ("pacs", "PACS")):
            self.link(name, role, up=True)
        self.tell(_opened(protocol))
        whole = ZoneKind.WHOLE
        self.tell(
            TargetAllocated(lesion=LESION, zone=whole, modality=Modality.CRYO, reason="suitable"),
            ProbeAssigned(device="console-1", probe=1, lesion=LESION, zone=whole, tip_mm=None),
            SensorAssigned(device="therm-1", channel=1, structure=ORGAN),
        )
        self._speak()

    @property
    def procedure(self) -> ProcedureState:
        """The state of the procedure."""
        assert self.state.procedure is not None
        return self.state.procedure

    def wrong(self, condition: str, subject: str, for_s: float | None = None) -> None:
        """From now on, for a while or to the end, this is truly wrong."""
        end_s = None if for_s is None else self.elapsed_s + for_s
        self.troubles.append(Trouble(f"{condition}:{subject}", self.elapsed_s, end_s))

    def may_be_told(self, condition: str, subject: str) -> None:
        """From now on this is true as well, and nobody misses its alarm."""
        alert_id = f"{condition}:{subject}"
        self.troubles.append(Trouble(alert_id, self.elapsed_s, must_be_told=False))

    def ended(self, condition: str, subject: str) -> None:
        """From now on this is not wrong any more."""
        alert_id = f"{condition}:{subject}"
        self.troubles = [
            replace(one, end_s=self.elapsed_s)
            if one.alert_id == alert_id and one.end_s is None
            else one
            for one in self.troubles
        ]

    def link(self, name: str, role: str, *, up: bool) -> None:
        """A link comes up or is lost."""
        state, reason = ("CONNECTED", "hello") if up else ("DISCONNECTED", "unplugged")
        self.tell(
            LinkChanged.model_validate(
                {"link": name, "role": role, "state": state, "reason": reason}
            )
        )
        if not up and role == "CONSOLE":
            gap = {"device": name, "cause": "LINK_LOST", "lost_frames": None, "reason": reason}
            self.tell(TelemetryGap.model_validate(gap))

    def freeze(self, tends_to_c: float = -140.0, pace: float = 0.1) -> None:
        """Turn the gas on."""
        self.freezer.mode, self.freezer.tends_to_c, self.freezer.pace = "FREEZE", tends_to_c, pace

    def thaw(self) -> None:
        """Turn the gas off."""
        self.freezer.mode, self.freezer.tends_to_c, self.freezer.pace = "THAW", 0.0, 0.02

    def run(self, seconds: int) -> None:
        """Let time pass: every second the devices speak and the rules judge."""
        self._pass(seconds, 1)

    def idle(self, seconds: int) -> None:
        """The same while nothing happens: devices speak, and rules judge, every four seconds."""
        self._pass(seconds // IDLE_STEP_S, IDLE_STEP_S)
        self._pass(seconds % IDLE_STEP_S, 1)

    def _pass(self, steps: int, step_s: int) -> None:
        for _ in range(steps):
            self.elapsed_s += step_s
            self.gas_kpa -= self.gas_falls_kpa_s * step_s
            self._speak()
            self._judge()

    def tell(self, *payloads: Any) -> None:
        """Make events of payloads."""
        for payload in payloads:
            time = EventTime(utc=self.now, monotonic_ns=int(self.elapsed_s * 1e9))
            event = Event(
                time=time,
                originator=Originator(kind="SYSTEM", name="script"),
                mode=GenerationMode.TEST,
                procedure_id=None if payload.kind in ("node-started", "link-changed") else "P1",
                payload=payload,
            )
            self.state = reduce(self.state, event)

    @property
    def now(self) -> datetime:
        """The room's clock."""
        return START + timedelta(seconds=self.elapsed_s)

    def _speak(self) -> None:
        if self.console_speaks and self.random.random() >= self.losing:
            self.tell(self._probe())
        if self.thermometer_speaks and self.random.random() >= self.losing:
            self.tell(self._thermometer())

    def _probe(self) -> ProbeReading:
        one = self.freezer
        one.tip_c += (one.tends_to_c - one.tip_c) * one.pace
        self._sequence += 1
        return ProbeReading.model_validate(
            {
                "device": "console-1",
                "sequence": self._sequence,
                "probe": 1,
                "mode": one.mode,
                "power_percent": 100.0 if one.mode == "FREEZE" else 0.0,
                "tip_temperature_c": round(one.tip_c + self.random.gauss(0.0, 0.5), 1),
                "gas_pressure_kpa": round(self.gas_kpa + self.random.gauss(0.0, 20.0)),
                "validity": "VALID",
            }
        )

    def _thermometer(self) -> ThermometerReading:
        self._sequence += 1
        celsius = self.organ_c
        if celsius is not None:
            celsius = round(celsius + self.random.gauss(0.0, self.organ_noise_c), 1)
        return ThermometerReading(
            device="therm-1",
            sequence=self._sequence,
            channel=1,
            temperature_c=celsius,
            validity=self.organ_validity,
            reason="" if celsius is not None else "open circuit",
        )

    def _judge(self) -> None:
        self.tell(*judge(self.state, self.now))
        on = {
            alert_id
            for alert_id, alert in self.procedure.alerts.items()
            if signal_of(alert, None, self.now).presence == "ON"
        }
        self.onsets += [Onset(alert_id, self.elapsed_s) for alert_id in sorted(on - self._on)]
        self._on = on


def _opened(protocol: TrialProtocol) -> ProcedureOpened:
    return ProcedureOpened(
        procedure_id="P1",
        subject="S-001",
        study_uid="1.2.3",
        arm="STRATEGY",
        protocol=protocol,
        protocol_sha256="0" * 64,
    )
