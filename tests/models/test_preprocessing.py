import pytest
import torch
from mmseg.models.data_preprocessor import SegDataPreProcessor
from mmseg.structures import SegDataSample

from seg_plugins.models import preprocessing as module
from seg_plugins.models.preprocessing import Preprocessing

PIXELS = torch.randint(0, 256, (3, 20, 30), dtype=torch.uint8)


def preprocessing(**options):
    return Preprocessing(
        SegDataPreProcessor(mean=[1.0, 2, 3], std=[4.0, 5, 6], bgr_to_rgb=True, pad_val=7, **options)
    )


@pytest.mark.parametrize("test_cfg", [None, dict(size=(32, 31)), dict(size_divisor=16), dict(size=(8, 8))])
def test_windows_are_those_of_the_whole(test_cfg):
    made, sample = preprocessing(test_cfg=test_cfg), SegDataSample()
    whole = made.whole(PIXELS, sample)[0]
    below, beside = made.padding((20, 30))
    assert whole.shape[1:] == (20 + below, 30 + beside)
    assert tuple(sample.metainfo.get("img_padding_size", (0, 0, 0, 0))) == (0, beside, 0, below)
    for top, left, height, width in ((0, 0, 9, 9), (12, 22, 8 + below, 8 + beside), (20, 0, below, 5)):
        window = made.window(PIXELS, top, left, height, width)
        assert torch.equal(window, whole[:, top : top + height, left : left + width])
    assert torch.equal(made.part(PIXELS), whole[:, :20, :30])


def test_what_is_no_number_becomes_the_mean():
    pixels = torch.ones(3, 2, 2)
    pixels[0, 0, 0], pixels[1, 1, 1] = torch.nan, torch.inf
    made = preprocessing()
    for inputs in (made.whole(pixels, SegDataSample())[0], made.part(pixels)):
        assert inputs[2, 0, 0] == inputs[1, 1, 1] == 0 and inputs.isfinite().all()


def test_strips_give_what_the_preprocessor_gives(monkeypatch):
    made = preprocessing(test_cfg=dict(size_divisor=16))
    monkeypatch.setattr(module, "ROWS", 7)
    wanted = made.preprocessor({"inputs": [PIXELS], "data_samples": [SegDataSample()]})["inputs"]
    assert made.is_pointwise and torch.equal(made.whole(PIXELS, SegDataSample()), wanted)


def test_another_preprocessor_is_given_the_whole_image():
    class Standardised(SegDataPreProcessor):
        def forward(self, data, training=False):
            done = super().forward(data, training)
            done["inputs"] = done["inputs"] / done["inputs"].std()
            return done

    made = Preprocessing(Standardised(mean=[1.0, 2, 3], std=[4.0, 5, 6]))
    assert not made.is_pointwise and made.whole(PIXELS, SegDataSample()).std() == pytest.approx(1)
