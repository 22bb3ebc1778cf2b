"""How cold the tissue around cryoprobes is: modelled while it freezes, from what the probes did."""

from procedure_node.lethal_zone.pictures import ColdPictures, PicturesLostError, read_pictures
from procedure_node.lethal_zone.request import FreezeRequest
from procedure_node.lethal_zone.wanted import wanted_freezes
from procedure_node.lethal_zone.worker import FreezeWorker, ModellingDiedError

__all__ = [
    "ColdPictures",
    "FreezeRequest",
    "FreezeWorker",
    "ModellingDiedError",
    "PicturesLostError",
    "read_pictures",
    "wanted_freezes",
]
