"""The wall display: a page served to the room, and the state pushed to it."""

from procedure_node.display.app import create_app
from procedure_node.display.desk import CommandDesk, Login
from procedure_node.display.page import PageState, page_state, scan_token
from procedure_node.display.server import DisplayError, serve
from procedure_node.display.source import StateSource

__all__ = [
    "CommandDesk",
    "DisplayError",
    "Login",
    "PageState",
    "StateSource",
    "create_app",
    "page_state",
    "scan_token",
    "serve",
]
