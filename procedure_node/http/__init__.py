"""HTTP servers inside the daemon's event loop."""

from procedure_node.http.server import CLOSE_WITHIN_S, ServerTls, serve_on

__all__ = ["CLOSE_WITHIN_S", "ServerTls", "serve_on"]
