# SPDX-License-Identifier: MIT
"""Runs the catalogue of attacks: loading, driving, judging, reporting."""
