# SPDX-License-Identifier: MIT
"""Runs catalogues of cases against a server: loading, driving, judging, reporting."""
