from __future__ import annotations

import pytest

from aftersales.settings import packaged
from aftersales.warehouse import models
from aftersales.warehouse.models import Model, read_model
from aftersales.warehouse.portability import ALLOWED, RULES, Refusal, always, lint

LAYERS = (packaged("sql"),)
MODELS = {**models.load(LAYERS), **models.load_rules(LAYERS)}
SECONDS = "date_diff('microsecond', a, b), cast as double, / 1000000"
PERCENTILE = "percentile_cont(q) within group (order by cast(x as double))"
ONE_ROW = "row_number() over (… order by all that tells rows apart), then = 1"
LOCAL_DAY = "cast the local day to date, then date_diff('day', date '1900-01-01', …) % 7 + 1"
JOIN_VALUES = "cross join (values …) and a case, or lay the rows as a table at ingest"
DIVIDE = "cast(a as double) / nullif(b, 0)"
CHECKED = "case when regexp_matches(x, '^…$') then try_cast(x as …) end"
NUMBERED = "cast(floor(x) as bigint), or round(x)"
EITHER_ROW = f"min or max, or {ONE_ROW}"
CLOCK = "as_of of ref_run"

# An expression, and what the refusal says to write instead of it.
REFUSED = {
    # different rows and no error
    "percentile_cont(0.5) within group (order by x)": PERCENTILE,
    "percentile_cont(0.5) within group (order by cast(x as decimal(9, 2)))": PERCENTILE,
    "quantile_cont(x, 0.5)": PERCENTILE,
    "quantile_disc(x, 0.5)": PERCENTILE,
    "approx_quantile(x, 0.5)": PERCENTILE,
    "median(x)": PERCENTILE,
    "date_diff('second', a, b)": f"{SECONDS}; for days cast both sides as date",
    "date_diff('hour', a, b)": f"{SECONDS}; for days cast both sides as date",
    "date_diff('day', a, b)": f"{SECONDS}; for days cast both sides as date",
    "date_diff('month', cast(a as date), cast(b as date))": (
        f"{SECONDS}; for days cast both sides as date"
    ),
    "epoch(a)": SECONDS,
    "extract(epoch from a)": LOCAL_DAY,
    "isodow(a)": LOCAL_DAY,
    "dayofweek(a)": LOCAL_DAY,
    "week(a)": LOCAL_DAY,
    "a at time zone 'UTC'": (
        "times are naive UTC: add the offset dim_utc_offset has for the instant"
    ),
    "timezone('UTC', a)": "add the offset dim_utc_offset has",
    "regexp_matches(x, 'a', 'i')": "begin the pattern with (?i)",
    "regexp_replace(x, 'a', 'b')": "regexp_replace(…, 'g')",
    r"regexp_replace(x, '(a)', '\1-', 'g')": (
        "regexp_extract the groups and put them together with ||"
    ),
    "regexp_replace(x, 'a', '$', 'g')": "regexp_extract the groups and put them together with ||",
    r"x like '\%'": "regexp_matches",
    "list(x order by a)": ONE_ROW,
    "unnest(x)": JOIN_VALUES,
    "sum(x) over (order by a rows between 1 preceding and 1 following exclude current row)": (
        "two frames, one before and one after the row"
    ),
    "a / b": DIVIDE,
    "a / nullif(b, 0)": DIVIDE,
    "a / 100.0": DIVIDE,
    "cast(a as double) / b": "nullif(divisor, 0)",
    "cast(a as double) / 0": "nullif(divisor, 0)",
    "cast(a as double) / '2'": "nullif(divisor, 0)",
    "a // b": "nullif(divisor, 0)",
    "a % b": "nullif(divisor, 0)",
    "cast(3.5 as int)": NUMBERED,
    "cast(x as bigint)": NUMBERED,
    "try_cast(x as int)": NUMBERED,
    "cast(sum(x) as bigint)": NUMBERED,
    "try_cast(x as timestamp)": CHECKED,
    "try_cast(x as double)": CHECKED,
    "try_cast(x as decimal(18, 4))": CHECKED,
    "case when x > 'a' then try_cast(x as date) end": CHECKED,
    "arg_min(x, a)": f"arg_min(a, b) filter (where a is not null), or {ONE_ROW}",
    "arg_max(x, a) filter (where a is not null)": (
        f"arg_min(a, b) filter (where a is not null), or {ONE_ROW}"
    ),
    "first(x)": EITHER_ROW,
    "any_value(x)": EITHER_ROW,
    "last(x)": EITHER_ROW,
    "least(a, b)": "coalesce every argument, or a case",
    "greatest(a, coalesce(b, 0))": "coalesce every argument, or a case",
    "cast(a as date) + interval '1 month'": "cast(day + interval '1 month' as date)",
    "substring(x, 0, 2)": "a literal from 1",
    "substring(x, -2)": "a literal from 1",
    "current_date": CLOCK,
    "now()": CLOCK,
    "random()": CLOCK,
    "round(x, 2)": "round where it is shown, not where it is counted",
    "avg(x)": "avg(cast(x as double))",
    "date_trunc('month', cast(a as date))": "cast(date_trunc('month', day) as date)",
    "cast(a as date) - date '2026-01-01'": "date_diff('day', cast(a as date), cast(b as date))",
    "paid_on - created_on": "date_diff('day', cast(a as date), cast(b as date))",
    "chr(8217)": "the character itself",
    "chr(a)": "the character itself",
    "try(a)": "try_cast, or a case",
    "cast(x as timestamptz)": "varchar, bigint, double, decimal, date, timestamp or boolean",
    "cast(x as time)": "varchar, bigint, double, decimal, date, timestamp or boolean",
    # refused by Spark
    "interval (a) second": "n * interval '1 second'",
    "to_seconds(a)": "n * interval '1 second'",
    "date_sub('hour', a, b)": SECONDS,
    "strftime(a, '%G-W%V')": f"only %Y %m %d %H %M %S; for weeks and weekdays {LOCAL_DAY}",
    "strftime(a, '%j')": f"only %Y %m %d %H %M %S; for weeks and weekdays {LOCAL_DAY}",
    "strftime(a, x)": f"only %Y %m %d %H %M %S; for weeks and weekdays {LOCAL_DAY}",
    "isoyear(a)": LOCAL_DAY,
    "regexp_full_match(x, 'a')": "regexp_matches(x, '^…$')",
    "strlen(x)": "length",
    "x[1]": JOIN_VALUES,
    "x[1:2]": JOIN_VALUES,
    "list_sum(x)": JOIN_VALUES,
    "list_has_any(x, y)": JOIN_VALUES,
    "{'a': 1}": "take it apart at ingest",
    "map {'a': 1}": "take it apart at ingest",
    "x ->> 'a'": "take it apart at ingest",
    "error('x')": "a check in sql/checks",
    # nobody has looked
    "upper(x)": "prove it on Spark first, then add it to portability.py",
    "hash(x)": "prove it on Spark first, then add it to portability.py",
    "my_own(x)": "prove it on Spark first, then add it to portability.py",
    "printf('%d', a)": "prove it on Spark first, then add it to portability.py",
}
REFUSED_QUERIES = {
    "select t.a -- a\nfrom stg_t as t asof join stg_u as u on t.a >= u.a": (
        "lay valid_from and valid_to by lead(), then join on the range"
    ),
    "with t as (select * replace (1 as a) from stg_t) select a -- a\nfrom t": (
        "write the columns out"
    ),
    "with t as (select columns('a') from stg_t) select a -- a\nfrom t": "write the columns out",
    "select a -- a\nfrom stg_t union by name select a from stg_u": "write the columns out",
    "with t as (from stg_t pivot (sum(b) for c in (1, 2))) select a -- a\nfrom t": (
        "sum(…) filter (where …) for each column"
    ),
    "with t as materialized (select a from stg_t) select a -- a\nfrom t": "leave it out",
    "select a -- a\nfrom generate_series(1, 3) as g (a)": JOIN_VALUES,
    "select a + 1 as b -- b\nfrom stg_t where b > 1": "repeat it, or a CTE before",
    "select distinct on (a) a, -- a\n b -- b\nfrom stg_t": ONE_ROW,
    "select a -- a\nfrom stg_t limit 5": "prove it on Spark first, then add it to portability.py",
}
TAKEN = (
    "percentile_cont(0.9) within group (order by cast(x as double))",
    "cast(date_diff('microsecond', a, b) as double) / 1000000",
    "date_diff('day', date '1900-01-01', cast(a as date)) % 7 + 1",
    "cast(date_part('hour', a + b * interval '1 second') as int)",
    "a - b * interval '1 second'",
    "a + interval '30 day'",
    "cast(cast(a as date) + interval '1 month' as date)",
    "cast(sum(x) as double) / nullif(count(*), 0)",
    "cast(sum(case when a then 1 else 0 end) as bigint)",
    "cast(floor(x) as bigint)",
    "cast(regexp_extract(x, '([+-])$', 1) || '1' as int)",
    "case when regexp_matches(x, '^[0-9]+$') then try_cast(x as decimal(18, 4)) end",
    "avg(cast(x as double))",
    "cast(date_trunc('week', a) as date)",
    "round(x)",
    "paid_on - interval '1 day'",
    "arg_min(x, a) filter (where x is not null and b)",
    "least(coalesce(a, 0), 1)",
    "regexp_replace(x, '[a-z]', '-', 'g')",
    "regexp_matches(x, '(?i)a')",
    "x like '%a_'",
    "row_number() over (partition by a order by b desc nulls last)",
    "sum(x) over (order by a rows between unbounded preceding and current row)",
    "lag(x ignore nulls) over (order by a)",
    "count(*) filter (where a is distinct from b)",
    "strftime(a, '%Y-%m')",
    "substring(x, 1, 2)",
)


@pytest.fixture
def refusals(tmp_path):
    """What the linter says to a model with this select."""

    def read(select: str) -> list[Refusal]:
        path = tmp_path / "fct_x.sql"
        path.write_text(f"-- fct_x: a row.\n-- grain: z\n-- owner: us\n{select}\n")
        return lint(read_model(path, "marts", {}))

    return read


@pytest.mark.parametrize("expression", REFUSED)
def test_what_differs_or_fails_on_spark_is_refused_with_a_way_out(refusals, expression):
    said = [refusal.instead for refusal in refusals(f"select {expression} as z -- z\nfrom stg_t")]
    assert REFUSED[expression] in said


@pytest.mark.parametrize("select", REFUSED_QUERIES)
def test_what_a_whole_query_may_not_do_is_refused_with_a_way_out(refusals, select):
    assert REFUSED_QUERIES[select] in [refusal.instead for refusal in refusals(select)]


@pytest.mark.parametrize("expression", TAKEN)
def test_what_agrees_is_taken(refusals, expression):
    assert refusals(f"select {expression} as z -- z\nfrom stg_t") == []


def test_the_way_out_is_itself_taken(refusals):
    assert refusals(f"select {PERCENTILE.replace('(q)', '(0.5)')} as z -- z\nfrom stg_t") == []
    assert refusals(f"select {DIVIDE} as z -- z\nfrom stg_t") == []


def test_a_refusal_names_file_construct_reason_and_way_out(refusals, tmp_path):
    (refusal,) = refusals("select first(x) as z -- z\nfrom stg_t")
    assert str(refusal) == (
        f"{tmp_path}/fct_x.sql: FIRST(x): any row of the group, another one on another day\n"
        f"  fix: {EITHER_ROW}"
    )


def test_a_construct_used_twice_is_refused_once(refusals):
    assert len(refusals("select first(x) as z, -- z\n first(x) as y -- y\nfrom stg_t")) == 1


def test_every_rule_is_shown_refusing_something(refusals):
    """A rule nobody can break is one nobody needs."""
    said = {
        (refusal.why, refusal.instead)
        for select in (*(f"select {e} as z -- z\nfrom stg_t" for e in REFUSED), *REFUSED_QUERIES)
        for refusal in refusals(select)
    }
    assert [rule for rule in RULES if (rule.why, rule.instead) not in said] == []


def test_what_is_always_refused_is_not_on_the_allow_list():
    refused = {kind for rule in RULES if rule.when is always for kind in rule.kinds}
    assert refused & ALLOWED == set()


@pytest.mark.parametrize("model", MODELS.values(), ids=MODELS.keys())
def test_every_model_can_run_on_spark(model: Model):
    assert "\n".join(map(str, lint(model))) == ""
