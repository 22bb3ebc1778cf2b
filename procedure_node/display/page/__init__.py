"""What the page is told, made of what the node knows."""

from procedure_node.display.page.model import PageState
from procedure_node.display.page.page import page_state
from procedure_node.display.page.scans import scan_of_token, scan_token
from procedure_node.display.page.seeds import DOUBTFUL_BELOW

__all__ = ["DOUBTFUL_BELOW", "PageState", "page_state", "scan_of_token", "scan_token"]
