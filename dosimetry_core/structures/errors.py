"""Why a structure cannot be used."""


class StructureError(ValueError):
    """A structure has no sound shape, or does not fit what is asked of it.

    The message names the structure, what is wrong and where.
    """
