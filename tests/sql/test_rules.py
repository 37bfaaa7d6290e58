"""What holds for every control rule, and how they come together."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from sql.harness import Story

from aftersales import dictionary, rules, settings
from aftersales.errors import ConfigError
from aftersales.settings import packaged
from aftersales.warehouse import models
from aftersales.warehouse.connection import rows
from aftersales.warehouse.models import MAY_READ, Model

LAYERS = (packaged("sql"),)
TOLD = rules.load(LAYERS)
SELECTS = models.load_rules(LAYERS)
TYPES = {
    "case_key": ("BIGINT",),
    "measured": ("DOUBLE", "BIGINT"),
    "allowed": ("DOUBLE", "BIGINT"),
    "amount_at_risk": ("DECIMAL(18,4)",),
    "occurred_on": ("DATE",),
    "source_record": ("BIGINT",),
}


@pytest.fixture(params=SELECTS.values(), ids=SELECTS.keys())
def each(request) -> Model:
    return request.param


def test_a_rule_is_told_owned_and_decided(each):
    told = TOLD[each.name.upper().replace("_", "-")]
    assert each.meaning.endswith(".")
    is_of_cases = tuple(each.columns) == rules.CASE_COLUMNS
    assert each.grain == (("case_key",) if is_of_cases else ("platform", "shop_id", "entity_id"))
    assert told.entity == "case" or not is_of_cases
    assert dictionary.decision(told.decision)
    assert all(each.columns.values())


def test_a_rule_reads_no_more_than_facts(each):
    assert [name for name in each.inputs if not name.startswith(MAY_READ["rule"])] == []


def test_a_rule_gives_the_types_of_all(each, warehouse):
    described = rows(warehouse, f"describe {each.sql}")
    found = {str(name): str(kind) for name, kind, *_ in described}
    assert tuple(found) in (rules.CASE_COLUMNS, rules.COLUMNS)
    expected = {name: TYPES.get(name, ("VARCHAR",)) for name in found}
    assert {name: kind for name, kind in found.items() if kind not in expected[name]} == {}


def test_a_rule_goes_only_by_parameters_it_tells_of(each):
    told = TOLD[each.name.upper().replace("_", "-")]
    asked = {
        name
        for other in TOLD.values()
        for name in other.parameters
        if f"parameter = '{name}'" in each.sql and f"rule_id = '{told.rule_id}'" in each.sql
    }
    assert asked <= set(told.parameters) | {"receipt_needed"}


# ── what a rule goes by ──────────────────────────────────────────────────────────────────────

SHOPS = """
    platform | shop_id
    taobao   | S
    taobao   | T
    jd       | S
"""


def test_what_names_the_most_counts_and_what_the_settings_say_goes_first(story: Story):
    story.given(
        stg_shop__order=SHOPS,
        ref_rule_parameter="""
            rule_id | parameter | platform | shop_id | valid_from | value | word | is_own
            R-1     | days      |          |         | 1900-01-01 | 30    |      | false
            R-1     | days      | taobao   |         | 1900-01-01 | 15    |      | false
            R-1     | days      |          | T       | 2026-03-01 | 7     |      | true
            R-2     | days      | taobao   |         | 1900-01-01 | 15    |      | false
            R-2     | days      |          |         | 1900-01-01 | 20    |      | true
            R-3     | word      | jd       |         | 1900-01-01 |       | no   | false
        """,
    ).expect(
        "int_rule_parameter",
        """
        rule_id | parameter | platform | shop_id | valid_from | valid_to   | value | word
        R-1     | days      | taobao   | S       | 1900-01-01 | 2900-01-01 | 15    |
        R-1     | days      | taobao   | T       | 1900-01-01 | 2026-03-01 | 15    |
        R-1     | days      | taobao   | T       | 2026-03-01 | 2900-01-01 | 7     |
        R-1     | days      | jd       | S       | 1900-01-01 | 2900-01-01 | 30    |
        R-2     | days      | taobao   | S       | 1900-01-01 | 2900-01-01 | 20    |
        R-2     | days      | taobao   | T       | 1900-01-01 | 2900-01-01 | 20    |
        R-2     | days      | jd       | S       | 1900-01-01 | 2900-01-01 | 20    |
        R-3     | word      | jd       | S       | 1900-01-01 | 2900-01-01 |       | no
        """,
    )


def test_a_later_value_of_a_platform_does_not_end_a_shop_s_own(story: Story):
    story.given(
        stg_shop__order="""
            platform | shop_id
            taobao   | S
        """,
        ref_rule_parameter="""
            rule_id | parameter | platform | shop_id | valid_from | value | is_own
            R-1     | days      | taobao   |         | 2026-01-01 | 15    | false
            R-1     | days      | taobao   |         | 2026-05-01 | 20    | false
            R-1     | days      |          | S       | 2026-03-01 | 7     | false
        """,
    ).expect(
        "int_rule_parameter",
        """
        rule_id | valid_from | valid_to   | value
        R-1     | 2026-01-01 | 2026-03-01 | 15
        R-1     | 2026-03-01 | 2026-05-01 | 7
        R-1     | 2026-05-01 | 2900-01-01 | 7
        """,
    )


def test_several_words_are_met_by_any_of_them_as_they_are_written():
    rule = TOLD["EX-15"].model_copy(
        update={
            "parameters": {
                "words": rules.Parameter.model_validate(
                    {
                        "meaning": {"zh": "", "en": ""},
                        "kind": "words",
                        "values": [{"value": ["a.b", "超期(15天)"], "source": "ours"}],
                    }
                )
            }
        }
    )
    ((*_, word, _),) = rules.parameter_rows({"EX-15": rule})
    assert word == r"a\.b|超期\(15天\)"


RULE = '[[rule]]\nrule = "EX-03"\nset = { window_days = 7 }\n'


@pytest.fixture
def told(tmp_path):
    """The settings of a workspace that says so."""

    def read(text: str) -> settings.Settings:
        (tmp_path / "aftersales.toml").write_text(text, encoding="utf-8")
        return settings.load(tmp_path)

    return read


def test_a_workspace_sets_what_a_rule_goes_by(told):
    own = told(RULE + 'platform = "taobao"\nshop = "S"\nfrom = 2026-03-01\n')
    assert rules.parameter_rows(TOLD, own)[-1] == (
        *("EX-03", "window_days", "taobao", "S", date(2026, 3, 1)),
        *(7.0, None, True),
    )


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (RULE.replace("EX-03", "EX-99"), "[[rule]] names 'EX-99', which is no rule"),
        (RULE.replace("window_days", "days"), "[[rule]] EX-03 has no 'days' to set"),
        (RULE.replace("7", '"7"'), "[[rule]] EX-03 window_days cannot be '7'"),
        (RULE.replace("7", "true"), "[[rule]] EX-03 window_days cannot be True"),
        (RULE.replace("rule = ", "name = "), "[[rule]] lacks rule"),
        (RULE.replace("{ window_days = 7 }", "7"), "[[rule]] set cannot be 7"),
        (RULE + 'from = "2026-03-01"\n', "[[rule]] from cannot be '2026-03-01'"),
        (RULE + "shop = 7\n", "[[rule]] rule cannot be 'EX-03'"),
        (RULE + RULE, "[[rule]] EX-03 sets window_days twice for the same"),
    ],
)
def test_a_setting_that_would_change_nothing_is_refused(told, text, said):
    with pytest.raises(ConfigError) as refused:
        rules.parameter_rows(TOLD, told(text))
    assert said in str(refused.value)


# ── files ────────────────────────────────────────────────────────────────────────────────────


def own_rule(folder, **changed: str) -> None:
    (folder / "rules").mkdir(exist_ok=True)
    for ending in ("sql", "yml"):
        text = (LAYERS[0] / "rules" / f"ex_01.{ending}").read_text(encoding="utf-8")
        for old, new in (("EX-01", "OW-01"), ("ex_01", "ow_01"), *changed.items()):
            text = text.replace(old, new)
        (folder / "rules" / f"ow_01.{ending}").write_text(text, encoding="utf-8")


def test_a_workspace_s_own_rule_is_among_the_findings(tmp_path):
    own_rule(tmp_path)
    plan = models.load((*LAYERS, tmp_path))
    assert "'OW-01' as rule_id" in plan["fct_rule_finding"].sql
    assert "OW-01" in rules.load((*LAYERS, tmp_path))


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"verdict, --": "verdict as found, --"}, "the columns every rule gives"),
        (
            {"int_case_merge as c": "stg_shop__case as c"},
            "a rule_ model may not read 'stg_shop__case'",
        ),
        ({"rule: OW-01": "rule: OW-02"}, "rule: OW-02 is not the file's name"),
        ({"severity: high": "severity: dreadful"}, "'severity'"),
    ],
)
def test_a_rule_that_does_not_fit_is_refused(tmp_path, changed, said):
    own_rule(tmp_path, **changed)
    with pytest.raises(ConfigError) as refused:
        models.load((*LAYERS, tmp_path))
    assert said in str(refused.value)


def test_a_select_without_a_word_on_it_is_refused(tmp_path):
    own_rule(tmp_path)
    (tmp_path / "rules" / "ow_01.yml").unlink()
    with pytest.raises(ConfigError, match=r"write ow_01\.yml too"):
        rules.load((*LAYERS, tmp_path))


def test_a_need_no_contract_knows_is_refused():
    from aftersales import contracts

    wrong = TOLD["EX-01"].model_copy(update={"needs": ["case.colour"]})
    with pytest.raises(ConfigError, match=r"EX-01 needs 'case\.colour'"):
        rules.check_needs({"EX-01": wrong}, contracts.load(LAYERS))


# ── steps ────────────────────────────────────────────────────────────────────────────────────


def test_what_can_be_reached_is_laid_with_the_fewest_steps():
    told = rules.Transitions(
        default={"a": ["b"], "b": ["c", "a"]}, fast={"a": ["c"]}, platforms={"jd": {"a": ["c"]}}
    )
    assert rules.transition_rows(told) == [
        ("*", "a", "b", False, 1),
        ("*", "a", "c", False, 2),
        ("*", "b", "a", False, 1),
        ("*", "b", "c", False, 1),
        ("*", "a", "c", True, 1),
        ("jd", "a", "c", False, 1),
    ]


# ── together ─────────────────────────────────────────────────────────────────────────────────


def test_amounts_of_another_currency_stand_at_the_rate_of_the_day(story: Story):
    """A difference of 10.00 USD that nothing explains, at 7.10 on that day."""
    query = """
        select entity_id, severity, amount_at_risk_reporting_amount, reporting_currency
        from fct_rule_finding where rule_id = 'EX-12' order by entity_id
    """
    given = replace(
        story,
        inputs={
            "ref_rule_parameter": """
                rule_id | parameter        | valid_from | value | is_own
                EX-12   | tolerance_amount | 1900-01-01 | 0.01  | false
            """,
            "stg_shop__order": "platform | shop_id\nshopify | S",
            "int_fx_day": "currency | day_on | rate\nUSD | 2026-03-01 | 7.10",
            "int_case_merge": """
                case_key | platform | shop_id | case_id | asked_type | is_done | sku | replacement_sku | replacement_price | unit_paid | units | difference_amount | currency | applied_at
                1        | shopify  | S       | dollars | exchange   | true    | A   | B               | 30                | 30        | 1     | 10                | USD      | 2026-03-01 10:00
                2        | shopify  | S       | yuan    | exchange   | true    | A   | B               | 30                | 30        | 1     | 10                | CNY      | 2026-03-01 10:00
                3        | shopify  | S       | no rate | exchange   | true    | A   | B               | 30                | 30        | 1     | 10                | EUR      | 2026-03-01 10:00
            """,
        },
    )
    assert [(*row[:2], float(row[2]), row[3]) for row in given.ask("fct_rule_finding", query)] == [
        ("dollars", "high", 71.0, "CNY"),
        ("no rate", "high", 10.0, "EUR"),
        ("yuan", "high", 10.0, "CNY"),
    ]


def test_a_rule_that_finds_nothing_or_knows_nothing_has_a_line_all_the_same(model):
    model("mart_rule_coverage").given(
        ref_rule="""
            rule_id | severity
            EX-01   | high
            EX-02   | high
            EX-12   | high
            RP-02   | medium
            SV-03   | high
        """,
        int_case_cover="""
            platform | shop_id
            taobao   | T
        """,
        fct_rule_finding="""
            rule_id | platform | shop_id | outcome        | reason          | occurred_on | amount_at_risk_reporting_amount | reporting_currency
            EX-01   | taobao   | S       | violation      | paid            | 2026-03-01  |                                 |
            EX-01   | taobao   | S       | pass           |                 | 2026-03-04  |                                 |
            EX-01   | taobao   | S       | unknown        | no_order        | 2026-03-05  |                                 |
            EX-01   | taobao   | S       | unknown        | no_order_status | 2026-03-05  |                                 |
            EX-01   | taobao   | S       | unknown        | no_order_status | 2026-03-06  |                                 |
            EX-02   | taobao   | S       | unknown        | no_signing_time | 2026-03-01  |                                 |
            EX-12   | taobao   | S       | violation      | overcharged     | 2026-03-01  | 5                               | CNY
            EX-12   | taobao   | S       | violation      | undercharged    | 2026-03-01  | 6                               | CNY
            EX-12   | taobao   | S       | pass           |                 | 2026-03-01  |                                 |
            EX-12   | taobao   | T       | violation      | overcharged     | 2026-03-01  | 5                               | CNY
            EX-12   | taobao   | T       | violation      | undercharged    | 2026-03-01  | 6                               | USD
            SV-03   | taobao   | S       | not_applicable | exempt          | 2026-03-01  |                                 |
        """,
    ).expect("""
        rule_id | shop_id | violation_count | pass_count | not_applicable_count | unknown_count | is_measurable | measurable_reason | unknown_reason  | at_risk_reporting_amount | reporting_currency | amount_reason      | first_on   | last_on
        EX-01   | S       | 1               | 1          | 0                    | 3             | true          |                   | no_order_status |                          |                    | no_amount          | 2026-03-01 | 2026-03-06
        EX-02   | S       | 0               | 0          | 0                    | 1             | false         | no_signing_time   | no_signing_time |                          |                    | no_amount          | 2026-03-01 | 2026-03-01
        EX-12   | S       | 2               | 1          | 0                    | 0             | true          |                   |                 | 11                       | CNY                |                    | 2026-03-01 | 2026-03-01
        RP-02   | S       | 0               | 0          | 0                    | 0             | false         | no_entities       |                 |                          |                    | no_amount          |            |
        SV-03   | S       | 0               | 0          | 1                    | 0             | false         | not_applicable    |                 |                          |                    | no_amount          | 2026-03-01 | 2026-03-01
        EX-01   | T       | 0               | 0          | 0                    | 0             | false         | no_entities       |                 |                          |                    | no_amount          |            |
        EX-02   | T       | 0               | 0          | 0                    | 0             | false         | no_entities       |                 |                          |                    | no_amount          |            |
        EX-12   | T       | 2               | 0          | 0                    | 0             | true          |                   |                 |                          |                    | several_currencies | 2026-03-01 | 2026-03-01
        RP-02   | T       | 0               | 0          | 0                    | 0             | false         | no_entities       |                 |                          |                    | no_amount          |            |
        SV-03   | T       | 0               | 0          | 0                    | 0             | false         | no_entities       |                 |                          |                    | no_amount          |            |
    """)


def test_a_rule_is_explained_with_what_it_goes_by_and_what_each_export_lacks(told):
    own = told(RULE + 'shop = "S"\n')
    said = {row["part"]: row["text"] for row in dictionary.explain(own, "ex-03")}
    assert said["violation"] == "exchange_outside_window"
    assert said["  taobao"].startswith("15: ")
    assert said["  here window_days"] == "7 S"
    assert said["from taobao_refund"].startswith("part, lacks order.order_id/")
    assert said["decision"].startswith("D-031 ")
