"""What a reader of identities must know, in plain words."""

from procedure_node.events import SeedsIdentified

SURE = 0.9
SURE_MOTION = 0.95
FEW = 3
NOISY = 2.0


def warnings_of(told: SeedsIdentified) -> tuple[str, ...]:
    """What is doubtful of the identities of one scan as a whole."""
    words: list[str] = []
    again = sum(find.status == "SAME" for find in told.finds)
    if told.motion is not None:
        if told.motion.certainty < SURE_MOTION:
            words.append(
                "more than one common motion of the seeds fits what was found: which is which is "
                "uncertain"
            )
        if again < FEW:
            words.append(f"only {again} seeds are seen again: which is which rests on few places")
        if told.noise_factor > NOISY:
            words.append(
                f"seeds are {told.noise_factor**0.5:.1f} times further from where they should be "
                "than the errors of their places explain"
            )
    unsure = [str(find.seed_id) for find in told.finds if find.identity_certainty < SURE]
    if told.motion is not None and unsure:
        words.append(f"not sure which seed it is: {', '.join(unsure)}")
    gone = {seed.seed_id: seed.deleted_by_edit for seed in told.known}
    words += [
        f"find {find.seed_id} may be what edit {edit} deleted; it counts until somebody looks"
        for find in told.finds
        for other in find.others
        if other.seed_id is not None
        and other.certainty > 1.0 - SURE
        and (edit := gone.get(other.seed_id)) is not None
    ]
    return tuple(words)
