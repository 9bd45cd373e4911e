#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Do two readers of the specification agree? Generates sessions, has the oracle and an adapter of an implementation judge
each of them, and prints what they see differently, as a session that can be played again.

    conformance/oracle/agree.py --adapter build/dev/conformance/brig_judge_libproto --sessions 100000

Exit status: 0 they agree, 1 they do not, 2 wrong usage.
"""
import argparse
import collections
import itertools
import pathlib
import random
import subprocess
import sys
import threading
import time

sys.dont_write_bytecode = True
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))

from oracle import mutate, sessions, verdict  # noqa: E402
from oracle.registry import pack  # noqa: E402

BATCH = 200
SCHEMA_SHARE, MUTATED_SHARE = 0.1, 0.7


def make(seed, number):
    """The same session for the same two numbers, whatever came before."""
    rng = random.Random(f"{seed}/{number}")
    if rng.random() < SCHEMA_SHARE:
        session = sessions.make_schema(rng)
        if rng.random() < MUTATED_SHARE:
            mutate.mutate_schema(rng, session)
        return session
    session = sessions.make(rng)
    if rng.random() < MUTATED_SHARE:
        mutate.mutate(rng, session)
    return session


class Adapter:
    """A program that judges sessions, one line for each."""

    def __init__(self, path):
        self.process = subprocess.Popen([path], stdin=subprocess.PIPE, stdout=subprocess.PIPE)

    def judge(self, batch):
        """The lines for a batch. It is written by a thread, so that no pipe is full on both sides."""
        octets = b"".join(one.octets for one in batch)
        writer = threading.Thread(target=self.write, args=(octets,))
        writer.start()
        lines = [self.process.stdout.readline() for _ in batch]
        writer.join()
        return [line.decode().rstrip("\n").split(" ") for line in lines]

    def write(self, octets):
        try:
            self.process.stdin.write(octets)
            self.process.stdin.flush()
        except BrokenPipeError:
            pass  # it has ended; its lines are missing

    def end(self):
        self.process.stdin.close()
        return self.process.wait()


def differs(one, words):
    """The first word that is not what the oracle says, or None."""
    for i, (expected, word) in enumerate(itertools.zip_longest(one.words, words)):
        if word is None or expected is None or not verdict.matches(expected, word):
            return i
    return None


def show(number, one, words, at):
    """A disagreement, for people."""
    print(f"\nsession {number}: {one.session.side} under test, max_message {one.session.max_message}, "
          f"mutations: {', '.join(one.session.mutations) or 'none'}")  # fmt: skip
    for i, (expected, word) in enumerate(itertools.zip_longest(one.words, words)):
        kind, octets = one.steps[i] if i < len(one.steps) else (b" ", b"")
        mark = ">" if i == at else " "
        print(f" {mark} {kind.decode()} {describe(kind, octets):<90} oracle: {told(expected)}  adapter: {word}")


def told(expected):
    return "a fatal fault" if expected is verdict.FAULTS else expected


def describe(kind, octets):
    body = octets[1:] if kind in (b"r", b"d") else octets
    head = octets[:1].hex() + " " if kind in (b"r", b"d") else ""
    try:
        note = pack.notation(verdict.read.read(body))
    except verdict.read.Refused:
        note = body.hex()
    return head + (note if len(note) < 160 else note[:157] + "...")


def is_accepted(word):
    """Is a message delivered there?"""
    first = word[0] if isinstance(word, tuple) else word
    return isinstance(first, str) and (first in ("H", "C") or first.startswith("M"))


class Count:
    """What was compared: nobody should believe in an agreement about nothing."""

    def __init__(self):
        self.sessions, self.messages, self.faults, self.different = 0, 0, 0, 0
        self.mutations = collections.Counter()

    def add(self, one):
        self.sessions += 1
        self.messages += sum(1 for word in one.words if is_accepted(word))
        self.faults += verdict.FAULTS in one.words
        self.mutations.update(one.session.mutations)


def run(adapter, seed, numbers, shown=5):
    count = Count()
    numbers = iter(numbers)
    while chosen := list(itertools.islice(numbers, BATCH)):
        batch = [verdict.Verdict(make(seed, number)) for number in chosen]
        for number, one, words in zip(chosen, batch, adapter.judge(batch)):
            count.add(one)
            at = differs(one, words)
            if at is not None:
                count.different += 1
                if count.different <= shown:
                    show(number, one, words, at)
    return count


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--adapter", required=True, help="the program that judges with the implementation")
    parser.add_argument("--sessions", type=int, default=3000, help="how many to generate")
    parser.add_argument("--seed", type=int, default=1, help="another seed is another set of sessions")
    parser.add_argument("--only", type=int, help="this session of the seed alone, whatever comes of it")
    parser.add_argument("--shown", type=int, default=5, help="how many disagreements to print")
    return parser.parse_args()


def main():
    given = arguments()
    started, adapter = time.monotonic(), Adapter(given.adapter)
    numbers = range(given.sessions) if given.only is None else [given.only]
    if given.only is not None:
        one = verdict.Verdict(make(given.seed, given.only))
        show(given.only, one, adapter.judge([one])[0], None)
    count = run(adapter, given.seed, numbers, given.shown)
    status = adapter.end()
    print(f"{count.sessions} sessions, {count.messages} messages accepted, {count.faults} fatal faults, "
          f"{count.different} disagreements, {time.monotonic() - started:.0f} s")  # fmt: skip
    unused = {change.__name__ for change in mutate.MUTATIONS} - set(count.mutations)
    if given.only is None and given.sessions >= 1000 and unused:
        sys.exit(f"these mutations were never made: {', '.join(sorted(unused))}")
    sys.exit(1 if count.different or status else 0)


if __name__ == "__main__":
    main()
