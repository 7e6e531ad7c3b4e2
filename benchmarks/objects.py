"""How fast are objects kept, beside what the disk itself can do.

The disk's own rate is a plain write, fsync, rename and fsync of the folder of the same bytes by as
many threads, measured in turns with Osler's ``put`` on the same disk: the noise of the machine
meets both. ``put`` also hashes, addresses and seals. The last table says what that costs alone.

Run it where the records will lie: ``python benchmarks/objects.py FOLDER``; by default the folder
that it is started in.
"""

import hashlib
import hmac
import os
import secrets
import statistics
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path

from osler.records.keys import MasterKey
from osler.records.objects import Objects
from osler.records.sealing import seal_parts

ROUNDS = 5
# Name, bytes, objects a round, threads.
CASES = (
    ("40 KB, one writer", 40_000, 800, 1),
    ("40 KB, four writers", 40_000, 2000, 4),
    ("10 MB, one writer", 10_000_000, 12, 1),
    ("10 MB, four writers", 10_000_000, 32, 4),
)
KEY = secrets.token_bytes(32)

Write = Callable[[bytes, str], None]


def plainly(folder: Path) -> Write:
    """Return what writes a file as durably as can be, and does nothing else."""
    shards = [folder / f"{number:02x}" for number in range(256)]
    for shard in shards:
        shard.mkdir(parents=True)

    def write(content: bytes, name: str) -> None:
        final = shards[hash(name) % 256] / name
        temporary = final.with_suffix(".new")
        handle = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        os.write(handle, content)
        os.fsync(handle)
        os.close(handle)
        temporary.rename(final)
        handle = os.open(final.parent, os.O_RDONLY)
        os.fsync(handle)
        os.close(handle)

    return write


def seconds(write: Write, content: bytes, *, count: int, threads: int) -> float:
    """Return how long some threads take to write the content ``count`` times, under new names."""
    run = secrets.token_hex(4)

    def work(thread: int) -> None:
        for number in range(count // threads):
            write(content, f"{run}-{thread}-{number}")

    workers = [threading.Thread(target=work, args=(number,)) for number in range(threads)]
    start = time.perf_counter()
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    return time.perf_counter() - start


def measure_writing(folder: Path) -> None:
    """Print a line a case: puts a second and MB a second, and their share of the disk's."""
    objects = Objects.open(
        str(folder / "osler"), master=MasterKey(secrets.token_bytes(32)), create=True
    )

    def put(content: bytes, name: str) -> None:
        # Another holder each time: the same bytes of one patient would be kept once.
        objects.put(content, holder=name, key=KEY)

    plain = plainly(folder / "plain")
    print(f"{'durable':22}{'puts/s':>9}{'disk/s':>9}{'MB/s':>8}{'disk MB/s':>11}{'ratio':>8}")
    for name, size, count, threads in CASES:
        content = secrets.token_bytes(size)
        ours, disk = [], []
        for _ in range(ROUNDS):
            ours.append(count / seconds(put, content, count=count, threads=threads))
            disk.append(count / seconds(plain, content, count=count, threads=threads))
        mine, theirs = statistics.median(ours), statistics.median(disk)
        print(
            f"{name:22}{mine:9.0f}{theirs:9.0f}{mine * size / 1e6:8.0f}"
            f"{theirs * size / 1e6:11.0f}{mine / theirs:8.2f}"
        )


def measure_reading(folder: Path) -> None:
    """Print how fast objects are read back and opened, out of the system's memory."""
    objects = Objects.open(
        str(folder / "osler"), master=MasterKey(secrets.token_bytes(32)), create=True
    )
    print(f"\n{'get, from memory':22}{'gets/s':>9}{'MB/s':>17}")
    for size, count in ((40_000, 2000), (10_000_000, 40)):
        address = objects.put(secrets.token_bytes(size), holder="p", key=KEY).address
        start = time.perf_counter()
        for _ in range(count):
            objects.get(address, holder="p", key=KEY)
        rate = count / (time.perf_counter() - start)
        print(f"{size / 1000:,.0f} KB{'':14}{rate:9.0f}{rate * size / 1e6:17.0f}")


def measure_sealing() -> None:
    """Print what hashing and sealing cost by themselves, on one core."""
    print(f"\n{'one core, MB/s':22}{'SHA-256':>9}{'HMAC':>9}{'AES-256-GCM':>13}")
    for size, count in ((40_000, 2000), (10_000_000, 20)):
        content = secrets.token_bytes(size)
        row = []
        for work in (
            lambda content=content: hashlib.sha256(content).digest(),
            lambda content=content: hmac.digest(KEY, content, "sha256"),
            lambda content=content: seal_parts(content, KEY, bound_to="x"),
        ):
            start = time.perf_counter()
            for _ in range(count):
                work()
            row.append(count * size / (time.perf_counter() - start) / 1e6)
        print(f"{size / 1000:,.0f} KB{'':14}{row[0]:9.0f}{row[1]:9.0f}{row[2]:13.0f}")


def main() -> int:
    """Measure and print."""
    where = sys.argv[1] if len(sys.argv) > 1 else "."
    with tempfile.TemporaryDirectory(dir=where, prefix="osler-bench-") as folder:
        measure_writing(Path(folder) / "writing")
        measure_reading(Path(folder) / "reading")
    measure_sealing()
    return 0


if __name__ == "__main__":
    sys.exit(main())
