"""The site as files: pages, one set of assets, one CSV a chart or table."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from pathlib import Path
from typing import Any

from plotly.offline import get_plotlyjs

from aftersales.errors import ConfigError
from aftersales.metrics import Metric
from aftersales.reporting import charts, csv_file, page, paint, tables
from aftersales.reporting.review import Review, RunInfo, collect
from aftersales.reporting.spec import Wording, load_report, load_wording, newest
from aftersales.settings import FILE_NAME, Settings
from aftersales.warehouse.connection import Connection, one

ASSETS = ("style.css", "review.js")


def build(
    con: Connection,
    settings: Settings,
    metrics: Mapping[str, Metric],
    record: Mapping[str, Any],
    *,
    report: str = "weekly",
    period: str | None = None,
    language: str | None = None,
) -> list[Path]:
    """Render a published run into ``settings.site``.

    Args:
        con: read-only, on a published run.
        record: the run's record as published: run_id, as_of, findings, counts.
        period: ISO week such as ``2026-W46``; None: the last full one.
        language: only this one; None: all of the settings', the first as the front page.

    Returns:
        The pages, the front page first.

    Raises:
        ConfigError: the report's sources cannot be used, or there is nothing to report on.
    """
    layers = settings.report_layers
    shown = load_report(layers, report)
    run = run_info(record, one(con, "select as_of_on from ref_run"))
    found = record.get("findings", ())
    review = collect(con, settings, metrics, found, shown, period=period, run=run)
    site = Site(settings)
    plotly_js = _assets(site, layers)
    wordings = [
        load_wording(layers, report, code, also=["why"]) for code in _languages(settings, language)
    ]
    drawn = {str(w.language): page.draw_all(review, w) for w in wordings}
    painted = paint.paint(_figures(drawn), plotly_js)
    return [_page(site, review, w, settings, drawn[w.language], painted) for w in wordings]


def _figures(drawn: Mapping[str, Mapping[str, page.Drawn]]) -> dict[str, str]:
    """All figures under one name each, so that one browser paints them."""
    return {
        f"{code}-{chart}-{size}": figure
        for code, by_chart in drawn.items()
        for chart, found in by_chart.items()
        for size, figure in found.figures.items()
    }


def _assets(site: Site, layers: tuple[Path, ...]) -> Path:
    """Write what all pages share; returns where plotly's script is."""
    for name in ASSETS:
        site.write(f"assets/{name}", newest(layers, f"_theme/{name}").read_bytes())
    return site.write("assets/plotly.min.js", get_plotlyjs().encode(), keep=True)


def _languages(settings: Settings, language: str | None) -> tuple[str, ...]:
    if language is None:
        return settings.languages
    if language not in settings.languages:
        raise ConfigError(
            f"the pages are not made in '{language}'",
            fix=f"use one of: {', '.join(settings.languages)}; or add it to languages",
            file=str(settings.home / FILE_NAME),
        )
    return (language,)


def run_info(record: Mapping[str, Any], as_of_on: date) -> RunInfo:
    """What the page says of the run, from its record."""
    return RunInfo(
        run_id=str(record["run_id"]),
        as_of=datetime.fromisoformat(str(record["as_of"])),
        as_of_on=as_of_on,
        files=int(record["file_count"]),
        rows_in=int(record["rows_in"]),
        rows_loaded=int(record["rows_loaded"]),
        rows_quarantined=int(record["rows_quarantined"]),
        rows_corrected=int(record.get("rows_corrected", 0)),
        rows_gone=int(record.get("rows_gone", 0)),
        restated=record.get("restated"),
    )


class Site:
    """The folder the pages go to."""

    def __init__(self, settings: Settings) -> None:
        self.root = settings.site
        self.mode = settings.site_mode

    def write(self, relative: str, content: bytes, *, keep: bool = False) -> Path:
        """Put a file there whole, in one rename; ``keep``: leave an equal-sized one as it is."""
        path = self.root / relative
        if keep and path.is_file() and path.stat().st_size == len(content):
            return path
        for folder in (self.root, path.parent):  # who may read a page may enter its folder
            folder.mkdir(parents=True, exist_ok=True)
            folder.chmod(self.mode | self.mode >> 2 & 0o111)
        partial = path.with_name(path.name + ".partial")
        partial.write_bytes(content)
        partial.chmod(self.mode)
        return partial.replace(path)


def _page(
    site: Site,
    review: Review,
    wording: Wording,
    settings: Settings,
    drawn: Mapping[str, page.Drawn],
    painted: Mapping[str, str],
) -> Path:
    is_front = wording.language == settings.languages[0]
    seconds = wording.text("column.unit_seconds", label="{label}")
    files = {c.spec.id: charts.file_table(c, review, wording) for c in review.charts}
    files |= {t.spec.id: tables.tell(t, review, wording).file for t in review.tables}
    for name, table in files.items():
        content = csv_file.as_bytes(table, seconds)
        site.write(f"data/{name}.{wording.language}.csv", content)
    html = page.render(
        review,
        wording,
        page.environment(settings.report_layers),
        drawn=drawn,
        painted=painted,
        root="" if is_front else "../",
        other=_other(wording.language, settings.languages),
    )
    return site.write("index.html" if is_front else f"{wording.language}/index.html", html.encode())


def _other(language: str, languages: tuple[str, ...]) -> tuple[str, str] | None:
    """Language and relative address of the page in the other language."""
    others = [code for code in languages if code != language]
    if not others:
        return None
    return others[0], f"{others[0]}/index.html" if language == languages[0] else "../index.html"
