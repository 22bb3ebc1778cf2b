"""Lines of one value of a volume in a plane, in the plane's own mm."""

from dosimetry_core.values import Volume
from procedure_node.views.grid import aligned
from procedure_node.views.section import AXES, Line, Plane
from procedure_node.views.view import StoredVolume, level_lines


def isolines(volume: Volume, plane: Plane, position_mm: float, level: float) -> tuple[Line, ...]:
    """Where a volume has a value in a plane; none where the plane passes it by.

    Args:
        volume: on any axial grid.
        plane: which plane.
        position_mm: x, y or z in LPS mm along its normal.
        level: the value.

    Raises:
        ViewError: the volume is not axial.
    """
    values, grid = aligned(volume, "volume")
    return level_lines(StoredVolume(values, grid), AXES[plane], position_mm, level)
