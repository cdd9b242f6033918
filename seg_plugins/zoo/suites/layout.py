"""The folders of configs, suites, records and work directories of a checkout."""

import os
import shlex
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
        own: A folder outside `configs/` of a user's suites, their configs and records.
        home: The folder that data and work directories are relative to, if it is not `root`.
    """

    root: Path
    own: Path | None = None
    home: Path | None = None

    @classmethod
    def of_suite(cls, root: Path, suite: str, here: Path | None = None) -> tuple["Layout", str]:
        """Return the layout and name of a suite, given its name in `configs/suites/` or the path of its file.

        Args:
            root: The folder that holds `configs/` and `tools/`.
            suite: The name or path.
            here: The user's folder. Data and work directories are relative to it if the suite lies
                outside `root`, or if `root` belongs to the installed package; None is the current folder.

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
        """Folder that config names in suites are relative to; for a user's suites, it is searched first."""
        return self.own or self.root / "configs"

    def config(self, name: str) -> Path:
        """Return the config that a suite names: for a user's suite one beside it, else one of the zoo."""
        return (self.configs if self.is_own(name) else self.root / "configs") / name

    def is_own(self, name: str) -> bool:
        """Test whether a config that a suite names lies outside the zoo."""
        return self.own is not None and (self.own / name).is_file()

    @property
    def base(self) -> Path:
        """Folder that runs start in; `data/` and `work_dirs/` lie there."""
        return self.home or self.root

    def tool(self, name: str) -> str:
        """Return the path of a tool, relative to the folder that runs start in."""
        path = f"tools/{name}.py"
        return path if self.home is None else str(self.root / path)

    @property
    def suites(self) -> Path:
        """Folder of the suite files."""
        return self.own or self.configs / "suites"

    @property
    def work(self) -> Path:
        """Folder that runs write to, with one folder per suite."""
        return self.base / "work_dirs"

    def results(self, suite: str) -> Path:
        """Return the folder of a suite's committed records."""
        return self.suites / "results" / suite

    def require_own(self, suite: str) -> None:
        """Refuse to write records of a suite into an installed package.

        Raises:
            ValueError: The suite belongs to the installed package.
        """
        if self.own is None and self.root.is_relative_to(PACKAGE):
            path = self.suites / f"{suite}.yaml"
            raise ValueError(
                f"suite {suite} belongs to the installed package {PACKAGE}, to which no records are written: "
                f"copy it with `cp {shlex.quote(str(path))} .`, and use {suite}.yaml instead of {suite}"
            )

    def spoken(self, suite: str) -> str:
        """Return a suite's name on the command line: its name, or the path of a user's suite."""
        return str(self.own / f"{suite}.yaml") if self.own else suite

    def environment(self, threads: int) -> dict[str, str]:
        """Return the environment of a run: this package first on the import path, a fixed number of threads.

        Args:
            threads: Threads that torch and OpenMP may use in the run's main process.
        """
        path = os.pathsep.join(filter(None, (str(PACKAGE.parent), os.environ.get("PYTHONPATH"))))
        keys = ("OMP_NUM_THREADS", "MKL_NUM_THREADS")
        return {**os.environ, "PYTHONPATH": path, **{key: str(threads) for key in keys}}

    def git(self, *arguments: str) -> str | None:
        """Return the output of a git command in this checkout; None outside a repository or without git."""
        try:
            done = subprocess.run(
                ["git", "-C", str(self.root), *arguments], capture_output=True, text=True, check=False
            )
        except FileNotFoundError:
            return None
        return done.stdout.strip() if done.returncode == 0 else None
