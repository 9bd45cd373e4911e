#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Starts a brigd with both suites, runs `brig-conformance server` against it, and looks what it leaves."""

import argparse
import os
import secrets
import shutil
import sys
import tempfile
from pathlib import Path

sys.dont_write_bytecode = True  # a run leaves nothing beside its sources

from suite import command  # noqa: E402
from suite.brigd import Brigd  # noqa: E402
from make import noise  # noqa: E402

CONFIG = """listen:
  - unix: socket
    key_file: key
    static_key_file: static
    client_keys_file: clients
profiles:
  - name: standard
    engine: conf
  - name: tools
    engine: conf
    exec: true
    proc: true
"""


def _write_keys(directory):
    """A local key, and a pair of key pairs."""
    secret = {name: secrets.token_bytes(32) for name in ("key", "static", "secret")}
    files = {**secret, "clients": noise.public(secret["secret"]),
             "server-public": noise.public(secret["static"])}
    for name, octets in files.items():
        (directory / name).write_text(octets.hex() + "\n")
        (directory / name).chmod(0o600)


def main():
    """The exit status of brig-conformance, and 1 if brigd has left something behind."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--brigd", type=Path, required=True, help="the server")
    parser.add_argument("--work", type=Path, required=True, help="a directory for the run")
    parser.add_argument("rest", nargs="*", help="options of brig-conformance server, after --")
    options = parser.parse_args()
    place = Path(tempfile.mkdtemp(prefix="brig-conformance-", dir=options.work.resolve()))
    try:
        _write_keys(place)
        with Brigd(options.brigd.resolve(), place, CONFIG) as brigd:
            # A short path: that of a socket has to fit 108 octets.
            os.chdir(place)
            status = command.main(["server", "--to", "unix:socket", "--key", "key", "--secret",
                                   "secret", "--server-public", "server-public", "--exec-profile", "tools",
                                   *options.rest])
            left = brigd.stop()
            for line in left:
                print(f"# brigd: {line}")
            if status or left:
                print(f"# the server's log:\n{brigd.log()}")
        return status or (1 if left else 0)
    finally:
        shutil.rmtree(place)


if __name__ == "__main__":
    sys.exit(main())
