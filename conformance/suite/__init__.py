# SPDX-License-Identifier: MIT
"""Runs cases against an implementation: loading, driving, judging, reporting."""
