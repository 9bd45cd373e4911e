#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Every part of an answer is looked at: a codec that spoils one of them fails, the same without does not.

The first argument is a codec that passes.
"""

import pathlib
import sys
import unittest

HERE = pathlib.Path(__file__).resolve().parent
sys.dont_write_bytecode = True
sys.path.insert(0, str(HERE.parent))

from suite import codec_role, runner  # noqa: E402
from suite.outcome import FAIL, PASS  # noqa: E402

# A case, and the parts of the answers to it that it has to look at.
LOOKED_AT = (
    ("codec-sanity/nil", ("status", "notation", "again")),
    ("codec-keys/lower-case", ("status", "key")),
    ("codec-handshake/suite-local-client", ("end", "ready", "sent", "messages", "handshake_hash")),
    ("codec-handshake/suite-keyed-server", ("end", "ready", "sent", "messages", "handshake_hash")),
    ("codec-handshake/letter-b-of-the-magic-is-wrong", ("end", "ready", "sent")),
    ("codec-records/a-message-in-one-record", ("end", "messages", "sent")),
    ("codec-messages/call-of-a-tool", ("status", "type", "known", "id", "name", "class", "text",
                                       "body", "extra", "trailing", "again")),
    ("codec-messages/an-array-without-elements", ("status",)),
    ("codec-values/vector-without-a-type", ("status", "layer")),
    ("codec-schema/a-name-alone", ("code", "path")),
)


class CodecCasesCanFail(unittest.TestCase):
    """The suite against a codec that is right, but for one part."""

    codec = ""

    @classmethod
    def setUpClass(cls):
        cls.cases = {case.name: case for case in codec_role.cases()}

    def verdict(self, name, spoils):
        """Of one case, with this part of the answers spoiled."""
        command = [sys.executable, "-B", str(HERE / "fake_codec.py"), self.codec, spoils]
        outcome = runner.run_case(codec_role.CodecTarget(command), self.cases[name], {})
        return outcome.verdict, outcome.reasons

    def test_an_answer_that_is_passed_on_passes(self):
        for name, _ in LOOKED_AT:
            with self.subTest(name):
                self.assertEqual(self.verdict(name, "nothing"), (PASS, []))

    def test_an_answer_that_is_spoiled_fails(self):
        for name, parts in LOOKED_AT:
            for part in parts:
                with self.subTest(name, part=part):
                    self.assertEqual(self.verdict(name, part)[0], FAIL)


if __name__ == "__main__":
    CodecCasesCanFail.codec = sys.argv.pop(1)
    unittest.main()
