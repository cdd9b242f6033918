"""A real Slurm of one machine: loopback only, all in one folder, stops only what it started."""

import contextlib
import getpass
import os
import re
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from pathlib import Path

PROGRAMS = ("munged", "slurmctld", "slurmd", "srun", "sbatch", "scontrol")
CONF = """
ClusterName=test
SlurmctldHost=localhost(127.0.0.1)
SlurmUser={user}
SlurmdUser={user}
CommunicationParameters=NoInAddrAny,NoCtldInAddrAny
SlurmctldPort={port}
SrunPortRange={first}-{last}
AuthType=auth/munge
CredType=cred/munge
AuthInfo=socket={home}/munge.socket,cred_expire=5
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
JobAcctGatherType=jobacct_gather/none
AccountingStorageType=accounting_storage/none
JobCompType=jobcomp/none
MpiDefault=none
MailProg=/bin/true
PropagateResourceLimits=NONE
StateSaveLocation={home}/state
SlurmdSpoolDir={home}/spool-%n
SlurmctldPidFile={home}/slurmctld.pid
SlurmdPidFile={home}/slurmd.pid
SlurmctldLogFile={home}/slurmctld.log
SlurmdLogFile={home}/slurmd.log
SchedulerType=sched/backfill
SchedulerParameters=batch_sched_delay=0,sched_interval=2,sched_min_interval=0,bf_interval=2
SelectType=select/cons_tres
SelectTypeParameters=CR_Core
PreemptType=preempt/partition_prio
PreemptMode=REQUEUE
JobRequeue=1
SlurmctldParameters=preempt_send_user_signal
ReturnToService=2
KillWait=5
MinJobAge=600
SlurmdParameters=config_overrides
NodeName={node} NodeHostname={host} NodeAddr=127.0.0.1 Port={node_port} CPUs=2 RealMemory=4096 State=UNKNOWN
PartitionName=main Nodes=ALL Default=YES MaxTime=INFINITE State=UP PriorityTier=1 GraceTime=10
PartitionName=high Nodes=ALL MaxTime=INFINITE State=UP PriorityTier=100 PreemptMode=OFF
"""


def missing():
    """The programs of Slurm that are not installed."""
    return [name for name in PROGRAMS if _which(name) is None]


def _which(name):
    return shutil.which(name, path=f"{os.environ['PATH']}:/usr/sbin:/sbin")


def _ports(count):
    """The first of `count` consecutive free ports on loopback."""
    for start in range(20_000 + os.getpid() % 10_000, 60_000, count):
        with contextlib.ExitStack() as stack:
            try:
                for port in range(start, start + count):
                    held = stack.enter_context(socket.socket())
                    held.bind(("127.0.0.1", port))
            except OSError:
                continue
            return start
    raise RuntimeError("no free ports")


class LocalSlurm:
    """One controller and one node of two CPUs, partitions `main` and `high` (which preempts `main`)."""

    def __init__(self):
        self.home = Path(
            tempfile.mkdtemp(prefix="slurm-", dir="/tmp")
        )  # a socket's path has 107 bytes at most
        self.home.chmod(0o755)
        port = _ports(66)
        host = socket.gethostname().split(".")[0]
        with contextlib.suppress(OSError):
            loopback = socket.gethostbyname(host).startswith("127.")
            self.node = host if loopback else "127.0.0.1"
        ports = {"port": port, "node_port": port + 1, "first": port + 2, "last": port + 65}
        values = {"home": self.home, "user": getpass.getuser(), "host": host, "node": self.node}
        conf = self.home / "slurm.conf"
        conf.write_text(CONF.format(**values, **ports))
        kept = {k: v for k, v in os.environ.items() if not re.match("SLURM_|SBATCH_|SQUEUE_|SINFO_|SRUN_", k)}
        self.env = {**kept, "SLURM_CONF": str(conf), "OMP_NUM_THREADS": "1"}

    node = "127.0.0.1"

    def start(self):
        """Start munged, slurmctld and slurmd; they daemonise themselves."""
        key = self.home / "munge.key"
        key.touch(mode=0o600)
        key.write_bytes(os.urandom(1024))
        for folder in ("state", f"spool-{self.node}"):
            (self.home / folder).mkdir()
        files = {"key-file": "munge.key", "socket": "munge.socket", "pid-file": "munged.pid"}
        files |= {"log-file": "munged.log", "seed-file": "munged.seed"}
        options = [f"--{name}={self.home / value}" for name, value in files.items()]
        self._daemon("munged", "--force", "--num-threads=2", *options)
        self._daemon("slurmctld", "-c", "-f", str(self.home / "slurm.conf"))
        self._until(lambda: "UP" in self.run("scontrol", "ping", check=False), "slurmctld")
        self._daemon("slurmd", "-f", str(self.home / "slurm.conf"), "-N", self.node)
        self._until(lambda: "idle" in self.run("sinfo", "-h", "-o", "%t", check=False), "an idle node")

    def _daemon(self, name, *options):
        with open(self.home / f"{name}.start.log", "wb") as log:
            command = [_which(name), *options]
            done = subprocess.run(command, cwd="/", env=self.env, stdout=log, stderr=log, check=False)
        if done.returncode != 0:
            raise RuntimeError(f"{name}: {(self.home / f'{name}.start.log').read_text()[-500:]}")

    def _until(self, true, what, seconds=300):
        end = time.monotonic() + seconds
        while not true():
            if time.monotonic() > end:
                raise RuntimeError(f"waited {seconds} s for {what}; logs: {self.home}")
            time.sleep(0.1)

    def run(self, *command, check=True, **more):
        """The output of a Slurm command on this cluster."""
        done = subprocess.run(command, env=self.env, capture_output=True, text=True, check=False, **more)
        if check and done.returncode != 0:
            raise RuntimeError(f"{command}: {done.stderr}")
        return done.stdout.strip()

    def job(self, job):
        """What `scontrol show job` says, as a dictionary; `JobState`, `Restarts`, `ExitCode` and more."""
        text = self.run("scontrol", "-o", "show", "job", str(job)).splitlines()[0]
        return dict(re.findall(r"(\S+?)=(\S*)", text))

    def wait(self, job, *states, seconds=600):
        """Wait until a job is in one of these states; returns it."""
        self._until(lambda: self.job(job)["JobState"] in states, f"job {job} to be {states}", seconds)
        return self.job(job)

    def until_over(self, job, seconds=600):
        """Wait until nothing of a job runs any more, its batch script included."""
        self._until(
            lambda: not self.run("squeue", "-h", "-j", str(job), check=False),
            f"job {job} to be over",
            seconds,
        )

    def clear(self):
        """Cancel every job of this cluster and bring its node back."""
        self.run("scancel", "--full", "-u", getpass.getuser(), check=False)
        self.run("scontrol", "update", f"nodename={self.node}", "state=resume", check=False)
        self._until(lambda: not self.run("squeue", "-h"), "an empty queue")

    def stop(self):
        """Stop the daemons whose pid files lie in this folder, and remove it."""
        with contextlib.suppress(RuntimeError):
            self.clear()
        for name in ("slurmctld", "slurmd", "munged"):
            self._stop_one(name)
        for pid in self._step_managers():  # of a node that was down when its job ended
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        shutil.rmtree(self.home, ignore_errors=True)

    def _step_managers(self):
        """The slurmstepd processes that were started with this cluster's configuration."""
        ours = f"SLURM_CONF={self.env['SLURM_CONF']}".encode()
        for folder in Path("/proc").glob("[0-9]*"):
            with contextlib.suppress(OSError):
                manages = (folder / "comm").read_text().strip() == "slurmstepd"
                if manages and ours in (folder / "environ").read_bytes().split(b"\0"):
                    yield int(folder.name)

    def _ours(self, name):
        """The pid of a daemon of ours; None if it is gone or the number is somebody else's by now."""
        try:
            pid = int((self.home / f"{name}.pid").read_text())
            words = Path(f"/proc/{pid}/cmdline").read_bytes()
        except (OSError, ValueError):
            return None
        return pid if str(self.home).encode() in words else None

    def _stop_one(self, name):
        pid = self._ours(name)
        for number in (signal.SIGTERM, signal.SIGKILL):
            end = time.monotonic() + 60
            with contextlib.suppress(ProcessLookupError):
                if pid is not None:
                    os.kill(pid, number)
            while time.monotonic() < end:
                if pid is None or not Path(f"/proc/{pid}/exe").exists():
                    return
                time.sleep(0.05)
