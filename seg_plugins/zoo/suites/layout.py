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
        own: A folder outside `configs/` with suites of one's own, configs that they name and their records.
        home: The folder that data and work directories are named from, where that is not `root`.
    """

    root: Path
    own: Path | None = None
    home: Path | None = None

    @classmethod
    def of_suite(cls, root: Path, suite: str, here: Path | None = None) -> tuple["Layout", str]:
        """The layout and the suite's name from a name in `configs/suites/`, or the path of a suite file.

        Args:
            root: The folder that holds `configs/` and `tools/`.
            suite: The name or path.
            here: The user's folder: data and work directories are named from it where the suite lies
                outside `root`, or `root` is a part of the installed package; None is the present one.

        >>> Layout.of_suite(Path("/code"), "/data/mine/mine-5fold.yaml")[1]
        'mine-5fold'
        """
        installed = root.is_relative_to(PACKAGE)
        home = (here or Path.cwd()) if installed else None
        if not suite.endswith(".yaml"):
            return cls(root, home=home), suite
        folder = Path(suite).expanduser().resolve().parent
        if folder == cls(root).suites.resolve():
            return cls(root, home=home), Path(suite).stem
        outside = installed or not folder.is_relative_to(root.resolve())
        return cls(root, folder, (here or Path.cwd()) if outside else None), Path(suite).stem

    @property
    def configs(self) -> Path:
        """The folder that config names in suites are relative to; of own suites, that is looked in first."""
        return self.own or self.root / "configs"

    def config(self, name: str) -> Path:
        """The config that a suite names: of own suites one beside it, else one of the zoo."""
        return (self.configs if self.is_own(name) else self.root / "configs") / name

    def is_own(self, name: str) -> bool:
        """Whether a config that a suite names lies outside the zoo."""
        return self.own is not None and (self.own / name).is_file()

    @property
    def base(self) -> Path:
        """The folder that runs start in: `data/` and `work_dirs/` lie there."""
        return self.home or self.root

    def tool(self, name: str) -> str:
        """The path of a tool, from the folder that runs start in."""
        path = f"tools/{name}.py"
        return path if self.home is None else str(self.root / path)

    @property
    def suites(self) -> Path:
        """The folder of the suite files."""
        return self.own or self.configs / "suites"

    @property
    def work(self) -> Path:
        """The folder that runs write to, one folder per suite."""
        return self.base / "work_dirs"

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
