"""What goes wrong before a registration can begin."""


class RegistrationError(ValueError):
    """The scans given cannot be registered; the message says why and what to do."""


class RegistrationGivenUp(Exception):  # noqa: N818 - no error: it was asked for
    """Whoever asked for a registration no longer wants it now."""
