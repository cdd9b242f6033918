"""A file backend by which upstream's own loader gives what `LoadSegImage` gives, of three colours."""

from pathlib import Path

import cv2
from mmengine.fileio import LocalBackend, register_backend

from seg_plugins.files.image_bytes import require_complete
from seg_plugins.files.orientation import orientation
from seg_plugins.files.tiff_tags import is_tiff

from .load_seg_image import decode_image

__all__ = ["WholeImageBackend"]


class WholeImageBackend(LocalBackend):
    """Reads image files for OpenCV; refuses empty and truncated ones, rewrites what OpenCV shows otherwise.

    `dict(type="LoadImageFromFile", backend_args=dict(backend="WholeImageBackend"))` is for test pipelines
    that upstream's inferencers shall take, which know that loader by its name only. OpenCV treats TIFF, GIF
    and pictures that are stored on their side otherwise than `LoadSegImage`: of these the backend gives a
    PNG of three colours that holds what `LoadSegImage` shows.
    """

    def get(self, filepath: str | Path) -> bytes:
        """The content of a file, or a PNG of what it shows.

        Raises:
            FileNotFoundError: There is none.
            ValueError: It is empty, truncated or no image.
        """
        data = super().get(filepath)
        require_complete(data, filepath)
        if not is_tiff(data) and not data.startswith(b"GIF8") and orientation(data) == 1:
            return data
        done, png = cv2.imencode(".png", decode_image(data, filepath), [cv2.IMWRITE_PNG_COMPRESSION, 0])
        assert done
        return png.tobytes()


register_backend("WholeImageBackend", WholeImageBackend)
