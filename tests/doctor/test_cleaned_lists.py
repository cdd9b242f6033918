import numpy as np

from seg_plugins.doctor.cleaned_lists import write_cleaned_lists
from seg_plugins.doctor.entries import read_splits
from seg_plugins.doctor.inspection import inspect_all
from tests.doctor.base import make


def test_the_lists_leave_out_what_is_faulty_and_serve_as_ann_file(tmp_path):
    cfg = make(tmp_path / "data")
    bad = tmp_path / "data" / "labels" / "train" / "0001.png"
    before = bad.write_bytes(b"broken")
    splits = read_splits(cfg)
    options = write_cleaned_lists(splits, inspect_all(splits), tmp_path / "out")
    assert bad.stat().st_size == before
    assert options["train_dataloader.dataset.ann_file"].read_text().split() == [
        "0000",
        "0002",
        "0003",
        "0004",
        "0005",
    ]
    cfg.merge_from_dict({key: str(path) for key, path in options.items()})
    train = read_splits(cfg)[0]
    assert len(train.entries) == 5 and np.all([not item.fault for item in inspect_all([train])])


def test_a_mark_of_the_images_is_no_part_of_the_lists(tmp_path):
    cfg = make(tmp_path / "data")
    for path in (tmp_path / "data/images/train").iterdir():
        path.rename(path.with_name(f"{path.stem}_sat.png"))
    cfg.train_dataloader.dataset.img_suffix = "_sat.png"
    train = read_splits(cfg)[:1]
    options = write_cleaned_lists(train, inspect_all(train), tmp_path / "out")
    assert options["train_dataloader.dataset.ann_file"].read_text().split()[:2] == ["0000", "0001"]
