"""The report of a real run: read as a page, looked at in a browser, and written twice."""

import html
import json
import re
from dataclasses import replace
from datetime import date
from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path
from typing import Any

import matplotlib.image
import numpy as np
import pytest
from numpy.typing import NDArray

from sim.base.words import chance, chance_range, listed, of_hundred
from sim.commands.report import report_command
from sim.report.page import html as page_of
from sim.report.page import read_stored, write_report
from sim.results.trajectories import read_trajectories
from sim.scenario.sources import builtin_folder
from sim.studies.options import Options
from sim.studies.run import run
from sim.studies.samples import TOLD
from tests.commands import ran

WIDTHS = (360, 390, 1280)
HEIGHT = 2400
LANDMARKS = {"header", "main", "footer", "nav"}
LOADS = {"src", "href", "xlink:href", "data", "poster", "srcset", "action", "background"}
EMPTY = {"meta", "br", "img", "link", "input", "hr"}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Results of a small run of the built-in forecast and its structural variants, with its report."""
    target = tmp_path_factory.mktemp("report") / "status-quo"
    options = Options(trajectories=2000, worlds=100, variants=True)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("sim.studies.combinations.SCREENED", 200)
        run("status-quo", options, target, report=write_report)
    return target


@pytest.fixture(scope="module")
def summary(folder: Path) -> dict[str, Any]:
    return json.loads((folder / "summary.json").read_text("utf-8"))


class Page(HTMLParser):
    """What the tests ask of a page: its elements in order, its ids, its text, and the text of one element."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[tuple[str, str | None]] = []
        self.text: list[str] = []
        self.answer: list[str] = []
        self.unclosed: list[str] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        if tag not in EMPTY:
            self.open.append((tag, dict(attrs).get("id")))

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        name, _ = self.open.pop()
        if name != tag:
            self.unclosed.append(f"{name} closed by {tag}")

    def handle_data(self, data: str) -> None:
        tags = [tag for tag, _ in self.open]
        if "style" in tags:
            return
        self.text.append(data)
        if ("div", "answer") in self.open:
            self.answer.append(data)

    def ids(self) -> list[str]:
        return [attrs["id"] or "" for _, attrs in self.elements if "id" in attrs]

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attrs for name, attrs in self.elements if name == tag]


@pytest.fixture(scope="module")
def page(folder: Path) -> Page:
    return Page((folder / "report.html").read_text("utf-8"))


def plain(parts: list[str]) -> str:
    return " ".join(" ".join(parts).replace("\u00a0", " ").split())


# --- the file ---------------------------------------------------------------------------------------------


def test_the_page_is_one_file_that_asks_the_network_for_nothing(page: Page, folder: Path) -> None:
    text = (folder / "report.html").read_text("utf-8")
    for tag, attrs in page.elements:
        assert tag not in {"script", "link", "iframe", "object", "embed", "img", "image", "base"}
        assert not any(name.startswith("on") for name in attrs)
        for name in LOADS & set(attrs):
            value = attrs[name] or ""
            assert value.startswith("#") or (tag == "a" and value.startswith(("http://", "https://"))), value
    assert not re.search(r"@import|url\((?!#)", text)
    anchors = re.compile(r'<a href="[^"]*"')
    assert not re.search(r"(src|href)\s*=\s*[\"']?\s*(https?:)?//", anchors.sub("", text))


def test_ids_are_unique_and_links_within_the_page_lead_somewhere(page: Page) -> None:
    ids = page.ids()
    assert len(ids) == len(set(ids))
    inner = [attrs["href"] for attrs in page.all("a") if (attrs.get("href") or "").startswith("#")]
    assert inner
    assert {link[1:] for link in inner if link} <= set(ids)
    assert {attrs["aria-labelledby"] for attrs in page.all("section")} <= set(ids)


def test_the_page_can_be_read_without_seeing_it(page: Page) -> None:
    assert not page.unclosed
    assert not page.open
    assert page.all("html")[0]["lang"] == "en"
    assert len(page.all("h1")) == 1
    assert {tag for tag, _ in page.elements} >= LANDMARKS
    images = page.all("svg")
    assert images
    assert all(len(attrs.get("aria-label") or "") > 20 and attrs["role"] == "img" for attrs in images)
    tables = len(page.all("table"))
    assert tables
    assert len(page.all("caption")) == tables
    assert all(attrs.get("scope") in ("row", "col") for attrs in page.all("th"))
    levels = [int(tag[1]) for tag, _ in page.elements if re.fullmatch(r"h[1-6]", tag)]
    assert all(after - before <= 1 for before, after in pairwise(levels))


def test_every_figure_says_seed_counts_and_error(page: Page, folder: Path) -> None:
    text = plain(page.text)
    figures = len(page.all("figure"))
    others = {"variants", "scorecard"}
    assert text.count("Seed 1; 2,000 trajectories in 100 worlds; Monte Carlo error at most") >= figures - 2
    assert "Seed 1; 2,000 trajectories in 100 worlds for each variant; Monte Carlo error at most" in text
    assert len(page.all("figcaption")) == figures
    names = {file.stem for file in (folder / "figures").glob("*.svg")}
    assert len(names) == figures
    assert names == {file.stem for file in (folder / "figures").glob("*.png")}
    assert names >= {"cumulative", "dots", "blockers-pfp", "ladder"} | others


def test_the_answer_holds_the_stored_numbers(page: Page, summary: dict[str, Any]) -> None:
    answer = plain(page.answer)
    first = next(e for e in summary["milestones"]["pfp"]["by"] if e["date"] == "2036-12-31")
    last = summary["milestones"]["membership"]["by"][-1]
    for entry, when in ((first, "the end of 2036"), (last, "1 December 2056")):
        number = of_hundred(entry["probability"], 2000)
        band = chance_range(*entry["credible_90"], errors=tuple(entry["credible_error"]))
        said = f"about {number} of 100 futures (90 % credible interval {band})"
        assert said in answer
        assert when in answer
    never = summary["milestones"]["membership"]["never_within_horizon"]
    assert f"about {of_hundred(never['probability'])} of 100 futures" in answer
    assert len(re.findall(r"[.!?](?=\s|$)", answer)) == 2


def test_nothing_is_certain_and_no_chance_has_decimals(page: Page) -> None:
    text = plain([*page.text, *(attrs.get("aria-label") or "" for attrs in page.all("svg"))])
    assert not re.search(r"(?<![\d.])(0|100) %", text)
    answer = plain(page.answer)
    assert not re.search(r"\d\.\d", answer)


def test_sample_futures_are_the_first_rows_of_the_run(page: Page, folder: Path) -> None:
    samples = json.loads((folder / "samples.json").read_text("utf-8"))
    rows = read_trajectories(folder)
    text = plain(page.text)
    for sample in samples:
        row = rows.iloc[sample["trajectory"]]
        assert (row["trajectory"], row["world"]) == (sample["trajectory"], sample["world"])
        for step, taken in sample["taken"].items():
            if taken is None:
                assert row[f"how_{step}"] == "not reached"
                continue
            assert row[f"how_{step}"] == taken["how"]
            days = (date.fromisoformat(taken["date"]) - date(2026, 12, 1)).days
            assert abs(row[step] * 365.25 - days) <= 1
            assert any(h["date"] == taken["date"] for h in sample["happenings"])
        dates = [h["date"] for h in sample["happenings"]]
        assert dates == sorted(dates)
        assert len(dates) <= TOLD
        assert all(plain([h["text"]]) in text for h in sample["happenings"])
    assert "accession replay status-quo --seed 1 --worlds 100 --trajectory 3" in text


def test_every_variant_stands_on_the_page_with_its_number(page: Page, folder: Path) -> None:
    stored = json.loads((folder / "variants.json").read_text("utf-8"))
    text = plain(page.text)
    assert len(stored["variants"]) >= 9
    for variant in stored["variants"]:
        assert plain([variant["title"], variant["differs"]]) in text
    ends = [v["milestones"]["membership"]["by"][-1]["probability"] for v in stored["variants"]]
    said = f"Membership by 1 December 2056: from {chance(min(ends), 2000)} (“"
    assert said in text
    summary = json.loads((folder / "summary.json").read_text("utf-8"))
    moves = next(m for m in summary["structure"] if (m["step"], m["date"][:4]) == ("membership", "2056"))
    titles = {v["name"]: f"“{v['title']}”" for v in stored["variants"]}
    high = listed([titles[name] for name in moves["high"]["variants"]])
    assert plain([high]) in text
    assert f"Over {moves['combinations']} combinations of structural variants" in text
    assert f"to {chance(max(ends), 2000)} (“" in text[text.index(said) :][:200]


def test_the_record_of_the_model_is_that_of_the_package(page: Page, folder: Path) -> None:
    stored = json.loads((folder / "scorecard.json").read_text("utf-8"))
    assert stored == json.loads((builtin_folder() / "scorecard.json").read_text("utf-8"))
    text = plain(page.text)
    assert stored["leaks"] in text
    assert stored["forecasts_digest"] in text
    for row in stored["best"]:
        assert f"{row['name']} {row['mode']} {row['outcomes']} ({row['groups']})" in text


def test_the_same_results_give_the_same_bytes(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    def files() -> dict[str, bytes]:
        made = [folder / "report.html", *sorted((folder / "figures").iterdir())]
        return {file.name: file.read_bytes() for file in made}

    before = files()
    write_report(folder)
    assert files() == before
    report_command(folder)
    assert files() == before
    assert capsys.readouterr().out == f"Report: {folder / 'report.html'}\n"


# --- in a browser -----------------------------------------------------------------------------------------

FLAGS = (
    *("--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", "--force-device-scale-factor=1"),
    *("--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"),
    "--disable-quic",
)

# A window cannot be as narrow as a phone, a frame can. What is measured is the page inside it: whether it can
# be scrolled sideways, what sticks out of it (but for tables, which scroll in boxes of their own), text that
# its figure cuts off, the smallest text in figures, and its height.
WRAPPER = """<!DOCTYPE html><html><body style="margin:0">
<div style="display:flex;width:max-content">{frames}</div>
<pre id="found"></pre>
<script>
const measured = {{}};
for (const frame of document.querySelectorAll("iframe")) frame.addEventListener("load", (event) => {{
  const page = event.target.contentDocument, root = page.documentElement, width = root.clientWidth;
  const shown = [...page.body.querySelectorAll("*")].filter((e) => e.getClientRects().length);
  const outside = shown.filter((e) => !e.closest(".scroll") && !e.closest("svg") &&
    e.getBoundingClientRect().right > width + 0.5);
  const letters = shown.filter((e) => e.tagName === "text").map(
    (e) => parseFloat(getComputedStyle(e).fontSize) * e.getScreenCTM().d);
  const cut = shown.filter((e) => e.tagName === "text").filter((e) => {{
    const box = e.getBoundingClientRect(), svg = e.ownerSVGElement.getBoundingClientRect();
    return box.left < svg.left - 1 || box.right > svg.right + 1;
  }});
  measured[event.target.id] = {{
    clientWidth: width, scrollWidth: root.scrollWidth, height: root.scrollHeight,
    outside: outside.map((e) => e.tagName + " " + e.className), letters: Math.min(...letters),
    cut: cut.map((e) => e.textContent), figures: shown.filter((e) => e.tagName === "svg").length,
  }};
  document.getElementById("found").textContent = JSON.stringify(measured);
}});
</script></body></html>"""


FRAME = '<iframe id="{width}" style="border:0;flex:none;width:{width}px;height:{height}px" srcdoc="{page}"></iframe>'


def browse(browser: str, tmp_path: Path, report: Path, *flags: str) -> str:
    """Opens the report in frames of all widths, side by side; returns what the browser says."""
    text = html.escape(report.read_text("utf-8"))
    frames = "".join(FRAME.format(width=width, height=HEIGHT, page=text) for width in WIDTHS)
    wrapper = tmp_path / "wrapper.html"
    wrapper.write_text(WRAPPER.format(frames=frames), "utf-8")
    size = f"--window-size={sum(WIDTHS)},{HEIGHT}"
    profile = f"--user-data-dir={tmp_path / 'profile'}"
    command = [browser, *FLAGS, profile, size, *flags, wrapper.as_uri()]
    return ran(command).stdout


@pytest.fixture(scope="module")
def measured(folder: Path, browser: str, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What the browser says of the page at each width."""
    said = browse(browser, tmp_path_factory.mktemp("measured"), folder / "report.html", "--dump-dom")
    return json.loads(html.unescape(re.search(r'<pre id="found">(.*?)</pre>', said, re.DOTALL)[1]))  # type: ignore[index]


@pytest.fixture(scope="module")
def picture(folder: Path, browser: str, tmp_path_factory: pytest.TempPathFactory) -> NDArray[np.float64]:
    """The pages side by side as the browser shows them, shape (HEIGHT, sum of the widths, 3), 0 to 1."""
    place = tmp_path_factory.mktemp("picture")
    browse(browser, place, folder / "report.html", f"--screenshot={place / 'picture.png'}")
    pixels: NDArray[np.float64] = matplotlib.image.imread(place / "picture.png")[:, :, :3]
    return pixels


@pytest.mark.parametrize("width", WIDTHS)
def test_no_page_scrolls_sideways_and_every_figure_can_be_read(
    width: int, folder: Path, measured: dict[str, Any]
) -> None:
    found = measured[str(width)]
    assert found["clientWidth"] == width
    assert found["scrollWidth"] <= found["clientWidth"]
    assert found["outside"] == []
    assert found["cut"] == []
    assert found["letters"] >= 10
    assert found["figures"] == len(list((folder / "figures").glob("*.svg")))
    assert found["height"] > 3000


@pytest.mark.parametrize("width", WIDTHS)
def test_a_browser_shows_the_page(width: int, picture: NDArray[np.float64]) -> None:
    left = sum(WIDTHS[: WIDTHS.index(width)])
    pixels = picture[:, left : left + width]
    assert pixels.shape == (HEIGHT, width, 3)
    inked = (pixels.min(axis=2) < 0.5).mean(axis=1) > 0
    # text or lines in every stretch of the page: half a screen of nothing would be an empty space
    longest = max(len(run) for run in "".join("#" if row else " " for row in inked).split("#"))
    assert longest < 250
    assert 0.02 < (pixels.min(axis=2) < 0.5).mean() < 0.4
    blue = (pixels[:, :, 2] > 0.6) & (pixels[:, :, 0] < 0.2)
    assert blue.sum() > 500


# --- what moves the answer ----------------------------------------------------------------------------------


def test_what_moves_the_answer_is_told_of_both_answers(page: Page, folder: Path) -> None:
    stored = read_stored(folder)
    assert stored.sensitivity is not None
    targets = stored.sensitivity.first.targets
    assert [(target.step, target.date.isoformat()) for target in targets] == [
        ("pfp", "2036-12-31"),
        ("membership", "2056-12-01"),
    ]
    assert "moves" in page.ids()
    assert "Settlement rate (fitted) moves it most" in plain(page.text)


def test_a_folder_of_an_older_version_says_that_it_has_nothing_of_it(folder: Path) -> None:
    older = page_of(replace(read_stored(folder), sensitivity=None))
    assert "an older version of accession made this run" in older
