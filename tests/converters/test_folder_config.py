from pathlib import Path

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from mmengine.config import Config

from seg_plugins.converters.folder_config import (
    FolderFacts,
    config_path,
    literal,
    render_config,
    rounded,
    written_root,
)
from seg_plugins.converters.scale_rule import ScaleRule
from seg_plugins.datasets.image_sizes import ImageSizes
from seg_plugins.datasets.mask_code import MaskCode
from seg_plugins.files.package import shipped_root

NASTY = [
    '"""',
    "'); raise SystemExit(1); ('",
    'a\nraise SystemExit(1)\n"""\nraise SystemExit(2)',
    "\\",
    "\\'",
    "end\\",
    "{{ fileDirname }}",
    "{{_base_.max_iters}}",
    "{{ $HOME:x }}",
    "{{'$NOTHING:'+x}}",
    "{{{{{ fileBasename }}}}}",
    "$HOME ${HOME} %s {name} {0}",
    "straße 道路 🚗",
    "\r\x0b\x0c\x1c\x85\u2028\x00\x1b[31m",
    "\udcff\ud83d",
    "# no comment",
    "_base_",
    "::",
]


def as_folder(name):
    return "".join(c for c in name if c not in "/\0\ud83d")


def write(out, names):
    """Writes a config whose classes and paths all have these names."""
    facts = FolderFacts(
        images=out / as_folder(names[0]),
        masks=out / "m",
        endings=(names[0], ".jpg"),
        suffix=names[-1],
        code=MaskCode(tuple(names), tuple((i,) for i in range(len(names))), ((255,),)),
        counts=dict(train=1, val=1),
        shares=[1 / len(names)] * len(names),
        weights=[1.0] * len(names),
        mean=[1.0, 2.0, 3.0],
        std=[1.0, 2.0, 3.0],
        raw=False,
        sizes=ImageSizes(np.array([[64, 64]])),
        scaling=ScaleRule((64, 64), False, ""),
    )
    out.mkdir(parents=True, exist_ok=True)
    text = render_config(facts, out, names[0], "unet_tiny", "adamw_1k", 2)
    config_path(out).write_bytes(text.encode())
    return facts


def check(out, names):
    facts = write(out, names)
    config = Config.fromfile(config_path(out))
    assert tuple(config.dataset["classes"]) == facts.code.classes
    assert config.val_dataloader.dataset.classes == facts.code.classes
    assert config.dataset["seg_map_suffix"] == facts.suffix
    assert config.dataset["img_suffix"] == facts.endings
    assert config.data_root == str(out)
    assert config.dataset["data_prefix"] == dict(img_path=str(facts.images), seg_map_path=str(facts.masks))
    assert config.model.decode_head.num_classes == len(names) and config.max_iters == 1000


@pytest.mark.parametrize("name", NASTY, ids=range(len(NASTY)))
def test_names_stay_data(tmp_path, name):
    check(tmp_path, [name, "road"])


def test_folders_stay_data(tmp_path):
    for number, name in enumerate(NASTY):
        check(tmp_path / str(number) / as_folder(name) / as_folder(name), ["road", "car"])


@settings(max_examples=40, deadline=None)
@given(st.lists(st.text("'\"\\{}$ \n\r#_fileDirname:", max_size=30), min_size=1, max_size=3))
@example(NASTY)
def test_any_names_stay_data(tmp_path_factory, names):
    check(tmp_path_factory.mktemp("c"), names)


def test_literals_are_read_back():
    values = [*NASTY, 7, [0, 128, 255], 1.5]
    assert eval(literal(values)) == values and "{{" not in literal(values)


def test_rounding_keeps_four_digits():
    assert rounded([123.456, 0.00012345]) == [123.5, 0.0001234]


def test_data_are_found_from_any_folder(tmp_path, monkeypatch):
    """Suites run in the checkout; there a folder is named as it was given."""
    monkeypatch.chdir(shipped_root())
    assert written_root(Path("data/mine")) == Path("data/mine")
    monkeypatch.chdir(tmp_path)
    assert written_root(Path("my data")) == tmp_path / "my data"
