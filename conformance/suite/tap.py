# SPDX-License-Identifier: MIT
"""Progress on a terminal in the form of TAP 14."""

import sys


class Writer:
    """The plan first, then a line for each case as soon as it is known."""

    def __init__(self, total, stream=None):
        self.number, self.stream = 0, stream or sys.stdout
        print(f"TAP version 14\n1..{total}", file=self.stream, flush=True)

    def line(self, is_ok, text, directive="", notes=()):
        """One case; notes stand below it as comments."""
        self.number += 1
        end = f" # {directive}" if directive else ""
        print(f"{'ok' if is_ok else 'not ok'} {self.number} - {text}{end}", file=self.stream)
        for note in notes:
            print("#   " + note.rstrip().replace("\n", "\n#   "), file=self.stream)
        self.stream.flush()
