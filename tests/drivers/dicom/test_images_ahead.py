"""Images that are read as they arrive."""

import shutil

import numpy as np
import pytest

from drivers.dicom import ImagesAhead, SeriesRefused, read_ct_series
from drivers.dicom.images_ahead import MOST_AHEAD
from tests.drivers.dicom.synthetic import write_series


def test_a_series_is_the_same_whether_its_images_were_read_ahead(tmp_path):
    paths = write_series(tmp_path, 5).paths
    ahead = ImagesAhead()
    for path in paths[:3]:
        ahead.read(path)
    series, plain = read_ct_series(paths, ahead=ahead), read_ct_series(paths)
    assert series.content_sha256 == plain.content_sha256
    np.testing.assert_array_equal(series.volume.values, plain.volume.values)
    assert [ahead.take(path) for path in paths] == [None] * 5


def test_what_was_read_ahead_is_not_read_again(tmp_path):
    path = write_series(tmp_path, 1).paths[0]
    ahead = ImagesAhead()
    ahead.read(path)
    path.unlink()
    one = ahead.take(path)
    assert one is not None
    assert one.path == path
    assert ahead.take(path) is None


def test_a_broken_image_is_refused_with_its_series(tmp_path):
    paths = write_series(tmp_path, 4).paths
    paths[2].write_bytes(b"no image")
    ahead = ImagesAhead()
    for path in paths:
        ahead.read(path)
    with pytest.raises(SeriesRefused, match="1 of 4 images") as caught:
        read_ct_series(paths, ahead=ahead)
    with pytest.raises(SeriesRefused) as plain:
        read_ct_series(paths)
    assert caught.value.reasons == plain.value.reasons


def test_images_whose_series_never_comes_are_forgotten(tmp_path, monkeypatch):
    monkeypatch.setattr("drivers.dicom.images_ahead.MOST_AHEAD", 2)
    assert MOST_AHEAD > 1000
    path = write_series(tmp_path, 1).paths[0]
    paths = [shutil.copy(path, tmp_path / f"{n}.dcm") for n in range(3)]
    ahead = ImagesAhead()
    for copy in paths:
        ahead.read(copy)
    assert [ahead.take(copy) is None for copy in paths] == [True, False, False]
