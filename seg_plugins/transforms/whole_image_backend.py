"""File backend by which upstream's own loader reads three-colour images as `LoadSegImage` does."""

from pathlib import Path

import cv2
from mmengine.fileio import LocalBackend, register_backend

from seg_plugins.files.image_bytes import require_complete
from seg_plugins.files.orientation import orientation
from seg_plugins.files.tiff_tags import is_tiff

from .load_seg_image import decode_image

__all__ = ["WholeImageBackend"]


class WholeImageBackend(LocalBackend):
    """File backend that refuses empty or truncated images and rewrites those that OpenCV shows differently.

    `dict(type="LoadImageFromFile", backend_args=dict(backend="WholeImageBackend"))` is for test pipelines
    used by upstream's inferencers, which recognise that loader by its name only. OpenCV shows TIFF, GIF and
    sideways pictures differently from `LoadSegImage`. For these, the backend returns a three-colour PNG of
    what `LoadSegImage` shows.
    """

    def get(self, filepath: str | Path) -> bytes:
        """Return the content of a file, or a PNG of what it shows.

        Raises:
            FileNotFoundError: There is no such file.
            ValueError: It is empty, truncated or not an image.
        """
        data = super().get(filepath)
        require_complete(data, filepath)
        if not is_tiff(data) and not data.startswith(b"GIF8") and orientation(data) == 1:
            return data
        done, png = cv2.imencode(".png", decode_image(data, filepath), [cv2.IMWRITE_PNG_COMPRESSION, 0])
        assert done
        return png.tobytes()


register_backend("WholeImageBackend", WholeImageBackend)
