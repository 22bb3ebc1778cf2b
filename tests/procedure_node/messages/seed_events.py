"""Events of seed identity, edits and plans, for the story of every kind of event."""

from procedure_node import events as e
from procedure_node.seed_edits import EditAction

SPREAD = ((0.04, 0.0, 0.0), (0.0, 0.04, 0.0), (0.0, 0.0, 0.5))


def identified(series_uid: str) -> e.SeedsIdentified:
    """Two finds, one of which has migrated, and one seed that is lost."""
    known = tuple(
        e.RegisteredSeed(
            seed_id=n,
            center_mm=(1.0, 2.0, 3.0),
            covariance_mm2=SPREAD,
            axis=(0.0, 0.0, 1.0),
            home_mm=(1.0, 2.0, 3.0),
            home_covariance_mm2=SPREAD,
            home_outside_mm=0.0,
            confidence=0.9,
            presence=0.9,
            sightings=(e.SeedSighting(series_uid=series_uid, index=0, certainty=0.99),),
        )
        for n in (1, 2, 3)
    )
    return e.SeedsIdentified(
        series_uid=series_uid,
        after_series_uid="1.2.3.4.5.6.7",
        before_sha256="0" * 16,
        finds=(
            e.FindIdentity(
                seed_id=1,
                status="SAME",
                certainty=0.99,
                identity_certainty=0.99,
                moved_mm=(0.1, 0.0, 0.0),
                outside_mm=0.0,
                nearest_structure="L1",
            ),
            e.FindIdentity(
                seed_id=2,
                status="MIGRATED",
                certainty=0.8,
                identity_certainty=0.7,
                moved_mm=(30.0, 0.0, 0.0),
                outside_mm=22.0,
                nearest_structure="LUNG",
                others=(e.OtherSeed(seed_id=None, certainty=0.3),),
            ),
        ),
        unseen=(
            e.UnseenSeed(
                seed_id=3,
                status="LOST",
                certainty=0.9,
                presence=0.15,
                expected_mm=(5.0, 2.0, 3.0),
            ),
        ),
        motion=e.SeedsMotion(
            shift_mm=(1.0, 0.0, 0.0),
            rotation_deg=(0.0, 0.0, 0.5),
            swelling_percent=1.0,
            certainty=1.0,
        ),
        noise_factor=1.0,
        known=known,
        known_sha256="1" * 16,
        warnings=("not sure which seed it is: 2",),
    )


def needles(series_uid: str) -> e.NeedlesFound:
    """One that is seen, which may be a probe, and one that was withdrawn."""
    known = tuple(
        e.RegisteredNeedle(
            needle_id=n,
            tip_mm=(1.0, 2.0, 3.0),
            direction=(0.0, 0.0, 1.0),
            sigma_mm=1.0,
            for_seeds=0.9,
            last_seen=series_uid if n == 1 else "1.2.3.4.5.6.7",
        )
        for n in (1, 2)
    )
    return e.NeedlesFound(
        series_uid=series_uid,
        after_series_uid="1.2.3.4.5.6.7",
        before_sha256="0" * 16,
        needles=(
            e.NeedleFact(
                needle_id=1,
                status="SAME",
                certainty=0.98,
                deeper_mm=-4.0,
                tip_mm=(1.0, 2.0, 3.0),
                tail_mm=(1.0, 2.0, -97.0),
                direction=(0.0, 0.0, 1.0),
                length_mm=100.0,
                tip_inside=True,
                tail_inside=False,
                tip_is_sure=True,
                width_mm=1.5,
                confidence=0.9,
                alternatives=(e.SeedKindChance(kind="CRYOPROBE", probability=0.1),),
            ),
        ),
        unseen=(
            e.UnseenNeedleFact(
                needle_id=2,
                status="WITHDRAWN",
                certainty=0.97,
                presence=0.19,
                tip_mm=(9.0, 2.0, 3.0),
            ),
        ),
        known=known,
        known_sha256="1" * 16,
        tracks=(
            e.TrackSeeds(needle_id=1, chances=(0.9, 0.02)),
            e.TrackSeeds(needle_id=2, chances=(0.05, 0.01)),
        ),
    )


def of_seeds(series_uid: str) -> list[e.Payload]:
    """One of each kind."""
    return [
        identified(series_uid),
        needles(series_uid),
        e.SeedPlanReceived(
            plan_uid="1.2.3.4.5.6.9",
            frame_of_reference_uid=None,
            label="PLAN",
            approval="APPROVED",
            seeds=(
                e.PlannedSeedFact(center_mm=(1.0, 2.0, 3.0), axis=None, needle="N1"),
                e.PlannedSeedFact(center_mm=(5.0, 2.0, 3.0), axis=(0.0, 0.0, 1.0), needle="N1"),
            ),
        ),
        e.SeedPlanMatched(
            series_uid=series_uid,
            plan_uid="1.2.3.4.5.6.9",
            seeds=(
                e.PlannedSeedFound(
                    planned=0, found=0, certainty=0.95, deviation_mm=(0.5, 0.0, 1.0)
                ),
                e.PlannedSeedFound(planned=1, found=None, certainty=0.9, deviation_mm=None),
            ),
            unplanned=(1,),
            needles=(e.NeedleSeeds(needle="N1", planned=2, chances=(0.95, 0.02)),),
            needles_seen=(e.PlannedNeedleSeen(needle="N1", index=0, certainty=0.9),),
        ),
        e.StrandTold(seed_ids=(1, 2), spacing_mm=10.0),
    ]


def of_edits(series_uid: str) -> list[e.Payload]:
    """An edit, and that it is taken back; the dose is to be computed anew after each."""
    return [
        e.SeedEdited(
            edit=1,
            series_uid=series_uid,
            action=EditAction.MOVED,
            seed_id=1,
            found_mm=(1.0, 2.0, 3.0),
            center_mm=(1.5, 2.0, 3.0),
            axis=None,
            reason="askew",
        ),
        e.SeedEditWithdrawn(edit=1, reason="it was right"),
    ]
