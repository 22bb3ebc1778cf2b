"""A procedure with something of everything that the page can show, for tests and for looking."""

import tomllib
from datetime import date, datetime, timedelta
from pathlib import Path

from dosimetry_core.values import ConnectionState, GenerationMode
from procedure_node.protocol import TrialProtocol
from procedure_node.state import (
    LinkStatus,
    NodeState,
    ProcedureState,
    RecordStatus,
    SeedBatchReport,
)
from tests.procedure_node.display.sample import strategy
from tests.procedure_node.display.sample.anatomy import COLD_FILE, CORE, TARGETS, WHOLE
from tests.procedure_node.display.sample.cold import lethal_zones
from tests.procedure_node.display.sample.cryo import probe, sensor
from tests.procedure_node.display.sample.judged import alerts, coverage
from tests.procedure_node.display.sample.scans import scan, structures

PROTOCOL_FILE = Path(__file__).parents[4] / "config" / "protocols" / "demonstration.toml"


def protocol() -> TrialProtocol:
    return TrialProtocol.model_validate(tomllib.loads(PROTOCOL_FILE.read_text("utf-8")))


def report(key: str, count: int, at: datetime) -> SeedBatchReport:
    lesion, zone = TARGETS[key]
    return SeedBatchReport(
        at=at,
        by="operator",
        lesion=lesion,
        zone=zone,
        count=count,
        batch="B-117",
        seed_model="6711",
        strength_u=0.65,
        strength_reference_date=date(2026, 3, 1),
        needle="N1",
    )


def links(now: datetime) -> dict[str, LinkStatus]:
    up, down = ConnectionState.CONNECTED, ConnectionState.DISCONNECTED
    return {
        name: LinkStatus(role=role, state=state, reason=reason, since=now - timedelta(minutes=50))
        for name, role, state, reason in (
            ("pacs", "PACS", up, "echo answered"),
            ("console", "CONSOLE", up, "frames arrive"),
            ("thermometer", "THERMOMETER", down, "no byte for 14 s"),
            ("broker", "BROKER", up, "session present"),
            ("edc", "EDC", ConnectionState.CONNECTING, "waiting 8 s before the next try"),
        )
    }


def procedure(now: datetime, view_directory: Path | None) -> ProcedureState:
    """See the module."""

    def ago(minutes: float) -> datetime:
        return now - timedelta(minutes=minutes)

    scans = [
        scan(number, ago(minutes), view_directory=view_directory)
        for number, minutes in ((1, 50), (2, 31), (3, 2.5))
    ]
    judged = coverage()
    return ProcedureState(
        procedure_id="P-20260302-01",
        subject="CHN-014",
        study_uid="1.2.826.9",
        arm="STRATEGY",
        mode=GenerationMode.DEMO,
        protocol=protocol(),
        protocol_sha256="0" * 64,
        opened_at=ago(55),
        opened_by="operator",
        allocations={key: one.modality for key, one in judged.items()},
        finished=("L1", "L3/PERIPHERY"),
        structures=structures(),
        seed_reports=(report("L1", 24, ago(20)), report("L3_PERIPHERY", 18, ago(12))),
        scans={one.series_uid: one for one in scans},
        probes={
            "console/1": probe(1, "L2", WHOLE, now, gap=(260.0, 330.0)),
            "console/2": probe(2, "L3", CORE, now),
        },
        sensors={
            "thermometer/1": sensor(1, "GALLBLADDER", now, silent_s=14),
            "thermometer/2": sensor(2, "STOMACH", now, silent_s=14),
        },
        lethal_zones=lethal_zones(
            now, view_directory.parent / COLD_FILE if view_directory else None
        ),
        lesions=strategy.measured(structures().structure_set_uid),
        allocated=strategy.allocated(),
        combined=strategy.combined(scans[-1].series_uid, structures().structure_set_uid),
        deviations=strategy.deviations(now),
        coverage=judged,
        coverage_at=dict.fromkeys(judged, ago(2)),
        alerts=alerts(now),
        record=RecordStatus(),
    )


def node_state(now: datetime, view_directory: Path | None = None) -> NodeState:
    """The node in the middle of a demonstration, with every verdict on the page."""
    return NodeState(
        session=1,
        room="CT-2",
        software_version="0.1.0",
        running=True,
        last_event_at=now,
        links=links(now),
        procedure=procedure(now, view_directory),
    )


def crowded(state: NodeState) -> NodeState:
    """More of everything than the page has room for: what is most urgent must still be seen."""
    procedure = state.procedure
    assert procedure is not None
    extra = {
        f"L{n}": procedure.coverage["L1" if n % 2 else "L3/CORE"].model_copy(
            update={"lesion": f"L{n}", "zone": WHOLE}
        )
        for n in range(4, 8)
    }
    organs = tuple(
        procedure.protocol.organs[0].model_copy(update={"name": name})
        for name in ("GALLBLADDER", "STOMACH", "DUODENUM", "COLON")
    )
    alerts = {
        f"{alert_id}-{n}": one.model_copy(
            update={"raised": one.raised.model_copy(update={"alert_id": f"{alert_id}-{n}"})}
        )
        for alert_id, one in procedure.alerts.items()
        for n in range(2)
    }
    more = procedure.model_copy(
        update={
            "coverage": {**procedure.coverage, **extra},
            "allocations": {
                **procedure.allocations,
                **{key: one.modality for key, one in extra.items()},
            },
            "protocol": procedure.protocol.model_copy(update={"organs": organs}),
            "alerts": alerts,
            "probes": {
                f"console/{n}": procedure.probes[f"console/{1 + n % 2}"].model_copy(
                    update={"probe": n}
                )
                for n in range(1, 5)
            },
        }
    )
    return state.model_copy(update={"procedure": more})
