import subprocess
from pathlib import Path

import numpy as np
import pytest
from pydicom import Dataset, dcmread
from pydicom.uid import (
    DeformableSpatialRegistrationStorage,
    SpatialRegistrationStorage,
    generate_uid,
)

from dosimetry_core.values import GenerationMode
from drivers.dicom import (
    RegistrationRefused,
    SpatialRegistration,
    StructureSet,
    mark,
    read_registration,
    read_structure_set,
    registered,
)
from tests.drivers.dicom.synthetic import Series, contour, ct_image, square, structure_set, write

PLANNING, ROOM, OTHER = "1.2.3", "1.2.4", "1.2.5"
# A quarter turn about z (x to y, y to -x) and then a shift: (x, y, z) to (10 - y, x - 5, z + 3).
QUARTER = [0.0, -1.0, 0.0, 10.0, 1.0, 0.0, 0.0, -5.0, 0.0, 0.0, 1.0, 3.0, 0.0, 0.0, 0.0, 1.0]
IDENTITY = np.eye(4).ravel().tolist()
SHIFT = [*IDENTITY[:3], 7.0, *IDENTITY[4:]]


def item(frame: str | None, *matrices: list[float], kind: str = "RIGID") -> Dataset:
    registration = Dataset()
    registration.MatrixSequence = []
    for values in matrices:
        matrix = Dataset()
        matrix.FrameOfReferenceTransformationMatrix = values
        matrix.FrameOfReferenceTransformationMatrixType = kind
        registration.MatrixSequence.append(matrix)
    one = Dataset()
    if frame is not None:
        one.FrameOfReferenceUID = frame
    one.MatrixRegistrationSequence = [registration]
    return one


def registration(*items: Dataset) -> Dataset:
    """The registered frame of reference is that of the room."""
    dataset = Dataset()
    dataset.SOPClassUID = SpatialRegistrationStorage
    dataset.SOPInstanceUID = generate_uid()
    dataset.Modality = "REG"
    dataset.FrameOfReferenceUID = ROOM
    dataset.RegistrationSequence = list(items)
    return dataset


def read(dataset: Dataset, folder: Path) -> dict[tuple[str, str], SpatialRegistration]:
    found = read_registration(write(dataset, folder))
    return {(one.from_frame_uid, one.to_frame_uid): one for one in found}


def refusal(dataset: Dataset, folder: Path) -> str:
    with pytest.raises(RegistrationRefused) as caught:
        read(dataset, folder)
    return "\n".join(caught.value.reasons)


def drawn(folder: Path) -> StructureSet:
    planes = [contour(square((20.0, 30.0, 5.0 * n), 10.0)) for n in range(3)]
    series = Series("1.2.1", "1.2.2", PLANNING, ())
    return read_structure_set(write(structure_set(series, {"GTV": planes}), folder))


def test_a_matrix_takes_points_of_its_item_to_the_registered_frame(tmp_path):
    found = read(registration(item(PLANNING, QUARTER)), tmp_path)
    assert set(found) == {(PLANNING, ROOM), (ROOM, PLANNING)}
    forth, back = found[PLANNING, ROOM], found[ROOM, PLANNING]
    np.testing.assert_allclose(forth.to_points(np.array([1.0, 2.0, 3.0])), [8.0, -4.0, 6.0])
    np.testing.assert_allclose(back.to_points(np.array([[8.0, -4.0, 6.0]])), [[1.0, 2.0, 3.0]])
    assert forth.mode is GenerationMode.REAL


def test_the_registered_frame_may_have_an_item_that_says_nothing_new(tmp_path):
    found = read(registration(item(ROOM, IDENTITY), item(PLANNING, QUARTER)), tmp_path)
    assert set(found) == {(PLANNING, ROOM), (ROOM, PLANNING)}


def test_two_frames_are_related_by_way_of_the_registered_one(tmp_path):
    found = read(registration(item(PLANNING, QUARTER), item(OTHER, SHIFT)), tmp_path)
    assert len(found) == 6
    through = found[PLANNING, OTHER].to_points(np.array([1.0, 2.0, 3.0]))
    np.testing.assert_allclose(through, [1.0, -4.0, 6.0], atol=1e-12)
    assert found[PLANNING, OTHER].to_frame_uid == OTHER


def test_referenced_images_are_told(tmp_path):
    one = item(PLANNING, QUARTER)
    image = Dataset()
    image.ReferencedSOPInstanceUID = "1.2.9"
    one.ReferencedImageSequence = [image]
    found = read(registration(one), tmp_path)
    assert found[PLANNING, ROOM].from_image_uids == ("1.2.9",)
    assert found[ROOM, PLANNING].from_image_uids == ()


def test_several_matrices_are_multiplied(tmp_path):
    turn = [*QUARTER[:3], 0.0, *QUARTER[4:7], 0.0, *QUARTER[8:11], 0.0, *QUARTER[12:]]
    rise = [*IDENTITY[:11], 4.0, *IDENTITY[12:]]
    found = read(registration(item(PLANNING, rise, IDENTITY, turn)), tmp_path)
    moved = found[PLANNING, ROOM].to_points(np.array([1.0, 2.0, 3.0]))
    np.testing.assert_allclose(moved, [-2.0, 1.0, 7.0], atol=1e-12)


def test_a_matrix_written_with_five_decimals_is_rigid(tmp_path):
    c, s = round(np.cos(0.3), 5), round(np.sin(0.3), 5)
    rounded = [c, -s, 0.0, 1.0, s, c, 0.0, 2.0, *IDENTITY[8:]]
    assert len(read(registration(item(PLANNING, rounded)), tmp_path)) == 2


class TestCarryingStructures:
    def test_forth_by_hand(self, tmp_path):
        found = read(registration(item(PLANNING, QUARTER)), tmp_path)
        before = drawn(tmp_path)
        after = registered(before, found[PLANNING, ROOM])
        assert after.frame_of_reference_uid == ROOM
        assert [one.name for one in after.structures] == ["GTV"]
        np.testing.assert_allclose(
            after.structures[0].polygons_mm[1],
            [[-15, 10, 8], [-15, 20, 8], [-25, 20, 8], [-25, 10, 8]],
            atol=1e-12,
        )
        assert after.sop_instance_uid == before.sop_instance_uid
        assert after.warnings == ("carried here from another frame of reference",)

    @pytest.mark.parametrize("ends", [(PLANNING, ROOM), (ROOM, PLANNING)])
    def test_the_direction_follows_from_where_they_lie(self, tmp_path, ends):
        one = read(registration(item(PLANNING, QUARTER)), tmp_path)[ends]
        before = drawn(tmp_path)
        there = registered(before, one)
        again = registered(there, one)
        assert there.frame_of_reference_uid == ROOM
        assert again.frame_of_reference_uid == PLANNING
        for start, end in zip(
            before.structures[0].polygons_mm, again.structures[0].polygons_mm, strict=True
        ):
            np.testing.assert_allclose(end, start, atol=1e-9)

    def test_turned_planes_stay_flat_and_keep_their_area(self, tmp_path):
        c, s = np.cos(0.4), np.sin(0.4)
        tilt = [1.0, 0.0, 0.0, 4.0, 0.0, c, -s, 0.0, 0.0, s, c, 0.0, 0.0, 0.0, 0.0, 1.0]
        tilt = [round(value, 12) for value in tilt]
        found = read(registration(item(PLANNING, tilt)), tmp_path)
        after = registered(drawn(tmp_path), found[PLANNING, ROOM])
        for n, polygon in enumerate(after.structures[0].polygons_mm):
            np.testing.assert_allclose(polygon @ [0, -s, c], 5.0 * n, atol=1e-9)
            around = np.cross(polygon, np.roll(polygon, -1, axis=0)).sum(axis=0)
            np.testing.assert_allclose(around / 2, [0, -100 * s, 100 * c], atol=1e-6)

    def test_a_simulated_registration_makes_simulated_structures(self, tmp_path):
        simulated = registration(item(PLANNING, QUARTER))
        mark(simulated, GenerationMode.DEMO)
        one = read(simulated, tmp_path)[PLANNING, ROOM]
        real = structure_set(
            Series("1.2.1", "1.2.2", PLANNING, ()), {"GTV": [contour(square((0, 0, 0), 9))]}
        )
        del real[0x00710010], real[0x00711001]
        before = read_structure_set(write(real, tmp_path))
        assert before.mode is GenerationMode.REAL
        assert registered(before, one).mode is GenerationMode.DEMO
        assert registered(drawn(tmp_path), one).mode is GenerationMode.TEST

    def test_structures_on_a_third_frame_are_refused(self, tmp_path):
        one = read(registration(item(OTHER, QUARTER)), tmp_path)[OTHER, ROOM]
        with pytest.raises(RegistrationRefused, match="does not name"):
            registered(drawn(tmp_path), one)


class TestRegistrationOfPlastimatch:
    def test_points_go_where_its_transform_says(self, tmp_path):
        """An ITK transform takes points of the fixed image to the moving one.

        Versor (0, 0, sin 10 degrees) turns by 20 degrees about z; then (10, -5, 3) is added. The
        file holds six decimals.
        """
        (tmp_path / "turn.tfm").write_text(
            "#Insight Transform File V1.0\n#Transform 0\n"
            "Transform: VersorRigid3DTransform_double_3_3\n"
            f"Parameters: 0 0 {np.sin(np.radians(10.0)):.17g} 10 -5 3\nFixedParameters: 0 0 0\n"
        )
        frames = [self.image(tmp_path / name) for name in ("fixed", "moving")]
        command = "xf-convert --input turn.tfm --fixed-rcs fixed --moving-rcs moving"
        self.run(f"{command} --output-dicom reg", tmp_path)
        (path,) = (tmp_path / "reg").iterdir()
        found = {(one.from_frame_uid, one.to_frame_uid): one for one in read_registration(path)}
        points = np.array([[0.0, 0.0, 0.0], [100.0, 0.0, 0.0], [30.0, -70.0, 200.0]])
        c, s = np.cos(np.radians(20.0)), np.sin(np.radians(20.0))
        moved = points @ np.array([[c, -s, 0], [s, c, 0], [0, 0, 1]]).T + [10.0, -5.0, 3.0]
        fixed, moving = frames
        np.testing.assert_allclose(found[fixed, moving].to_points(points), moved, atol=1e-3)
        np.testing.assert_allclose(found[moving, fixed].to_points(moved), points, atol=1e-3)

    def image(self, folder: Path) -> str:
        self.run(f"synth --pattern rect --dim 8 --spacing 2 --output-dicom {folder}", folder.parent)
        return str(dcmread(next(folder.glob("image*"))).FrameOfReferenceUID)

    def run(self, command: str, folder: Path) -> None:
        subprocess.run(
            ["plastimatch", *command.split()], cwd=folder, check=True, capture_output=True
        )


class TestRefusals:
    @pytest.mark.parametrize("kind", ["RIGID_SCALE", "AFFINE"])
    def test_what_changes_volumes(self, tmp_path, kind):
        told = refusal(registration(item(PLANNING, QUARTER, kind=kind)), tmp_path)
        assert f"item 1: its matrix is {kind}: that would change" in told

    def test_a_deformable_one(self, tmp_path):
        deformable = registration()
        deformable.SOPClassUID = DeformableSpatialRegistrationStorage
        assert "it is a deformable registration" in refusal(deformable, tmp_path)

    def test_all_reasons_at_once(self, tmp_path):
        stretched = [2.0 * value for value in QUARTER[:15]] + [1.0]
        mirrored = [-1.0, *IDENTITY[1:]]
        broken = registration(
            item(PLANNING, stretched), item(None, mirrored), item(OTHER), item(OTHER, QUARTER[:12])
        )
        broken.FrameOfReferenceUID = ""
        assert refusal(broken, tmp_path).splitlines() == [
            "it has no valid FrameOfReferenceUID",
            "item 1: its matrix says RIGID but stretches or shears",
            "item 2 names no frame of reference",
            "item 2: its matrix is a mirror image",
            "item 3: has no matrix",
            "item 4: its matrix is not of 16 finite numbers",
        ]

    def test_a_last_row_that_is_not_0_0_0_1(self, tmp_path):
        projective = [*QUARTER[:12], 0.0, 0.0, 0.1, 1.0]
        assert "does not end in the row" in refusal(
            registration(item(PLANNING, projective)), tmp_path
        )

    def test_matrices_whose_order_matters(self, tmp_path):
        told = refusal(registration(item(PLANNING, QUARTER, SHIFT)), tmp_path)
        assert "item 1: has 2 matrices that give another result in another order" in told

    def test_items_that_contradict_each_other(self, tmp_path):
        twice = registration(item(PLANNING, QUARTER), item(PLANNING, SHIFT))
        assert "item 2 takes a frame of reference elsewhere than an item before" in refusal(
            twice, tmp_path
        )
        itself = registration(item(ROOM, SHIFT), item(PLANNING, QUARTER))
        assert "elsewhere than the registered one itself" in refusal(itself, tmp_path)

    def test_nothing_registered(self, tmp_path):
        assert "relates no two frames" in refusal(registration(item(ROOM, IDENTITY)), tmp_path)

    def test_another_object(self, tmp_path):
        told = refusal(ct_image(0, "1.2", "1.3", "1.4"), tmp_path)
        assert told == "it is a CT Image Storage, not a Spatial Registration"

    def test_a_file_that_is_not_dicom(self, tmp_path):
        path = tmp_path / "notes.txt"
        path.write_text("no registration")
        with pytest.raises(RegistrationRefused, match="the file cannot be read"):
            read_registration(path)
