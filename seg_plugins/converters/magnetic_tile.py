"""Magnetic tiles: the folder states the kind of defect, the mask its position."""

from functools import partial
from pathlib import Path

from .converter import Converter, Entry, Sample, SourceError
from .pairing import every_fifth, fit, read_foreground

__all__ = ["CONVERTER"]

DEFECTS = {"MT_Free": 0, "MT_Blowhole": 1, "MT_Break": 2, "MT_Crack": 3, "MT_Fray": 4, "MT_Uneven": 5}


def make(image: Path, mask: Path, class_id: int) -> Sample:
    """Assign the class of the folder to the foreground of the mask."""
    labels, note = fit(read_foreground(mask) * class_id, image)
    return Sample(image, labels, note=note)


def find(source: Path) -> list[Entry]:
    """List `MT_<Defect>/Imgs/*.jpg`, sorted by path; every fifth is for validation."""
    images = sorted(source.glob("MT_*/Imgs/*.jpg"), key=lambda path: path.relative_to(source).as_posix())
    missing = [name for name in DEFECTS if not (source / name / "Imgs").is_dir()]
    if missing:
        raise SourceError(f"{source} holds no folder {missing[0]}/Imgs: fetch the source again")
    entries = []
    for index, image in enumerate(images):
        mask, defect = image.with_suffix(".png"), image.parent.parent.name
        if defect not in DEFECTS or not mask.is_file():
            problem = f"has no mask {mask.name}" if defect in DEFECTS else "is of an unknown kind"
            raise SourceError(f"{image} {problem}: fetch the source again")
        make_it = partial(make, image, mask, DEFECTS[defect])
        entries.append(Entry(every_fifth(index), f"{defect}_{image.stem}", make_it, (image, mask)))
    return entries


CONVERTER = Converter(
    name="magnetic-tile",
    num_classes=6,
    find=find,
    licence="none stated; the authors welcome its use and ask to be cited",
    citation="Huang, Qiu, Yuan: Surface defect saliency of magnetic tile. The Visual Computer 36, 2020",
    fetch=(
        "Fetch https://github.com/abin24/Magnetic-tile-defect-datasets. and pass the folder that holds "
        "MT_Blowhole, MT_Break, MT_Crack, MT_Fray, MT_Free and MT_Uneven as --source"
    ),
)
