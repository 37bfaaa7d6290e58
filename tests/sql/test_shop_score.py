"""Ratings of the service, reviews, and shop scores by the platforms' own formulas."""

from __future__ import annotations

from datetime import date

import pytest
from sql.harness import Story

from aftersales import scores
from aftersales.errors import ConfigError
from aftersales.settings import packaged

FORMULAS = """
    formula | platform | valid_from | valid_to   | window_days | first_of_buyer_and_month | within_days | all_weight | active_weight
    tb      | taobao   | 2009-01-01 | 2900-01-01 | 180         | 3                        | 15          | 0          | 1
    jd      | jd       | 2026-03-01 | 2900-01-01 | 180         |                          |             | 0.2        | 0.8
"""
MARCH = """
    day_on     | weekday
    2026-02-28 | 6
    2026-03-01 | 7
    2026-03-31 | 2
    2026-03-30 | 1
"""
TODAY = "from mart_shop_score where is_newest"


def scored(story: Story, platform: str, reviews: str, columns: str, **more: str):
    """Of the newest day, with reviews of shop s: at (UTC) | stars | and what else is named."""
    header, *lines = [line.strip() for line in reviews.strip().splitlines()]
    table = [f"platform | shop_id | review_id | {header}"]
    table += [f"{platform} | s | R{place} | {line}" for place, line in enumerate(lines)]
    return story.given(
        ref_score=FORMULAS, ref_day=MARCH, stg_shop__review="\n".join(table), **more
    ).ask("mart_shop_score", f"select {columns} {TODAY}")


def test_taobao_takes_the_first_three_of_a_buyer_in_a_month(story):
    reviews = """
        reviewed_at      | rating | buyer_key
        2026-03-01 01:00 | 1      | B1
        2026-03-02 01:00 | 2      | B1
        2026-03-03 01:00 | 3      | B1
        2026-03-04 01:00 | 5      | B1
        2026-02-27 01:00 | 4      | B1
        2026-03-05 01:00 | 4      | B2
        2026-03-05 01:00 | 5      |
        2026-03-05 01:00 |        | B3
    """
    found = scored(story, "taobao", reviews, "score, ratings, unproven_ratings")
    assert found == [(pytest.approx((1 + 2 + 3 + 4 + 4 + 5) / 6), 6, 6)]


def test_taobao_takes_no_review_later_than_15_days_after_completion(story):
    orders = """
        platform | shop_id | order_id | created_at | completed_at
        taobao   | s       | O1       | 2026-03-01 | 2026-03-04 17:00
    """
    reviews = """
        reviewed_at      | rating | buyer_key | order_id
        2026-03-20 15:00 | 5      | B1        | O1
        2026-03-20 16:00 | 1      | B1        | O1
        2026-03-20 16:00 | 3      | B1        | O9
    """
    columns = "score, ratings, unproven_ratings"
    found = scored(story, "taobao", reviews, columns, stg_shop__order=orders)
    assert found == [(4.0, 2, 1)]


def test_taobao_leaves_out_what_the_platform_wrote_and_jd_weighs_it_a_fifth(story):
    reviews = """
        reviewed_at      | rating | buyer_key | body
        2026-03-01 01:00 | 5      | B1        | 评价方未及时做出评价,系统默认好评!
        2026-03-02 01:00 | 5      | B2        | 此用户未填写评价内容
        2026-03-02 01:00 | 5      | B3        | 系统默认好评
        2026-03-02 01:00 | 5      | B4        | 默认好评
        2026-03-02 01:00 | 1      | B5        | 难用
    """
    columns = "score, ratings, active_ratings"
    assert scored(story, "taobao", reviews, columns) == [(1.0, 5, 1)]
    assert scored(story, "jd", reviews, columns) == [(pytest.approx(0.2 * 4.2 + 0.8), 5, 1)]


def test_without_a_review_of_a_buyer_there_is_no_score_and_a_reason(story):
    default = "reviewed_at | rating | body\n2026-03-01 01:00 | 5 | 系统默认好评"
    old = "reviewed_at | rating | body\n2025-03-01 01:00 | 5 | 好"
    columns = "score, score_reason, ratings"
    assert scored(story, "jd", default, columns) == [(None, "no_active_ratings", 1)]
    assert scored(story, "jd", old, columns) == [(None, "no_ratings", 0)]


def test_the_window_is_180_local_days_and_says_whether_reviews_reach_back_that_far(story):
    reviews = """
        reviewed_at      | rating
        2025-10-02 15:59 | 1
        2025-10-02 16:00 | 5
        2026-03-31 15:59 | 5
        2026-03-31 16:00 | 1
    """
    columns = "window_from, has_whole_window, ratings, score"
    assert scored(story, "taobao", reviews, columns) == [(date(2025, 10, 3), True, 2, 5.0)]
    later = "reviewed_at | rating\n2025-12-01 01:00 | 4"
    assert scored(story, "taobao", later, columns) == [(date(2025, 10, 3), False, 1, 4.0)]


def test_scores_stand_at_the_ends_of_weeks_and_months_under_the_formula_of_that_day(story):
    story.given(
        ref_score=FORMULAS,
        ref_day=MARCH,
        stg_shop__review="""
            platform | shop_id | review_id | reviewed_at | rating
            taobao   | s       | R1        | 2026-02-01  | 4
            jd       | j       | R2        | 2026-02-01  | 4
            youzan   | y       | R3        | 2026-02-01  | 4
        """,
    ).expect(
        "mart_shop_score",
        """
        platform | shop_id | day_on     | is_week_end | is_month_end | is_newest | formula_from | score
        taobao   | s       | 2026-02-28 | false       | true         | false     | 2009-01-01   | 4
        taobao   | s       | 2026-03-01 | true        | false        | false     | 2009-01-01   | 4
        taobao   | s       | 2026-03-31 | false       | true         | true      | 2009-01-01   | 4
        jd       | j       | 2026-03-01 | true        | false        | false     | 2026-03-01   | 4
        jd       | j       | 2026-03-31 | false       | true         | true      | 2026-03-01   | 4
    """,
    )


def test_the_packaged_formulas_say_where_they_are_from_and_since_when():
    known = scores.rows(scores.load((packaged("sql"),)))
    assert [row[:3] for row in known] == [
        ("jd_rating", "jd", date(2025, 9, 1)),
        ("taobao_dsr", "taobao", date(2009, 1, 1)),
    ]


VERSION = """
  - valid_from: 2026-01-01
    source: a page
    window_days: 90
    first_of_buyer_and_month: null
    within_days: null
    all_weight: {all}
    active_weight: {active}
"""
SCORE = "score: own\nlabel: {zh: 甲, en: a}\nplatform: jd\nversions:"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (
            SCORE + VERSION.format(all=0.5, active=0.6),
            "'versions.0': Value error, all_weight and active_weight must add up to 1",
        ),
        (
            SCORE + 2 * VERSION.format(all=0.5, active=0.5),
            "two versions have the same valid_from",
        ),
        (
            (SCORE + VERSION.format(all=0, active=1)).replace("own", "mine"),
            "score: mine is not the file's name",
        ),
    ],
)
def test_a_formula_that_cannot_be_meant_so_is_refused(tmp_path, text, said):
    path = tmp_path / "scores" / "own.yml"
    path.parent.mkdir()
    path.write_text(text)
    with pytest.raises(ConfigError) as refused:
        scores.load((tmp_path,))
    assert str(refused.value).startswith(f"{path}: {said}")


def test_a_new_version_ends_the_one_before(tmp_path):
    path = tmp_path / "scores" / "own.yml"
    path.parent.mkdir()
    older = VERSION.format(all=1, active=0)
    newer = VERSION.format(all=0, active=1).replace("2026-01-01", "2026-05-01")
    path.write_text(SCORE + newer + older)
    found = scores.rows(scores.load((tmp_path,)))
    assert [(row[2], row[3], row[-1]) for row in found] == [
        (date(2026, 1, 1), date(2026, 5, 1), 0.0),
        (date(2026, 5, 1), date(2900, 1, 1), 1.0),
    ]


def test_a_rating_is_good_from_4_and_bad_to_2_where_the_shop_scores_from_1_to_5(story):
    story.given(
        stg_desk__ticket="""
            platform | shop_id | ticket_id | status | created_at | solved_at        | csat | satisfaction
            t        | s       | T5        | solved | 2026-03-01 | 2026-03-01 17:00 | 5    |
            t        | s       | T4        | solved | 2026-03-01 | 2026-03-01 17:00 | 4    |
            t        | s       | T3        | solved | 2026-03-01 | 2026-03-01 17:00 | 3    |
            t        | s       | T2        | solved | 2026-03-01 | 2026-03-01 17:00 | 2    |
            t        | s       | T0        | solved | 2026-03-01 | 2026-03-01 17:00 |      |
            t        | s       | open      | open   | 2026-03-01 |                  |      |
            t        | tens    | T9        | solved | 2026-03-01 | 2026-03-01 17:00 | 9    |
            t        | tens    | T1        | solved | 2026-03-01 | 2026-03-01 17:00 | 1    |
            t        | words   | good      | solved | 2026-03-01 | 2026-03-01 17:00 |      | good
            t        | words   | offered   | solved | 2026-03-01 | 2026-03-01 17:00 |      | offered
            t        | words   | unasked   | solved | 2026-03-01 | 2026-03-01 17:00 |      | unoffered
            t        | silent  | T1        | solved | 2026-03-01 | 2026-03-01 17:00 |      |
            t        | silent  | gone      | deleted | 2026-03-01 | 2026-03-01 17:00 | 5   |
        """,
    ).expect(
        "fct_rating",
        """
        shop_id | rated_id | ended_on   | asking     | is_rated | verdict | verdict_reason
        s       | T5       | 2026-03-02 | asked      | true     | good    |
        s       | T4       | 2026-03-02 | asked      | true     | good    |
        s       | T3       | 2026-03-02 | asked      | true     | middle  |
        s       | T2       | 2026-03-02 | asked      | true     | bad     |
        s       | T0       | 2026-03-02 | asked      | false    |         | not_rated
        s       | open     | 2026-03-01 | not_ended  | false    |         | not_rated
        tens    | T9       | 2026-03-02 | asked      | true     |         | unknown_scale
        tens    | T1       | 2026-03-02 | asked      | true     |         | unknown_scale
        words   | good     | 2026-03-02 | asked      | true     | good    |
        words   | offered  | 2026-03-02 | asked      | false    |         | not_rated
        words   | unasked  | 2026-03-02 | not_asked  | false    |         | not_rated
        silent  | T1       | 2026-03-02 | no_ratings | false    |         | not_rated
    """,
    )


def test_a_call_nobody_took_has_nothing_to_rate(story):
    story.given(
        stg_desk__call="""
            platform | shop_id | call_id | answered_at      | ended_at         | csat
            t        | s       | C1      | 2026-03-01 01:00 | 2026-03-01 01:05 | 2
            t        | s       | C2      |                  | 2026-03-01 01:05 |
        """
    ).expect("fct_rating", "kind | rated_id | verdict\ncall | C1 | bad")


def test_the_first_rating_is_that_of_the_oldest_export_that_has_one(story):
    story.given(
        stg_desk__ticket="""
            platform | shop_id | ticket_id | status | csat
            t        | s       | worse     | solved | 1
            t        | s       | same      | solved | 5
            t        | s       | late      | solved | 2
        """,
        stg_desk__ticket_version="""
            platform | shop_id | ticket_id | row_version | csat | satisfaction
            t        | s       | worse     | 20          | 1    |
            t        | s       | worse     | 10          | 5    |
            t        | s       | same      | 10          | 5    |
            t        | s       | late      | 10          |      | offered
            t        | s       | late      | 20          | 2    |
        """,
    ).expect(
        "fct_rating",
        """
        rated_id | first_score | last_score | first_verdict | verdict
        worse    | 5           | 1          | good          | bad
        same     | 5           | 5          | good          | good
        late     | 2           | 2          | bad           | bad
    """,
    )


def test_every_rating_an_export_delivered_is_kept_with_the_exports_turn(model):
    model("stg_desk__ticket_version").given(
        ref_file="""
            file_id | format | platform | shop_id | export_rank
            old     | z      | zendesk  | s       | 1
            new     | z      | zendesk  | s       | 2
        """,
        ref_word="""
            format | column_name  | word     | term
            z      | satisfaction | bad      | bad
            z      | status       | good     | open
        """,
        raw_desk__ticket="""
            _file_id | _record | ticket_id | csat | satisfaction
            old      | 1       | T1        | 5    |
            new      | 1       | T1        | 1    |
            new      | 2       | T2        |      | bad
            new      | 3       | T3        |      | good
            new      | 4       | T4        |      |
        """,
    ).expect(
        """
        ticket_id | row_version | csat | satisfaction | source_file_id
        T1        | 10000000001 | 5    |              | old
        T1        | 20000000001 | 1    |              | new
        T2        | 20000000002 |      | bad          | new
        T3        | 20000000003 |      |              | new
    """
    )
