# SPDX-License-Identifier: MIT
"""Runs cases against an implementation: loading, driving, judging, reporting."""

from suite import spec_python  # noqa: F401  (before any module that imports `make`)
