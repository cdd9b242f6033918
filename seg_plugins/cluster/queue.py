"""The state of the cluster's queue."""

import getpass
import shutil
import subprocess

__all__ = ["check_partition", "job_states", "need", "partitions"]


def need(program: str) -> None:
    """Raise ValueError if a program of Slurm is not on PATH."""
    if shutil.which(program) is None:
        raise ValueError(
            f"{program} is not on PATH: --launcher slurm works on a login node of a Slurm cluster; "
            "here use --launcher local"
        )


def _lines(*command: str) -> list[str]:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise ValueError(f"{command[0]} failed: {done.stderr.strip()}")
    return done.stdout.split("\n")


def partitions() -> list[str]:
    """Return the names of the cluster's partitions."""
    return sorted({line.strip() for line in _lines("sinfo", "-h", "-o", "%R") if line.strip()})


def check_partition(name: str | None) -> None:
    """Raise ValueError if a partition does not exist; None stands for the cluster's default."""
    known = partitions()
    if name is not None and name not in known:
        raise ValueError(f"partition {name!r} does not exist on this cluster; it has {', '.join(known)}")


def job_states(ended: bool = False) -> dict[str, str] | None:
    """Return the states of this user's jobs by job id (`17` or `17_3`), or None without Slurm.

    Args:
        ended: Include ended jobs that the controller still knows.

    Raises:
        ValueError: The controller does not answer.
    """
    if shutil.which("squeue") is None:
        return None
    which = ["-t", "all"] if ended else []
    lines = _lines("squeue", "-h", "-r", *which, "-u", getpass.getuser(), "-o", "%i %T")
    return dict(line.split(maxsplit=1) for line in lines if line.strip())
