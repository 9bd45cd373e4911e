# SPDX-License-Identifier: MIT
"""The parts of spec/make_vectors.py: a second implementation of Brig/1, written from the text."""
