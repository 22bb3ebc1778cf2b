"""CT scans from simulated X-ray projections: metal with its streaks, and the truth about it."""

from simulators.projection.anatomy import Anatomy, project_anatomy
from simulators.projection.bodies import Body, ball, rod
from simulators.projection.case import Case, Setup, draw_case, draw_setup, scan_case
from simulators.projection.dicom_series import write_dicom
from simulators.projection.drawing import HARD, SEEDLESS, STANDARD, Recipe, draw_implant
from simulators.projection.geometry import FanBeam
from simulators.projection.hardware import SeedModel
from simulators.projection.implant import Distractor, Implant, PlacedSeed, PlacedShaft
from simulators.projection.materials import Material
from simulators.projection.scanner import Kernel, Technique, scan
from simulators.projection.slices import EXTENDED, HuScale, averaged
from simulators.projection.truth import SimulatedScan, write_npz
from simulators.projection.variants import Variant, changed

__all__ = [
    "EXTENDED",
    "HARD",
    "SEEDLESS",
    "STANDARD",
    "Anatomy",
    "Body",
    "Case",
    "Distractor",
    "FanBeam",
    "HuScale",
    "Implant",
    "Kernel",
    "Material",
    "PlacedSeed",
    "PlacedShaft",
    "Recipe",
    "SeedModel",
    "Setup",
    "SimulatedScan",
    "Technique",
    "Variant",
    "averaged",
    "ball",
    "changed",
    "draw_case",
    "draw_implant",
    "draw_setup",
    "project_anatomy",
    "rod",
    "scan",
    "scan_case",
    "write_dicom",
    "write_npz",
]
