"""Why a case cannot be evaluated."""


class UnusableError(Exception):
    """What was given cannot be evaluated. The message says what, where and what to do."""
