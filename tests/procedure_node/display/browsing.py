"""The browser that tests look at the page with."""

FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]
WALL, LAPTOP = {"width": 1920, "height": 1080}, {"width": 1366, "height": 768}


def is_bad(told) -> bool:
    """Whether what a page says on its console is a trouble."""
    return told.type in ("error", "warning")
