"""Alert conditions of links, readings, scans and the record."""

from collections.abc import Iterator
from datetime import datetime

from dosimetry_core.values import ConnectionState, CyclePhase, MeasurementValidity
from procedure_node.events import AlertPriority
from procedure_node.rules.conditions import Finding, present
from procedure_node.rules.staleness import is_stale
from procedure_node.state import NodeState, ProbeState, ProcedureState

_WHAT_IS_LOST: dict[str, tuple[AlertPriority, str, str]] = {
    "PACS": ("MEDIUM", "No new scan can be fetched", "Check the archive and the network"),
    "CONSOLE": ("MEDIUM", "Probe temperatures are not known", "Check the console and its cable"),
    "THERMOMETER": (
        "MEDIUM",
        "Organ temperatures are not known",
        "Check the thermometer and its cable",
    ),
    "BROKER": ("LOW", "Nobody hears this node over MQTT", "Check the broker and the network"),
    "EDC": ("LOW", "Records wait to be sent", "Check the EDC and the network"),
    "SERVICE": (
        "MEDIUM",
        "A part of this node fails and is started again",
        "See the service's log for the reason",
    ),
    "DISPLAY": ("LOW", "The display is not served", "Check the display's address and port"),
}


_OF_THE_CHAIN = ("PAGE", "SOUND", "ECHO")


def broken_chain(state: NodeState) -> Iterator[Finding]:
    """Ends of the alarm chain that did not answer the last self-check."""
    for link in state.links.values():
        if link.role not in _OF_THE_CHAIN or link.state is ConnectionState.CONNECTED:
            continue
        if link.role == "PAGE":
            yield present(
                "page-not-confirmed",
                "page",
                text="No screen has confirmed that it shows the page",
            )
        elif link.role == "SOUND":
            yield present(
                "sound-off",
                "page",
                text="Alarms cannot be heard: the browser of the page holds its sound back",
            )
        else:
            yield present(
                "broker-not-confirmed",
                "broker",
                text="The broker does not give back what is published: others may not hear alarms",
            )


def lost_links(state: NodeState, procedure: ProcedureState) -> Iterator[Finding]:
    """Devices and peers that are not connected."""
    for name, link in state.links.items():
        if link.state is ConnectionState.CONNECTED or link.role in _OF_THE_CHAIN:
            continue
        priority, effect, action = _WHAT_IS_LOST[link.role]
        if link.role == "THERMOMETER" and any(p.device == name for p in procedure.probes.values()):
            effect = "Temperatures of probes, and of organs if it has any, are not known"
        if _is_freezing(procedure, name):
            priority = "HIGH"
        yield _lost(name, priority, effect, action)


def _lost(name: str, priority: AlertPriority, effect: str, action: str) -> Finding:
    return present(
        "device-lost",
        name,
        priority=priority,
        text=f"{name} is not connected. {effect}",
        action=action,
    )


def _is_freezing(procedure: ProcedureState, device: str) -> bool:
    """Whether the device's last word of one of its probes was that it freezes.

    Where it tells no mode, the last phase that its temperature told counts.
    """
    return any(
        probe.last is not None
        and (probe.last.mode == "FREEZE" or (probe.last.mode is None and _froze_last(probe)))
        for probe in procedure.probes.values()
        if probe.device == device
    )


def _froze_last(probe: ProbeState) -> bool:
    cycle = probe.cycles.open_cycle
    spans = cycle.phases if cycle is not None else ()
    known = [span.phase for span in spans if span.phase is not CyclePhase.UNKNOWN]
    return bool(known) and known[-1] is CyclePhase.FREEZE


def stale_readings(state: NodeState, procedure: ProcedureState, now: datetime) -> Iterator[Finding]:
    """Assigned probes and thermometers that say nothing, or no number, on a link that works."""
    for probe in procedure.probes.values():
        if probe.lesion is not None and _works(state, probe.device):
            subject = f"{probe.device}/{probe.probe}"
            validity = probe.last.validity if probe.last else None
            reason = probe.last.reason if probe.last else ""
            yield from _stale(
                procedure, f"Probe {probe.probe}", subject, validity, reason, probe.last_at, now
            )
    for sensor in procedure.sensors.values():
        if sensor.structure is not None and _works(state, sensor.device):
            subject = f"{sensor.device}/{sensor.channel}"
            validity = sensor.last.validity if sensor.last else None
            reason = sensor.last.reason if sensor.last else ""
            who = f"The thermometer at {sensor.structure}"
            yield from _stale(procedure, who, subject, validity, reason, sensor.last_at, now)


def _works(state: NodeState, device: str) -> bool:
    link = state.links.get(device)
    return link is not None and link.state is ConnectionState.CONNECTED


def _stale(
    procedure: ProcedureState,
    who: str,
    subject: str,
    validity: MeasurementValidity | None,
    reason: str,
    last_at: datetime | None,
    now: datetime,
) -> Iterator[Finding]:
    if is_stale(procedure, last_at, now):
        text = (
            f"{who} has not been heard for longer than {procedure.protocol.freshness.reading_s} s"
        )
    elif validity is MeasurementValidity.INVALID:
        text = f"{who} gives no temperature: {reason}"
    else:
        return
    yield present(
        "data-stale",
        subject,
        text=text,
    )


def imaging_failures(procedure: ProcedureState) -> Iterator[Finding]:
    """The newest scan was refused or could not be analysed; structures were refused."""
    scans = [scan for scan in procedure.scans.values() if not scan.is_localiser]
    newest = scans[-1] if scans else None
    if newest is not None and newest.status == "REFUSED":
        yield present(
            "scan-refused",
            "scan",
            text=f"The newest scan cannot be used: {'; '.join(newest.refused)}",
        )
    elif newest is not None and newest.failures:
        steps = "; ".join(newest.failures[step] for step in newest.failures)
        yield present(
            "analysis-failed",
            "scan",
            text=f"The newest scan could not be analysed: {steps}",
        )
    if procedure.structures_refused:
        yield present(
            "structures-refused",
            "structures",
            text=f"The structure set cannot be used: {'; '.join(procedure.structures_refused)}",
        )


def rejected_record(procedure: ProcedureState) -> Iterator[Finding]:
    """The EDC refused the record."""
    if procedure.record.status == "REJECTED":
        yield present(
            "record-rejected",
            "record",
            text=f"The EDC refused the record: {procedure.record.reason}",
        )
