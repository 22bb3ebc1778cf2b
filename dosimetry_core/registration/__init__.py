"""Registration of a planning CT to a scan round a lesion, and how far it can be trusted."""

from dosimetry_core.registration.check_view import CheckView, Plane, check_view
from dosimetry_core.registration.deformation import Deformation
from dosimetry_core.registration.errors import RegistrationError, RegistrationGivenUp
from dosimetry_core.registration.given import disagreement_mm, judge_given, saw_enough
from dosimetry_core.registration.kernels import load_kernels
from dosimetry_core.registration.registering import register
from dosimetry_core.registration.result import (
    LandmarkResidual,
    RegistrationQuality,
    RegistrationResult,
    Verdict,
)
from dosimetry_core.registration.searching import find_start

__all__ = [
    "CheckView",
    "Deformation",
    "LandmarkResidual",
    "Plane",
    "RegistrationError",
    "RegistrationGivenUp",
    "RegistrationQuality",
    "RegistrationResult",
    "Verdict",
    "check_view",
    "disagreement_mm",
    "find_start",
    "judge_given",
    "load_kernels",
    "register",
    "saw_enough",
]
