"""What a model may not say if DuckDB and Spark are to give the same rows for it.

Everything is refused that was not seen to agree: what differs without an error first of all. The
linter reads the select after our functions are expanded, since that is what Spark would be given.
It does not know types; that the rows agree is for a comparison on both engines to show.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from sqlglot import exp

from aftersales.warehouse.models import Model


@dataclass(frozen=True)
class Refusal:
    """One construct in one file.

    Attributes:
        construct: as it stands in the model, functions expanded, at most a line of it.
        why: what the engines make of it.
        instead: how to write it.
    """

    file: Path
    construct: str
    why: str
    instead: str

    def __str__(self) -> str:
        return f"{self.file}: {self.construct}: {self.why}\n  fix: {self.instead}"


def always(_: exp.Expression) -> bool:
    """The condition of a rule without one."""
    return True


@dataclass(frozen=True)
class Rule:
    """Why nodes of these kinds are refused, where ``when`` holds."""

    kinds: tuple[type[exp.Expression], ...]
    why: str
    instead: str
    when: Callable[[exp.Expression], bool] = always


UNKNOWN = ("not on the allow-list", "prove it on Spark first, then add it to portability.py")

WHOLE_TYPES = ("INT", "BIGINT", "SMALLINT", "TINYINT")
TYPES = (*WHOLE_TYPES, "TEXT", "VARCHAR", "DOUBLE", "DECIMAL", "DATE", "TIMESTAMPNTZ", "BOOLEAN")
_MONTHS = ("MONTH", "QUARTER", "YEAR")
_TEXTS_DIFFER = ("TIMESTAMPNTZ", "DATE", "DOUBLE", "DECIMAL")


def lint(model: Model) -> list[Refusal]:
    """What of the model would differ or fail on Spark, in the order it is written."""
    found: dict[Refusal, None] = {}  # a function of ours is expanded many times: say it once
    for node in model.query.walk():
        for why, instead in _reasons(node):
            found[Refusal(model.path, _short(node), why, instead)] = None
    return list(found)


def _reasons(node: exp.Expression) -> Iterator[tuple[str, str]]:
    named = FUNCTIONS.get(node.name.lower()) if isinstance(node, exp.Anonymous) else None
    hits = [(r.why, r.instead) for r in RULES if isinstance(node, r.kinds) and r.when(node)]
    if named:
        yield named
    elif hits:
        yield hits[0]
    elif type(node) not in ALLOWED and not _is_local_hour(node):
        yield UNKNOWN


def _short(node: exp.Expression) -> str:
    text = " ".join(node.sql(dialect="duckdb", comments=False).split())
    return text if len(text) <= 80 else f"{text[:79]}…"


def _is_to(node: exp.Expression | None, *types: str) -> bool:
    return isinstance(node, exp.Cast) and node.to.this.name in types


def _unit(node: exp.Expression) -> str:
    return (node.text("unit") or "day").upper()


def _counts_boundaries(node: exp.Expression) -> bool:
    days = _is_to(node.this, "DATE") and _is_to(node.expression, "DATE")
    return not (_unit(node) == "MICROSECOND" or (_unit(node) == "DAY" and days))


def _percentile_of_unknown(node: exp.Expression) -> bool:
    group = node.parent
    if not isinstance(group, exp.WithinGroup) or not isinstance(group.expression, exp.Order):
        return True
    return not all(_is_to(by.this, "DOUBLE") for by in group.expression.expressions)


def _may_be_zero(divisor: exp.Expression | None) -> bool:
    divisor = _bare(divisor)
    if isinstance(divisor, exp.Literal):
        return divisor.is_string or float(divisor.name) == 0
    return not isinstance(divisor, exp.Nullif)


def _bare(node: exp.Expression | None) -> exp.Expression | None:
    """The node without parentheses and casts around it."""
    while isinstance(node, (exp.Paren, exp.Cast)):
        node = node.this
    return node


def _divides_no_double(node: exp.Expression) -> bool:
    return not any(_is_to(side, "DOUBLE") for side in (node.left, node.right))


def _may_be_null(node: exp.Expression) -> bool:
    sides = [node.this, *node.expressions]
    return not all(isinstance(side, (exp.Coalesce, exp.Literal)) for side in sides)


def _keeps_null_argument(node: exp.Expression) -> bool:
    guard = node.parent
    if not isinstance(guard, exp.Filter):
        return True
    known = [
        test.this.this
        for test in guard.expression.find_all(exp.Not)
        if isinstance(test.this, exp.Is) and isinstance(test.this.expression, exp.Null)
    ]
    return node.this not in known


def _may_be_fraction(node: exp.Expression | None) -> bool:
    """Whether a cast to a whole number might have to round."""
    if isinstance(node, exp.Literal):
        return not (node.name.isdigit() or node.name == "")
    if _is_to(node, *WHOLE_TYPES) or isinstance(node, _WHOLE) or _is_local_hour(node):
        return False
    if isinstance(node, exp.Case):
        ends = [branch.args["true"] for branch in node.args["ifs"]]
        return any(_may_be_fraction(end) for end in (*ends, node.args.get("default") or exp.Null()))
    if isinstance(node, _WHOLE_OF_WHOLES):
        parts = [part for part in node.iter_expressions() if not isinstance(part, exp.Where)]
        return any(_may_be_fraction(part) for part in parts)
    return True


def _is_local_hour(node: exp.Expression | None) -> bool:
    """``date_part('hour', …)``: sqlglot has no node of its own for it."""
    return (
        isinstance(node, exp.Anonymous)
        and node.name.lower() == "date_part"
        and node.expressions[0].name in ("hour", "day", "month", "year")
    )


def _of_unchecked_text(node: exp.Expression) -> bool:
    """A try_cast is checked where a case looks at the text's shape before."""
    if not _is_to(node, *_TEXTS_DIFFER):
        return False
    branch = node.find_ancestor(exp.If)
    while branch is not None:
        if branch.this.find(exp.RegexpLike):
            return False
        branch = branch.find_ancestor(exp.If)
    return True


def _drops_flags(node: exp.Expression) -> bool:
    return bool(node.args.get("flag"))


def _replaces_one(node: exp.Expression) -> bool:
    return "g" not in node.text("modifiers")


def _refers_to_group(node: exp.Expression) -> bool:
    words = node.args["replacement"]
    return not isinstance(words, exp.Literal) or bool(re.search(r"[\\$]", words.name))


def _escapes(node: exp.Expression) -> bool:
    return not isinstance(node.expression, exp.Literal) or "\\" in node.expression.name


def _is_month_without_date(node: exp.Expression) -> bool:
    outer = node.parent.parent if node.parent else None
    return _unit(node) in _MONTHS and not _is_to(outer, "DATE")


def _is_computed(node: exp.Expression) -> bool:
    return not isinstance(node.this, exp.Literal)


def _begins_before_one(node: exp.Expression) -> bool:
    start = node.args.get("start")
    return not (isinstance(start, exp.Literal) and start.name.isdigit() and int(start.name) > 0)


def _has_odd_part(node: exp.Expression) -> bool:
    return not re.fullmatch(r"(%[YmdHMS]|[^%A-Za-z])+", node.text("format"))


def _is_beyond_ascii(node: exp.Expression) -> bool:
    code = node.expressions[0]
    return not (isinstance(code, exp.Literal) and code.name.isdigit() and int(code.name) < 128)


def _is_of_no_double(node: exp.Expression) -> bool:
    return not _is_to(node.this, "DOUBLE")


def _is_no_date(node: exp.Expression) -> bool:
    return not _is_to(node.parent, "DATE")


def _takes_dates_apart(node: exp.Expression) -> bool:
    sides = [
        _bare(side) if isinstance(side, exp.Paren) else side for side in (node.left, node.right)
    ]
    return all(
        _is_to(side, "DATE") or (isinstance(side, exp.Column) and side.name.endswith("_on"))
        for side in sides
    )


def _reads_alias(node: exp.Expression) -> bool:
    select = node.parent
    if not isinstance(select, exp.Select):
        return False
    made = {column.alias for column in select.selects if isinstance(column, exp.Alias)}
    made -= {column.this.name for column in select.selects if isinstance(column.this, exp.Column)}
    return any(not column.table and column.name in made for column in node.find_all(exp.Column))


def _has(key: str) -> Callable[[exp.Expression], bool]:
    return lambda node: bool(node.args.get(key))


def _is_odd_join(node: exp.Expression) -> bool:
    return node.text("method").upper() in ("ASOF", "POSITIONAL", "NATURAL")


def _is_other_type(node: exp.Expression) -> bool:
    return node.this.name not in TYPES


_LOCAL_DAY = "cast the local day to date, then date_diff('day', date '1900-01-01', …) % 7 + 1"
_SECONDS = "date_diff('microsecond', a, b), cast as double, / 1000000"
_PERCENTILE = "percentile_cont(q) within group (order by cast(x as double))"
_ONE_ROW = "row_number() over (… order by all that tells rows apart), then = 1"
_INTERVALS = "lay valid_from and valid_to by lead(), then join on the range"
_JOIN_VALUES = "cross join (values …) and a case, or lay the rows as a table at ingest"
_NAME_COLUMNS = "write the columns out"
_AT_INGEST = "take it apart at ingest"
_FRAME = "two frames, one before and one after the row"
_CLOCK = "as_of of ref_run"

RULES: tuple[Rule, ...] = (
    # Different rows and no error.
    Rule(
        (exp.PercentileCont,),
        "without it an estimate on Spark, and rounded to the scale of a decimal on DuckDB",
        _PERCENTILE,
        _percentile_of_unknown,
    ),
    Rule(
        (exp.PercentileDisc, exp.Quantile, exp.ApproxQuantile, exp.Median),
        "an estimate on one engine, or rounded to the scale of a decimal",
        _PERCENTILE,
    ),
    Rule(
        (exp.DateDiff,),
        "DuckDB counts boundaries crossed, Spark whole units",
        f"{_SECONDS}; for days cast both sides as date",
        _counts_boundaries,
    ),
    Rule((exp.TimeToUnix, exp.UnixToTime), "Spark drops the fraction of a second", _SECONDS),
    Rule(
        (exp.DayOfWeek, exp.DayOfWeekIso, exp.Week, exp.WeekOfYear, exp.Extract),
        "the engines number weeks and weekdays differently",
        _LOCAL_DAY,
        lambda node: (
            not isinstance(node, exp.Extract)
            or node.name.lower() not in ("hour", "day", "month", "year")
        ),
    ),
    Rule(
        (exp.AtTimeZone, exp.FromTimeZone),
        "shifts the wrong way on Spark",
        "times are naive UTC: add the offset dim_utc_offset has for the instant",
    ),
    Rule((exp.RegexpLike,), "Spark drops the option", "begin the pattern with (?i)", _drops_flags),
    Rule(
        (exp.RegexpReplace,),
        "without 'g' DuckDB replaces the first match, Spark all",
        "regexp_replace(…, 'g')",
        _replaces_one,
    ),
    Rule(
        (exp.RegexpReplace,),
        r"a group is \1 on DuckDB and $1 on Spark, which writes a plain 1 for \1",
        "regexp_extract the groups and put them together with ||",
        _refers_to_group,
    ),
    Rule((exp.Like, exp.ILike), r"\ is an escape on Spark only", "regexp_matches", _escapes),
    Rule((exp.ArrayAgg,), "Spark loses order and nulls of a list", _ONE_ROW),
    Rule((exp.Explode, exp.Unnest), "two of them are a cross product on Spark", _JOIN_VALUES),
    Rule((exp.WindowSpec,), "Spark is not told of exclude", _FRAME, _has("exclude")),
    Rule(
        (exp.Div,),
        "DuckDB divides decimals as doubles, Spark to a few digits",
        "cast(a as double) / nullif(b, 0)",
        _divides_no_double,
    ),
    Rule(
        (exp.Div, exp.IntDiv, exp.Mod),
        "by zero it is null on DuckDB and an error on Spark",
        "nullif(divisor, 0)",
        lambda node: _may_be_zero(node.right),
    ),
    Rule(
        (exp.Cast,),
        "DuckDB rounds to a whole number, Spark cuts off",
        "cast(floor(x) as bigint), or round(x)",
        lambda node: _is_to(node, *WHOLE_TYPES) and _may_be_fraction(node.this),
    ),
    Rule(
        (exp.TryCast,),
        "the engines take different texts for it: 2026, 24:00, 10:00 PM, epoch, 1_000, 1d",
        "case when regexp_matches(x, '^…$') then try_cast(x as …) end",
        _of_unchecked_text,
    ),
    Rule(
        (exp.ArgMin, exp.ArgMax),
        "DuckDB passes over rows where the first argument is null, Spark returns it",
        f"arg_min(a, b) filter (where a is not null), or {_ONE_ROW}",
        _keeps_null_argument,
    ),
    Rule(
        (exp.First, exp.Last, exp.AnyValue),
        "any row of the group, another one on another day",
        f"min or max, or {_ONE_ROW}",
    ),
    Rule(
        (exp.Distinct,),
        "any row of the group, another one on another day",
        _ONE_ROW,
        _has("on"),
    ),
    Rule(
        (exp.Least, exp.Greatest),
        "they pass over nulls, so a row a join did not find changes the result",
        "coalesce every argument, or a case",
        _may_be_null,
    ),
    Rule(
        (exp.Interval,),
        "a day plus months is a timestamp on DuckDB and a date on Spark",
        "cast(day + interval '1 month' as date)",
        _is_month_without_date,
    ),
    Rule(
        (exp.Substring,),
        "a start below 1 counts differently",
        "a literal from 1",
        _begins_before_one,
    ),
    Rule(
        (exp.CurrentDate, exp.CurrentTimestamp, exp.CurrentTime, exp.Rand, exp.Uuid),
        "another result at every run",
        _CLOCK,
    ),
    Rule(
        (exp.Round,),
        "with decimals of a double the engines round halves differently",
        "round where it is shown, not where it is counted",
        _has("decimals"),
    ),
    Rule(
        (exp.Avg,),
        "of decimals it is a double on DuckDB and cut to a few digits on Spark",
        "avg(cast(x as double))",
        _is_of_no_double,
    ),
    Rule(
        (exp.DateTrunc,),
        "of a date it is a timestamp on DuckDB and a date on Spark",
        "cast(date_trunc('month', day) as date)",
        _is_no_date,
    ),
    Rule(
        (exp.Sub,),
        "between dates it is a number on DuckDB and an interval on Spark",
        "date_diff('day', cast(a as date), cast(b as date))",
        _takes_dates_apart,
    ),
    Rule(
        (exp.TimeToStr,),
        "the engines spell other parts of a time differently, or Spark refuses them",
        "only %Y %m %d %H %M %S; for weeks and weekdays " + _LOCAL_DAY,
        _has_odd_part,
    ),
    Rule((exp.Chr,), "Spark takes it modulo 256", "the character itself", _is_beyond_ascii),
    Rule((exp.Try,), "Spark is not told of try", "try_cast, or a case"),
    Rule(
        (exp.DataType,),
        "the engines have no such type in common",
        "varchar, bigint, double, decimal, date, timestamp or boolean",
        _is_other_type,
    ),
    # Refused by Spark.
    Rule((exp.Join,), "Spark has no such join", _INTERVALS, _is_odd_join),
    Rule((exp.Star,), "Spark has no * replace", _NAME_COLUMNS, _has("replace")),
    Rule((exp.Columns,), "Spark has no columns()", _NAME_COLUMNS),
    Rule((exp.Union,), "Spark has no union by name", _NAME_COLUMNS, _has("by_name")),
    Rule((exp.Pivot,), "Spark refuses it", "sum(…) filter (where …) for each column"),
    Rule((exp.CTE,), "Spark refuses materialized", "leave it out", _has("materialized")),
    Rule((exp.Interval,), "Spark refuses it", "n * interval '1 second'", _is_computed),
    Rule((exp.RegexpFullMatch,), "Spark refuses it", "regexp_matches(x, '^…$')"),
    Rule((exp.GenerateSeries,), "Spark refuses it in from", _JOIN_VALUES),
    Rule((exp.Where,), "Spark finds no alias in where", "repeat it, or a CTE before", _reads_alias),
    Rule(
        (exp.Bracket, exp.Array, exp.Comprehension, exp.Lambda, exp.ArrayOverlaps),
        "Spark refuses most of lists",
        _JOIN_VALUES,
    ),
    Rule(
        (exp.Struct, exp.ToMap, exp.Map, exp.JSONExtract, exp.JSONExtractScalar),
        "Spark refuses it",
        _AT_INGEST,
    ),
)

# Functions sqlglot has no node for; our own are expanded before.
FUNCTIONS: dict[str, tuple[str, str]] = {
    "date_sub": ("Spark means another function by it", _SECONDS),
    "datesub": ("Spark refuses it", _SECONDS),
    "to_seconds": ("Spark refuses it", "n * interval '1 second'"),
    "isoyear": ("Spark refuses it", _LOCAL_DAY),
    "timezone": ("shifts the wrong way on Spark", "add the offset dim_utc_offset has"),
    "strlen": ("Spark refuses it", "length"),
    "list_sum": ("Spark refuses it", _JOIN_VALUES),
    "error": ("Spark refuses it", "a check in sql/checks"),
    "now": ("another result at every run", _CLOCK),
}

# Whole numbers by what they are, or when all their parts are.
_WHOLE = (
    exp.Count,
    exp.RowNumber,
    exp.Rank,
    exp.DenseRank,
    exp.DateDiff,
    exp.Floor,
    exp.Ceil,
    exp.Round,
    exp.RegexpExtract,
    exp.SplitPart,
    exp.Extract,
    exp.Year,
    exp.Month,
    exp.Day,
    exp.Hour,
    exp.Length,
    exp.Null,
    exp.Boolean,
)
_WHOLE_OF_WHOLES = (
    exp.Sum,
    exp.Min,
    exp.Max,
    exp.Coalesce,
    exp.Paren,
    exp.Neg,
    exp.Filter,
    exp.Window,
    exp.Nullif,
    exp.DPipe,
    exp.Add,
    exp.Sub,
    exp.Mul,
    exp.Mod,
)

# Seen to agree on both engines, by themselves or in a model.
ALLOWED: frozenset[type[exp.Expression]] = frozenset(
    {
        # shape of a query
        exp.Select,
        exp.From,
        exp.Where,
        exp.Join,
        exp.Group,
        exp.Having,
        exp.Qualify,
        exp.Order,
        exp.Ordered,
        exp.With,
        exp.CTE,
        exp.Union,
        exp.Except,
        exp.Intersect,
        exp.Subquery,
        exp.Table,
        exp.TableAlias,
        exp.Values,
        exp.Tuple,
        exp.Distinct,
        exp.Exists,
        # names and values
        exp.Alias,
        exp.Column,
        exp.Identifier,
        exp.Star,
        exp.Literal,
        exp.Null,
        exp.Boolean,
        exp.Var,
        exp.Paren,
        exp.DataType,
        exp.DataTypeParam,
        # logic
        exp.And,
        exp.Or,
        exp.Not,
        exp.EQ,
        exp.NEQ,
        exp.GT,
        exp.GTE,
        exp.LT,
        exp.LTE,
        exp.Is,
        exp.In,
        exp.Between,
        exp.NullSafeEQ,
        exp.NullSafeNEQ,
        exp.Case,
        exp.If,
        exp.Coalesce,
        exp.Nullif,
        exp.Least,
        exp.Greatest,
        # figures
        exp.Add,
        exp.Sub,
        exp.Mul,
        exp.Div,
        exp.IntDiv,
        exp.Mod,
        exp.Neg,
        exp.Abs,
        exp.Floor,
        exp.Ceil,
        exp.Round,
        exp.Cast,
        exp.TryCast,
        # text
        exp.DPipe,
        exp.Lower,
        exp.MD5,
        exp.Concat,
        exp.StartsWith,
        exp.StrPosition,
        exp.Trim,
        exp.Translate,
        exp.Replace,
        exp.Chr,
        exp.Length,
        exp.Substring,
        exp.Like,
        exp.ILike,
        exp.RegexpLike,
        exp.RegexpExtract,
        exp.SplitPart,
        exp.RegexpReplace,
        # times
        exp.Interval,
        exp.DateDiff,
        exp.DateTrunc,
        exp.TimestampTrunc,
        exp.Extract,
        exp.Year,
        exp.Month,
        exp.Day,
        exp.Hour,
        exp.TimeToStr,
        # over many rows
        exp.Count,
        exp.Sum,
        exp.Min,
        exp.Max,
        exp.Avg,
        exp.LogicalAnd,
        exp.LogicalOr,
        exp.ArgMin,
        exp.ArgMax,
        exp.Filter,
        exp.WithinGroup,
        exp.PercentileCont,
        exp.Window,
        exp.WindowSpec,
        exp.RowNumber,
        exp.Rank,
        exp.DenseRank,
        exp.Lag,
        exp.Lead,
        exp.IgnoreNulls,
    }
)
