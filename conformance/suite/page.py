# SPDX-License-Identifier: MIT
"""The report for people: one HTML page without anything from elsewhere."""

import html
import json
from pathlib import Path

from suite import annotate, requirements
from suite.outcome import FAIL, PASS, VERDICTS, count
from suite.recording import SENT
from suite.transport import WRITINGS
from make.pack import notation
from make.read import Malformed, TooLarge, read

HERE = Path(__file__).parent
SHOWN_CHARACTERS = 240
ARROWS = {True: "→", False: "←"}


def escape(text):
    """Hostile octets, shown as text: control and direction characters as their numbers."""
    return html.escape("".join(c if c in "\n\t" or c.isprintable() else f"\\u{ord(c):04x}"
                               for c in str(text)))


def _anchor(case):
    return escape(f"case-{case.name}")


# The wire log


def _told(entry):
    """What an entry says, in a line."""
    if entry.what in ("note", "end"):
        return escape(entry.note or "the end of the stream")
    if entry.message is not None and len(entry.message) < 4000:
        try:
            text = notation(read(entry.message))
            return escape(text if len(text) < SHOWN_CHARACTERS else text[:SHOWN_CHARACTERS] + "…")
        except (Malformed, TooLarge) as error:
            return f"<span class='broken'>{escape(error)}</span>"
    return escape(annotate.short(entry.plaintext or entry.wire))


def _hex(entry):
    rows = []
    for depth, octets, meaning in annotate.pieces(entry):
        text = annotate.short(octets)
        if depth and len(octets) > annotate.SHOWN_OCTETS:
            text = annotate.short(octets[:8]) + f" … ({len(octets):,} octets)"
        rows.append(f"{'  ' * depth}{escape(text)}  <b>{escape(meaning)}</b>")
    return "\n".join(rows)


def _entry(entry, many):
    side = "sent" if entry.direction == SENT else "received"
    what = entry.what + (f" {escape(entry.connection)}" if many else "")
    broken = " <span class='broken'>✗</span>" if entry.broken or entry.sealed_wrong else ""
    line = (f"<span class='arrow'>{ARROWS[entry.direction == SENT]}</span><span class='what'>{what}{broken}"
            f"</span><code>{_told(entry)}</code><time>{entry.at * 1000:.1f} ms</time>")
    octets = _hex(entry) if entry.wire else ""
    if not octets:
        return f"<li class='{side}'><div class='note'>{line}</div></li>"
    return f"<li class='{side}'><details><summary>{line}</summary><pre>{octets}</pre></details></li>"


def _wire(run):
    entries = run.recording.entries if run.recording else []
    many = run.recording is not None and len(run.recording.connections()) > 1
    return "<ol class='wire'>" + "".join(_entry(entry, many) for entry in entries) + "</ol>"


# Cases


def _runs(one):
    def ending(run):
        return f", {escape(run.ending)}" if run.ending else ""
    return "<div class='runs'>" + "".join(
        f"<span class='{run.verdict}' title='{escape(WRITINGS.get(run.writing, ''))}'>"
        f"<b>{escape(run.writing)}</b> {run.verdict}{ending(run)} · {run.seconds * 1000:.0f} ms</span>"
        for run in one.runs) + "</div>"


def _case(one):
    tone = FAIL if one.ending_reasons and one.verdict == PASS else one.verdict
    links = ", ".join(f"<a href='#{name}'>{name}</a>" for name in one.case.requirements)
    reasons = "".join(f"<div class='why'>{escape(reason)}</div>"
                      for reason in one.reasons + [f"ending: {each}" for each in one.ending_reasons])
    shown = next((run for run in one.runs if run.verdict != PASS or run.ending_reasons), one.runs[0])
    text = escape(" ".join([one.case.name, one.case.title, *one.case.requirements]).lower())
    why = f"<p>{escape(one.case.why)}</p>" if one.case.why else ""
    return (f"<details class='case {tone}' id='{_anchor(one.case)}' data-text='{text}'"
            f"{' open' if one.is_bad else ''}><summary><span>{escape(one.case.title)}"
            f"<span class='name id'>{escape(one.case.name)}</span></span>"
            f"<span class='verdict'>{one.verdict}{' (expected)' if one.expected else ''}</span></summary>"
            f"<div class='body'>{why}<p>{links}</p>{reasons}{_runs(one)}{_wire(shown)}</div></details>")


def _section(name, members):
    counts = count(members)
    line = ", ".join(f"{counts[verdict]} {verdict}" for verdict in VERDICTS if counts[verdict])
    return (f"<section class='section'><h3>{escape(name)} <small>{line}</small></h3>" +
            "".join(map(_case, members)) + "</section>")


# Requirements


def _requirement(name, keyword, sentence, outcomes):
    tone = requirements.verdict_of(outcomes) if outcomes else "unseen"
    by = ", ".join(f"<a href='#{_anchor(one.case)}'>{escape(one.case.name)}</a>" for one in outcomes[:6])
    if len(outcomes) > 6:
        by += f" and {len(outcomes) - 6} more"
    return (f"<div class='row {tone}' id='{name}'><span class='id'>{name}</span>"
            f"<p>{escape(sentence or keyword)}</p>"
            f"<span class='by'>{by or 'not observed in this role'}</span></div>")


def _chapter(prefix, title, names, keywords, sentences, cited):
    seen = sum(name in cited for name in names)
    chips = "".join(
        f"<i class='{requirements.verdict_of(cited[name]) if name in cited else 'unseen'}' title='{name}'></i>"
        for name in names)
    rows = "".join(_requirement(name, keywords[name], sentences.get(name), cited.get(name, []))
                   for name in names)
    return (f"<details class='chapter'><summary><span class='head'><h3>{prefix} {escape(title)}</h3>"
            f"<small>{seen} of {len(names)}</small></span><span class='chips'>{chips}</span></summary>"
            f"<div class='rows'>{rows}</div></details>")


def _requirements(outcomes, keywords):
    sentences, chapters = requirements.sentences(), requirements.chapters()
    cited = requirements.by_requirement(outcomes)
    parts = []
    for prefix in dict.fromkeys(name[:3] for name in keywords):
        names = [name for name in keywords if name.startswith(prefix)]
        chapter, title = chapters.get(prefix, ("", ""))
        parts.append(_chapter(prefix, f"{chapter} {title}", names, keywords, sentences, cited))
    return "".join(parts)


# The page


def _headline(role, counts):
    wrong = counts["fail"] + counts["ending"]
    if counts["error"]:
        return f"The suite itself failed in {counts['error']} cases"
    if wrong:
        return f"{wrong} cases say that this {role} breaks a rule"
    return f"This {role} broke no rule that was looked at"


def _bar(counts, total):
    parts = "".join(f"<span class='{verdict}' style='flex:{counts[verdict]}' title='{counts[verdict]} {verdict}'>"
                    "</span>" for verdict in VERDICTS if counts[verdict])
    return f"<div class='bar' role='img' aria-label='{total} cases'>{parts}</div>"


def _tiles(counts):
    tiles = [f"<div class='{verdict}'><b>{counts[verdict]}</b><strong>{verdict}</strong>{text}</div>"
             for verdict, text in VERDICTS.items() if counts[verdict] or verdict in (PASS, FAIL)]
    if counts["ending"]:
        tiles.append(f"<div class='ending'><b>{counts['ending']}</b><strong>ending</strong>"
                     "did not close the connection as it should</div>")
    return f"<div class='tiles'>{''.join(tiles)}</div>"


def _facts(facts, outcomes):
    runs = sum(len(one.runs) for one in outcomes)
    rows = {"cases": f"{len(outcomes)} in {runs} runs, {facts.get('seconds')} s",
            **{key: value for key, value in facts.items() if key != "seconds"}}

    def text(value):
        return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)
    return "<dl>" + "".join(f"<dt>{escape(key)}</dt><dd>{escape(text(value))}</dd>"
                            for key, value in rows.items()) + "</dl>"


def _filter(counts):
    buttons = "".join(f"<button class='{verdict}' value='{verdict}' aria-pressed='false'>{verdict}</button>"
                      for verdict in VERDICTS if counts[verdict])
    return f"<div class='filter'><input type='search' placeholder='case, requirement, words' aria-label='narrow'>{buttons}</div>"


def render(role, facts, outcomes, keywords):
    """The page as text."""
    counts = count(outcomes)
    headline = _headline(role, counts)
    sections = "".join(_section(name, [one for one in outcomes if one.case.section == name])
                       for name in dict.fromkeys(one.case.section for one in outcomes))
    style, script = (HERE / "page.css").read_text(), (HERE / "page.js").read_text()
    seen = len(set(requirements.by_requirement(outcomes)))
    return (
        "<!doctype html><html lang='en'><meta charset='utf-8'>"
        "<meta name='viewport' content='width=device-width, initial-scale=1'>"
        f"<title>Brig/1 conformance, {escape(role)}: {escape(headline)}</title><style>{style}</style>"
        f"<main><p class='over'>Brig/1 conformance · {escape(role)}</p><h1>{escape(headline)}</h1>"
        f"<p class='lead'>{len(outcomes)} cases looked at {seen} of the {len(keywords)} requirements of "
        "version 1.0. Everything that went over the wire is below, octet by octet, and was judged as a whole "
        f"besides.</p>{_bar(counts, len(outcomes))}{_tiles(counts)}{_facts(facts, outcomes)}"
        "<h2>Requirements</h2><p class='lead'>A square for each. Open a chapter to read the sentences and "
        f"the cases.</p>{_requirements(outcomes, keywords)}"
        "<h2>Cases</h2><p class='lead'>Open a case to see what went over the wire; a line of it, to see its "
        f"octets. → is what the suite sent, ✗ what it broke on purpose.</p>{_filter(counts)}{sections}"
        f"<footer>Made by brig-conformance.</footer></main><script>{script}</script></html>")
