"""What lies in a folder of DICOM files."""

from pathlib import Path

from drivers.dicom.reading import UnreadableError, read_attributes, text_of


def ct_series_in_folder(folder: Path) -> dict[str, tuple[Path, ...]]:
    """Files of every CT series in and below a folder, by series UID; other files are passed over.

    Raises:
        NotADirectoryError: it is no folder.
    """
    if not folder.is_dir():
        raise NotADirectoryError(f"{folder} is not a folder")
    found: dict[str, list[Path]] = {}
    for path in sorted(p for p in folder.rglob("*") if p.is_file()):
        try:
            attributes = read_attributes(path, ("Modality", "SeriesInstanceUID"))
        except UnreadableError:
            continue
        if text_of(attributes, "Modality") == "CT":
            found.setdefault(text_of(attributes, "SeriesInstanceUID"), []).append(path)
    return {uid: tuple(paths) for uid, paths in found.items()}
