"""Picture data of a scan: stored once, cut into sections for the display."""

from procedure_node.views.grid import Grid, ViewError
from procedure_node.views.section import (
    AXES,
    Isodose,
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
    "Grid",
    "Isodose",
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
    "open_view",
    "seed_marks",
    "write_view",
]
