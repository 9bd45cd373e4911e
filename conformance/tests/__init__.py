# SPDX-License-Identifier: MIT
"""Tests of the suite itself."""
