"""What can go wrong with a journal."""


class JournalError(Exception):
    """The journal cannot be opened, read or written. The message says what, where, what to do."""


class JournalBrokenError(JournalError):
    """A row was changed, removed or put in another order; the message names it."""
