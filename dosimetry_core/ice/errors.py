"""What goes wrong when ice is looked for."""


class IceError(ValueError):
    """The scans given cannot show ice; the message says why and what to do."""
