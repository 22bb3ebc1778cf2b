"""``procedure-node evaluate``: one implant on files, without the service."""

import argparse
import json
import sys
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

from dosimetry_core.seed_finding import find_seeds
from dosimetry_core.tg43 import SeedModel, SourceStrength
from dosimetry_core.uncertainty import DoseErrors
from dosimetry_core.values import FoundNeedle
from procedure_node.evaluation import (
    Case,
    Delivered,
    EvaluatedSeed,
    ExportPaths,
    MovedSeed,
    UnusableError,
    as_json,
    as_text,
    edited,
    evaluate,
    export,
    found_seeds,
    planned_seeds,
    read_case,
)
from procedure_node.seed_library import SeedLibraryError, load_seed_models
from procedure_node.settings.paths import default_config_dir

_NO_TIME = "no CT says when it was taken"


def register(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add ``evaluate``."""
    parser = subparsers.add_parser(
        "evaluate",
        help="find the seeds of a CT series and compute their dose to structures",
        description="Finds the seeds of a CT series (or takes those of a plan), computes their "
        "TG-43 total dose, the dose-volume figures of structures, how sure they are and where the "
        "dose is too low or very high; prints it and writes all of it as JSON.",
    )
    _add_objects(parser)
    _add_seeds(parser)
    _add_judgement(parser)
    parser.add_argument("--json", type=Path, required=True, metavar="OUT")
    parser.add_argument("--rtplan-out", type=Path, metavar="FILE", help="write the seeds as RTPLAN")
    parser.add_argument("--rtdose-out", type=Path, metavar="FILE", help="write the dose as RTDOSE")
    parser.set_defaults(run=_evaluate)


def _add_objects(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--ct", type=Path, metavar="DIR", help="folder of the CT")
    parser.add_argument("--series", metavar="UID", help="which series, if the folder has several")
    parser.add_argument(
        "--structures", type=Path, metavar="FILE", help="structure set or segmentation"
    )
    parser.add_argument(
        "--registration",
        type=Path,
        metavar="FILE",
        help="spatial registration that carries the structures to the CT",
    )
    parser.add_argument(
        "--plan", type=Path, metavar="RTPLAN", help="take the seeds of a plan, do not look for any"
    )
    parser.add_argument(
        "--dose", type=Path, metavar="RTDOSE", help="also tell the figures of this dose grid"
    )


def _add_seeds(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--seed-model", required=True, metavar="NAME")
    strength = parser.add_mutually_exclusive_group()
    strength.add_argument("--strength-u", type=_positive, metavar="X", help="of each seed, U")
    strength.add_argument("--strength-mci", type=_positive, metavar="X", help="of each seed, mCi")
    parser.add_argument(
        "--strength-at",
        type=_moment,
        metavar="TIME",
        help="when the seeds have that strength, for example 2026-03-02T12:00+08:00 "
        "(default: at implantation)",
    )
    parser.add_argument(
        "--implanted",
        type=_moment,
        metavar="TIME",
        help="when the seeds were implanted (default: when the CT was taken)",
    )
    parser.add_argument(
        "--until",
        type=_moment,
        metavar="TIME",
        help="also tell how much of the dose has been given by then",
    )
    parser.add_argument(
        "--add-seed",
        type=_place,
        action="append",
        default=[],
        metavar="X,Y,Z[,UX,UY,UZ]",
        help="a seed more, LPS mm and its axis; may be given again",
    )
    parser.add_argument(
        "--remove-seed",
        type=int,
        action="append",
        default=[],
        metavar="N",
        help="leave seed N out, as they are numbered from 1 in the JSON; may be given again",
    )
    parser.add_argument(
        "--move-seed",
        type=_moved,
        action="append",
        default=[],
        metavar="N:X,Y,Z[,UX,UY,UZ]",
        help="seed N lies elsewhere, LPS mm; it keeps its axis unless one is given; may be given "
        "again",
    )
    parser.add_argument(
        "--seed-models", type=Path, default=default_config_dir() / "seed_models", metavar="DIR"
    )


def _add_judgement(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--prescription-gy", type=_positive, required=True, metavar="Y")
    for name, default, unit, what in (
        ("position", 1.0, "mm", "each seed's place"),
        ("strength", 3.0, "percent", "the strength of all seeds"),
        ("registration", 1.0, "mm", "the structures against the seeds"),
    ):
        parser.add_argument(
            f"--{name}-sd-{unit}",
            type=_not_negative,
            default=default,
            metavar="SD",
            help=f"error of {what}, 1 sigma (default: %(default)s)",
        )


def _positive(text: str) -> float:
    value = float(text)
    if not 0.0 < value < float("inf"):
        raise argparse.ArgumentTypeError(f"{text} is not above zero")
    return value


def _not_negative(text: str) -> float:
    value = float(text)
    if not 0.0 <= value < float("inf"):
        raise argparse.ArgumentTypeError(f"{text} is below zero")
    return value


def _moment(text: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"{text!r} is no time: {error}") from error
    if moment.utcoffset() is None:
        raise argparse.ArgumentTypeError(f"{text} has no zone: end it with Z or +08:00")
    return moment.astimezone(UTC)


def _place(text: str) -> tuple[float, ...]:
    numbers = tuple(float(part) for part in text.split(","))
    if len(numbers) not in {3, 6}:
        raise argparse.ArgumentTypeError(f"{text} has {len(numbers)} numbers, must have 3 or 6")
    if len(numbers) == 6 and not any(numbers[3:]):
        raise argparse.ArgumentTypeError(f"{text}: the axis is zero")
    return numbers


def _moved(text: str) -> MovedSeed:
    number, _, place = text.partition(":")
    if not number.isdecimal():
        raise argparse.ArgumentTypeError(f"{text}: write the seed's number first, as 7:1.5,2,-30")
    x, y, z, *axis = _place(place)
    return MovedSeed(int(number), (x, y, z), _unit(axis))


def _unit(axis: list[float]) -> tuple[float, float, float] | None:
    if not axis:
        return None
    length = sum(part * part for part in axis) ** 0.5
    ux, uy, uz = (part / length for part in axis)
    return ux, uy, uz


def _evaluate(arguments: argparse.Namespace) -> int:
    try:
        lines = _run(arguments)
    except (UnusableError, SeedLibraryError, OSError) as error:
        print(error, file=sys.stderr)
        return 2
    for line in lines:
        print(line)
    return 0


def _run(arguments: argparse.Namespace) -> list[str]:
    """Evaluate and write; what is to be printed."""
    if arguments.ct is None and arguments.plan is None:
        raise UnusableError("give --ct, a CT that shows the seeds, or --plan, which places them")
    model = _model(arguments.seed_models, arguments.seed_model)
    case = read_case(
        ct=arguments.ct,
        series=arguments.series,
        structures=arguments.structures,
        registration=arguments.registration,
        plan=arguments.plan,
        dose=arguments.dose,
    )
    implanted = arguments.implanted or (case.scan.acquired_at if case.scan else None)
    strength_u = _strength_u(arguments, model, implanted)
    seeds, needles, warnings = _seeds(arguments, case, model, strength_u)
    added = [_added(place, strength_u, seeds) for place in arguments.add_seed]
    is_edited = bool(added or arguments.remove_seed or arguments.move_seed)
    delivered = None
    if arguments.until is not None:
        if implanted is None:
            raise UnusableError(f"--until needs --implanted: {_NO_TIME}")
        delivered = Delivered.by(arguments.until, implanted, model)
    evaluation = evaluate(
        case,
        edited(seeds, added=added, removed=arguments.remove_seed, moved=arguments.move_seed),
        model=model,
        prescription_gy=arguments.prescription_gy,
        errors=DoseErrors(
            registration_sd_mm=arguments.registration_sd_mm,
            position_sd_mm=arguments.position_sd_mm,
            calibration_sd_percent=arguments.strength_sd_percent,
        ),
        before=seeds if is_edited else None,
        delivered=delivered,
        warnings=warnings,
        needles=needles,
    )
    told = list(as_text(evaluation))
    paths = ExportPaths(arguments.rtplan_out, arguments.rtdose_out)
    if paths.plan is not None or paths.dose is not None:
        if arguments.structures is None:
            raise UnusableError("an export needs --structures: its objects refer to them")
        if implanted is None:
            raise UnusableError(
                "an export needs --implanted: the CT does not say when it was taken"
            )
        told += export(
            evaluation,
            arguments.structures,
            paths,
            implanted_utc=implanted,
            made_at=datetime.now(UTC),
            software_versions=version("procedure-node"),
        )
    arguments.json.write_text(json.dumps(as_json(evaluation), indent=2) + "\n", encoding="utf-8")
    return [*told, f"written: {arguments.json}"]


def _model(directory: Path, name: str) -> SeedModel:
    models = load_seed_models(directory)
    if name not in models:
        raise UnusableError(f"seed model {name!r} is not known; known are: {', '.join(models)}")
    return models[name]


def _strength_u(
    arguments: argparse.Namespace, model: SeedModel, implanted: datetime | None
) -> float | None:
    """The strength of each seed at implantation; None where none was given."""
    if arguments.strength_u is None and arguments.strength_mci is None:
        if arguments.strength_at is not None:
            raise UnusableError("--strength-at needs --strength-u or --strength-mci")
        return None
    value, unit = (
        (arguments.strength_u, "U")
        if arguments.strength_u is not None
        else (arguments.strength_mci, "mCi")
    )
    stated_at = arguments.strength_at or implanted or datetime.now(UTC)
    strength = SourceStrength(value, unit, stated_at)
    if arguments.strength_at is None:
        return strength.reference_u
    if implanted is None:
        raise UnusableError(f"--strength-at needs --implanted: {_NO_TIME}")
    return strength.at(implanted, model.half_life_d)


def _seeds(
    arguments: argparse.Namespace, case: Case, model: SeedModel, strength_u: float | None
) -> tuple[tuple[EvaluatedSeed, ...], tuple[FoundNeedle, ...], tuple[str, ...]]:
    """The seeds of the plan, or those that the scan shows; its needles, and what is doubtful."""
    if case.plan is not None:
        if strength_u is not None and not arguments.add_seed:
            raise UnusableError(
                "the plan states its seeds' strengths: leave --strength-u and --strength-mci out"
            )
        return planned_seeds(case.plan, model, arguments.implanted), (), ()
    if strength_u is None:
        raise UnusableError("give the seeds' strength: --strength-u or --strength-mci")
    assert case.scan is not None  # one of the two was given
    finding = find_seeds(case.scan.volume)
    return found_seeds(finding, strength_u), finding.needles, tuple(finding.warnings)


def _added(
    place: tuple[float, ...], strength_u: float | None, seeds: tuple[EvaluatedSeed, ...]
) -> EvaluatedSeed:
    """A seed put in by hand, of the others' strength unless one was given."""
    strengths = {seed.strength_u for seed in seeds}
    if strength_u is None:
        if len(strengths) != 1:
            raise UnusableError(
                "the plan's seeds are of several strengths: give --strength-u for the added ones"
            )
        (strength_u,) = strengths
    x, y, z, *axis = place
    return EvaluatedSeed((x, y, z), _unit(axis), strength_u, "ADDED")
