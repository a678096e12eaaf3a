"""The chart's pages. Everything that comes from elsewhere is escaped; there is no script at all."""

from __future__ import annotations

from html import escape

from kiosk.demo.chart.patients import PATIENTS, ChartPatient
from kiosk.demo.chart.relying_party import SignedIn

POLICY = "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
STYLE = """
body { margin: 0; background: #f4f6f8; color: #17222b; font: 18px/1.5 'Noto Sans', sans-serif; }
header { background: #0b5c8c; color: white; padding: 18px 32px; display: flex; justify-content: space-between; }
header a, header span { color: white; }
main { padding: 24px 32px; }
table { border-collapse: collapse; background: white; width: 100%; }
th, td { text-align: left; padding: 10px 14px; border-bottom: 1px solid #dde3e8; }
a { color: #0b5c8c; }
a.act { display: inline-block; background: #0b5c8c; color: white; padding: 12px 22px; border-radius: 6px;
  text-decoration: none; margin: 18px 12px 0 0; }
"""


def front(who: SignedIn, fetches: str | None = None) -> str:
    """The list of patients. ``fetches``: what is downloaded from it at once."""
    rows = "".join(
        f'<tr><td>{escape(patient.id)}<td><a href="/patient/{escape(patient.id)}">{escape(patient.name)}</a>'
        f"<td>{escape(patient.bed)}<td>{'sensitive' if patient.sensitive else ''}"
        for patient in PATIENTS
    )
    body = f"<table><tr><th>Number<th>Patient<th>Bed<th>{rows}</table>"
    acts = '<a class="act" href="/export.csv">Export as CSV</a>'
    acts += '<a class="act" href="/export.json">Export as FHIR Bundle</a>'
    at_once = "" if fetches is None else f'<meta http-equiv="refresh" content="0; url={escape(fetches)}">'
    return _page("Ward chart", who, at_once + body + acts)


def record(who: SignedIn, patient: ChartPatient) -> str:
    """One patient's."""
    pulse, warmth, pressure = patient.measured
    rows = [("Born", patient.born), ("Bed", patient.bed), ("Heart rate", f"{pulse:g} /min")]
    rows += [("Temperature", f"{warmth:g} °C"), ("Systolic pressure", f"{pressure:g} mmHg")]
    body = "".join(f"<tr><th>{escape(name)}<td>{escape(value)}" for name, value in rows)
    return _page(patient.name, who, f'<table>{body}</table><a class="act" href="/">All patients</a>')


def sentence(title: str, says: str) -> str:
    """Why there is nothing to be seen."""
    return _page(title, None, f'<p>{escape(says)}</p><a class="act" href="/">All patients</a>')


def _page(title: str, who: SignedIn | None, body: str) -> str:
    name = f"<span>{escape(who.name)} · {escape(who.acr)}</span>" if who is not None else ""
    tab = title if who is None else f"{title} · {who.name} · {who.acr}"
    return (
        f'<!DOCTYPE html><html lang="en"><meta charset="utf-8"><title>{escape(tab)}</title><style>{STYLE}</style>'
        f"<header><span>{escape(title)}</span>{name}</header><main>{body}</main></html>"
    )
