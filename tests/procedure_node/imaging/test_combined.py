"""Seeds and ice together over a zoned lesion: what each covers, by each evidence apart."""

from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pytest

from dosimetry_core.bioheat import Grid
from dosimetry_core.tg43 import ImplantedSources
from dosimetry_core.values import ContouredStructure, Evidence, GenerationMode, Volume
from procedure_node.imaging import AnalysisRequest, CarriedOver, CombinedRequest, ImagedIce
from procedure_node.imaging.analyse import Analysis
from procedure_node.imaging.combined import combine
from procedure_node.imaging.matrices import as_rows
from procedure_node.lethal_zone.pictures import write_pictures
from procedure_node.seed_library import load_seed_models
from procedure_node.views import write_view

CONFIG = Path(__file__).parents[3] / "config"
RADIUS_MM = 12.0
ICE_MM = 7.0


def ball(name: str, radius_mm: float) -> ContouredStructure:
    angle = 2 * np.pi * np.arange(120) / 120
    polygons = []
    for z in np.arange(-radius_mm + 1.0, radius_mm, 2.0):
        r = np.sqrt(radius_mm**2 - z**2)
        polygons.append(np.column_stack([r * np.cos(angle), r * np.sin(angle), np.full(120, z)]))
    return ContouredStructure(name, tuple(polygons))


def distances(spacing_mm: float, half_mm: float = 30.0) -> Volume:
    axis = np.arange(-half_mm, half_mm + spacing_mm / 2, spacing_mm)
    z, y, x = np.meshgrid(axis, axis, axis, indexing="ij")
    affine = np.diag([spacing_mm, spacing_mm, spacing_mm, 1.0])
    affine[:3, 3] = -half_mm
    return Volume(np.sqrt(x**2 + y**2 + z**2), affine)


ELSEWHERE = np.array([[-1, 0, 0, 40.0], [0, -1, 0, -15.0], [0, 0, 1, 7.5], [0, 0, 0, 1]])
"""From the frame of the lesion to that of another scan: the patient lies prone."""


def carried_back(error_mm: float) -> CarriedOver:
    return CarriedOver(matrix=as_rows(np.linalg.inv(ELSEWHERE)), error_mm=error_mm)


@dataclass
class Case:
    folder: Path
    seeds_mm: list[tuple[float, float, float]] = field(default_factory=list)

    def analysis(self) -> Analysis:
        model = load_seed_models(CONFIG / "seed_models")["Amersham6711"]
        implant = ()
        if self.seeds_mm:
            count = len(self.seeds_mm)
            implant = (
                ImplantedSources(
                    model=model,
                    centers_mm=np.array(self.seeds_mm),
                    axes=np.tile([0.0, 0.0, 1.0], (count, 1)),
                    strengths_u=np.full(count, 0.8),
                ),
            )
        structures = {s.name: s for s in (ball("L3", RADIUS_MM), ball("L3_CORE", 6.0))}
        return Analysis(structures=structures, implant=implant)

    def ice(self, radius_mm: float = ICE_MM, uid: str = "1.2.3") -> ImagedIce:
        away = distances(1.0)
        directory = self.folder / uid
        write_view(
            directory,
            ct=Volume(np.zeros(away.values.shape, np.int16), away.affine),
            structures=(),
            dose=None,
            prescription_gy=None,
            ice=Volume(away.values < radius_mm, away.affine),
            mode=GenerationMode.TEST,
        )
        return ImagedIce(series_uid=uid, view_directory=str(directory), surface_error_mm=1.0)

    def cold(self) -> str:
        """-20 C at 5 mm, 6 K per mm; surely 1 mm less, possibly 1 mm more."""
        grid = Grid.cube((0.0, 0.0, 0.0), 41.0, 1.0)
        x, y, z = (grid.centers_mm(axis) for axis in (2, 1, 0))
        away = np.sqrt(x**2 + y[:, None] ** 2 + z[:, None, None] ** 2)
        best, warm, coldest = (
            grid.volume(np.minimum(37.0, -20.0 + 6.0 * (away - reach))) for reach in (5.0, 4.0, 6.0)
        )
        write_pictures(self.folder / "cold.npz", grid, (best,), (best, warm, coldest))
        return str(self.folder / "cold.npz")

    def ice_elsewhere(self, error_mm: float) -> ImagedIce:
        """The same ice seen in another frame of reference, that is turned and shifted."""
        away = distances(1.0)
        turned = Volume(away.values < ICE_MM, ELSEWHERE @ away.affine)
        directory = self.folder / "1.2.5"
        write_view(
            directory,
            ct=Volume(np.zeros(away.values.shape, np.int16), turned.affine),
            structures=(),
            dose=None,
            prescription_gy=None,
            ice=turned,
            mode=GenerationMode.TEST,
        )
        return ImagedIce(
            series_uid="1.2.5",
            view_directory=str(directory),
            surface_error_mm=1.0,
            carried=carried_back(error_mm),
        )

    def request(self, *ices: ImagedIce, cold: str | None = None) -> CombinedRequest:
        return CombinedRequest(
            lesion="L3",
            analysis=AnalysisRequest(
                series_uid="1.2.9",
                directory="",
                content_sha256="",
                structures_path=None,
                targets=(),
                organs=(),
                batches=(),
                batch_doubt="",
                prescription_gy=110.0,
                errors=None,
                counted_within_mm=None,
                ice=None,
                view_directory="",
            ),
            structure_set_uid="1.2.9",
            structures=("L3", "L3_CORE"),
            ices=ices,
            cold=cold,
            cold_until="",
            place_doubts=(),
            doubts=(),
        )


@pytest.fixture
def case(tmp_path) -> Case:
    return Case(tmp_path)


def by_structure(payload):
    return {one.name: one for one in payload.structures}


def sphere_cc(radius_mm: float) -> float:
    return 4 / 3 * np.pi * radius_mm**3 / 1000


def test_imaged_ice_without_seeds_covers_the_core_alone(case):
    """The mask of 1 mm voxels is 5 % smaller than its ball; flat surfaces take 3 % more."""
    found = by_structure(combine(case.request(case.ice()), case.analysis()))
    (imaged,) = found["L3"].covers
    assert (imaged.evidence, imaged.level_c) == (Evidence.IMAGED, None)
    assert imaged.ice_only.cc == pytest.approx(sphere_cc(ICE_MM), rel=0.1)
    assert imaged.ice_only.low_cc == pytest.approx(sphere_cc(ICE_MM - 1.0), rel=0.12)
    assert imaged.ice_only.high_cc == pytest.approx(sphere_cc(ICE_MM + 1.0), rel=0.1)
    assert imaged.both.cc == imaged.dose_only.cc == 0.0
    (core,) = found["L3_CORE"].covers
    assert core.neither.cc == pytest.approx(0.0, abs=0.01)


def test_ice_of_several_scans_is_what_was_ever_frozen(case):
    small, large = case.ice(5.0, "1.2.3"), case.ice(ICE_MM, "1.2.4")
    both = by_structure(combine(case.request(small, large), case.analysis()))["L3"]
    alone = by_structure(combine(case.request(large), case.analysis()))["L3"]
    assert both.covers == alone.covers


def test_ice_of_another_frame_is_carried_over_and_its_error_widens_the_band(case):
    """Errors of 1 mm at the surface and of 1.5 mm in carrying are 1.8 mm together.

    A ball of voxels is no ball: of its own radius by volume, a tenth of what is left remains.
    """
    (here,) = by_structure(combine(case.request(case.ice()), case.analysis()))["L3"].covers
    found = combine(case.request(case.ice_elsewhere(1.5)), case.analysis())
    (there,) = by_structure(found)["L3"].covers
    assert there.ice_only.cc == pytest.approx(here.ice_only.cc, rel=1e-3)
    radius_mm = (3.0 * here.ice_only.cc * 1000.0 / (4.0 * np.pi)) ** (1.0 / 3.0)
    assert there.ice_only.low_cc == pytest.approx(sphere_cc(radius_mm - 1.8), rel=0.1)
    assert there.ice_only.high_cc == pytest.approx(sphere_cc(radius_mm + 1.8), rel=0.1)


def test_modelled_cold_that_is_carried_over_may_be_warmer_and_colder_by_its_error(case):
    """Surely 4 mm and possibly 6 mm, and 2 mm of carrying: 2 and 8 mm, on cells of 1 mm."""
    request = case.request(cold=case.cold())
    moved = request.model_copy(
        update={"cold_carried": CarriedOver(matrix=as_rows(np.eye(4)), error_mm=2.0)}
    )
    stays, goes = (
        by_structure(combine(one, case.analysis()))["L3"].covers[0].ice_only
        for one in (request, moved)
    )
    assert goes.cc == stays.cc
    assert sphere_cc(1.5) < goes.low_cc < sphere_cc(2.5)
    assert sphere_cc(7.5) < goes.high_cc < sphere_cc(8.6)


def test_modelled_ice_has_entries_of_its_own_with_its_band(case):
    payload = combine(case.request(case.ice(), cold=case.cold()), case.analysis())
    covers = by_structure(payload)["L3"].covers
    assert [(c.evidence, c.level_c) for c in covers] == [
        (Evidence.IMAGED, None),
        (Evidence.MODELLED, -20.0),
        (Evidence.MODELLED, -40.0),
    ]
    lethal = covers[1].ice_only
    assert lethal.cc == pytest.approx(sphere_cc(5.0), rel=0.05)
    assert lethal.low_cc == pytest.approx(sphere_cc(4.0), rel=0.06)
    assert lethal.high_cc == pytest.approx(sphere_cc(6.0), rel=0.05)
    assert covers[2].ice_only.cc < lethal.cc


def test_a_gap_between_frozen_core_and_dosed_margin_is_told_with_its_place(case):
    """Seeds round one side of the margin: the other side has neither dose nor ice."""
    case.seeds_mm = [
        (9.0 * np.cos(a), 9.0 * np.sin(a), z)
        for a in np.radians([-80, -40, 0, 40, 80])
        for z in (-6.0, 0.0, 6.0)
    ]
    cover = by_structure(combine(case.request(case.ice()), case.analysis()))["L3"].covers[0]
    parts = (cover.both, cover.dose_only, cover.ice_only, cover.neither)
    assert sum(part.cc for part in parts) == pytest.approx(sphere_cc(RADIUS_MM), rel=0.02)
    assert cover.both.cc > 0.0
    assert cover.dose_only.cc > 1.0
    assert cover.gaps[0].place_mm[0] < -5.0
    assert cover.gaps[0].cc <= cover.neither.cc


def test_what_is_missing_is_told(case):
    payload = combine(case.request(cold=str(case.folder / "none.npz")), case.analysis())
    assert by_structure(payload)["L3"].covers == ()
    assert "imaged ice: no scan shows any" in payload.warnings
    assert any(
        words.startswith("modelled ice: none.npz cannot be read") for words in payload.warnings
    )


def test_contours_that_may_lie_wrong_tell_nothing_but_why(case):
    doubt = "where L3 lies in the scan is in doubt"
    request = case.request(case.ice()).model_copy(update={"place_doubts": (doubt,)})
    payload = combine(request, case.analysis())
    assert (payload.structures, payload.warnings) == ((), (doubt,))


def test_the_same_request_has_the_same_hash_and_another_one_another(case):
    request = case.request()
    assert request.sha256 == case.request().sha256
    assert request.sha256 != request.model_copy(update={"cold_until": "later"}).sha256
