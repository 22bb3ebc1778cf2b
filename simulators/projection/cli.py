"""``suite-sim ct``: simulate scans of an implant, with their truth."""

import argparse
import sys
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from pydicom import Dataset, dcmread  # pyright: ignore[reportUnknownVariableType] (untyped path)

from dosimetry_core.values import Volume
from drivers.dicom import SeriesRefused, read_ct_series
from simulators.patient import SOURCE, load_baseline
from simulators.phantom import StudyIdentity
from simulators.projection.case import draw_case, draw_setup, scan_case
from simulators.projection.dicom_series import write_dicom
from simulators.projection.drawing import HARD, SEEDLESS, STANDARD, Recipe
from simulators.projection.hardware import SeedModel
from simulators.projection.scanner import Kernel
from simulators.projection.truth import write_npz
from simulators.projection.variants import Variant, changed

RECIPES: dict[str, Recipe | None] = {
    "standard": STANDARD,
    "hard": HARD,
    "seedless": SEEDLESS,
    "empty": None,
}


def register(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the ``ct`` command."""
    parser = subparsers.add_parser(
        "ct",
        help="simulate CT scans of an implant from its X-ray projections, with their truth",
        description="Put seeds, needles and distractors into the line integrals of a CT, and "
        "reconstruct it: metal with its streaks. One .npz for each slice thickness.",
    )
    parser.add_argument("--out", required=True, type=Path, metavar="DIR", help="where to write")
    parser.add_argument(
        "--ct",
        type=Path,
        default=None,
        metavar="DIR",
        help="folder with one CT series to put it into (default: the demonstration's patient)",
    )
    parser.add_argument(
        "--origin",
        default="not stated",
        help="where the CT of --ct comes from and its licence, for the record",
    )
    parser.add_argument("--recipe", choices=tuple(RECIPES), default="standard")
    parser.add_argument("--seed", type=int, default=0, help="of all that is drawn")
    parser.add_argument(
        "--slices",
        type=float,
        nargs="+",
        default=[1.25, 2.5, 5.0],
        metavar="MM",
        help="thicknesses, multiples of 1.25 mm (default: 1.25 2.5 5)",
    )
    parser.add_argument(
        "--dose",
        type=float,
        default=None,
        help="share of a standard dose (default: 1, hard 0.3)",
    )
    parser.add_argument(
        "--kernel", choices=[one.name.lower() for one in Kernel], default=None, help="(drawn)"
    )
    parser.add_argument(
        "--kilovolts", type=int, choices=(80, 100, 120, 140), default=None, help="(drawn)"
    )
    parser.add_argument(
        "--model", choices=[one.value for one in SeedModel], default="silver_rod", help="of seeds"
    )
    parser.add_argument("--strands", type=float, default=0.0, help="share of tracks with strands")
    parser.add_argument("--size", type=int, default=512, help="rows and columns of the images")
    parser.add_argument("--length", type=float, default=85.0, metavar="MM", help="of the scan")
    parser.add_argument("--mirrored", action="store_true", help="the patient right for left")
    parser.add_argument("--scale", type=float, default=1.0, help="of the patient in his plane")
    parser.add_argument("--turn", type=float, default=0.0, metavar="DEG", help="of the patient")
    parser.add_argument("--bone", type=float, default=1.0, help="factor on the density of bone")
    parser.add_argument(
        "--cache", type=Path, default=None, metavar="DIR", help="keep line integrals here"
    )
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--dicom", action="store_true", help="write a CT series marked DEMO too")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Simulate; 2 if what was asked for cannot be."""
    try:
        return _simulate(args)
    except (SeriesRefused, ValueError, OSError) as error:
        print(f"suite-sim ct: {error}", file=sys.stderr)
        return 2


def _simulate(args: argparse.Namespace) -> int:
    volume, source, study_uid, frame_uid, origin = _patient(args)
    variant = Variant(mirrored=args.mirrored, scale=args.scale, turn_deg=args.turn, bone=args.bone)
    volume = changed(volume, variant)
    recipe = RECIPES[args.recipe]
    if recipe is not None:
        recipe = replace(recipe, stranded_share=args.strands, model=SeedModel(args.model))
    case = draw_case(
        draw_setup(volume, args.seed, length_mm=args.length, size=args.size),
        recipe,
        args.seed,
        dose=args.dose or (0.3 if args.recipe == "hard" else 1.0),
        kernel=Kernel[args.kernel.upper()] if args.kernel else None,
        kilovolts=args.kilovolts,
        size=args.size,
    )
    thicknesses: Sequence[float] = args.slices
    scans = scan_case(
        volume,
        case,
        tuple(thicknesses),
        origin=f"{origin}; {variant}",
        cache=args.cache,
        threads=args.threads,
    )
    now = datetime.now(UTC)
    for number, (thickness, scan) in enumerate(zip(thicknesses, scans, strict=True)):
        name = f"{args.recipe}-{args.seed}-{thickness:g}mm"
        path = args.out / f"{name}.npz"
        write_npz(scan, path)
        print(f"{path}: {scan.volume.values.shape}, {len(scan.implant.seeds)} seeds")
        if args.dicom:
            identity = StudyIdentity(study_uid, frame_uid, now, f"ct {args.seed} {name}")
            written = write_dicom(
                scan,
                source,
                identity,
                number=301 + number,
                description=f"Simulated {thickness:g} mm",
                acquired_at=now,
                directory=args.out / name,
            )
            print(f"{args.out / name}: {len(written.files)} images")
    return 0


def _patient(args: argparse.Namespace) -> tuple[Volume, Dataset, str, str, str]:
    """The CT: volume, one of its images, study and frame of reference, and its origin."""
    if args.ct is None:
        ct = load_baseline()
        return ct.volume, ct.datasets[0], ct.study_uid, ct.frame_of_reference_uid, SOURCE
    paths = sorted(path for path in args.ct.rglob("*") if path.is_file())
    if not paths:
        raise ValueError(f"{args.ct} holds no files: give the folder of one CT series")
    series = read_ct_series(paths)
    image = dcmread(paths[0], stop_before_pixels=True)
    return series.volume, image, series.study_uid, series.frame_of_reference_uid, args.origin
