# SPDX-License-Identifier: MIT
"""Makes the second implementation of the protocol importable as `make`: spec/vectors/make."""

import sys
from pathlib import Path

HOME = Path(__file__).resolve().parent.parent
# In the tree of the project, or beside this suite where `copy` has put both.
SPEC = next(place for place in (HOME.parent / "spec", HOME / "spec") if place.is_dir())
VECTORS = SPEC / "vectors"

sys.path.insert(0, str(VECTORS))
