"""How big is what serves a patient: the locked set, the wheel of Osler, and its models.

Run it with ``make bench`` or ``python benchmarks/size.py``. It builds the wheel, installs the
locked serving set and the wheel into an environment of its own (byte-compiled, as pip leaves
it), measures, lets the installed command list its models, and removes everything again.
"""

import subprocess
import sys
import tempfile
from collections import Counter
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[1]
MOST_MB = 700.0
SHOWN = 8


def size_mb(folder: Path) -> float:
    """Return the size of all files under a folder in MB (10^6 bytes)."""
    return sum(p.stat().st_size for p in folder.rglob("*") if p.is_file()) / 1e6


def install(place: Path) -> Path:
    """Make a clean environment with the serving set and the wheel; return its Python."""
    environment = place / "serving"
    subprocess.run([sys.executable, "-m", "venv", str(environment)], check=True)
    python = environment / "bin" / "python"
    pip = [str(python), "-m", "pip", "--disable-pip-version-check", "--quiet"]
    locked = ["--no-deps", "--require-hashes", "--only-binary", ":all:"]
    builder = [sys.executable, "-m", "pip", "--disable-pip-version-check", "--quiet", "wheel"]
    subprocess.run(
        [*builder, "--no-deps", "--no-build-isolation", "-w", str(place), str(REPOSITORY)],
        check=True,
    )
    lock = REPOSITORY / "requirements" / "serve.lock"
    subprocess.run([*pip, "install", *locked, "-r", str(lock)], check=True)
    subprocess.run([*pip, "install", "--no-deps", str(*place.glob("*.whl"))], check=True)
    return python


def parts_mb(packages: Path) -> Counter[str]:
    """Return the size of each entry of site-packages in MB."""
    return Counter({entry.name: size_mb(entry) for entry in packages.iterdir() if entry.is_dir()})


def main() -> int:
    """Measure, print, and return 1 where the limit is passed or the installed command fails."""
    with tempfile.TemporaryDirectory() as name:
        place = Path(name)
        print("Building the wheel and installing the locked serving set (about a minute) ...")
        python = install(place)
        wheel = next(place.glob("*.whl"))
        packages = next((place / "serving").glob("lib/python*/site-packages"))
        total = size_mb(packages)
        print(f"wheel                     {wheel.stat().st_size / 1e6:7.1f} MB")
        print(f"whole serving install     {total:7.1f} MB   (limit {MOST_MB:.0f})")
        for entry, size in parts_mb(packages).most_common(SHOWN):
            print(f"  {entry:24}{size:7.1f} MB")
        command = [str(python.parent / "osler"), "models", "list"]
        listed = subprocess.run(command, check=False, cwd=place, capture_output=True, text=True)
        print(f"installed `osler models list` (exit {listed.returncode}):")
        print(listed.stdout.rstrip() or listed.stderr.rstrip())
        return 1 if total > MOST_MB or listed.returncode else 0


if __name__ == "__main__":
    sys.exit(main())
