"""The scorecard's data for reports: what is in the file, where it goes, and that it is that of the scores."""

from __future__ import annotations

import csv
import json
from collections import defaultdict
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from sim.history.hindcast.forecasts import comparisons, read_forecasts
from sim.history.hindcast.scores import over_groups
from sim.pages.scorecard_data import data_file, verdict, write_data
from sim.results.scored import MadeWith
from sim.scenario.sources import builtin_folder

ROOT = Path(__file__).parents[2]
DATA: dict[str, Any] = json.loads((ROOT / "scenarios" / "scorecard.json").read_text("utf-8"))
SAID = {"forms": "one", "failure": ""}
MADE = MadeWith("0.1.0", "c" * 64, "f" * 64, "b" * 64)


def losses() -> dict[tuple[str, str, str], dict[tuple[str, ...], tuple[float, str]]]:
    """(component, mode, model) -> forecast -> CRPS and group, as published."""
    found: dict[Any, dict[Any, tuple[float, str]]] = defaultdict(dict)
    with (ROOT / "docs" / "scores.csv").open(encoding="utf-8", newline="") as stream:
        for row in csv.DictReader(stream):
            about = (row["case"], row["unit"], row["origin"])
            key = (row["component"], row["mode"], row["model"])
            found[key][about] = (float(row["crps"]), row["group"])
    return found


def by_group(values: list[tuple[float, str]]) -> float:
    """The mean within groups, then over groups."""
    groups: dict[str, list[float]] = defaultdict(list)
    for value, group in values:
        groups[group].append(value)
    return sum(sum(found) / len(found) for found in groups.values()) / len(groups)


PUBLISHED = losses()


def test_the_data_are_those_of_the_published_scores() -> None:
    """Counted again from docs/scores.csv, whose numbers have six decimals."""
    assert DATA["schema"] == 1
    assert len(DATA["best"]) == len({(row["component"], row["mode"]) for row in DATA["best"]}) > 10
    for row in [*DATA["best"], *DATA["lost"]]:
        place = (row["component"], row["mode"])
        ours, other = PUBLISHED[*place, "model"], PUBLISHED[*place, row["baseline"]]
        both = [about for about in other if about in ours]
        groups = [ours[about][1] for about in both]
        assert (row["outcomes"], row["groups"]) == (len(both), len(set(groups)))
        assert row["model"] == pytest.approx(by_group([ours[a] for a in both]), abs=5e-6)
        assert row["baseline_crps"] == pytest.approx(by_group([other[a] for a in both]), abs=5e-6)
        apart = [ours[a][0] - other[a][0] for a in both]
        d = over_groups(apart, groups)
        assert (row["difference"], row["low"], row["high"]) == pytest.approx(
            (d.mean, d.low, d.high), abs=5e-6
        )
        assert row["better"] == d.better


def test_the_best_baseline_is_the_one_with_the_smallest_score_on_every_outcome() -> None:
    for row in DATA["best"]:
        place = (row["component"], row["mode"])
        ours = PUBLISHED[*place, "model"]
        others = {
            model: by_group([found[about] for about in ours])
            for (component, mode, model), found in PUBLISHED.items()
            if (component, mode) == place and model != "model" and ours.keys() <= found.keys()
        }
        assert row["outcomes"] == len(ours)
        assert min(others.values()) == pytest.approx(others[row["baseline"]], abs=5e-6)


def test_every_baseline_that_is_ahead_is_named() -> None:
    ahead = set()
    for (component, mode, model), other in PUBLISHED.items():
        ours = PUBLISHED.get((component, mode, "model"), {})
        both = [about for about in other if about in ours]
        if model != "model" and both:
            mean = by_group([(ours[a][0] - other[a][0], ours[a][1]) for a in both])
            if mean > 1e-5:
                ahead.add((component, mode, model))
    assert {(row["component"], row["mode"], row["baseline"]) for row in DATA["lost"]} == ahead


def test_the_data_name_the_forecasts_that_they_were_made_of() -> None:
    content = (ROOT / "docs" / "forecasts.csv").read_bytes()
    assert DATA["forecasts_digest"] == sha256(content).hexdigest()
    assert DATA["forecasts"] == len(content.splitlines()) - 1


def test_the_published_page_says_the_same() -> None:
    page = (ROOT / "docs" / "scorecard.md").read_text("utf-8")
    for row in DATA["best"]:
        start = (
            f"| {row['name']} | {row['mode']} | {row['outcomes']} | {row['groups']} | {row['model']:,.0f} "
        )
        assert f"{start}| {row['baseline']}, {row['baseline_crps']:,.0f} |" in page
    if DATA["failure"]:
        assert DATA["failure"] in " ".join(page.split())


def test_data_of_the_checkout_s_docs_travel_with_the_package(tmp_path: Path) -> None:
    assert data_file(ROOT / "docs") == builtin_folder() / "scorecard.json"
    assert data_file(tmp_path) == tmp_path / "scorecard.json"


def test_what_forecasts_were_made_with_is_kept_while_they_stay_the_same(tmp_path: Path) -> None:
    lines = (ROOT / "docs" / "forecasts.csv").read_text("utf-8").splitlines(keepends=True)
    few = [lines[0], *(line for line in lines if line.startswith("protocol,"))]
    (tmp_path / "forecasts.csv").write_text("".join(few), "utf-8")

    def written(made: MadeWith | None) -> Any:
        forecasts = read_forecasts(tmp_path / "forecasts.csv")
        file = write_data(forecasts, comparisons(forecasts), tmp_path, made, **SAID)
        return json.loads(file.read_text("utf-8"))["made_with"]

    assert written(None) is None
    assert written(MADE)["facts_digest"] == "f" * 64
    assert written(None)["facts_digest"] == "f" * 64
    (tmp_path / "forecasts.csv").write_text("".join(few[:-1]), "utf-8")
    assert written(None) is None


def test_nothing_is_called_ahead_where_the_interval_contains_0() -> None:
    forecasts = [f for f in read_forecasts(ROOT / "docs" / "forecasts.csv") if f.component == "protocol"]
    for compared in comparisons(forecasts):
        d = compared.difference
        assert (verdict(compared) == "open") == (d.low <= 0 <= d.high)
