"""What is proposed, how much it would save, and that nothing is where only chance is at work."""

from __future__ import annotations

import json
from datetime import date, timedelta
from math import exp, log, sqrt

import numpy as np
import pytest
import yaml
from scipy import stats

from aftersales import metrics as registry
from aftersales.errors import ConfigError
from aftersales.judgement import improvements, proposals
from aftersales.judgement.effects import (
    Cell,
    against_past,
    against_rest,
    beyond_chance,
    over_limit,
    over_rest,
)
from aftersales.metrics import Metric
from aftersales.settings import Settings, packaged
from aftersales.warehouse.connection import connect

LAYERS = (packaged("reports"),)
UNTIL = date(2026, 11, 22)
WORLDS = 60


@pytest.fixture(scope="module")
def metrics():
    return registry.load((packaged("sql"),))


@pytest.fixture(scope="module")
def rules():
    return proposals.load(LAYERS)


# --- effects ---------------------------------------------------------------------------------


def test_the_surplus_over_a_limit_is_what_is_beyond_it():
    found = over_limit(Cell(28, 239), 0.02)
    assert found.count == pytest.approx(28 - 0.02 * 239)
    assert found.p_value == pytest.approx(stats.binom.sf(27, 239, 0.02))
    assert found.low < found.count < found.high


def test_the_surplus_over_the_rest_is_what_the_rests_level_would_not_give():
    share = over_rest(Cell(30, 100), Cell(100, 1000), is_share=True)
    assert (share.expected, share.count) == pytest.approx((0.1, 20))
    rate = over_rest(Cell(30, 100), Cell(100, 1000), is_share=False)
    assert (rate.expected, rate.count) == pytest.approx((0.1, 20))
    for found in (share, rate):
        assert 0 < found.low < found.count < found.high
        assert found.p_value < 1e-4


def test_an_outlier_hides_no_other():
    agents = {"cold": Cell(250, 250), "cool": Cell(180, 270), "c": Cell(120, 250)}
    agents |= {name: Cell(120 + place, 250) for place, name in enumerate("defgh")}
    found = against_rest(agents, is_share=True, spread="alike", minimum_n=30)
    plain = against_rest(agents, is_share=True, spread="plain", minimum_n=30)
    assert found["cool"].p_value < plain["cool"].p_value / 100
    assert found["cool"].expected == pytest.approx(730 / 1500)  # of those not set apart


def test_articles_that_differ_by_nature_are_not_proposed_for_it():
    rng = np.random.default_rng(1)
    articles = {
        str(place): Cell(rng.binomial(1000, share), 1000)
        for place, share in enumerate(np.linspace(0.01, 0.08, 12))
    }
    varied = against_rest(articles, is_share=True, spread="varied", minimum_n=30)
    plain = against_rest(articles, is_share=True, spread="plain", minimum_n=30)
    assert not any(beyond_chance([one.p_value for one in varied.values()]))
    assert sum(beyond_chance([one.p_value for one in plain.values()])) > 3
    articles["bad"] = Cell(400, 1000)
    varied = against_rest(articles, is_share=True, spread="varied", minimum_n=30)
    assert min(varied, key=lambda name: varied[name].p_value) == "bad"
    assert beyond_chance([one.p_value for one in varied.values()])[-1]


def test_a_groups_past_is_moved_by_what_the_others_did():
    weeks = [Cell(10, 1000)] * 4
    tripled, doubled = [Cell(30, 1000)] * 4, [Cell(20, 1000)] * 4
    found = against_past(tripled, weeks, doubled, weeks)
    assert found.expected == pytest.approx(0.02)
    assert found.count == pytest.approx(120 * (1 - 2 / 3))
    # Four Poisson counts: the log of a ratio of ratios, and the error of it.
    error = sqrt(1 / 120 + 1 / 40 + 1 / 80 + 1 / 40)
    reach = stats.t.ppf(0.975, 12) * error
    assert found.low == pytest.approx(120 * (1 - exp(-(log(1.5) - reach))))
    assert found.p_value == pytest.approx(2 * stats.t.sf(log(1.5) / error, 12))


def test_weeks_that_jump_anyway_make_a_rise_less_sure():
    calm = against_past([Cell(20, 1000)] * 4, [Cell(10, 1000)] * 4, [], [])
    wild = [Cell(bad, 1000) for bad in (0, 40, 0, 40)]
    jumping = against_past(wild, [Cell(bad, 1000) for bad in (0, 20, 0, 20)], [], [])
    assert calm.expected == pytest.approx(jumping.expected)
    assert calm.p_value < 0.05 < jumping.p_value


def test_nothing_bad_before_gives_no_ratio():
    assert against_past([Cell(9, 100)], [Cell(0, 100)], [Cell(5, 100)], [Cell(5, 100)]) is None


def test_a_world_in_which_nothing_happens_proposes_nothing(rules):
    """Alike agents, articles with their own steady rates, rules kept as well as tolerated."""
    rng = np.random.default_rng(20)
    agents, past, limit = (rules.get(n) for n in ("cold_agent", "exchange_sku", "control_rule"))
    proposing = 0
    for _ in range(WORLDS):
        found = []
        cells = {name: Cell(rng.binomial(250, 0.45), 250) for name in "abcdefgh"}
        judged = against_rest(cells, is_share=True, spread="alike", minimum_n=30)
        found += [_found(agents, name, cells[name], one) for name, one in judged.items()]
        weeks = {
            sku: [Cell(rng.poisson(100 * share), 100) for _ in range(14)]
            for sku, share in zip("st", (0.03, 0.06), strict=True)
        }
        for sku, own in weeks.items():
            rest = [
                sum((weeks[other][w] for other in weeks if other != sku), Cell(0, 0))
                for w in range(14)
            ]
            one = against_past(own[8:], own[:8], rest[8:], rest[:8])
            found += [_found(past, sku, sum(own[8:], Cell(0, 0)), one)] if one else []
        for name in "xyz":
            cell = Cell(rng.binomial(300, 0.02), 300)
            found.append(_found(limit, name, cell, over_limit(cell, 0.02)))
        proposing += bool(proposals.chosen(found, rules))
    assert stats.binomtest(proposing, WORLDS, 0.05, alternative="greater").pvalue > 0.05


def _found(rule, name, cell, surplus):
    return proposals.Found(rule, (name,), cell, surplus, (UNTIL, UNTIL))


# --- rules -----------------------------------------------------------------------------------


def test_every_rule_speaks_of_what_there_is_and_has_its_words(rules, metrics):
    words = [proposals.wording(LAYERS, language) for language in proposals.LANGUAGES]
    for rule in rules.all:
        metric = metrics[rule.metric]
        assert {*rule.by, *rule.where} <= set(metric.split_by), rule.rule
        assert rule.per is None or {*rule.per.by} <= set(metrics[rule.per.metric].split_by)
        assert rule.per is not None or metric.kind == "share", rule.rule
        for name in rule.money.amounts if rule.money else ():
            assert {*rule.by, *rule.where} <= set(metrics[name].split_by), (rule.rule, name)
        for wording in words:
            for part in ("title", "action"):
                assert wording.has(f"rule.{rule.rule}.{part}"), (rule.rule, part)
            for owner in (*rule.owners.values(), *([rule.owner] if rule.owner else [])):
                assert wording.has(f"owner.{owner}"), owner


@pytest.fixture
def shop():
    """Chats of two shifts by hour over ten weeks, half of the night's answered late; 3 agents."""
    con = connect(None)
    con.execute(
        """
        create table fct_chat as
        select
            'C' || i as chat_id, date '2026-09-14' + (i // 24 % 70)::int as day_on,
            (i % 24)::int as hour,
            i % 24 > 8 or i // 24 % 2 = 0 as is_quick,
            ['a', 'b', 'c'][i % 3 + 1] as agent
        from range(0, 24 * 140) as t (i);
        """
    )
    metric = Metric.model_validate(
        {
            **{"metric": "quick", "model": "fct_chat", "period": "day_on", "kind": "share"},
            **{"label": {"zh": "z", "en": "e"}, "reads": {"zh": "z", "en": "e"}},
            **{"is_not": {"zh": "z", "en": "e"}, "owner": "o", "decision": "D-001"},
            "numerator": "count(*) filter (where is_quick)",
            "denominator": "count(*)",
            "rows": "not is_quick",
            **{"unit": "share", "good": "higher", "split_by": ["hour", "agent"]},
            "example": {"given": "", "gives": {}},
        }
    )
    return con, {"quick": metric}


def _rules(**rule):
    told = {"rule": "slow_hours", "kind": "rest", "metric": "quick", "owner": "CS"}
    told |= {"by": ["hour"], "bands": {"0-8": [0, 8], "9-23": [9, 23]}, "entity": "chat_id", **rule}
    whole = {"weeks": 9, "before_weeks": 13, "minimum_n": 30, "least": 5, "examples": 5}
    return proposals.Rules.model_validate({**whole, "rules": [told]})


def test_a_proposal_says_how_many_fewer_a_week_and_where_they_stand(shop):
    con, metrics = shop
    found = proposals.propose(con, metrics, _rules(), LAYERS, until=UNTIL, currency="CNY")
    (one,) = found
    assert one.key == "slow_hours:0-8"
    assert (one.since, one.until) == (date(2026, 9, 21), UNTIL)
    late = "select count(*) from fct_chat where hour <= 8 and day_on >= '2026-09-21'"
    chats, missed = (con.execute(late + more).fetchone()[0] for more in ("", " and not is_quick"))
    assert (one.bad, one.of, one.expected) == (missed, chats, 0)
    assert one.cases == pytest.approx(missed / 9)
    assert one.low < one.cases <= one.high
    assert one.money is None  # no amount is known, which is not none
    assert one.owner == "CS"
    assert one.title["en"].startswith("Chats of 0-8 h: 50.8% without a reply")
    assert one.rows.startswith(
        "aftersales rows quick --since 2026-09-21 --until 2026-11-22 --where hour="
    )
    behind = "select chat_id from fct_chat where not is_quick"
    assert len(one.entities) == 5
    assert set(one.entities) <= {name for (name,) in con.execute(behind).fetchall()}


def test_groups_without_enough_or_without_a_name_are_not_judged(shop):
    con, metrics = shop
    assert not proposals.propose(
        con, metrics, _rules(minimum_n=5000), LAYERS, until=UNTIL, currency="CNY"
    )
    con.execute("update fct_chat set agent = null")
    by_agent = _rules(by=["agent"], bands={}, rule="cold_agent")
    assert proposals.look(con, metrics, by_agent, by_agent.all[0], UNTIL) == []


def test_a_rule_that_is_not_whole_is_refused():
    with pytest.raises(ValueError, match="tolerated belongs to the kind limit"):
        _rules(kind="limit")
    with pytest.raises(ValueError, match="brings its owner along"):
        _rules(owner=None)


# --- what people keep ------------------------------------------------------------------------

OWN = """\
# 每周一更新
- id: slow_hours:0-8   # 夜班
  state: open  # 周会再定
  meeting: Monday

- {id: a:b, state: doing, owner: Li}
- id: c:d
  note: |
    two
    lines
"""
TODAY = date(2026, 11, 23)


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "improvements.yml"
    path.write_text(OWN, encoding="utf-8")
    return path


def test_only_what_was_decided_changes_in_the_file(file):
    improvements.put(file, "slow_hours:0-8", {"state": "accepted", "owner": "张"}, today=TODAY)
    assert file.read_text(encoding="utf-8") == OWN.replace(
        "  state: open  # 周会再定\n  meeting: Monday\n",
        "  state: accepted  # 周会再定\n  meeting: Monday\n  owner: 张\n  decided_on: 2026-11-23\n",
    )


@pytest.mark.parametrize(
    ("key", "before", "after"),
    [
        ("a:b", "doing, owner: Li}", 'done, owner: Li, note: "it: helped", done_on: 2026-11-23}'),
        ("c:d", "    lines\n", "    lines\n  state: done\n  done_on: 2026-11-23\n"),
    ],
)
def test_an_entry_keeps_the_form_it_is_written_in(file, key, before, after):
    changes = {"state": "done", "note": "it: helped" if key == "a:b" else None}
    improvements.put(file, key, changes, today=TODAY)
    told = file.read_text(encoding="utf-8").replace("'it: helped'", '"it: helped"')
    assert told == OWN.replace(before, after)


def test_a_first_decision_makes_the_file_and_the_next_adds_to_it(tmp_path):
    path = tmp_path / "improvements.yml"
    improvements.put(path, "a:b", {"state": "doing", "due": date(2026, 12, 1)}, today=TODAY)
    improvements.put(path, "c:d", {"note": "是: 否"}, today=TODAY)
    assert yaml.safe_load(path.read_text(encoding="utf-8")) == [
        {"id": "a:b", "state": "doing", "due": date(2026, 12, 1), "started_on": TODAY},
        {"id": "c:d", "state": "open", "note": "是: 否"},
    ]


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("- {id: a:b, state: maybe}", "a:b: 'maybe' is no state"),
        ("- {id: a:b, due: soon}", "a:b: due 'soon' is no day"),
        ("- {id: a:b}\n- {id: a:b}", "'a:b' stands in it twice"),
        ("a: b", "it is no list of entries with an id"),
        ("- {", "it is not YAML"),
    ],
)
def test_a_file_that_cannot_be_used_says_what_and_where(tmp_path, text, what):
    path = tmp_path / "improvements.yml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ConfigError, match=what) as refused:
        improvements.read(path)
    assert refused.value.file == str(path)
    assert refused.value.fix


def test_what_is_refused_leaves_the_file_as_it_was(file):
    with pytest.raises(ConfigError, match="'maybe' is no state"):
        improvements.put(file, "a:b", {"state": "maybe"}, today=TODAY)
    assert file.read_text(encoding="utf-8") == OWN


# --- from run to run -------------------------------------------------------------------------


@pytest.fixture
def workspace(tmp_path, shop, monkeypatch):
    """A workspace in which the shop's chats are all that is known, on a day."""
    con, metrics = shop
    con.execute("create table ref_run (as_of_on date)")
    for table in ("dim_event", "dim_calendar_day", "ref_calendar_of", "ref_exempt"):
        con.execute(f"create table {table} (title text)")
    monkeypatch.setattr(improvements.events, "read", lambda con: [])
    monkeypatch.setattr(improvements, "last_week", lambda con, metrics: UNTIL)
    monkeypatch.setattr(improvements.proposals, "load", lambda layers: _rules())
    settings = Settings(home=tmp_path)

    def on(day):
        con.execute("delete from ref_run")
        con.execute("insert into ref_run values (?)", [day])
        return con, settings, metrics

    return on


def test_when_something_was_found_first_and_since_when_no_longer(workspace):
    con, settings, metrics = workspace(date(2026, 11, 22))
    improvements.remember(con, settings, metrics, "run1")
    improvements.remember(con, settings, metrics, "run1")
    lines = (settings.runs / "proposals.jsonl").read_text(encoding="utf-8").splitlines()
    assert [json.loads(line) for line in lines] == [
        {"run_id": "run1", "on": "2026-11-22", "found": ["slow_hours:0-8"]}
    ]
    (one,) = improvements.listed(con, settings, metrics, until=UNTIL, today=TODAY)
    assert (one.first_on, one.gone_since) == (date(2026, 11, 22), None)
    improvements.put(settings.improvements_file, one.key, {"state": "doing"}, today=TODAY)
    con.execute("update fct_chat set is_quick = true")
    for day in (29, 30):
        con, settings, metrics = workspace(date(2026, 11, day))
        improvements.remember(con, settings, metrics, f"run{day}")
    (one,) = improvements.listed(con, settings, metrics, until=UNTIL, today=TODAY)
    assert one.proposal is None
    assert (one.state, one.gone_since) == ("doing", date(2026, 11, 29))


def test_what_is_due_and_not_done_is_overdue(workspace):
    con, settings, metrics = workspace(UNTIL)
    key, due = "slow_hours:0-8", TODAY - timedelta(days=1)
    states = {}
    for state in ("open", "doing", "declined"):
        improvements.put(settings.improvements_file, key, {"state": state, "due": due}, today=TODAY)
        (one,) = improvements.listed(con, settings, metrics, until=UNTIL, today=TODAY)
        states[state] = one.is_overdue
    assert states == {"open": True, "doing": True, "declined": False}


def test_what_is_done_is_tested_on_its_own_series_against_the_others(workspace):
    con, settings, metrics = workspace(UNTIL)
    done = date(2026, 10, 26)
    con.execute(
        "insert into fct_chat select 'D' || i, date '2026-07-06' + (i // 24 % 70)::int,"
        " (i % 24)::int, i % 24 > 8 and i % 7 > 0 or i // 24 % 2 = 0, 'a'"
        " from range(0, 24 * 140) as t (i)"
    )
    con.execute(
        "update fct_chat set is_quick = true where day_on >= ? and hash(chat_id) % 4 > 0", [done]
    )
    con.execute("update fct_chat set is_quick = false where hour > 8 and hash(chat_id) % 11 = 0")
    changes = {"state": "done", "done_on": done}
    improvements.put(settings.improvements_file, "slow_hours:0-8", changes, today=TODAY)
    (one,) = improvements.listed(con, settings, metrics, until=UNTIL, today=TODAY)
    assert (one.result.status, one.result.verdict) == ("tested", "better")
    assert one.result.change.high < 0
    assert one.result.against.high < 0


def test_a_persons_own_item_is_tested_on_the_metric_it_names(workspace):
    con, settings, metrics = workspace(UNTIL)
    entry = {"id": "own:shift", "title": {"en": "A second shift"}, "state": "done"}
    entry |= {"done_on": date(2026, 11, 16), "metric": "quick", "where": {"agent": "a"}}
    text = yaml.safe_dump([entry], allow_unicode=True)
    settings.improvements_file.write_text(text, encoding="utf-8")
    *_, one = improvements.listed(con, settings, metrics, until=UNTIL, today=TODAY)
    assert (one.title["en"], one.title["zh"]) == ("A second shift", "own:shift")
    assert (one.result.status, one.result.before, one.result.after) == ("too_early", 8, 1)
    assert one.result.testable_on == date(2026, 12, 14)
