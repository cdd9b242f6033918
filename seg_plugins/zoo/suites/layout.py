"""Where a checkout keeps configs, suites, records and work directories."""

import os
import subprocess
from dataclasses import dataclass
from pathlib import Path

from seg_plugins.files.package import PACKAGE

__all__ = ["Layout"]


@dataclass(frozen=True)
class Layout:
    """The folders of one checkout.

    Attributes:
        root: The folder that holds `configs/` and `tools/`.
        own: A folder outside `configs/` with suites of one's own, the configs they name and their records.
    """

    root: Path
    own: Path | None = None

    @classmethod
    def of_suite(cls, root: Path, suite: str) -> tuple["Layout", str]:
        """The layout and the suite's name from a name in `configs/suites/`, or the path of a suite file.

        >>> Layout.of_suite(Path("/code"), "/data/mine/mine-5fold.yaml")[1]
        'mine-5fold'
        """
        if not suite.endswith(".yaml"):
            return cls(root), suite
        folder = Path(suite).resolve().parent
        return cls(root, None if folder == cls(root).suites.resolve() else folder), Path(suite).stem

    @property
    def configs(self) -> Path:
        """The folder that config names in suites are relative to."""
        return self.own or self.root / "configs"

    @property
    def suites(self) -> Path:
        """The folder of the suite files."""
        return self.own or self.configs / "suites"

    @property
    def work(self) -> Path:
        """The folder that runs write to, one folder per suite."""
        return self.root / "work_dirs"

    def results(self, suite: str) -> Path:
        """The folder of a suite's committed records."""
        return self.suites / "results" / suite

    def spoken(self, suite: str) -> str:
        """What the command line calls a suite: its name, or the path of one's own."""
        return str(self.own / f"{suite}.yaml") if self.own else suite

    def environment(self, threads: int) -> dict[str, str]:
        """The environment of a run: this package first on the import path, a fixed number of threads.

        Args:
            threads: Threads that torch and OpenMP may use in the run's main process.
        """
        path = os.pathsep.join(filter(None, (str(PACKAGE.parent), os.environ.get("PYTHONPATH"))))
        keys = ("OMP_NUM_THREADS", "MKL_NUM_THREADS")
        return {**os.environ, "PYTHONPATH": path, **{key: str(threads) for key in keys}}

    def git(self, *arguments: str) -> str | None:
        """The output of a git command in this checkout; None outside a repository or without git."""
        try:
            done = subprocess.run(
                ["git", "-C", str(self.root), *arguments], capture_output=True, text=True, check=False
            )
        except FileNotFoundError:
            return None
        return done.stdout.strip() if done.returncode == 0 else None
