import numpy as np
import pytest

from seg_plugins.doctor.scales import factors_of, scale_text

SIZES = np.array([[159, 225], [480, 640], [640, 480], [640, 786]])
RESIZE = dict(type="Resize", scale=(640, 480), keep_ratio=True)
RANDOM = dict(type="RandomResize", scale=(640, 480), ratio_range=(0.75, 1.5), keep_ratio=True)
CHOICE = dict(type="RandomChoice", transforms=[[dict(type="Resize", scale_factor=f)] for f in (0.5, 2.0)])


@pytest.mark.parametrize(
    "steps, of_the_second",
    [
        ([], (1, 1)),
        ([RESIZE], (1, 1)),
        ([RANDOM], (0.75, 1.5)),
        ([CHOICE], (0.5, 2)),
        ([CHOICE, dict(type="mmcv.Resize", scale_factor=(0.5, 0.5))], (0.25, 1)),
        ([dict(type="Resize", scale=(320, 240))], (0.5, 0.5)),
        ([dict(type="RandomChoiceResize", scales=[240, 960], resize_cfg=dict(keep_ratio=True))], (0.5, 2)),
        ([dict(type="RandomResize", scale=[(320, 240), (640, 480)], keep_ratio=True)], (0.5, 1)),
    ],
)
def test_factors_of_pipelines(steps, of_the_second):
    assert np.allclose(factors_of(steps, SIZES)[:, 1], of_the_second)


def test_a_test_at_a_scale_that_training_never_saw_is_a_warning():
    small = dict(RANDOM, scale=(225, 159))
    level, text = scale_text([small], [], SIZES)
    assert level == "warning" and "3 of 4 are tested larger or smaller" in text
    assert "images differ in size 3.5x (159x225 .. 640x786, height x width)" in text
    assert scale_text([small], [], SIZES[1:2])[0] == "warning"


def test_one_scale_is_a_note_and_one_size_is_nothing():
    level, text = scale_text([RANDOM], [RESIZE], SIZES)
    assert level == "note" and "640x480 is trained at 480x360 to 960x720 and tested at 640x480" in text
    assert scale_text([RANDOM], [RESIZE], SIZES[1:2]) is None
    assert scale_text([dict(type="RandomFlip", prob=0.5)], [], SIZES)[0] == "note"
