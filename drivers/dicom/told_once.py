"""Many places with the same fault, told in one sentence."""

_PLACES_TOLD = 3


class ToldOnce:
    """Collects faults by what is wrong, each with the places where it is."""

    def __init__(self) -> None:
        self._places: dict[str, list[str]] = {}

    def add(self, place: str, what: str) -> None:
        """Note that ``what`` is wrong at ``place``."""
        self._places.setdefault(what, []).append(place)

    def sentences(self) -> tuple[str, ...]:
        """One sentence for each fault, with the first places and the number of the others."""
        return tuple(f"{_named(places)}: {what}" for what, places in self._places.items())


def _named(places: list[str]) -> str:
    more = len(places) - _PLACES_TOLD
    return ", ".join(places[:_PLACES_TOLD]) + (f" and {more} more" if more > 0 else "")
