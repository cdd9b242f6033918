import base64
import io
import json

import numpy as np
from PIL import Image

from seg_plugins.converters.annotations.image_index import ImageIndex

SQUARE = [1, 1, 6, 1, 6, 5, 1, 5]
RING = [[1, 1], [6, 1], [6, 5], [1, 5]]
SIZE = (8, 10)


def images(root, *names):
    """The index of images of `SIZE`, in `root/i`."""
    for name in names or ("a.jpg",):
        path = root / "i" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.new("RGB", SIZE[::-1]).save(path)
    return ImageIndex(root / "i", list(names or ("a.jpg",)))


def coco(path, objects=(), **fields):
    """A COCO file of one image."""
    content = dict(
        images=[dict(id=3, file_name="a.jpg", height=8, width=10)],
        categories=[dict(id=9, name="dog"), dict(id=4, name="cat")],
        annotations=[dict(dict(id=i, image_id=3), **a) for i, a in enumerate(objects)],
    )
    path.write_text(json.dumps(content | fields))
    return path


def labelme(path, *shapes, **fields):
    """A Labelme file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    content = dict(shapes=list(shapes), imagePath=f"{path.stem}.jpg", imageHeight=8, imageWidth=10)
    path.write_text(json.dumps(content | fields))
    return path


def spread(patch, size=SIZE):
    """A patch in the whole image."""
    full = np.zeros(size, bool)
    full[patch.window] = patch.mask
    return full


def bitmap(pixels):
    """Pixels as Labelme writes them."""
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, "PNG")
    return base64.b64encode(file.getvalue()).decode()
