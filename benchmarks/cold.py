"""How long does a cold command take, and how much memory: `osler analyze` of one real film.

Every measurement is a new process. ``python -c "import numpy"`` is measured in turns with it, so
that the noise of the machine shows. Memory is the largest resident set of the process itself,
as the kernel reports it at its end. Limits: 2.5 s and 600 MB for one uncompressed film, 0.3 s
for `osler --help`.
"""

import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from importlib import util
from pathlib import Path

ROUNDS = 5
FILM = Path("data_store") / "data" / "RG1_UNCI.dcm"
LIMITS = {"osler analyze RG1_UNCI.dcm": (2.5, 600.0), "osler --help": (0.3, None)}


def the_film() -> Path | None:
    """Return the packaged film; found by path, since importing pydicom would take memory here."""
    found = util.find_spec("data_store")
    places = list(found.submodule_search_locations or ()) if found is not None else []
    files = [Path(place).parent / FILM for place in places]
    return next((file for file in files if file.is_file()), None)


def measured(command: Sequence[str]) -> tuple[float, float]:
    """Run a command; return its wall time in seconds and its peak memory in MB.

    ``os.wait4`` gives the usage of this one child, where RUSAGE_CHILDREN would give the largest
    of all so far.
    """
    start = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    message = process.stderr.read() if process.stderr is not None else b""
    _, status, usage = os.wait4(process.pid, 0)
    seconds = time.perf_counter() - start
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode != 0:
        raise SystemExit(f"{' '.join(command)} failed: {message.decode(errors='replace')[-500:]}")
    unit = 1.0 if sys.platform == "darwin" else 1024.0
    return seconds, usage.ru_maxrss * unit / 1e6


def main() -> int:
    """Measure in turns and print; return 1 where a limit is passed."""
    osler = str(Path(sys.executable).with_name("osler"))
    film = the_film()
    with tempfile.TemporaryDirectory() as out:
        commands = {
            'python -c "import numpy"': [sys.executable, "-c", "import numpy"],
            "osler --help": [osler, "--help"],
        }
        if film is None:
            print("pydicom-data is not installed, so no film is analysed (pip extra 'demo')")
        else:
            commands["osler analyze RG1_UNCI.dcm"] = [osler, "analyze", str(film), "--out", out]
        found: dict[str, list[tuple[float, float]]] = {name: [] for name in commands}
        for command in commands.values():
            measured(command)  # the disk's cache is warm from here on
        for _ in range(ROUNDS):
            for name, command in commands.items():
                found[name].append(measured(command))
    peer = statistics.median(seconds for seconds, _ in found['python -c "import numpy"'])
    print(f"{'command':30}{'median s':>9}{'worst s':>9}{'x numpy':>9}{'peak MB':>9}   limit")
    passed = True
    for name, pairs in found.items():
        times, memory = [s for s, _ in pairs], max(m for _, m in pairs)
        median = statistics.median(times)
        most_s, most_mb = LIMITS.get(name, (None, None))
        limit = ", ".join(
            f"{most:g} {unit}" for most, unit in ((most_s, "s"), (most_mb, "MB")) if most
        )
        passed &= not (most_s and median > most_s) and not (most_mb and memory > most_mb)
        print(f"{name:30}{median:9.2f}{max(times):9.2f}{median / peer:9.1f}{memory:9.0f}   {limit}")
    return 0 if passed else 1


if __name__ == "__main__":
    sys.exit(main())
