"""From states and events to messages: pure, so that the same journal gives the same messages."""

from collections.abc import Iterator
from datetime import datetime

from dosimetry_core.values import GenerationMode
from procedure_node.events import Event, NodeStarted, ProbeReading, ThermometerReading
from procedure_node.messages.channels import PROBE_READING, SENSOR_READING
from procedure_node.messages.outgoing import OutgoingMessage, Stamp, forgotten
from procedure_node.messages.retained import Part, parts
from procedure_node.state import NodeState, ProcedureState


def messages_for(
    before: NodeState, after: NodeState, event: Event, seq: int
) -> tuple[OutgoingMessage, ...]:
    """What an event tells the world.

    Retained state whose facts the event has changed, and the reading that it carries. A start of
    the node tells all of the state again; a procedure that follows another one makes the broker
    forget the older one's. Outside an open procedure no reading is told.

    Args:
        before: the state that the event met.
        after: the state that it made.
        event: the event.
        seq: its number in the journal.
    """
    if not after.room:
        return ()
    stamp = Stamp(after, event.time.utc, seq, event.mode)
    told, now = parts(before), parts(after)
    if isinstance(event.payload, NodeStarted):
        news = [part for topic, part in now.items() if part.vouched_for or topic not in told]
    else:
        news = [part for topic, part in now.items() if _is_new(part, told.get(topic))]
    return (
        *(forgotten(topic, _mode_of(before)) for topic in told if topic not in now),
        *_reading(stamp, event),
        *(_message(stamp, part) for part in news),
    )


def _is_new(part: Part, told: Part | None) -> bool:
    return told is None or told.facts != part.facts


def heartbeat(
    state: NodeState, now: datetime, seq: int, mode: GenerationMode
) -> tuple[OutgoingMessage, ...]:
    """The retained state again, valid for another ``STATE_VALID_S`` seconds.

    To be sent every ``HEARTBEAT_S`` seconds while the broker is connected, and at once when it
    comes back: a broker that was restarted may have forgotten everything. What the node no longer
    watches is left out and so becomes unknown: cleared alerts, and the coverage, scans and alerts
    of a closed procedure.

    Args:
        state: the newest state.
        now: aware time.
        seq: number of the newest journal entry.
        mode: mode of the node, for what is not part of a procedure.
    """
    if not state.room:
        return ()
    stamp = Stamp(state, now, seq, mode)
    return tuple(_message(stamp, part) for part in parts(state).values() if part.vouched_for)


def _message(stamp: Stamp, part: Part) -> OutgoingMessage:
    return stamp.outgoing(part.channel, part.levels, part.content())


def _mode_of(state: NodeState) -> GenerationMode:
    return state.procedure.mode if state.procedure else GenerationMode.REAL


def _reading(stamp: Stamp, event: Event) -> Iterator[OutgoingMessage]:
    procedure = stamp.state.procedure
    if procedure is None or procedure.closed_at is not None:
        return
    if event.procedure_id != procedure.procedure_id:
        return
    payload = event.payload
    if isinstance(payload, ProbeReading):
        yield _probe_reading(stamp, procedure, payload, event.time.device_time_s)
    elif isinstance(payload, ThermometerReading):
        yield _sensor_reading(stamp, procedure, payload, event.time.device_time_s)


def _probe_reading(
    stamp: Stamp, procedure: ProcedureState, reading: ProbeReading, device_time_s: float | None
) -> OutgoingMessage:
    probe = procedure.probes.get(f"{reading.device}/{reading.probe}")
    return stamp.outgoing(
        PROBE_READING,
        {"device": reading.device, "number": str(reading.probe)},
        {
            **reading.model_dump(exclude={"kind", "version", "mode"}),
            "console_mode": reading.mode,
            "device_time_s": device_time_s,
            "lesion": probe.lesion if probe else None,
            "zone": probe.zone if probe else None,
        },
    )


def _sensor_reading(
    stamp: Stamp,
    procedure: ProcedureState,
    reading: ThermometerReading,
    device_time_s: float | None,
) -> OutgoingMessage:
    sensor = procedure.sensors.get(f"{reading.device}/{reading.channel}")
    return stamp.outgoing(
        SENSOR_READING,
        {"device": reading.device, "number": str(reading.channel)},
        {
            **reading.model_dump(exclude={"kind", "version"}),
            "device_time_s": device_time_s,
            "structure": sensor.structure if sensor else None,
        },
    )
