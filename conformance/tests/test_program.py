#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""The program brig before a server that is not honest: where it writes files (SEC-003).

The first argument is the program.
"""

import pathlib
import sys
import tempfile
import unittest

HERE = pathlib.Path(__file__).resolve().parent
sys.dont_write_bytecode = True
sys.path.insert(0, str(HERE.parent))

from suite import client_role  # noqa: E402
from suite.case_files import Case  # noqa: E402

# The directory that the test's user has named is the only place for files.
RUN = """mkdir plots && exec "$0" run \
--connect "unix:$BRIG_CONFORMANCE_SOCKET" --key-file "$BRIG_CONFORMANCE_KEY_FILE" \
--plot-dir plots -e 'the code'"""
PNG = b"\x89PNG\r\n\x1a\n"
DISPLAYS = (
    ("a MIME type that is a path", {"../../escaped": PNG, "/tmp/brig-escaped": PNG}, {}),
    ("a plot with a path as its id", {"image/png": PNG}, {"id": "../escaped"}),
    ("a plot that replaces one by a path", {"image/png": PNG}, {"id": "../escaped", "update": True}),
    ("a text as a plot", {"image/svg+xml": "<svg/>", "text/x-../y": "z"}, {"id": "/tmp/brig-escaped"}),
)

class ProgramTest(unittest.TestCase):
    """One evaluation, in which the suite says what it likes."""

    program = ""

    def session(self, play, *events):
        """The program's session, from its connection to its end."""
        def take(verb, value=None, **keys):
            play.take(verb, value, {"at": "a", **keys})
        take("start", "eval")
        take("called", "brig.open")
        take("opened")
        take("called", "brig.eval", **{"as": "eval"})
        for kind, payload, meta in events:
            play.party.send_message([1, play.incoming["eval"], kind, payload, meta])
        take("answer", None)
        take("end", {"close": "done"})
        self.assertEqual(play.driver.status(play.target.seconds), 0, play.driver.complaints())

    def lead(self, look, *events):
        """Gives the play to `look`, before all is cleaned up."""
        with tempfile.TemporaryDirectory() as directory:
            target = client_role.ClientTarget(["/bin/sh", "-c", RUN, self.program],
                                              pathlib.Path(directory))
            play = target.new_play(Case("program", "x", "x", "client", [], []), "whole")
            try:
                self.session(play, *events)
                look(play)
            finally:
                play.close()

    def test_displays_do_not_choose_where_they_are_written(self):
        events = [("display", payload, meta) for _, payload, meta in DISPLAYS]

        def look(play):
            place = play.directory
            written = sorted(str(path.relative_to(place)) for path in place.rglob("*")
                             if path.is_file())
            self.assertEqual(written, [
                "a/files/plots/plot-002.png", "a/files/plots/plot-003.png",
                "a/files/plots/plot-004.svg", "a/key", "a/stderr"])
            self.assertFalse(pathlib.Path("/tmp/brig-escaped").exists())
        self.lead(look, *events)


if __name__ == "__main__":
    ProgramTest.program = sys.argv.pop(1)
    unittest.main()
