"""A console's text lines, described by a site as data (docs/instruments.md)."""

from drivers.instruments.line_profile.dialogue import LineDialogue
from drivers.instruments.line_profile.mark import MARK_BYTES, without_mark
from drivers.instruments.line_profile.profile import LineProfile
from drivers.instruments.line_profile.reading import ChannelSaid, LineReader, LineSaid, ProbeSaid
from drivers.instruments.line_profile.splitting import JOINED, Line, LineSplitter

__all__ = [
    "JOINED",
    "MARK_BYTES",
    "ChannelSaid",
    "Line",
    "LineDialogue",
    "LineProfile",
    "LineReader",
    "LineSaid",
    "LineSplitter",
    "ProbeSaid",
    "without_mark",
]
