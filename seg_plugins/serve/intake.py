"""Checks of requests, and refusals with their reasons."""

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from typing import Any

from PIL import UnidentifiedImageError

from seg_plugins.inference.image_reading import head_shape

__all__ = ["CONTENT_TYPES", "FORMATS", "Limits", "Refusal", "check_content_type", "decode_body", "read_body"]

MANY_CHANNELS = 4  # channels that an image at the limit of pixels may have
FORMATS = ("BMP", "JPEG", "PNG", "PPM", "TIFF", "WEBP")  # in Pillow's notation
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
    """Limits of the server.

    Attributes:
        max_bytes: Length of a request's body.
        max_pixels: Width x height of an image.
        shrink_above: Pixels above which images are shrunk for the model. Without a window, a tiny U-Net
            needs about 350 bytes per pixel.
        queue: Requests that may wait or be read while one is processed.
        read_seconds: Time within which a body has to arrive.
        connections: Connections at a time; a browser opens up to six.

    Raises:
        ValueError: A limit would refuse everything.
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
    """Raise Refusal (415) if the headers name something other than the bytes of an image.

    Args:
        content_type: Header Content-Type; with None and "", the bytes decide.
        encoding: Header Content-Encoding.
    """
    kind = (content_type or "").split(";")[0].strip().lower()
    if kind and kind not in CONTENT_TYPES:
        raise Refusal(
            415, "unsupported_type",
            f"Content-Type {kind[:100]!r} is not supported. Send the image itself as the body, for instance:"
            " curl -H 'Content-Type: image/png' --data-binary @image.png URL",
        )  # fmt: skip
    if (encoding or "identity").strip().lower() != "identity":
        raise Refusal(415, "unsupported_encoding", "Content-Encoding is not supported: send it unencoded")


async def read_body(chunks: AsyncIterator[bytes], declared: str | None, limits: Limits) -> bytes:
    """Read a request's body; reading ends as soon as the body is longer than the limit.

    Args:
        chunks: Parts of the body as they arrive.
        declared: Header Content-Length.
        limits: The limits; `max_bytes` and `read_seconds` apply.

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
    """Decode an image after a check of its type and size.

    Args:
        body: The image file.
        max_pixels: Limit of width x height.
        read: Function that loads the image as the model's config does, from bytes and a name for messages.

    Returns:
        Result of `read`.

    Raises:
        Refusal: 415 another type, 413 too many pixels, 400 damaged or not for this model.
    """
    try:
        height, width, channels = head_shape(body, FORMATS)
    except UnidentifiedImageError:
        message = f"this is not an image of a supported type: send {', '.join(FORMATS)}"
        raise Refusal(415, "unsupported_type", message) from None
    except Exception as error:  # decoders raise errors of any type for hostile bytes
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
