import hashlib
import json

import numpy as np
import pytest

from simulators.patient import PatientCt
from simulators.patient.baseline import DATA


def test_every_pixel_is_as_it_was_published(ct: PatientCt) -> None:
    published = json.loads((DATA / "pixel_sha256.json").read_text(encoding="utf-8"))

    decoded = {
        str(one.SOPInstanceUID): hashlib.sha256(one.pixel_array.astype("<i2").tobytes()).hexdigest()
        for one in ct.datasets
    }

    assert len(decoded) == 41
    assert decoded == published


def test_the_volume_is_in_hu_and_in_patient_space(ct: PatientCt) -> None:
    assert ct.volume.values.shape == (41, 512, 512)
    assert ct.volume.spacing_mm == pytest.approx((5.0, 0.796875, 0.796875))
    for k, one in enumerate(ct.datasets):
        corner = ct.volume.to_patient_mm(np.array([k, 0.0, 0.0]))
        assert corner == pytest.approx(np.array(one.ImagePositionPatient, dtype=float))
    liver = ct.volume.values[25, 240:260, 120:140]
    assert 100 < liver.mean() < 140
    aorta = ct.volume.values[25, 258:266, 258:266]
    assert 130 < aorta.mean() < 220


def test_the_licence_and_the_citation_stand_beside_the_data() -> None:
    attribution = (DATA / "README.md").read_text(encoding="utf-8")

    assert "https://creativecommons.org/licenses/by/4.0/" in attribution
    assert "https://doi.org/10.7937/QXK2-QG03" in attribution
    assert "Creative Commons Attribution 4.0" in (DATA / "LICENSE").read_text(encoding="utf-8")
