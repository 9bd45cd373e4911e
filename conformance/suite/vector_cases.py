# SPDX-License-Identifier: MIT
"""Cases made of the test vectors in spec/vectors: what is there as data is not written twice."""


def server_cases():
    """For role server."""
    return []
