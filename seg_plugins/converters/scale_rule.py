"""The size of a user's images for the network, and the transforms that produce it."""

from dataclasses import dataclass

from seg_plugins.datasets.image_sizes import ImageSizes, written

__all__ = ["ScaleRule", "crop_for", "resizes", "windows_of"]


@dataclass(frozen=True)
class ScaleRule:
    """The size of images when they reach the network, in training and in every test.

    Attributes:
        scale: Height and width that all images are scaled to, with their shape kept; None keeps their size.
        windows: Whether a test uses windows of the crop's size.
        reason: Origin of the choice, in words.
    """

    scale: tuple[int, int] | None
    windows: bool
    reason: str

    @classmethod
    def choose(
        cls, sizes: ImageSizes, size: tuple[int, int] | None, native: bool, measured_ground: bool
    ) -> "ScaleRule":
        """Choose by the options and the images.

        Args:
            sizes: Sizes of the images.
            size: Height and width that the user wants, or None.
            native: Whether the user wants the images' own size.
            measured_ground: Whether a pixel has a physical size, as in maps and images of many bands.
        """
        if native:
            return cls(None, True, "at their own size, tested in windows of the crop's size (--native)")
        if size is not None:
            return cls(size, False, f"scaled to {written(size)} (--size)")
        if measured_ground:
            return cls(None, False, "at their own size, as maps and bands are; --size HxW scales them")
        scale = sizes.common_scale()
        what = "the median" if scale == sizes.median else f"the median {written(sizes.median)} reduced"
        return cls(
            scale,
            False,
            f"scaled to {written(scale)}, {what}; if a pixel has a physical size, as under a microscope, "
            "--native keeps their own size",
        )


def crop_of(size: tuple[int, int]) -> tuple[int, int]:
    """Choose a crop for images of a size: a multiple of 32 that fits, from 32 to 256."""
    return (min(256, max(32, size[0] // 32 * 32)), min(256, max(32, size[1] // 32 * 32)))


def crop_for(sizes: ImageSizes, scale: tuple[int, int] | None) -> tuple[int, int]:
    """Choose the crop for scaled images; a square if both landscape and portrait images occur."""
    size = scale or sizes.median
    return crop_of((min(size), min(size)) if sizes.turned else size)


def resizes(scaling: ScaleRule) -> dict[str, str]:
    """Write the resizing steps of training, test and test-time augmentation."""
    if scaling.scale is None:
        factors = '[dict(type="Resize", scale_factor=f, keep_ratio=True) for f in (0.75, 1.0, 1.25)]'
        train = f'dict(type="RandomChoice", transforms=[[step] for step in {factors}]),'
        return dict(scale="", train_resize=train, test_resize="", tta_resize=factors)
    scaled = "(int(f * scale[0]), int(f * scale[1]))"
    return dict(
        scale=f"scale = {scaling.scale[::-1]}  # (W, H) that all images are scaled to, their shape kept\n",
        train_resize='dict(type="RandomResize", scale=scale, ratio_range=(0.75, 1.5), keep_ratio=True),',
        test_resize='    dict(type="Resize", scale=scale, keep_ratio=True),\n',
        tta_resize=f'[dict(type="Resize", scale={scaled}, keep_ratio=True) for f in (0.75, 1.0, 1.25)]',
    )


def windows_of(scaling: ScaleRule, crop: tuple[int, int]) -> str:
    """Write the options of a test in windows that overlap by a third."""
    if not scaling.windows:
        return ""
    stride = tuple(side * 2 // 3 for side in crop)
    return f'\n    test_cfg=dict(mode="slide", crop_size=crop_size, stride={stride}),'
