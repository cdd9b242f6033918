import numpy as np
import pytest
from PIL import Image
from scipy.io import savemat

from seg_plugins.converters.converter import SourceError
from seg_plugins.converters.voc12aug import find
from tests.converters.base import convert, load, read_label, write_image


def save_voc(path, ids):
    path.parent.mkdir(parents=True, exist_ok=True)
    picture = Image.fromarray(ids).convert("P")
    picture.putpalette([(i * 37) % 256 for i in range(768)])
    picture.save(path)


@pytest.fixture
def source(tmp_path):
    voc, sbd = tmp_path / "VOCdevkit/VOC2012", tmp_path / "benchmark_RELEASE/dataset"
    lists = {"train": ["a", "b"], "val": ["c"]}
    for name in "abcd":
        write_image(voc / f"JPEGImages/{name}.jpg", (6, 8, 3))
    (voc / "ImageSets/Segmentation").mkdir(parents=True)
    for split, names in lists.items():
        (voc / f"ImageSets/Segmentation/{split}.txt").write_text("\n".join(names) + "\n")
        for name in names:
            save_voc(voc / f"SegmentationClass/{name}.png", np.full((6, 8), 20, np.uint8))
    (sbd / "cls").mkdir(parents=True)
    (sbd / "train.txt").write_text("a\nd\n")
    (sbd / "val.txt").write_text("c\n")
    for name in "acd":
        ids = np.full((6, 8), 5, np.uint8)
        savemat(sbd / f"cls/{name}.mat", {"GTcls": {"Segmentation": ids, "Boundaries": 0}})
    return tmp_path


def test_own_labels_go_first_and_validation_stays_out(source, tmp_path):
    out = tmp_path / "out"
    assert convert("voc12aug", source, out)["images"] == {"train": 3, "val": 1}
    ids = {s.stem: read_label(out, s.parent.name, s.stem)[0, 0] for s in out.glob("labels/*/*.png")}
    assert ids == {"a": 20, "b": 20, "c": 20, "d": 5}
    assert len(load("VOC12AugSegDataset", out, "train")) == 3


def test_missing_files_are_named(source):
    (source / "benchmark_RELEASE/dataset/cls/d.mat").unlink()
    with pytest.raises(SourceError, match=r"d\.mat is missing"):
        find(source)
    (source / "benchmark_RELEASE").rename(source / "other")
    with pytest.raises(SourceError, match="SBD"):
        find(source)
