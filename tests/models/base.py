"""Images of every kind of number, files of them, and configs of small networks for them."""

import copy
from pathlib import Path

import cv2
import numpy as np
import torch
from mmengine.config import Config
from mmengine.dataset import Compose, pseudo_collate
from PIL import Image

WHITE = {np.uint8: 220, np.uint16: 4000, np.float32: 1.0}


def pixels_of(kind, channels, size=(48, 60)):
    """Smooth pixels (H, W, C), each channel another pattern, of 8 bits, 12 of 16 bits, or floats up to 1."""
    rng = np.random.default_rng(channels)
    y, x = np.mgrid[: size[0], : size[1]]
    waves = [np.sin(x / (4 + n)) + np.cos(y / (6 + n)) for n in range(channels)]
    values = (np.stack(waves, 2) + 2) / 4 * 0.9 + rng.random((*size, channels)) * 0.1
    return (values * WHITE[kind]).astype(kind)


def write_image(path: Path, pixels, place=False, **options):
    """Write pixels (H, W, C), red first, by the ending of the path; `place` gives a TIFF map coordinates."""
    channels = pixels.shape[2]
    if place:
        import rasterio

        with rasterio.open(
            path, "w", driver="GTiff", height=pixels.shape[0], width=pixels.shape[1], count=channels,
            dtype=pixels.dtype, crs="EPSG:32633", transform=rasterio.Affine(2, 0, 500, 0, -2, 900), **options,
        ) as file:  # fmt: skip
            file.write(pixels.transpose(2, 0, 1))
    elif path.suffix == ".tif":
        import tifffile

        planes = channels not in (1, 3, 4)
        data = pixels.transpose(2, 0, 1) if planes else (pixels[..., 0] if channels == 1 else pixels)
        tifffile.imwrite(path, data, photometric="rgb" if channels in (3, 4) else "minisblack", **options)
    elif pixels.dtype == np.uint16:
        order = [2, 1, 0, 3][:channels] if channels > 2 else [0]
        assert cv2.imwrite(str(path), pixels[..., order])
    else:
        Image.fromarray(pixels[..., 0] if channels == 1 else pixels).save(path)
    return path


def network_for(channels, kind=np.uint8, **changes):
    """Config of a segmentor of five classes for such images; `changes` as of a config."""
    white = float(WHITE[kind])
    model = dict(
        type="PostprocessEncoderDecoder",
        data_preprocessor=dict(
            type="CheckedPreProcessor",
            mean=[white * (0.45 + 0.01 * n) for n in range(channels)],
            std=[white * (0.22 - 0.01 * n) for n in range(channels)],
            bgr_to_rgb=channels == 3,
        ),
        backbone=dict(type="VanillaUNet", in_channels=channels, base_channels=4),
        decode_head=dict(
            type="FCNHead", in_channels=4, in_index=0, channels=4, num_convs=0, concat_input=False,
            num_classes=5, norm_cfg=None, align_corners=False,
        ),
        test_cfg=dict(mode="whole"),
    )  # fmt: skip
    cfg = Config(dict(model=model))
    cfg.merge_from_dict({f"model.{key}": value for key, value in changes.items()})
    return cfg.model.to_dict()


def config_for(model, steps=(), **load):
    """Config that loads images by `LoadSegImage(**load)` and tests with `steps`, and its augmentation."""
    load = dict(type="LoadSegImage") | load
    ends = [dict(type="LoadSegAnnotations"), dict(type="PackSegInputs")]
    views = [
        [dict(type="Resize", scale_factor=f, keep_ratio=True) for f in (0.75, 1.0)],
        [dict(type="RandomFlip", prob=p, direction="horizontal") for p in (0.0, 1.0)],
        *([step] for step in ends),
    ]
    return Config(
        dict(
            default_scope="mmseg",
            model=model,
            test_dataloader=dict(dataset=dict(type="BaseSegDataset", pipeline=[load, *steps, *ends])),
            tta_pipeline=[load, dict(type="TestTimeAug", transforms=views)],
            tta_model=dict(type="PostprocessTTAModel"),
        )
    )


@torch.no_grad()
def vary(network, channels):
    """Give a network weights by which several classes occur; returns it."""
    torch.manual_seed(1)
    for module in network.backbone.modules():
        if isinstance(module, torch.nn.Conv2d):
            torch.nn.init.kaiming_normal_(module.weight)
    conv = network.decode_head.conv_seg
    torch.nn.init.normal_(conv.weight)
    pixels = torch.from_numpy(pixels_of(np.float32, channels)).permute(2, 0, 1)[None]
    mean, std = (torch.tensor([a + b * n for n in range(channels)]) for a, b in ((0.45, 0.01), (0.22, -0.01)))
    image = (pixels - mean[:, None, None]) / std[:, None, None]
    scores = network.encode_decode(image, [dict(img_shape=image.shape[2:])])[0].flatten(1)
    centre = scores.mean(1)
    spread = centre - scores.amin(1)  # so that every class has scores from -1 to more than 0
    conv.bias.copy_((conv.bias - centre) / spread)
    conv.weight /= spread[:, None, None, None]
    return network


@torch.no_grad()
def labels_in_test(cfg, tester, path, tta=False):
    """(H, W) labels that test.py gives of a file: the config's pipeline, then the model's `test_step`."""
    pipeline = Compose(copy.deepcopy(cfg.tta_pipeline if tta else cfg.test_dataloader.dataset.pipeline))
    data = pseudo_collate([pipeline(dict(img_path=str(path), seg_fields=[]))])
    return tester.test_step(data)[0].pred_sem_seg.data[0].numpy()
