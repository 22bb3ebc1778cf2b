"""Picture data of a scan: stored once, cut into sections for the display."""

from procedure_node.views.checks import CheckSection, read_check, write_checks
from procedure_node.views.grid import Grid, ViewError
from procedure_node.views.isoline import isolines
from procedure_node.views.section import (
    AXES,
    Isodose,
    Line,
    Outline,
    Plane,
    PlaneAxes,
    Section,
    SeedMark,
    seed_marks,
)
from procedure_node.views.shelf import ViewShelf
from procedure_node.views.store import open_view, write_view
from procedure_node.views.view import ISODOSE_PERCENT, StoredStructure, StoredVolume, View

__all__ = [
    "AXES",
    "ISODOSE_PERCENT",
    "CheckSection",
    "Grid",
    "Isodose",
    "Line",
    "Outline",
    "Plane",
    "PlaneAxes",
    "Section",
    "SeedMark",
    "StoredStructure",
    "StoredVolume",
    "View",
    "ViewError",
    "ViewShelf",
    "isolines",
    "open_view",
    "read_check",
    "seed_marks",
    "write_checks",
    "write_view",
]
