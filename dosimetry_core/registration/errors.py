"""What goes wrong before a registration can begin."""


class RegistrationError(ValueError):
    """The scans given cannot be registered; the message says why and what to do."""
