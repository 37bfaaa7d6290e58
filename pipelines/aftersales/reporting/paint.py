"""Figures painted as SVG by a Chromium on PATH, so that a page shows its charts without script.

The same SVG serves print and readers without script. Its colours are CSS variables, so it follows
the reader's light or dark setting.
"""

from __future__ import annotations

import html
import json
import os
import re
import subprocess
import tempfile
from collections.abc import Mapping
from html.parser import HTMLParser
from pathlib import Path

from aftersales.reporting.figures import PALETTE
from aftersales.settings import browser

PATIENCE = 120  # seconds until a hanging browser is given up
_DRAW = """
(async () => {
  const figures = JSON.parse(document.getElementById("figures").textContent);
  const painted = {};
  for (const [name, figure] of Object.entries(figures)) {
    const {width, height} = figure.layout;
    const address = await Plotly.toImage(figure, {format: "svg", width, height});
    painted[name] = decodeURIComponent(address.slice(address.indexOf(",") + 1));
  }
  document.getElementById("painted").textContent = JSON.stringify(painted);
})();
"""
_ELEMENTS = frozenset(
    ("svg", "g", "defs", "clippath", "path", "rect", "circle", "line", "text", "tspan")
)


def paint(figures: Mapping[str, str], plotly_js: Path) -> dict[str, str]:
    """SVG text by name; without those that could not be painted, so {} where there is no browser.

    Args:
        figures: plotly figures as JSON.
        plotly_js: the script that draws them.
    """
    found = browser()
    if found is None or not figures:
        return {}
    with tempfile.TemporaryDirectory(prefix="aftersales-paint-") as folder:
        page = Path(folder) / "page.html"
        page.write_text(_page(figures, plotly_js), encoding="utf-8")
        dom = _dom(found, page, Path(folder) / "profile")
    match = re.search(r'<pre id="painted">(.*?)</pre>', dom, re.DOTALL)
    if match is None or not match[1]:
        return {}
    painted: dict[str, str] = json.loads(html.unescape(match[1]))
    return {name: themed(svg, name) for name, svg in painted.items() if is_harmless(svg)}


def _page(figures: Mapping[str, str], plotly_js: Path) -> str:
    content = "{" + ",".join(f"{json.dumps(name)}:{text}" for name, text in figures.items()) + "}"
    return (
        '<!doctype html><meta charset="utf-8"><pre id="painted"></pre>'
        f'<script src="{html.escape(plotly_js.resolve().as_uri())}"></script>'
        f'<script type="application/json" id="figures">{as_script_data(content)}</script>'
        f"<script>{_DRAW}</script>"
    )


def as_script_data(text: str) -> str:
    """JSON that cannot end the script element it stands in."""
    return text.replace("<", "\\u003c").replace("\u2028", "\\u2028").replace("\u2029", "\\u2029")


def _dom(program: str, page: Path, profile: Path) -> str:
    """The page after its scripts ran; empty where the browser failed."""
    command = [
        program,
        "--headless",
        "--disable-gpu",
        "--disable-extensions",
        "--no-first-run",
        "--disable-background-networking",
        f"--user-data-dir={profile}",
        "--virtual-time-budget=60000",
        "--dump-dom",
        page.as_uri(),
    ]
    if os.geteuid() == 0:
        command.insert(1, "--no-sandbox")  # Chromium refuses to sandbox for root
    try:
        done = subprocess.run(command, capture_output=True, timeout=PATIENCE, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout.decode("utf-8", errors="replace") if done.returncode == 0 else ""


class _Elements(HTMLParser):
    """Whether all an SVG holds is drawing."""

    def __init__(self) -> None:
        super().__init__()
        self.is_harmless = True

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        for name, value in attrs:
            leads_out = name.endswith("href") and not (value or "").startswith("#")
            if name.startswith("on") or leads_out:
                self.is_harmless = False
        if tag not in _ELEMENTS:
            self.is_harmless = False


def is_harmless(svg: str) -> bool:
    """Nothing in it but shapes and text: no script, handler, link or foreign content."""
    parser = _Elements()
    parser.feed(svg)
    parser.close()
    return parser.is_harmless


def themed(svg: str, name: str) -> str:
    """The SVG with its colours as CSS variables, ids of its own, and the page's width to fill."""
    for colour, value in PALETTE.items():
        red, green, blue = (int(value[i : i + 2], 16) for i in (1, 3, 5))
        svg = svg.replace(f"rgb({red}, {green}, {blue})", f"var(--{colour})")
        svg = svg.replace(value, f"var(--{colour})")
    # plotly's ids are random; with the chart's name in their place a page is the same every time.
    for number, found in enumerate(dict.fromkeys(re.findall(r'id="([^"]+)"', svg))):
        svg = re.sub(rf'(["#]){re.escape(found)}(?=["\)&])', rf"\g<1>{name}-{number}", svg)
    svg = re.sub(r"\btrace[0-9a-f]{6}\b", "", svg)
    svg = re.sub(r"font-family: [^;]*;", "", svg)
    return re.sub(r"<svg ", '<svg aria-hidden="true" focusable="false" ', svg, count=1)
