import json

import cv2
import numpy as np
import pytest
from mmseg.registry import DATASETS

from seg_plugins.datasets.checked_seg_dataset import MANIFEST
from seg_plugins.datasets.label_check import fingerprint
from seg_plugins.ops.sample_key import SampleKey
from tests.datasets.base import folder_config, write_pair


def build(root, **more):
    return DATASETS.build(folder_config(root, **more))


def test_pairs_are_sorted_and_either_image_suffix_is_taken(tmp_path):
    write_pair(tmp_path, "train", "b", suffix=".jpg")
    write_pair(tmp_path, "train", "a", suffix=".png")
    dataset = build(tmp_path)
    names = [dataset.get_data_info(i)["img_path"].rsplit("/", 1)[1] for i in range(len(dataset))]
    assert names == ["a.png", "b.jpg"]


def test_list_of_entries(tmp_path):
    for stem in "abc":
        write_pair(tmp_path, "train", stem)
    (tmp_path / "some.txt").write_text("c\na\n")
    assert len(build(tmp_path, ann_file="some.txt")) == 2
    (tmp_path / "some.txt").write_text("c\nmissing\n")
    with pytest.raises(FileNotFoundError, match=r"some.txt lists 2 entries, 1 .*missing"):
        build(tmp_path, ann_file="some.txt")


def test_a_sample_follows_from_its_key_alone(tmp_path):
    write_pair(tmp_path, "train", "a")
    pipeline = [
        dict(type="LoadSegImage"),
        dict(type="LoadSegAnnotations"),
        dict(type="PhotoMetricDistortion"),
        dict(type="PackSegInputs"),
    ]
    dataset = build(tmp_path, pipeline=pipeline)
    images = [dataset[SampleKey(0, seed)]["inputs"] for seed in (5, 6, 7, 5, 6, 7)]
    assert all((images[n] == images[n + 3]).all() for n in range(3))
    assert len({image.numpy().tobytes() for image in images}) == 3
    assert dataset[0]["inputs"].shape == images[0].shape


def test_missing_root(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"data root .*none does not exist.*set data_root"):
        build(tmp_path / "none")


def test_missing_split_names_what_is_there(tmp_path):
    write_pair(tmp_path, "train", "a")
    with pytest.raises(
        FileNotFoundError, match=r"images/val of the images does not exist \(beside it: \['train'\]"
    ):
        build(tmp_path, split="val")


def test_no_image_matches(tmp_path):
    write_pair(tmp_path, "train", "a")
    with pytest.raises(FileNotFoundError, match=r"no images end in \.tif in .*a\.png.*img_suffix"):
        build(tmp_path, img_suffix=".tif")


def test_missing_label(tmp_path):
    write_pair(tmp_path, "train", "a")
    write_pair(tmp_path, "train", "b")[1].unlink()
    with pytest.raises(
        FileNotFoundError, match=r"1 of 2 images have no label in .*labels/train; the first is b\.png"
    ):
        build(tmp_path)


@pytest.mark.parametrize(
    "label, message",
    [
        (np.zeros((20, 32), np.uint8), r"b\.png is 20x32 \(HxW\), its image .*b\.png is 24x32.*nearest"),
        (np.zeros((24, 32, 3), np.uint8), r"b\.png holds colours \(mode RGB\).*FolderSegDataset"),
        (np.zeros((24, 32), np.uint16), r"b\.png has 16 or more bits.*8-bit PNG"),
        (
            np.full((24, 32), 7, np.uint8),
            r"b\.png holds id 7 \(768 px\), but classes are 0\.\.2, 255 is ignored",
        ),
    ],
)
def test_faulty_label_is_named_at_the_start(tmp_path, label, message):
    write_pair(tmp_path, "train", "a")
    write_pair(tmp_path, "train", "b", label=label)
    with pytest.raises(ValueError, match=message):
        build(tmp_path)


def test_truncated_label_is_named_at_the_start(tmp_path):
    path = write_pair(tmp_path, "train", "a")[1]
    path.write_bytes(path.read_bytes()[:-40])
    with pytest.raises(ValueError, match=r"a\.png"):
        build(tmp_path)


def test_masks_of_0_and_255_are_noticed(tmp_path):
    write_pair(tmp_path, "train", "a", label=np.eye(24, 32, dtype=np.uint8) * 255)
    with pytest.raises(ValueError, match="look like 0/255 masks"):
        build(tmp_path)


def test_reduce_zero_label_moves_the_range_up(tmp_path):
    write_pair(tmp_path, "train", "a", label=np.full((24, 32), 3, np.uint8))
    assert int(build(tmp_path, reduce_zero_label=True)[0]["data_samples"].gt_sem_seg.data.max()) == 2
    with pytest.raises(ValueError, match="holds id 3"):
        build(tmp_path)


def test_labels_checked_while_preparing_are_not_read_again(tmp_path):
    write_pair(tmp_path, "train", "a", label=np.full((24, 32), 7, np.uint8))
    record = {
        "num_classes": 3,
        "labels": {"labels/train": fingerprint((tmp_path / "labels/train").iterdir())},
    }
    (tmp_path / MANIFEST).write_text(json.dumps(record))
    build(tmp_path)
    cv2.imwrite(str(tmp_path / "labels/train/a.png"), np.full((24, 32), 8, np.uint8))
    with pytest.raises(ValueError, match="holds id 8"):
        build(tmp_path)


def test_no_labels_are_wanted_for_prediction(tmp_path):
    write_pair(tmp_path, "train", "a")
    prefix = dict(img_path="images/train")
    assert len(build(tmp_path, data_prefix=prefix)) == 1
