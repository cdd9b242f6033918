"""What is taken from a request, and why the rest is refused."""

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from typing import Any

from PIL import UnidentifiedImageError

from seg_plugins.inference.image_reading import head_shape

__all__ = ["CONTENT_TYPES", "FORMATS", "Limits", "Refusal", "check_content_type", "decode_body", "read_body"]

MANY_CHANNELS = 4  # an image of as many pixels as are taken may have so many
FORMATS = ("BMP", "JPEG", "PNG", "PPM", "TIFF", "WEBP")  # as Pillow names them
CONTENT_TYPES = (
    "application/octet-stream", "image/bmp", "image/jpeg", "image/png", "image/tiff", "image/webp",
    "image/x-ms-bmp", "image/x-portable-anymap", "image/x-portable-graymap", "image/x-portable-pixmap",
)  # fmt: skip


class Refusal(Exception):
    """An answer other than 200.

    Attributes:
        status: HTTP status.
        code: One word for programs.
        message: A sentence for people.
    """

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message


@dataclass(frozen=True)
class Limits:
    """How much is taken.

    Attributes:
        max_bytes: Of a request's body.
        max_pixels: Width x height of an image.
        shrink_above: Larger images are shrunk to so many pixels for the model. Without a window a tiny U-Net
            takes about 350 bytes a pixel.
        queue: Requests that may wait or be read while one is at work.
        read_seconds: In which a body has to arrive.
        connections: At a time; a browser opens up to six.

    Raises:
        ValueError: A limit that lets nothing through.
    """

    max_bytes: int = 64 * 2**20
    max_pixels: int = 50_000_000
    shrink_above: int = 8_000_000
    queue: int = 8
    read_seconds: float = 30.0
    connections: int = 128

    def __post_init__(self) -> None:
        if (
            min(self.max_bytes, self.max_pixels, self.shrink_above, self.connections) < 1
            or self.queue < 0
            or self.read_seconds <= 0
        ):
            raise ValueError(
                f"{self}: bytes, pixels, seconds and connections have to be above 0, queue 0 or more"
            )


def check_content_type(content_type: str | None, encoding: str | None = None) -> None:
    """Raise Refusal (415) where the headers name something else than the bytes of an image.

    Args:
        content_type: Header Content-Type; None and "" leave it to the bytes.
        encoding: Header Content-Encoding.
    """
    kind = (content_type or "").split(";")[0].strip().lower()
    if kind and kind not in CONTENT_TYPES:
        raise Refusal(
            415, "unsupported_type",
            f"Content-Type {kind[:100]!r} is not taken. Send the image itself as the body, for instance:"
            " curl -H 'Content-Type: image/png' --data-binary @image.png URL",
        )  # fmt: skip
    if (encoding or "identity").strip().lower() != "identity":
        raise Refusal(415, "unsupported_encoding", "Content-Encoding is not taken: send the image as it is")


async def read_body(chunks: AsyncIterator[bytes], declared: str | None, limits: Limits) -> bytes:
    """A request's body; reading ends as soon as it is longer than the limit.

    Args:
        chunks: Parts of the body as they arrive.
        declared: Header Content-Length.
        limits: `max_bytes` and `read_seconds` are looked at.

    Raises:
        Refusal: 413 too long, 408 too slow, 400 empty.
    """
    too_large = Refusal(
        413, "too_large",
        f"the file is above the limit of {limits.max_bytes / 2**20:g} MB: make it smaller, or start serve.py"
        " with a larger --max-megabytes",
    )  # fmt: skip
    if declared and declared.isdigit() and int(declared) > limits.max_bytes:
        raise too_large
    body = bytearray()
    try:
        async with asyncio.timeout(limits.read_seconds):
            async for chunk in chunks:
                if len(body) + len(chunk) > limits.max_bytes:
                    raise too_large
                body += chunk
    except TimeoutError:
        raise Refusal(
            408, "too_slow", f"the file took longer than {limits.read_seconds:g} s to arrive"
        ) from None
    if not body:
        raise Refusal(400, "empty", "the file is empty: send the image itself")
    return bytes(body)


def decode_body(body: bytes, max_pixels: int, read: Callable[[bytes, str], Any]) -> Any:
    """Decode an image after a look at its type and size.

    Args:
        body: The image file.
        max_pixels: Limit of width x height.
        read: Loads it as the model's config does; takes the bytes and a name for messages.

    Returns:
        What `read` gives.

    Raises:
        Refusal: 415 another type, 413 too many pixels, 400 damaged or not for this model.
    """
    try:
        height, width, channels = head_shape(body, FORMATS)
    except UnidentifiedImageError:
        message = f"this is no image of a kind that is read here: send {', '.join(FORMATS)}"
        raise Refusal(415, "unsupported_type", message) from None
    except Exception as error:  # decoders meet hostile bytes with errors of every type
        raise Refusal(400, "damaged", f"the image is damaged ({str(error)[:200]})") from None
    if width * height > max_pixels:
        raise Refusal(
            413, "too_many_pixels",
            f"{width} x {height} pixels are above the limit of {max_pixels:,} pixels: make the image smaller,"
            f" or start serve.py with --max-pixels {width * height}",
        )  # fmt: skip
    if width * height * channels > max_pixels * MANY_CHANNELS:
        raise Refusal(
            413, "too_many_pixels",
            f"{width} x {height} pixels of {channels} channels are above the limit: make the image smaller,"
            f" or start serve.py with --max-pixels {-(-width * height * channels // MANY_CHANNELS)}",
        )  # fmt: skip
    try:
        return read(body, "that was sent")
    except MemoryError:
        raise
    except Exception as error:
        raise Refusal(400, "damaged", str(error)[:300]) from None
