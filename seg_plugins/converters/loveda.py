"""LoveDA: urban and rural land cover."""

from functools import partial
from pathlib import Path

from .ade20k import make_from_one
from .converter import Converter, Entry, Sample, SourceError
from .pairing import images_in, pair_up

__all__ = ["CONVERTER"]


def find(source: Path) -> list[Entry]:
    """List `{Train,Val,Test}/{Rural,Urban}/{images_png,masks_png}`; the test masks are not public."""
    entries = []
    for split in ("train", "val", "test"):
        for scene in ("Rural", "Urban"):
            images = source / split.title() / scene / "images_png"
            masks = images.with_name("masks_png")
            if not images.is_dir():
                continue
            if split == "test":
                for image in images_in(images):
                    entries.append(
                        Entry(split, f"{scene.lower()}_{image.stem}", partial(Sample, image, None), (image,))
                    )
            elif masks.is_dir():
                for image, mask in pair_up(images, masks):
                    make = partial(make_from_one, image, mask)
                    entries.append(Entry(split, f"{scene.lower()}_{image.stem}", make, (image, mask)))
    if not entries:
        raise SourceError(f"{source} does not hold Train/Rural/images_png, Train/Rural/masks_png and so on")
    return entries


CONVERTER = Converter(
    name="loveda",
    num_classes=7,
    find=find,
    licence="CC BY-NC-SA 4.0",
    citation=(
        "Wang et al.: LoveDA: a remote sensing land-cover dataset for domain adaptive semantic "
        "segmentation. NeurIPS Datasets and Benchmarks 2021"
    ),
    fetch=(
        "Fetch Train.zip, Val.zip, Test.zip of https://zenodo.org/records/5706578 and pass the folder that "
        "holds them, packed or not, as --source"
    ),
    counts={"train": 2522, "val": 1669, "test": 1796},
)
