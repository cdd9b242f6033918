"""Detection of truncated image files, which decoders may accept silently."""

__all__ = ["JPEG", "PNG", "require_complete"]

JPEG, JPEG_SCAN, JPEG_END = b"\xff\xd8\xff", b"\xff\xda", b"\xff\xd9"
PNG, PNG_END = b"\x89PNG\r\n\x1a\n", b"IEND"


def require_complete(data: bytes, name: object) -> None:
    """Refuse an empty or truncated JPEG or PNG file.

    A decoder fills missing parts with grey and reports nothing. The end marker of a JPEG cannot occur inside
    a scan (ITU-T T.81, B.1.1.5), so it has to follow the last start of a scan.

    Args:
        data: Content of the file.
        name: Name of the file, for the message.

    Raises:
        ValueError: If it is empty or truncated.
    """
    if not data:
        raise ValueError(f"image {name} is empty (0 bytes): fetch it again")
    cut = False
    if data.startswith(JPEG):
        end = data.rfind(JPEG_END)
        cut = end < 0 or data.find(JPEG_SCAN, end) > end
    elif data.startswith(PNG):
        cut = PNG_END not in data[-64:] and PNG_END not in data
    if cut:
        raise ValueError(f"image {name} is truncated: it ends after {len(data)} bytes; fetch it again")
