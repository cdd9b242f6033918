import numpy as np
import pytest

from seg_plugins.models import InputSpec, load_model
from tests.models.base import config_for, network_for


def spec_of(model, **load):
    return load_model(config_for(model, **load), device="cpu").input_spec


@pytest.mark.parametrize(
    "spec, wanted",
    [
        (lambda: spec_of(network_for(3)), InputSpec(3, "RGB", (0, 255))),
        (
            lambda: spec_of(network_for(3, **{"data_preprocessor.bgr_to_rgb": False})),
            InputSpec(3, "BGR", (0, 255)),
        ),
        (lambda: spec_of(network_for(1), color_type="grayscale"), InputSpec(1, "grey", (0, 255))),
        (lambda: spec_of(network_for(7), color_type="unchanged"), InputSpec(7, "file", (0, 255))),
    ],
)
def test_eight_bits(spec, wanted):
    assert spec() == wanted and spec().axes == "HW"


def test_deep_images_have_a_range_by_their_statistics():
    spec = spec_of(network_for(1, np.uint16), color_type="unchanged")
    assert spec.value_range == pytest.approx((4000 * (0.45 - 0.66), 4000 * (0.45 + 0.66)))
    assert spec_of(network_for(1, np.uint16), color_type="grayscale").value_range == (0, 255)


def test_without_statistics_and_convolutions_three_channels_of_eight_bits_are_taken():
    model = dict(
        type="ClassicalSegmentor", num_classes=2, regions=dict(type="SlicRegions"),
        data_preprocessor=dict(type="SegDataPreProcessor", bgr_to_rgb=True),
    )  # fmt: skip
    assert spec_of(model) == InputSpec(3, "RGB", (0, 255))
