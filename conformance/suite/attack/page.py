# SPDX-License-Identifier: MIT
"""The report for people: one HTML page without anything from elsewhere."""

import html
import json

from suite.attack import report

STYLE = """
:root { color-scheme: light dark; --line: #8884; --held: #1a7f37; --failed: #cf222e; --na: #7d6608 }
body { font: 16px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem }
h1 { margin-bottom: 0 } h2 { margin-top: 2.5rem; border-bottom: 1px solid var(--line) }
.sum { display: flex; gap: 1rem; margin: 1.5rem 0 }
.sum div { flex: 1; border: 1px solid var(--line); border-radius: .5rem; padding: .6rem 1rem }
.sum b { display: block; font-size: 2rem; line-height: 1.2 }
details { border-bottom: 1px solid var(--line); padding: .3rem 0 } summary { cursor: pointer }
.id { display: inline-block; min-width: 12rem; font-family: ui-monospace, monospace }
.verdict { float: right; font-weight: 600 }
.held { color: var(--held) } .failed { color: var(--failed) } .na { color: var(--na) }
pre { overflow: auto; max-height: 24rem; background: #8881; padding: .7rem; border-radius: .4rem;
  font-size: .85rem; white-space: pre-wrap; overflow-wrap: anywhere }
table { border-collapse: collapse } td { padding: .1rem 1.5rem .1rem 0; vertical-align: top }
"""

CLASSES = {report.HELD: "held", report.FAILED: "failed", report.NOT_APPLICABLE: "na"}


def _escape(text):
    """Hostile output, shown as text: control and direction characters as their numbers."""
    return html.escape("".join(
        c if c in "\n\t" or c.isprintable() else f"\\u{ord(c):04x}" for c in text))


def _case(one):
    parts = [f"<details{' open' if one.verdict == report.FAILED else ''}><summary>"
             f"<span class='verdict {CLASSES[one.verdict]}'>{one.verdict}</span>"
             f"<span class='id'>{_escape(one.name)}</span>{_escape(one.title)}</summary>"]
    if one.reasons:
        parts.append("<ul>" + "".join(f"<li>{_escape(each)}</li>" for each in one.reasons) + "</ul>")
    for title, text in (("The attack", one.code), ("What came back", one.came_back)):
        if text:
            parts.append(f"<p>{title}</p><pre>{_escape(text)}</pre>")
    parts.append(f"<p>{one.seconds:.2f} s</p></details>")
    return "".join(parts)


def _group(group, title, members):
    counts = report.count(members)
    line = ", ".join(f"{counts[verdict]} {verdict}" for verdict in counts if counts[verdict])
    return (f"<section><h2 id='{group}'>{_escape(group)} {_escape(title)}</h2><p>{line}</p>" +
            "".join(map(_case, members)) + "</section>")


def _facts(facts):
    def text(value):
        return value if isinstance(value, str) else json.dumps(value)
    rows = {**facts.get("sandbox", {}), "engine": facts.get("engine"),
            "duration": f"{facts.get('seconds')} s"}
    return "<table>" + "".join(f"<tr><td>{_escape(key)}</td><td>{_escape(text(value))}</td></tr>"
                               for key, value in rows.items()) + "</table>"


def write(path, facts, titles, outcomes):
    """The page."""
    counts = report.count(outcomes)
    headline = ("Every attack was stopped" if counts[report.FAILED] == 0
                else f"{counts[report.FAILED]} attacks were not stopped")
    tiles = "".join(f"<div class='{CLASSES[verdict]}'><b>{number}</b>{verdict}</div>"
                    for verdict, number in counts.items())
    groups = [_group(group, titles.get(group, ""), [one for one in outcomes if one.group == group])
              for group in dict.fromkeys(one.group for one in outcomes)]
    path.write_text(
        "<!doctype html><html lang='en'><meta charset='utf-8'>"
        "<meta name='viewport' content='width=device-width'>"
        f"<title>Brig: {headline}</title><style>{STYLE}</style><h1>{headline}</h1>"
        "<p>Hostile code ran in real sessions; after each case another session had to give right "
        "answers, and nothing of the host may have been read, changed, reached or left behind. "
        "Open a line to see the attack and what it got.</p>"
        f"<div class='sum'>{tiles}</div>{''.join(groups)}"
        f"<h2>The sandbox, as the server stated it</h2>{_facts(facts)}</html>", encoding="utf-8")
