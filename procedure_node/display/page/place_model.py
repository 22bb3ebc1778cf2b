"""What the page is told of where the contours lie."""

from typing import Literal

from procedure_node.display.page.part import Part
from procedure_node.messages import PublicText

PlaceVerdict = Literal["ACCEPTED", "UNCHECKED", "DOUBTFUL", "FAILED", "CONFIRMED", "REFUSED"]


class PlaceRow(Part):
    """Where one lesion's contours lie in the scan.

    ``verdict`` is a person's word where there is one, else the node's; ``needs_word`` tells that
    coverage waits for a person. ``figures`` are what it was judged by, in words.
    """

    lesion: str
    verdict: PlaceVerdict
    needs_word: bool
    can_confirm: bool
    reasons: tuple[PublicText, ...]
    figures: tuple[str, ...]
    word: PublicText


class Places(Part):
    """Where the contours lie in a scan. ``edition`` changes with what the check pictures show.

    ``targets`` are the names of the structures to be drawn as targets.
    """

    token: str
    scan_number: int
    edition: str
    by: str
    has_pictures: bool
    targets: tuple[str, ...]
    rows: tuple[PlaceRow, ...]
