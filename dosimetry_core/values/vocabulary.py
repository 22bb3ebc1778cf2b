"""The project's controlled words (IEEE 11073 SDC, DICOM and AAPM terms where one exists)."""

from enum import StrEnum


class GenerationMode(StrEnum):
    """Where a datum comes from (IEEE 11073-10207 ``GenerationMode``)."""

    REAL = "REAL"
    TEST = "TEST"
    DEMO = "DEMO"


class MeasurementValidity(StrEnum):
    """How far a measurement can be trusted (IEEE 11073-10207 ``MeasurementValidity``)."""

    VALID = "VALID"
    QUESTIONABLE = "QUESTIONABLE"
    INVALID = "INVALID"
    ONGOING = "ONGOING"
    NA = "NA"


class ConnectionState(StrEnum):
    """Life of a link to a device or a peer. TERMINAL is left only by a person."""

    DISCONNECTED = "DISCONNECTED"
    CONNECTING = "CONNECTING"
    NEGOTIATING = "NEGOTIATING"
    CONNECTED = "CONNECTED"
    TERMINAL = "TERMINAL"


class Evidence(StrEnum):
    """What a statement rests on. Facts of different evidence are never merged."""

    MEASURED = "MEASURED"
    IMAGED = "IMAGED"
    MODELLED = "MODELLED"
    PLANNED = "PLANNED"
    PROTOCOL = "PROTOCOL"


class Modality(StrEnum):
    """Treatment that a lesion or zone is allocated to."""

    SEEDS = "SEEDS"
    CRYO = "CRYO"


class ZoneKind(StrEnum):
    """Part of a lesion that a treatment is responsible for."""

    WHOLE = "WHOLE"
    CORE = "CORE"
    PERIPHERY = "PERIPHERY"
    HIGH_RISK_MARGIN = "HIGH_RISK_MARGIN"


class CyclePhase(StrEnum):
    """Phase of a freeze-thaw cycle. A gap in the data is UNKNOWN, never thawing.

    STICK holds a probe in place with a little ice, TEST checks it before it is placed.
    """

    IDLE = "IDLE"
    STICK = "STICK"
    TEST = "TEST"
    FREEZE = "FREEZE"
    PASSIVE_THAW = "PASSIVE_THAW"
    ACTIVE_THAW = "ACTIVE_THAW"
    UNKNOWN = "UNKNOWN"
