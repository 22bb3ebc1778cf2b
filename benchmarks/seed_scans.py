"""Scans with known seeds, as ``benchmarks.seed_finding`` takes them."""

from pathlib import Path

import numpy as np

from benchmarks.patient import NOISE_HU, large_patient, seed_poses
from simulators.phantom import with_noise, with_seeds


def write_seed_scans(folder: Path, *, quick: bool) -> None:
    """Write the large patient without seeds, and with 60 seeds in several places each."""
    patient = large_patient(quick=quick)
    for number in range(1 if quick else 4):
        scan = with_noise(patient.volume, NOISE_HU, seed=number)
        poses = seed_poses(number) if number or quick else ()
        np.savez(
            folder / f"{number}-{len(poses)}-seeds.npz",
            volume_hu=with_seeds(scan, poses).values,
            spacing_zyx=np.array(scan.spacing_mm),
            origin_zyx=scan.affine[:3, 3][::-1],
            seeds_xyz=np.array([pose.center_mm for pose in poses]).reshape(-1, 3),
            seeds_dir=np.array([pose.axis for pose in poses]).reshape(-1, 3),
        )
