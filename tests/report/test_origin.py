import platform
import subprocess

from seg_plugins.report.origin import code_commit, versions


def git(root, *words):
    subprocess.run(
        ["git", "-C", root, "-c", "user.name=t", "-c", "user.email=t@example.org", *words], check=True
    )


def test_versions_are_those_of_this_process():
    found = versions()
    assert found["python"] == platform.python_version() and {"torch", "numpy"} <= set(found)


def test_the_commit_is_that_of_the_code_and_of_no_other_checkout(tmp_path, monkeypatch):
    package = tmp_path / "venv" / "seg_plugins"
    package.mkdir(parents=True)
    (package / "__init__.py").touch()
    (tmp_path / "own.py").write_text("a = 1\n")
    git(tmp_path, "init", "-q")
    git(tmp_path, "add", "own.py")
    git(tmp_path, "commit", "-qm", "own")
    monkeypatch.setattr("seg_plugins.__file__", str(package / "__init__.py"))
    assert code_commit() == ""
    git(tmp_path, "add", ".")
    git(tmp_path, "commit", "-qm", "both")
    clean = code_commit()
    assert len(clean) == 10
    (package / "__init__.py").write_text("a = 2\n")
    assert code_commit() == clean + "+"
