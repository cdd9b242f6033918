import json

import cv2
import numpy as np
import pytest
from mmengine.config import Config
from mmseg.registry import DATASETS

from seg_plugins.commands.prepare_dataset import main
from seg_plugins.commands.prepare_folder import parse_image_size
from seg_plugins.commands.user_errors import EXIT_USER_ERROR
from seg_plugins.config.tool_command import tool_command
from seg_plugins.converters.faults import WAYS_OUT
from seg_plugins.doctor.diagnosis import diagnose
from seg_plugins.doctor.entries import read_splits
from seg_plugins.doctor.inspection import inspect_all
from seg_plugins.models import load_model
from seg_plugins.transforms.load_seg_annotations import LoadSegAnnotations
from tests.converters.base import write_image, write_mask

SIZES = [(40, 60), (80, 120), (80, 120), (120, 80), (160, 240)]
MASK = np.repeat(np.array([[0, 255]], np.uint8), 20, axis=0).repeat(30, axis=1)  # (20, 60)


def make(root, sizes=SIZES, ending=".png"):
    """Photos of these sizes with a mask each, 0 left and 255 right."""
    for i, size in enumerate(sizes):
        write_image(root / f"photos/{i}.jpg", (*size, 3), i)
        mask = np.zeros(size, np.uint8)
        mask[:, size[1] // 2 :] = 255
        write_mask(root / f"masks/{i}{ending}", mask)


def run(root, *options, out="data/mine"):
    folders = ["--images", str(root / "photos"), "--masks", str(root / "masks"), "--out", str(root / out)]
    return main(["folder", *folders, *options])


def test_images_of_mixed_size_have_one_scale_in_training_test_and_prediction(tmp_path, capsys):
    make(tmp_path)
    assert run(tmp_path) == 0
    said = capsys.readouterr().out
    assert "images differ in size 4.0x (40x60 .. 160x240, height x width)" in said
    assert "they are scaled to 80x120, the median" in said
    config = Config.fromfile(tmp_path / "data/mine/mine.py")
    assert config.crop_size == config.model.data_preprocessor.size == (64, 64)
    val = DATASETS.build(config.val_dataloader.dataset)
    assert len(config.tta_pipeline[1].transforms[0]) == 3
    model = load_model(config, device="cpu")
    for i, size in enumerate([(80, 120), (80, 120), (80, 120), (120, 80), (80, 120)]):
        (pixels, sample), *_ = model.pipeline.views(model.read(tmp_path / f"photos/{i}.jpg"))
        assert tuple(pixels.shape[1:]) == size and sample.ori_shape == SIZES[i]
    shapes = {tuple(sample["inputs"].shape[1:]) for sample in val}
    assert shapes <= {(80, 120), (120, 80)}
    findings = diagnose(splits := read_splits(config), inspect_all(splits)).findings
    assert [f.level for f in findings if f.kind == "image sizes"] == ["note"]


@pytest.mark.parametrize("options, side", [(["--size", "64x96"], (64, 96)), (["--native"], (160, 240))])
def test_the_scale_can_be_chosen(tmp_path, capsys, options, side):
    make(tmp_path)
    assert run(tmp_path, *options) == 0
    config = Config.fromfile(tmp_path / "data/mine/mine.py")
    assert config.crop_size == config.model.data_preprocessor.size == (64, 64)
    model = load_model(config, device="cpu")
    (pixels, _), *_ = model.pipeline.views(model.read(tmp_path / "photos/4.jpg"))
    assert tuple(pixels.shape[1:]) == side
    train = DATASETS.build(config.train_dataloader.dataset)
    assert all(max(train[i]["inputs"].shape[1:]) <= 64 for i in range(len(train)))
    native = "--native" in options
    assert (config.model.get("test_cfg") == dict(mode="slide", crop_size=(64, 64), stride=(42, 42))) is native


def test_all_faults_come_in_one_start_as_a_table_and_a_file(tmp_path, capsys):
    make(tmp_path, [(40, 60)] * 9)
    for i in (1, 2):
        (tmp_path / f"masks/{i}.png").unlink()
    for i in (3, 4, 5):
        write_mask(tmp_path / f"masks/{i}.png", MASK[:, ::-1])  # half as high
    write_mask(tmp_path / "masks/6.png", cv2.resize(MASK, (30, 20), interpolation=cv2.INTER_NEAREST))
    photo = tmp_path / "photos/7.jpg"
    photo.write_bytes(photo.read_bytes()[:300])
    (tmp_path / "masks/8.png").write_bytes(b"no picture")
    assert run(tmp_path) == 2
    said, path = capsys.readouterr().err, tmp_path / "data/mine-faults.txt"
    text = path.read_text()
    assert f"error: 8 faults, all listed in {path}" in said
    assert "no mask: 2 (" in text and "mask of another shape: 3 (" in text and "of another size: 1 (" in text
    assert "file that cannot be used: 2 (" in text and all(f"{i}." in text for i in range(1, 9))
    assert text.count("\n  ") == 8 and all(
        WAYS_OUT[kind] in said for kind in ("no mask", "mask of another size")
    )
    assert sorted(p.name for p in (tmp_path / "data").iterdir()) == ["mine-faults.txt"]


def test_unlabelled_are_skipped_masks_resized_and_strays_noted(tmp_path, capsys):
    make(tmp_path, [(40, 60)] * 6)
    (tmp_path / "masks/1.png").rename(tmp_path / "masks/stray.png")
    write_mask(tmp_path / "masks/2.png", cv2.resize(MASK, (30, 20), interpolation=cv2.INTER_NEAREST))
    assert run(tmp_path) == 2
    assert run(tmp_path, "--skip-unlabelled", "--resize-masks") == 0
    said = capsys.readouterr().out
    assert "note: images without a mask: 1" in said and "note: masks without an image: 1" in said
    assert "1 of 5 masks had another size" in said and not (tmp_path / "data/mine-faults.txt").exists()
    config = Config.fromfile(tmp_path / "data/mine/mine.py")
    for split in ("train", "val"):
        dataset = DATASETS.build(config[f"{split}_dataloader"].dataset)
        for i in range(len(dataset)):
            entry = {**dataset.get_data_info(i), "ori_shape": (40, 60), "seg_fields": []}
            label = LoadSegAnnotations()(entry)["gt_seg_map"]
            assert np.array_equal(label, np.repeat([[0, 1]], 40, axis=0).repeat(30, axis=1))


@pytest.mark.parametrize("endings", [(".png", ".PNG", ".Png"), (".png", ".bmp", ".TIF"), (".png", ".jpg")])
def test_masks_end_in_any_case_and_mixed(tmp_path, endings):
    make(tmp_path, [(40, 60)] * 6)
    for i, ending in enumerate(endings * 2):
        source = tmp_path / f"masks/{i}.png"
        mask = cv2.imread(str(source), cv2.IMREAD_UNCHANGED)
        source.unlink()
        write_mask(tmp_path / f"masks/{i}{ending}", mask)
    assert run(tmp_path) == 0
    config = Config.fromfile(tmp_path / "data/mine/mine.py")
    assert sum(len(DATASETS.build(config[f"{s}_dataloader"].dataset)) for s in ("train", "val")) == 6
    assert config.dataset["values"] == [0, 255]


@pytest.mark.parametrize(
    "options, message",
    [
        (["--classes", "a", "b", "c"], "3 classes, but the masks hold 2 values"),
        (["--model", "fcn_tiney"], "Did you mean fcn_tiny"),
        (["--schedule", "adamw_9k"], "adamw_9k is unknown. Did you mean"),
        (["--folds", "9"], "cannot be divided into 9 parts"),
    ],
)
def test_nothing_is_left_after_a_refusal(tmp_path, capsys, options, message):
    make(tmp_path, [(40, 60)] * 3)
    assert run(tmp_path, *options) == 2
    assert message in capsys.readouterr().err and not (tmp_path / "data").exists()
    (tmp_path / "data/mine").mkdir(parents=True)
    (tmp_path / "data/mine/notes.txt").write_text("mine")
    assert run(tmp_path, *options) == 2
    assert [p.name for p in (tmp_path / "data/mine").iterdir()] == ["notes.txt"]


def test_drawn_labels_are_taken_back_after_a_refusal(tmp_path):
    make(tmp_path, [(40, 60)])
    square = [5, 5, 30, 5, 30, 30, 5, 30]
    content = dict(
        images=[dict(id=1, file_name="0.jpg")],
        categories=[dict(id=1, name="x")],
        annotations=[dict(image_id=1, category_id=1, segmentation=[square])],
    )
    (tmp_path / "c.json").write_text(json.dumps(content))
    words = ["--images", str(tmp_path / "photos"), "--coco", str(tmp_path / "c.json")]
    assert main(["folder", *words, "--out", str(tmp_path / "out")]) == 2
    assert not (tmp_path / "out").exists()


def test_next_commands_are_quoted_and_begin_with_the_check(tmp_path, capsys):
    make(tmp_path, [(40, 60)] * 3)
    assert run(tmp_path, out="my data/mine") == 0
    lines = capsys.readouterr().out.splitlines()
    config = tmp_path / "my data/mine/mine.py"
    assert f"'{config}'" in lines[-1] and lines[-2:] == [
        f"check with: {tool_command('check_dataset', config)}",
        f"train with: {tool_command('train', config)}",
    ]


def test_help_lists_models_and_schedules(capsys):
    with pytest.raises(SystemExit, match="0"):
        main(["folder", "--help"])
    said = capsys.readouterr().out
    assert all(word in said for word in ("fcn_tiny", "unet_tiny", "hrnet_w18", "adamw_3k", "(default: "))
    assert "classical_" not in said


def test_sizes_that_cannot_be_meant_are_refused(capsys):
    assert parse_image_size("480x640") == (480, 640)
    for text in ("480", "480x", "8x8", "axb"):
        with pytest.raises(SystemExit, match="2"):
            main(["folder", "--images", "i", "--masks", "m", "--size", text])
        assert f"argument --size: {text!r}: use height x width" in capsys.readouterr().err


def strokes(root, *options, colour=(0, 255, 0)):
    """Five photos with two strokes each, red and `colour`, on black."""
    for i in range(5):
        write_image(root / f"photos/{i}.jpg", (48, 48, 3), i)
        drawn = np.zeros((48, 48, 3), np.uint8)
        cv2.line(drawn, (4, 8), (40, 12), (0, 0, 255), 3)
        cv2.line(drawn, (4, 30), (40, 36), colour[::-1] if i == 3 else (0, 255, 0), 3)
        write_mask(root / f"drawn/{i}.png", drawn)
    folders = [
        "--images",
        str(root / "photos"),
        "--strokes",
        str(root / "drawn"),
        "--out",
        str(root / "mine"),
    ]
    return main(["folder", *folders, *options])


CLASSES = ["--classes", "road", "tree", "--values", "#ff0000", "#00ff00"]


def test_pixels_without_a_stroke_do_not_count(tmp_path, capsys):
    assert strokes(tmp_path, *CLASSES) == 0
    assert "counts only their pixels" in capsys.readouterr().out
    config = Config.fromfile(tmp_path / "mine/mine.py")
    sample = DATASETS.build(config.val_dataloader.dataset)[0]["data_samples"].gt_sem_seg.data.numpy()
    drawn = cv2.imread(str(tmp_path / "drawn/0.png"))[..., ::-1]
    expected = np.full((48, 48), 255)
    expected[(drawn == (255, 0, 0)).all(2)], expected[(drawn == (0, 255, 0)).all(2)] = 0, 1
    assert sorted(np.unique(sample)) == [0, 1, 255] and (sample[0] == expected).all()


def test_a_stroke_of_another_colour_is_refused_by_name(tmp_path, capsys):
    assert strokes(tmp_path, *CLASSES, colour=(1, 2, 250)) == EXIT_USER_ERROR
    assert "1 fault" in capsys.readouterr().err
    said = (tmp_path / "mine-faults.txt").read_text()
    assert "drawn/3.png" in said and "1, 2, 250" in said


def test_strokes_need_classes_and_values(tmp_path, capsys):
    for options in ([], CLASSES[:3], CLASSES[3:]):
        assert strokes(tmp_path, *options) == EXIT_USER_ERROR
        assert "--strokes: name the classes and the value of each" in capsys.readouterr().err


def test_black_may_be_a_class(tmp_path):
    assert strokes(tmp_path, "--classes", "sky", "road", "tree", "--values", "#000000", *CLASSES[4:]) == 0
    config = Config.fromfile(tmp_path / "mine/mine.py")
    sample = DATASETS.build(config.val_dataloader.dataset)[0]["data_samples"].gt_sem_seg.data.numpy()
    assert sorted(np.unique(sample)) == [0, 1, 2]
