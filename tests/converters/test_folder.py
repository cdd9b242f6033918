import json
import shlex

import cv2
import numpy as np
import pytest
import tifffile
import torch
from mmengine.config import Config
from mmengine.dataset import Compose
from mmseg.registry import DATASETS, MODELS
from PIL import Image

from seg_plugins.commands.prepare_dataset import main
from seg_plugins.commands.test import main as run_test
from seg_plugins.config.tool_command import tool_command
from seg_plugins.runners.exactness import exact_loader, exact_loop
from seg_plugins.zoo.suites.config_hash import resolved_config as zoo_config
from seg_plugins.zoo.suites.layout import Layout
from seg_plugins.zoo.suites.suite import load_suite
from tests.converters.base import write_image, write_mask

MASK = np.repeat(np.array([[0], [1]], np.uint8), 40, axis=1).repeat(20, axis=0)  # (40, 40)


def make_images(root, count=5, suffix=".jpg"):
    for i in range(count):
        write_image(root / f"photos/p{i % 3}_{i}{suffix}", (40, 40, 3), i)
    return [f"p{i % 3}_{i}" for i in range(count)]


def load_config(out):
    config = Config.fromfile(out / "out.py")
    return config, [DATASETS.build(config[f"{s}_dataloader"].dataset) for s in ("train", "val")]


def run(root, *options):
    return main(["folder", "--images", str(root / "photos"), "--out", str(root / "out"), *options])


@pytest.mark.parametrize(
    "mask, options, values",
    [
        (MASK, ["--classes", "off", "on"], [0, 1]),
        (MASK * 255, [], [0, 255]),
        (MASK.astype(np.uint16) * 700, ["--classes", "off", "on"], [0, 700]),
        (np.where(MASK[..., None], (0, 0, 255), (0, 0, 0)).astype(np.uint8), [], [[0, 0, 0], [255, 0, 0]]),
    ],
)
def test_kinds_of_masks(tmp_path, mask, options, values):
    for stem in make_images(tmp_path):
        write_mask(tmp_path / f"masks/{stem}_mask.png", mask)
    assert run(tmp_path, "--masks", str(tmp_path / "masks"), *options) == 0
    config, (train, val) = load_config(tmp_path / "out")
    assert config.dataset["values"] == values and (len(train), len(val)) == (4, 1)
    assert exact_loop(config.train_cfg)[1] == exact_loader(config.train_dataloader)[1] == []
    assert config.crop_size == (32, 32) and config.model.decode_head.num_classes == 2
    assert config.model.decode_head.loss_decode.class_weight == [1.0, 1.0]
    label = val[0]["data_samples"].gt_sem_seg.data.numpy()[0]
    assert np.array_equal(label, MASK)
    stack = np.concatenate([cv2.imread(train.get_data_info(i)["img_path"]).reshape(-1, 3) for i in range(4)])
    assert np.allclose(config.model.data_preprocessor.mean, stack.mean(0)[::-1], rtol=1e-3)
    assert np.allclose(config.model.data_preprocessor.std, stack.std(0)[::-1], rtol=1e-3)


def test_many_channels_of_16_bits(tmp_path):
    (tmp_path / "photos").mkdir()
    for i in range(3):
        image = np.random.default_rng(i).integers(0, 9000, (40, 40, 6), np.uint16)
        tifffile.imwrite(tmp_path / f"photos/{i}.tif", image, photometric="minisblack", planarconfig="contig")
        write_mask(tmp_path / f"masks/{i}.png", MASK)
    assert run(tmp_path, "--masks", str(tmp_path / "masks")) == 0
    config, (train, _) = load_config(tmp_path / "out")
    assert config.model.backbone.in_channels == 6 and len(config.model.data_preprocessor.mean) == 6
    channels, height, width = train[0]["inputs"].shape
    assert channels == 6 and 30 <= height == width <= 32  # the smallest resized image has 30 pixels
    views = Compose(config.tta_pipeline)(train.get_data_info(0))["inputs"]
    assert [view.shape for view in views] == [(6, s, s) for s in (30, 30, 40, 40, 50, 50)]


def test_the_config_has_the_name_of_its_folder_and_test_time_augmentation(tmp_path, capsys):
    for stem in make_images(tmp_path):
        write_mask(tmp_path / f"masks/{stem}.png", MASK)
    assert run(tmp_path, "--masks", str(tmp_path / "masks")) == 0
    config, weights = tmp_path / "out/out.py", tmp_path / "weights.pth"
    assert f"train with: {tool_command('train', config)}" in capsys.readouterr().out
    torch.save(MODELS.build(Config.fromfile(config).model).state_dict(), weights)
    alone = ["test_dataloader.num_workers=0", "test_dataloader.persistent_workers=False"]
    line = [str(config), str(weights), "--work-dir", str(tmp_path / "work"), "--tta", "--cfg-options", *alone]
    run_test(line)
    record = json.loads((tmp_path / "work/metrics.json").read_text())
    assert record["tta"] is True and 0 <= record["metrics"]["mIoU"] <= 100


def test_folds_come_with_a_suite_that_trains_on_each(tmp_path, capsys):
    for stem in make_images(tmp_path):
        write_mask(tmp_path / f"masks/{stem}.png", MASK)
    assert run(tmp_path, "--masks", str(tmp_path / "masks"), "--folds", "3") == 0
    path = tmp_path / "out/out-3fold.yaml"
    assert f"tools/benchmark.py run {path}" in capsys.readouterr().out
    layout, name = Layout.of_suite(tmp_path, str(path))
    rows = load_suite(layout, name).rows
    seen = []
    for row in rows:
        config = zoo_config(layout.configs / row.model.config, row.options, row.seed)
        parts = [DATASETS.build(config[f"{s}_dataloader"].dataset) for s in ("train", "val", "test")]
        names = [{part.get_data_info(i)["img_path"] for i in range(len(part))} for part in parts]
        assert names[1] == names[2] and not names[0] & names[1] and len(names[0] | names[1]) == 5
        seen += names[1]
    assert [row.slot for row in rows] == ["out.seed0", "out.seed1", "out.seed2"]
    assert len(seen) == len(set(seen)) == 5


@pytest.mark.parametrize("name", ["a [set] of 'mine'", '"{{ fileDirname }}" $HOME', "100% *#\\n", "ünï道"])
def test_folders_of_any_name(tmp_path, capsys, name):
    root = tmp_path / name
    for stem in make_images(root):
        write_mask(root / f"masks/{stem}.png", MASK)
    assert run(root, "--masks", str(root / "masks"), "--folds", "2", "--out", str(root / name)) == 0
    said = capsys.readouterr().out.splitlines()
    config = shlex.split(next(line for line in said if line.startswith("train with: ")))[-1]
    assert len(DATASETS.build(Config.fromfile(config).train_dataloader.dataset)) in (2, 3)
    layout, suite = Layout.of_suite(tmp_path, shlex.split(said[-1])[-1])
    row = load_suite(layout, suite).rows[1]
    parts = zoo_config(layout.configs / row.model.config, row.options, row.seed)
    assert len(DATASETS.build(parts.train_dataloader.dataset)) in (2, 3)


def test_class_names_stay_data(tmp_path, capsys):
    stems = make_images(tmp_path)
    names = [
        "'); raise SystemExit(1)",
        "a\nb",
        "{ fileDirname }}",
        '"""',
        "\\",
        "[/red]",
        "$x$",
        "道🚗",
        "\x1b[31m",
    ]
    images = [dict(id=i, file_name=f"{stem}.jpg") for i, stem in enumerate(stems)]
    categories = [dict(id=i, name=name) for i, name in enumerate(names)]
    squares = [[5 + 3 * i, 5, 8 + 3 * i, 5, 8 + 3 * i, 9, 5 + 3 * i, 9] for i in range(len(names))]
    objects = [
        dict(image_id=n, category_id=i, segmentation=[s]) for n in range(5) for i, s in enumerate(squares)
    ]
    (tmp_path / "c.json").write_text(
        json.dumps(dict(images=images, categories=categories, annotations=objects))
    )
    assert run(tmp_path, "--coco", str(tmp_path / "c.json")) == 0
    config, (train, val) = load_config(tmp_path / "out")
    assert tuple(config.dataset["classes"]) == train.metainfo["classes"] == ("background", *names)
    label = val[0]["data_samples"].gt_sem_seg.data
    assert sorted(np.unique(label)) == list(range(len(names) + 1))
    said = capsys.readouterr().out
    assert "{ fileDirname }}" in said and "\x1b" not in said and r"'a\nb'" in said


def test_one_image_is_too_few(tmp_path, capsys):
    make_images(tmp_path)
    image = dict(images=[dict(id=1, file_name="p0_0.jpg")], categories=[dict(id=1, name="x")], annotations=[])
    (tmp_path / "c.json").write_text(json.dumps(image))
    assert run(tmp_path, "--coco", str(tmp_path / "c.json")) != 0
    said = capsys.readouterr().err
    assert "1 labelled images, such as" in said and "p0_0.jpg, cannot be divided into 2 parts" in said
    assert "4 images have no entry" in said


def test_classes_of_files_are_filtered_and_ordered(tmp_path, capsys):
    for stem in make_images(tmp_path):
        for name, mask in (("road", MASK * 255), ("car", np.eye(40, dtype=np.uint8) * 255)):
            write_mask(tmp_path / f"masks/{name}/{stem}.png", mask)
    masks = ["--class-masks", str(tmp_path / "masks")]
    assert run(tmp_path, *masks, "--classes", "road") == 0
    config, (_, val) = load_config(tmp_path / "out")
    label = val[0]["data_samples"].gt_sem_seg.data.numpy()[0]
    assert tuple(config.dataset["classes"]) == ("background", "road") and np.array_equal(label, MASK)
    assert run(tmp_path, *masks, "--classes", "rode") != 0
    assert "has no class 'rode'" in (said := capsys.readouterr().err) and "Did you mean road?" in said
    assert run(tmp_path, *masks, "--values", "1", "2") != 0
    assert "are for --masks: leave them out" in capsys.readouterr().err
    write_mask(tmp_path / "masks/car/p0_0.png", np.eye(20, dtype=np.uint8) * 255)
    assert run(tmp_path, *masks) != 0
    assert "p0_0.png is 20x20 (HxW), its image" in capsys.readouterr().err


def test_one_mask_per_class(tmp_path):
    for stem in make_images(tmp_path):
        write_mask(tmp_path / f"masks/road/{stem}.png", MASK * 255)
        write_mask(tmp_path / f"masks/car/{stem}.png", np.eye(40, dtype=np.uint8) * 255)
    assert run(tmp_path, "--class-masks", str(tmp_path / "masks")) == 0
    config, (_, val) = load_config(tmp_path / "out")
    assert tuple(config.dataset["classes"]) == ("background", "car", "road")
    label = val[0]["data_samples"].gt_sem_seg.data.numpy()[0]
    assert label[0, 0] == 1 and label[30, 30] == 2 and label[0, 5] == 0


def test_coco_and_labelme(tmp_path, capsys):
    stems = make_images(tmp_path)
    ring = [[5, 5], [30, 5], [30, 30], [5, 30]]
    images = [dict(id=i, file_name=f"{stem}.jpg", height=40, width=40) for i, stem in enumerate(stems)]
    annotations = [
        dict(id=i, image_id=i, category_id=1, segmentation=[np.ravel(ring).tolist()])
        for i in range(len(stems))
    ]
    categories = [dict(id=1, name="thing"), dict(id=2, name="all-things")]
    content = dict(images=images, categories=categories, annotations=annotations)
    (tmp_path / "c.json").write_text(json.dumps(content))
    assert run(tmp_path, "--coco", str(tmp_path / "c.json")) == 0
    assert "note: no pixel is of 'all-things': leave such out by --classes" in capsys.readouterr().out
    first = load_config(tmp_path / "out")[1][1][0]["data_samples"].gt_sem_seg.data.numpy()
    assert first[0, 10, 10] == 1 and first[0, 35, 35] == 0
    assert len(list((tmp_path / "out/instances").iterdir())) == 5
    (tmp_path / "lm").mkdir()
    for stem in stems:
        shape = dict(label="thing", points=ring, shape_type="polygon")
        lm = dict(shapes=[shape], imagePath=f"{stem}.jpg", imageHeight=40, imageWidth=40)
        (tmp_path / f"lm/{stem}.json").write_text(json.dumps(lm))
    assert run(tmp_path, "--labelme", str(tmp_path / "lm")) == 0
    assert np.array_equal(
        load_config(tmp_path / "out")[1][1][0]["data_samples"].gt_sem_seg.data.numpy(), first
    )


def test_colours_are_not_matched_with_class_names_by_their_order(tmp_path, capsys):
    colours = np.where(MASK[..., None], (0, 128, 255), (0, 0, 0)).astype(np.uint8)  # blue, green, red
    for stem in make_images(tmp_path):
        write_mask(tmp_path / f"masks/{stem}.png", colours)
    options = ["--masks", str(tmp_path / "masks"), "--classes", "car", "road"]
    assert run(tmp_path, *options) == 2
    assert '"#000000" "#ff8000": pass them as --values' in capsys.readouterr().err
    assert run(tmp_path, *options, "--values", "#ff8000", "#000000") == 0
    config = load_config(tmp_path / "out")[0]
    assert config.dataset["values"] == [[255, 128, 0], [0, 0, 0]]


def test_faults_are_named(tmp_path, capsys):
    stems = make_images(tmp_path)
    for stem in stems:
        write_mask(tmp_path / f"masks/{stem}.png", MASK)
    masks = str(tmp_path / "masks")
    assert run(tmp_path, "--masks", masks, "--classes", "a", "b", "c") == 2
    assert "3 classes, but the masks hold 2 values" in capsys.readouterr().err
    assert run(tmp_path, "--masks", masks, "--model", "nothing") == 2
    assert "--model nothing is unknown. Known are" in capsys.readouterr().err
    write_mask(tmp_path / f"masks/{stems[0]}.png", MASK[:20])
    assert run(tmp_path, "--masks", masks) == 2
    assert f"{stems[0]}.png" in capsys.readouterr().err
    (tmp_path / f"masks/{stems[0]}.png").unlink()
    assert run(tmp_path, "--masks", masks) == 2
    assert f"{stems[0]}.jpg has no mask in {masks}" in capsys.readouterr().err
    assert not (tmp_path / "out/out.py").exists()


@pytest.mark.parametrize(
    "name, mask, values",
    [
        ("jpg", MASK * 255, [0, 255]),
        ("png", np.dstack([MASK * 0] * 3 + [MASK * 255]), [[0, 0, 0, 0], [0, 0, 0, 255]]),
        (
            "tif",
            np.stack([k == MASK for k in (9, 1, 9, 9, 0)]).astype(np.uint8),
            [[0, 1, 0, 0, 0], [0, 0, 0, 0, 1]],
        ),
        ("tif", MASK.astype(np.int16) - (np.eye(40, dtype=np.int16) * 9), None),
        ("tif", MASK.astype(np.float32), [0, 1]),
        ("gif", MASK * 255, [0, 255]),
    ],
)
def test_masks_of_every_kind_come_back_through_the_config(tmp_path, name, mask, values):
    (tmp_path / "masks").mkdir()
    for stem in make_images(tmp_path):
        path = tmp_path / f"masks/{stem}.{name}"
        if name == "tif":
            tifffile.imwrite(path, mask, photometric="minisblack")
        else:
            Image.fromarray(mask).save(path)
    assert run(tmp_path, "--masks", str(tmp_path / "masks")) == 0
    config, (_, val) = load_config(tmp_path / "out")
    label = val[0]["data_samples"].gt_sem_seg.data.numpy()[0]
    if values is None:
        assert config.dataset["values"] == [0, 1] and set(config.dataset["ignored"]) == {-9, -8, 255}
        assert (np.diag(label) == 255).all() and np.array_equal(
            label[~np.eye(40, dtype=bool)], MASK[~np.eye(40, dtype=bool)]
        )
        return
    assert config.dataset["values"] == values
    assert (label == (1 - MASK if values[0] == [0, 1, 0, 0, 0] else MASK)).mean() > 0.99


def test_missing_data_are_filled_by_the_config_and_train(tmp_path, capsys):
    (tmp_path / "photos").mkdir()
    for i in range(4):
        image = np.random.default_rng(i).normal(-15, 3, (2, 40, 40)).astype(np.float32)
        image[:, :3, :3] = np.nan if i else -9999
        tags = [(42113, "s", 0, "-9999", True)]
        tifffile.imwrite(tmp_path / f"photos/{i}_S1.tif", image, photometric="minisblack", extratags=tags)
        write_mask(tmp_path / f"masks/{i}_Label.png", MASK)
    assert run(tmp_path, "--masks", str(tmp_path / "masks")) == 0
    assert "note: 4 images, such as" in capsys.readouterr().out
    config, (train, val) = load_config(tmp_path / "out")
    assert np.allclose(config.model.data_preprocessor.mean, -15, atol=0.5) and config.load_image["fill"]
    sample = val[0]
    assert np.allclose(sample["inputs"][:, :3, :3].numpy().mean(axis=(1, 2)), config.load_image["fill"])
    assert (sample["data_samples"].gt_sem_seg.data[0, :3, :3] == 255).all()
    assert all(np.isfinite(train[i]["inputs"].numpy()).all() for i in range(len(train)))


def test_images_and_masks_of_one_folder_train(tmp_path):
    for stem in make_images(tmp_path):
        write_mask(tmp_path / f"photos/{stem}.png", MASK)
    assert run(tmp_path, "--masks", str(tmp_path / "photos")) == 0
    config, (train, val) = load_config(tmp_path / "out")
    assert len(train) + len(val) == 5 and list(config.dataset["img_suffix"]) == [".jpg"]
    assert val.get_data_info(0)["img_path"].endswith(".jpg") and val[0]["inputs"].shape == (3, 40, 40)


def test_values_nearest_and_ignored_act_together_and_alone(tmp_path):
    for stem in make_images(tmp_path):
        write_mask(tmp_path / f"masks/{stem}.png", MASK * 255)
    ramp = np.tile(np.arange(40, dtype=np.uint8) * 6, (40, 1))
    write_mask(tmp_path / f"masks/{stem}.png", ramp)
    masks = ["--masks", str(tmp_path / "masks"), "--values", "0", "255"]
    assert run(tmp_path, *masks, "--nearest", "--ignored") == 0
    config, _ = load_config(tmp_path / "out")
    assert config.dataset["nearest"] and config.dataset["values"] == [0, 255]
    assert tuple(config.dataset["classes"]) == ("background", "foreground")
    assert config.dataset["ignored"] == []
    assert run(tmp_path, *masks) == 2


@pytest.mark.parametrize(
    "option, message",
    [
        (["--val", "20"], "--val 20 is a fraction"),
        (["--folds", "1"], "--folds 1: use 2 or more"),
        (["--groups", "("], "is not a regular expression"),
        (["--values", "#ff", "--classes", "a"], "value '#ff' is not an integer"),
        (["--ignored", "red"], "value 'red' is not an integer"),
        (["--mask-suffix", "_x.png"], "5 of 5 images have no mask, such as"),
    ],
)
def test_options_that_do_not_fit_are_named(tmp_path, capsys, option, message):
    for stem in make_images(tmp_path):
        write_mask(tmp_path / f"masks/{stem}.png", MASK)
    assert run(tmp_path, "--masks", str(tmp_path / "masks"), *option) == 2
    assert message in capsys.readouterr().err


def test_a_refused_repetition_leaves_the_earlier_result(tmp_path, capsys):
    """The mask of the first image has changed, that of the second has a fault."""
    stems = make_images(tmp_path)
    for stem in stems:
        write_mask(tmp_path / f"masks/cat/{stem}.png", MASK * 255)
    assert run(tmp_path, "--class-masks", str(tmp_path / "masks")) == 0
    before = {path: path.read_bytes() for path in (tmp_path / "out").rglob("*") if path.is_file()}
    write_mask(tmp_path / f"masks/cat/{stems[0]}.png", MASK * 0)
    (tmp_path / f"masks/cat/{stems[1]}.png").write_bytes(b"no picture")
    assert run(tmp_path, "--class-masks", str(tmp_path / "masks")) == 2
    assert {path: path.read_bytes() for path in (tmp_path / "out").rglob("*") if path.is_file()} == before
    assert not list((tmp_path / "out").glob(".new-*"))


def test_annotation_faults_and_damaged_images_come_together(tmp_path, capsys):
    make_images(tmp_path, 3)
    points = [[1, 1], [30, 1], [30, 30]]
    for i, point in enumerate((points, points, [[1]])):
        content = dict(imagePath=f"p{i}_{i}.jpg", shapes=[dict(label="x", points=point)])
        (tmp_path / "lm").mkdir(exist_ok=True)
        (tmp_path / f"lm/{i}.json").write_text(json.dumps(content))
    photo = tmp_path / "photos/p1_1.jpg"
    photo.write_bytes(photo.read_bytes()[:-200])
    assert run(tmp_path, "--labelme", str(tmp_path / "lm")) == 2
    assert not (tmp_path / "out").exists()
    listed = (tmp_path / "out-faults.txt").read_text()
    assert "2.json" in listed and "p1_1.jpg" in listed and "2 faults" in capsys.readouterr().err
