# SPDX-License-Identifier: MIT
"""Whatever a peer sends, the judges say what is wrong and never fail themselves."""
import random
import unittest

from oracle import Judge, WorkerJudge, mutate
from oracle.sessions import PEER_SAYS, Session, Step

from .sessions import encoded
from .test_faults import ANSWERS, OTHERS
from .test_faults import RIGHT as RIGHT_SESSIONS
from .test_worker import FAULTS
from .test_worker import RIGHT as RIGHT_LINKS

ROUNDS = 1500
CHANGES = [mutate.change_value, mutate.change_map, mutate.change_element, mutate.change_id, mutate.take_vector]


def changed(rng, steps):
    """The session with one to three changes; who sends each message stays."""
    session = Session("client", 0, [Step(PEER_SAYS, message) for _, message in steps])
    for _ in range(rng.randrange(1, 4)):
        rng.choice(CHANGES)(rng, session)
    return [(sender, step.message) for (sender, _), step in zip(steps, session.steps)]


class Survival(unittest.TestCase):
    def check(self, table, new_judge):
        found = 0
        for number in range(ROUNDS):
            rng, judge = random.Random(number), new_judge()
            for sender, message in changed(rng, rng.choice(table)[1]):
                judge.feed(sender, encoded(message), at=0.0)
            found += len(judge.faults) > 0
        self.assertGreater(found, ROUNDS // 2)

    def test_connections(self):
        self.check(OTHERS + ANSWERS + RIGHT_SESSIONS, lambda: Judge(unit="message", slack_ms=0))

    def test_worker_links(self):
        self.check(FAULTS + RIGHT_LINKS, WorkerJudge)


if __name__ == "__main__":
    unittest.main()
