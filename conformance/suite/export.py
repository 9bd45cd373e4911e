# SPDX-License-Identifier: MIT
"""Copies all that somebody else's repository needs to run this version of the suite: `copy DIR`."""

import shutil
from pathlib import Path

from suite.spec_python import HOME, SPEC

# What lies in conformance/, and what of spec/ the suite reads.
OWN = ("brig-conformance", "README.md", "requirements-1.0.txt", "cases", "suite", "oracle")
OF_SPEC = ("LICENSE", "protocol.md", "protocol.toml", "registry.md", "vectors")
LEFT_OUT = shutil.ignore_patterns("__pycache__", "attack", "seeds", "tests")


def _copy(source, target):
    if source.is_dir():
        shutil.copytree(source, target, ignore=LEFT_OUT)
    else:
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(source, target)


def copy(directory):
    """A directory that runs by itself; it must not be there yet. Gives the number of files."""
    directory = Path(directory)
    directory.mkdir(parents=True)  # FileExistsError: nothing of somebody else's is overwritten
    for name in OWN:
        if (HOME / name).exists():
            _copy(HOME / name, directory / name)
    for name in OF_SPEC:
        _copy(SPEC / name, directory / "spec" / name)
    license_file = next(place / "LICENSE" for place in (HOME, HOME.parent) if (place / "LICENSE").is_file())
    _copy(license_file, directory / "LICENSE")
    return sum(path.is_file() for path in directory.rglob("*"))
