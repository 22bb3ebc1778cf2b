"""The wall display: a page served to the room, and the state pushed to it."""

from procedure_node.display.app import create_app
from procedure_node.display.desk import CommandDesk, Login
from procedure_node.display.page import PageState, page_state, scan_token
from procedure_node.display.server import DisplayError, serve
from procedure_node.display.source import StateSource
from procedure_node.display.watch import CONFIRMED_WITHIN_S, PageWatch, SoundState

__all__ = [
    "CONFIRMED_WITHIN_S",
    "CommandDesk",
    "DisplayError",
    "Login",
    "PageState",
    "PageWatch",
    "SoundState",
    "StateSource",
    "create_app",
    "page_state",
    "scan_token",
    "serve",
]
