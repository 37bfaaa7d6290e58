"""The page as people open it: from a folder, without a network, in Chromium."""

from __future__ import annotations

import pytest

pytestmark = [pytest.mark.browser, pytest.mark.slow]

PAGES = [("index.html", 1280), ("index.html", 390), ("en/index.html", 1280), ("en/index.html", 390)]


@pytest.fixture
def opened(chromium, site):
    """Opens a page of the site; collects what the browser complains of and asks for."""
    pages = []

    def go(path, width, **more):
        page = chromium.new_page(viewport={"width": width, "height": 900}, **more)
        page.complaints, page.requests = [], []
        page.on("console", lambda message: page.complaints.append(message.text))
        page.on("pageerror", lambda error: page.complaints.append(str(error)))
        page.on("request", lambda request: page.requests.append(request.url))
        page.goto((site / path).as_uri())
        page.wait_for_timeout(200)
        pages.append(page)
        return page

    yield go
    for page in pages:
        page.close()


@pytest.mark.parametrize(("path", "width"), PAGES)
def test_no_error_no_violation_no_overflow_and_no_request_but_the_pages_own(opened, path, width):
    page = opened(path, width)
    assert page.complaints == []
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert [url.rsplit("/", 1)[1] for url in page.requests] == [
        "index.html",
        "style.css",
        "review.js",
    ]


@pytest.mark.parametrize("width", [1280, 820, 390])
def test_every_chart_stands_painted_before_any_script(opened, width):
    page = opened("index.html", width, java_script_enabled=False)
    shown = page.locator(".plot .at:visible svg")
    assert shown.count() == 13


@pytest.mark.parametrize("width", [1280, 390])
def test_a_touched_chart_is_drawn_by_plotly_with_its_values(opened, width):
    page = opened("index.html", width)
    page.locator("#chart-response_median .plot").hover()
    page.wait_for_selector("#chart-response_median .js-plotly-plot", timeout=20_000)
    assert page.complaints == []
    assert page.evaluate("document.documentElement.scrollWidth") <= width


@pytest.mark.parametrize(("path", "width"), PAGES)
def test_an_open_table_shows_all_rows_and_is_wider_than_the_page_only_on_a_phone(
    opened, path, width
):
    page = opened(path, width)
    found = page.evaluate(
        """() => [...document.querySelectorAll(".open .scroll")].map((box) => ({
            wider: box.scrollWidth > box.clientWidth,
            right: box.getBoundingClientRect().right,
            hidden: box.scrollHeight - box.clientHeight,
        }))"""
    )
    assert len(found) == 23
    assert all(box["right"] <= width and box["hidden"] <= 0 for box in found)
    assert width == 390 or not any(box["wider"] for box in found)


@pytest.mark.parametrize("path", ["index.html", "en/index.html"])
def test_no_table_is_cut_on_paper(opened, path):
    page = opened(path, 680)  # A4 between its margins
    page.emulate_media(media="print")
    wide = page.evaluate(
        "[...document.querySelectorAll('.open table')].filter((t) => t.scrollWidth > 680).length"
    )
    assert wide == 0


def test_a_title_that_would_be_a_script_stays_text(opened):
    page = opened("index.html", 1280)
    page.locator("#chart-exchange_skus .plot").hover()
    page.wait_for_selector("#chart-exchange_skus .js-plotly-plot", timeout=20_000)
    assert page.locator("img").count() == 0
    assert page.title().startswith("售后服务质量周报")
    assert "<img src=x" in page.locator("#chart-exchange_skus").inner_text()
    assert page.complaints == []


def test_what_a_customer_wrote_that_would_be_a_script_stays_text(opened):
    page = opened("index.html", 1280)
    for table in ("red_lines", "new_topics"):
        assert "<img src=x" in page.locator(f"#chart-{table}").inner_text()
    assert page.locator("img").count() == 0
    assert page.title().startswith("售后服务质量周报")
    assert page.complaints == []


@pytest.mark.parametrize("width", [1280, 390])
def test_no_painted_text_is_under_12_px_or_cut(opened, width):
    page = opened("index.html", width)
    small = page.evaluate(
        """() => [...document.querySelectorAll(".at svg text")]
            .filter((text) => text.getClientRects().length && text.textContent.trim())
            .map((text) => {
                const svg = text.ownerSVGElement, box = text.getBoundingClientRect();
                const scale = svg.getBoundingClientRect().width / svg.viewBox.baseVal.width;
                const edge = svg.getBoundingClientRect();
                const size = parseFloat(getComputedStyle(text).fontSize) * scale;
                const cut = box.left < edge.left - 1 || box.right > edge.right + 1;
                return size < 11.9 || cut ? `${text.textContent} ${size}` : null;
            }).filter(Boolean)"""
    )
    assert small == []


def test_dark_is_dark_in_the_charts_too(opened):
    page = opened("index.html", 1280, color_scheme="dark")
    colour = page.evaluate(
        "getComputedStyle(document.querySelector('#chart-response_median .at.wide .js-line')).stroke"
    )
    assert colour == "rgb(127, 178, 238)"


def test_the_page_is_told_in_its_language_and_has_its_landmarks(opened):
    page = opened("en/index.html", 1280)
    assert page.evaluate("document.documentElement.lang") == "en"
    for landmark in ("banner", "main", "contentinfo", "navigation"):
        assert page.get_by_role(landmark).count() == 1
    assert page.get_by_role("heading", level=1).count() == 1
    unnamed = page.evaluate(
        "[...document.querySelectorAll('.plot')].filter((p) => !p.getAttribute('aria-label')).length"
    )
    assert unnamed == 0
