"""What a person may tell the node to do. Each command names who gives it."""

from datetime import date
from typing import Annotated, ClassVar, Literal

from pydantic import BaseModel, ConfigDict, Field

from dosimetry_core.values import Modality, ZoneKind

PersonName = Annotated[
    str, Field(min_length=2, max_length=64, description="who gives the command (staff id)")
]
LONGEST_PAUSE_S = 120
"""Longest pause of alarm sounds, s: what monitors commonly allow for AUDIO PAUSED (IEC 60601-1-8,
6.8.5, leaves it to the responsible organisation)."""

LesionName = Annotated[str, Field(pattern=r"^[^/]+$", description="the lesion, as it is drawn: L1")]


class Command(BaseModel):
    """Base of all commands; unknown keys are an error."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    NAME: ClassVar[str]

    by: PersonName


class OpenProcedure(Command):
    """Open a procedure: from now on the study's scans are fetched and readings are logged."""

    NAME = "open"

    subject: Annotated[
        str,
        Field(pattern=r"^[A-Za-z0-9-]{1,32}$", description="the trial's pseudonym of the patient"),
    ]
    protocol: Annotated[str, Field(description="name of a protocol file, without .toml")]
    arm: Annotated[str, Field(description="arm of the protocol")]
    study_uid: Annotated[
        str | None, Field(pattern=r"^[0-9.]{1,64}$", description="Study Instance UID")
    ] = None
    accession: Annotated[
        str | None, Field(min_length=1, max_length=16, description="or the accession number")
    ] = None


class CloseProcedure(Command):
    """Close the procedure; its record goes to the EDC."""

    NAME = "close"

    outcome: Literal["COMPLETED", "ABANDONED"] = "COMPLETED"
    comment: Annotated[str, Field(max_length=500)] = ""


class Allocate(Command):
    """Allocate a lesion or one of its zones to seeds or to cryoablation."""

    NAME = "allocate"

    lesion: LesionName
    zone: ZoneKind = ZoneKind.WHOLE
    modality: Modality
    reason: Annotated[str, Field(min_length=1, max_length=500)]


class ReportNeedlePath(Command):
    """Say how long the planned needle path to a lesion is."""

    NAME = "needle-path"

    lesion: LesionName
    length_mm: Annotated[float, Field(gt=0, le=400, description="from the skin to the lesion")]


class ReportSeeds(Command):
    """Report seeds of one batch that were just implanted."""

    NAME = "report-seeds"

    lesion: LesionName
    zone: ZoneKind = ZoneKind.WHOLE
    count: Annotated[
        int, Field(ge=-200, le=200, description="how many more; negative takes a report back")
    ]
    batch: Annotated[str, Field(min_length=1, max_length=64)]
    seed_model: Annotated[str, Field(description="name of a seed model, such as Amersham6711")]
    strength_u: Annotated[float, Field(gt=0, le=20, description="air-kerma strength of one seed")]
    strength_reference_date: Annotated[date, Field(description="the day that the strength is for")]
    needle: Annotated[str | None, Field(max_length=32)] = None


class AssignProbe(Command):
    """Say where a cryoprobe is."""

    NAME = "assign-probe"

    device: Annotated[str, Field(description="the console's name in the settings")]
    probe: Annotated[int, Field(ge=1)]
    lesion: LesionName
    zone: ZoneKind = ZoneKind.WHOLE
    tip_mm: Annotated[
        tuple[float, float, float] | None, Field(description="tip in the scan, x,y,z LPS mm")
    ] = None
    direction: Annotated[
        tuple[float, float, float] | None,
        Field(description="along the shaft towards the tip, x,y,z LPS, of any length"),
    ] = None
    cryoprobe: Annotated[
        str | None, Field(min_length=1, description="kind of probe, such as IceRod")
    ] = None


class AssignSensor(Command):
    """Say which structure a thermometer channel is at."""

    NAME = "assign-sensor"

    device: Annotated[str, Field(description="the thermometer's name in the settings")]
    channel: Annotated[int, Field(ge=1)]
    structure: Annotated[str, Field(min_length=1, description="the organ, as it is drawn")]
    place_mm: Annotated[
        tuple[float, float, float] | None, Field(description="its tip in the scan, x,y,z LPS mm")
    ] = None


class FinishTarget(Command):
    """Say that a lesion's or zone's treatment is complete: from now on under-coverage alarms."""

    NAME = "finish"

    lesion: LesionName
    zone: ZoneKind = ZoneKind.WHOLE


class Acknowledge(Command):
    """Take notice of an alert."""

    NAME = "acknowledge"

    alert_id: Annotated[str, Field(min_length=1)]
    reason: Annotated[str, Field(max_length=500)] = ""


class PauseAlarms(Command):
    """Pause the sound of the alarms that are there now; later ones sound."""

    NAME = "pause-alarms"

    seconds: Annotated[int, Field(ge=10, le=LONGEST_PAUSE_S)] = LONGEST_PAUSE_S
    reason: Annotated[str, Field(max_length=500)] = ""


class ResumeAlarms(Command):
    """End the pause of the alarms' sound."""

    NAME = "resume-alarms"


class CheckSound(Command):
    """Say whether the alarm sounds were heard in the room."""

    NAME = "sound-check"

    heard: Literal["yes", "no"]


class ReportScanDose(Command):
    """Report a scan's radiation output, from the scanner's dose report."""

    NAME = "scan-dose"

    series_uid: Annotated[str, Field(pattern=r"^[0-9.]{1,64}$")]
    ctdi_vol_mgy: Annotated[float, Field(ge=0)]
    dlp_mgy_cm: Annotated[float, Field(ge=0)]


class ExplainDeviation(Command):
    """Give the reason of a departure from the protocol."""

    NAME = "explain-deviation"

    deviation: Annotated[str, Field(min_length=1, max_length=200)]
    reason: Annotated[str, Field(min_length=3, max_length=500)]


class ChangeProtocol(Command):
    """Put another protocol in force while the procedure is open: a deviation by itself."""

    NAME = "change-protocol"

    protocol: Annotated[str, Field(description="name of a protocol file, without .toml")]
    reason: Annotated[str, Field(min_length=3, max_length=500)]


class AnswerAdverseEvent(Command):
    """Answer an adverse event prompt (grade 0: it did not happen)."""

    NAME = "adverse-event"

    term: Annotated[str, Field(min_length=1, max_length=120)]
    grade: Literal[0, 1, 2, 3, 4, 5]
    comment: Annotated[str, Field(max_length=500)] = ""


EditReason = Annotated[
    str, Field(min_length=3, max_length=500, description="why, for the record and who reads it")
]
ScanNumber = Annotated[
    int | None, Field(ge=1, description="the scan as the page numbers it; left out: the newest")
]
SeedNumber = Annotated[int, Field(ge=1, description="the seed's number, as the page shows it")]
Axis = Annotated[
    tuple[float, float, float] | None,
    Field(description="along the capsule, x,y,z LPS, of any length"),
]


class AddSeed(Command):
    """Add a seed that the finder has missed in a scan."""

    NAME = "add-seed"

    center_mm: Annotated[
        tuple[float, float, float], Field(description="its centre in the scan, x,y,z LPS mm")
    ]
    axis: Axis = None
    scan: ScanNumber = None
    reason: EditReason


class DeleteSeed(Command):
    """Delete a find that is no seed, in a scan and in those after it."""

    NAME = "delete-seed"

    seed: SeedNumber
    scan: ScanNumber = None
    reason: EditReason


class MoveSeed(Command):
    """Move a seed to where it lies in a scan."""

    NAME = "move-seed"

    seed: SeedNumber
    center_mm: Annotated[
        tuple[float, float, float], Field(description="its centre in the scan, x,y,z LPS mm")
    ]
    axis: Axis = None
    scan: ScanNumber = None
    reason: EditReason


class WithdrawSeedEdit(Command):
    """Take an edit of a seed back."""

    NAME = "undo-seed-edit"

    edit: Annotated[int, Field(ge=1, description="the number of the edit")]
    reason: EditReason


class TellStrand(Command):
    """Say which seeds hang together on a strand."""

    NAME = "strand"

    seeds: Annotated[
        str,
        Field(
            pattern=r"^[1-9][0-9]*(,[1-9][0-9]*)*$",
            max_length=200,
            description="their numbers in order, as 4,5,6; one alone takes it off its strand",
        ),
    ]
    spacing_mm: Annotated[float, Field(gt=0, le=60, description="between neighbours' centres")]


class ConfirmRegistration(Command):
    """Confirm, after a look at the check view, that a lesion's contours lie right in a scan."""

    NAME = "confirm-registration"

    lesion: LesionName
    scan: ScanNumber = None
    reason: EditReason


class RefuseRegistration(Command):
    """Say that a lesion's contours lie wrong in a scan: its coverage is not known then."""

    NAME = "refuse-registration"

    lesion: LesionName
    scan: ScanNumber = None
    reason: EditReason


class RegisterContours(Command):
    """Have the contours carried to a scan by its images, whatever the frames of reference say."""

    NAME = "register"

    method: Annotated[
        Literal["RIGID", "DEFORMABLE"],
        Field(description="DEFORMABLE also tries a deformation, and takes it if it earns that"),
    ] = "RIGID"
    scan: ScanNumber = None
    reason: EditReason


class ResendRecord(Command):
    """Send the record again after the EDC refused it and the cause was removed."""

    NAME = "resend-record"


COMMANDS: dict[str, type[Command]] = {
    command.NAME: command
    for command in (
        OpenProcedure,
        CloseProcedure,
        Allocate,
        ReportNeedlePath,
        ReportSeeds,
        AssignProbe,
        AssignSensor,
        FinishTarget,
        Acknowledge,
        PauseAlarms,
        ResumeAlarms,
        CheckSound,
        ReportScanDose,
        AnswerAdverseEvent,
        ExplainDeviation,
        ChangeProtocol,
        ResendRecord,
        AddSeed,
        DeleteSeed,
        MoveSeed,
        WithdrawSeedEdit,
        TellStrand,
        ConfirmRegistration,
        RefuseRegistration,
        RegisterContours,
    )
}
"""Every command by its name on the command line and on the control socket."""
