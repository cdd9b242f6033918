import os
import signal
import socket

import pytest

from seg_plugins.runners import WorkDirLock


def holder(work_dir, job=None, life="0", orphan=False):
    """Holds the lock until it is killed; with `orphan` it leaves a child that inherited the file."""
    reader, writer = os.pipe()
    process = os.fork()
    if process == 0:
        if job:
            os.environ.update(SLURM_JOB_ID=job, SLURM_RESTART_COUNT=life)
        lock = WorkDirLock(work_dir)
        lock.acquire()
        child = os.fork() if orphan else 0
        if child or not orphan:
            os.write(writer, f"{child}\n".encode())
        signal.pause()
        os._exit(0)
    return process, int(os.read(reader, 20))


def kill(process):
    os.kill(process, signal.SIGKILL)
    os.waitpid(process, 0)


@pytest.fixture(autouse=True)
def no_slurm(monkeypatch):
    monkeypatch.delenv("SLURM_JOB_ID", raising=False)
    monkeypatch.delenv("SLURM_RESTART_COUNT", raising=False)


def test_the_second_is_refused_with_host_and_process(tmp_path):
    first, _ = holder(tmp_path)
    with pytest.raises(ValueError, match=f"in use: process {first} on {socket.gethostname()}"):
        WorkDirLock(tmp_path).acquire()
    kill(first)
    lock = WorkDirLock(tmp_path)
    assert lock.acquire() is None
    lock.release()


def test_a_second_run_of_the_same_process_is_refused_and_leaves_the_first_its_lock(tmp_path):
    (tmp_path / "work").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "work")
    first = WorkDirLock(tmp_path / "work")
    assert first.acquire() is None
    for name in ("work", "link"):
        with pytest.raises(ValueError, match=rf"{name} is in use: process {os.getpid()} on .*this one"):
            WorkDirLock(tmp_path / name).acquire()
    assert refused_in_another_process(tmp_path / "work")
    first.release()
    first.release()
    second = WorkDirLock(tmp_path / "work")
    assert second.acquire() is None
    second.release()
    assert not refused_in_another_process(tmp_path / "work")


def refused_in_another_process(work_dir):
    process = os.fork()
    if process == 0:
        try:
            WorkDirLock(work_dir).acquire()
        except ValueError:
            os._exit(3)
        os._exit(0)
    return os.waitstatus_to_exitcode(os.waitpid(process, 0)[1]) == 3


def test_the_lock_ends_with_the_process_though_its_children_live(tmp_path):
    first, child = holder(tmp_path, orphan=True)
    kill(first)
    os.kill(child, 0)
    lock = WorkDirLock(tmp_path)
    assert lock.acquire() is None
    lock.release()
    os.kill(child, signal.SIGKILL)


def test_a_requeued_job_takes_over_from_its_earlier_attempt(tmp_path, monkeypatch):
    first, _ = holder(tmp_path, job="7", life="0")
    monkeypatch.setenv("SLURM_JOB_ID", "7")
    monkeypatch.setenv("SLURM_RESTART_COUNT", "1")
    lock = WorkDirLock(tmp_path)
    assert (
        f"from process {first} on {socket.gethostname()}, an earlier attempt of Slurm job 7" in lock.acquire()
    )
    monkeypatch.setenv("SLURM_JOB_ID", "8")
    assert refused_in_another_process(tmp_path)
    lock.release()
    kill(first)


@pytest.mark.parametrize("job, life", [("8", "1"), ("7", "0")])
def test_another_job_or_another_step_of_the_same_life_does_not(tmp_path, monkeypatch, job, life):
    first, _ = holder(tmp_path, job="7", life="0")
    monkeypatch.setenv("SLURM_JOB_ID", job)
    monkeypatch.setenv("SLURM_RESTART_COUNT", life)
    with pytest.raises(ValueError, match="in use"):
        WorkDirLock(tmp_path).acquire()
    kill(first)


def test_without_locks_there_is_a_warning(tmp_path, monkeypatch):
    def unsupported(*args):
        raise OSError(37, "No locks available")

    monkeypatch.setattr("fcntl.lockf", unsupported)
    assert "has no file locks" in WorkDirLock(tmp_path).acquire()
