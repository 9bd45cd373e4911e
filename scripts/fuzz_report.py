# SPDX-License-Identifier: MIT
"""Coverage by fuzzing as a table: fuzz_report.py SUMMARY.json ROOT LEAST_PERCENT. Called by fuzz.sh.

Fails if libproto's lines that are reached are fewer than LEAST_PERCENT.
"""
import json
import sys

# Folders in which every line is counted; of others only files that are linked into some target are.
FOLDERS = ("libproto/src/", "libproto/r/", "reference-server/src/", "reference-client/cli/")
JUDGED = "libproto/src/"


def percent(covered, count):
    return 100 * covered / count if count else 100.0


def rows_of(summary, root):
    for file in summary["data"][0]["files"]:
        path = file["filename"].removeprefix(root + "/")
        if path.startswith(FOLDERS):
            lines = file["summary"]["lines"]
            yield path, lines["covered"], lines["count"]


def main(summary_path, root, least):
    with open(summary_path, encoding="utf-8") as stream:
        rows = sorted(rows_of(json.load(stream), root))
    if not any(row[0].startswith(JUDGED) for row in rows):
        sys.exit(f"fuzz: nothing is known of {JUDGED}")
    print(f"{'file':44} {'lines':>6} {'reached':>8} {'%':>6}")
    for folder in FOLDERS:
        mine = [row for row in rows if row[0].startswith(folder)]
        if not mine:
            continue
        covered, count = sum(row[1] for row in mine), sum(row[2] for row in mine)
        for path, reached, lines in mine:
            print(f"{path:44} {lines:6} {reached:8} {percent(reached, lines):6.1f}")
        print(f"{folder + ' together':44} {count:6} {covered:8} {percent(covered, count):6.1f}\n")
        if folder == JUDGED and percent(covered, count) < least:
            sys.exit(f"fuzz: less than {least} % of the lines of {folder} are reached")


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], float(sys.argv[3]))
