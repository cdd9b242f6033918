import re
from pathlib import Path

import pytest
import torch
from mmseg.structures import SegDataSample

from seg_plugins.ops.batches import batch_size, describe_batch, files_of, images_of, samples_of

PACKAGE = Path(__file__).parents[2] / "seg_plugins"


def image(value=0.0, height=4, width=6):
    return torch.full((3, height, width), value)


def sample(name):
    return SegDataSample(metainfo=dict(img_path=name))


FORMS = {
    "list": (dict(inputs=[image(0), image(1)], data_samples=[sample("a"), sample("b")]), "ab"),
    "tensor": (dict(inputs=torch.stack([image(0), image(1)]), data_samples=[sample("a"), sample("b")]), "ab"),
    "views": (
        dict(
            inputs=dict(weak=[image(0)], strong=torch.stack([image(1)])),
            data_samples=dict(weak=[sample("a")], strong=[sample("b")]),
        ),
        "ab",
    ),
    "test-time augmentation": (
        dict(inputs=[[image(0)], [image(1)]], data_samples=[[sample("a")], [sample("a")]]),
        "aa",
    ),
    "stacks in a list": (
        dict(
            inputs=[torch.stack([image(0), image(1)]), torch.stack([image(0), image(1)])],
            data_samples=[[sample("a"), sample("b")], [sample("a"), sample("b")]],
        ),
        "abab",
    ),
    "not collated": (
        [dict(inputs=image(0), data_samples=sample("a")), dict(inputs=image(1), data_samples=sample("b"))],
        "ab",
    ),
}


@pytest.mark.parametrize("form", FORMS)
def test_every_form_is_read(form):
    batch, names = FORMS[form]
    assert [tuple(one.shape) for one in images_of(batch)] == [(3, 4, 6)] * len(names)
    assert [float(one[0, 0, 0]) for one in images_of(batch)] == [k % 2 for k in range(len(names))]
    assert files_of(batch) == list(names)
    assert batch_size(batch) == len(samples_of(batch)) == len(names)
    assert describe_batch(batch) == f"{len(names)} images of 4x6"


def test_volumes_in_a_list_are_images():
    batch = dict(inputs=[torch.zeros(1, 5, 8, 8)], data_samples=[sample("v")])
    assert batch_size(batch) == 1


@pytest.mark.parametrize("batch", [None, {}, [], dict(inputs=None), "text", dict(inputs=[])])
def test_what_is_no_batch_of_images_holds_none(batch):
    assert images_of(batch) == samples_of(batch) == files_of(batch) == []
    assert describe_batch(batch) == "images of unknown size"


def test_hooks_and_runners_see_batches_through_this_module_only():
    sources = [path for folder in ("hooks", "runners") for path in (PACKAGE / folder).rglob("*.py")]
    found = [
        path.name for path in sources if re.search(r"""\[["'](inputs|data_samples)["']\]""", path.read_text())
    ]
    assert len(sources) > 20 and found == []
