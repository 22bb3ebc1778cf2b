"""All that was frozen over a procedure, from the ice of its scans."""

from pathlib import Path

import numpy as np

from dosimetry_core.ice import CarriedIce, Carrying, IceError, ice_solid, union_cc
from procedure_node.events import Band, FrozenTotal
from procedure_node.rules import FrozenTotalRequest, IceOfScan
from procedure_node.views import ViewError, open_view


def frozen_total(request: FrozenTotalRequest) -> FrozenTotal:
    """The volume that was ice in any scan; unknown where the ice of one cannot be had any more."""
    ices = request.ices
    if len(ices) < 2:
        return FrozenTotal(
            request_sha256=request.sha256,
            scan_count=len(ices),
            volume_cc=ices[0].volume_cc if ices else 0.0,
            volume_band=ices[0].volume_band if ices else None,
        )
    try:
        total = union_cc([_carried(ice) for ice in ices])
    except (ViewError, IceError) as error:
        return FrozenTotal(
            request_sha256=request.sha256,
            scan_count=len(ices),
            volume_cc=None,
            reason=f"the ice of a scan cannot be had any more: {error}",
        )
    return FrozenTotal(
        request_sha256=request.sha256,
        scan_count=len(ices),
        volume_cc=total.value,
        volume_band=Band(low=total.low, high=total.high),
    )


def _carried(ice: IceOfScan) -> CarriedIce:
    mask = open_view(Path(ice.view_directory or "")).ice
    if mask is None or ice.surface_error_mm is None:
        raise ViewError("the pictures of a scan hold no ice")
    return CarriedIce(
        solid=ice_solid(mask.volume(), ice.surface_error_mm),
        carrying=tuple(Carrying(one.center_mm, np.array(one.matrix)) for one in ice.carrying),
    )
