"""A small picture per model for the page, from the overlays that a run drew."""

from pathlib import Path

from seg_plugins.files.atomic import atomic_path

__all__ = ["keep_picture"]

WIDTH = 640  # pixels
FOLDERS = ("test/show", "vis")


def keep_picture(work_dir: Path, target: Path) -> bool:
    """Store the overlays of a run as a small JPEG.

    Args:
        work_dir: The run's work directory.
        target: The JPEG to write.

    Returns:
        Whether there was an overlay.
    """
    from seg_plugins.files.pictures import open_picture

    drawn = [p for p in (work_dir / "overlays.png",) if p.is_file()]
    drawn += [p for folder in FOLDERS for p in sorted((work_dir / folder).rglob("*.png"))]
    if not drawn:
        return False
    with open_picture(drawn[0]) as image:
        small = image.convert("RGB")
        small.thumbnail((WIDTH, WIDTH))
        with atomic_path(target) as path:
            small.save(path, format="JPEG", quality=80)
    return True
