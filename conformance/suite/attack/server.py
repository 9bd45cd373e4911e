# SPDX-License-Identifier: MIT
"""The brigd that is attacked: its profiles, and the bait in its environment."""

import subprocess

from suite.brigd import Brigd

CONFIG = """listen:
  - unix: socket
    key_file: key
profiles:
{profiles}"""

PROFILE = """  - name: {name}
    exec: {programs}
    proc: {programs}
    isolation: {isolation}
    read_only: [{read_only}]
    client_env: [BRIG_CASE]
    limits:
      deadline_ms: 30000
      memory_bytes: 536870912
      processes: 48
      workspace_bytes: 67108864
      workspace_files: 4096
      output_bytes: 2097152
      tool_calls: 1000
"""

PROFILES = (("standard", "false", "template"), ("tools", "true", "template"),
            ("cold", "true", "process"))


class Server(Brigd):
    """A running brigd."""

    def __init__(self, brig, brigd, directory, read_only, secret):
        profiles = "".join(
            PROFILE.format(name=name, programs=programs, isolation=isolation,
                           read_only=", ".join(map(str, read_only)))
            for name, programs, isolation in PROFILES)
        subprocess.run([brig, "keygen", "key"], cwd=directory, check=True,
                       stdout=subprocess.DEVNULL)
        super().__init__(brigd, directory, CONFIG.format(profiles=profiles), {"BRIG_BAIT": secret})
