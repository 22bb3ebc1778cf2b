"""The views that were looked at last, kept open."""

from collections import OrderedDict
from pathlib import Path
from threading import Lock

from procedure_node.views.store import META_FILE, open_view
from procedure_node.views.view import View

KEPT_OPEN = 4
"""Views kept open: the newest scan, the one before it, and two that a person went back to."""


class ViewShelf:
    """Opens views once and keeps the last few; may be used from several threads."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._open: OrderedDict[tuple[Path, int], View] = OrderedDict()

    def view(self, directory: Path) -> View:
        """The view stored in ``directory``, opened again if it was replaced.

        Raises:
            ViewError: it is missing or torn.
        """
        try:
            stored = (directory / META_FILE).stat().st_mtime_ns
        except OSError:
            return open_view(directory)
        with self._lock:
            key = (directory, stored)
            view = self._open.pop(key, None) or open_view(directory)
            self._open[key] = view
            while len(self._open) > KEPT_OPEN:
                self._open.popitem(last=False)
            return view
