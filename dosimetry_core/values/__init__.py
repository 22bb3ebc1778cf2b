"""The value types and controlled words that every package shares."""

from dosimetry_core.values.contours import ContouredStructure
from dosimetry_core.values.needle import FoundNeedle, NeedleAlternative, NeedleLookalike
from dosimetry_core.values.seed import (
    Alternative,
    FoundSeed,
    Lookalike,
    Matrix,
    Source,
    Vector,
)
from dosimetry_core.values.timestamp import Timestamp
from dosimetry_core.values.vocabulary import (
    ConnectionState,
    CyclePhase,
    Evidence,
    GenerationMode,
    MeasurementValidity,
    Modality,
    ZoneKind,
)
from dosimetry_core.values.volume import Volume

__all__ = [
    "Alternative",
    "ConnectionState",
    "ContouredStructure",
    "CyclePhase",
    "Evidence",
    "FoundNeedle",
    "FoundSeed",
    "GenerationMode",
    "Lookalike",
    "Matrix",
    "MeasurementValidity",
    "Modality",
    "NeedleAlternative",
    "NeedleLookalike",
    "Source",
    "Timestamp",
    "Vector",
    "Volume",
    "ZoneKind",
]
