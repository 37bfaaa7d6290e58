"""What a case, conversation or review complains of, and how upset turns were answered."""

from __future__ import annotations

LEAVES = """
    leaf | code     | top | owner      | is_redline
    P1   | PRD.BAD  | PRD | product/QA | false
    P5   | PRD.HURT | PRD | product/QA | true
    L1   | LOG.LATE | LOG | logistics  | false
    X0   | GEN.UN   | GEN | CS         | false
"""
REASONS = """
    reason       | leaf
    质量问题     | P1
    质量问题     | P5
    延迟发货     | L1
    七天无理由   | P7
    其他         | X0
"""

# ── categories ───────────────────────────────────────────────────────────────────────────────


def test_a_conversation_complains_of_all_its_messages_name_each_by_its_surest_label(model):
    model("int_complaint_pick").given(
        int_text_gather="""
            source | entity_no | text_key
            chat   | 1         | a
            chat   | 1         | b
            chat   | 1         | b
            chat   | 1         | thanks
            chat   | 2         | thanks
        """,
        ref_text_label="""
            text_key | leaf | tier | score | rule  | told_by | quote
            a        | P1   | B    | 0.9   | r1    | phrase  | 坏了
            a        | L1   | C    | 0.3   |       | model   | 慢
            b        | P1   | A    | 0.85  | r2    | both    | 又坏了
        """,
    ).expect("""
        source | entity_no | leaf | tier | score | rule | told_by | quote
        chat   | 1         | P1   | A    | 0.85  | r2   | both    | 又坏了
        chat   | 1         | L1   | C    | 0.3   |      | model   | 慢
    """)


def test_of_two_labels_of_a_tier_the_higher_score_tells(model):
    model("int_complaint_pick").given(
        int_text_gather="source | entity_no | text_key\nchat | 1 | a\nchat | 1 | b",
        ref_text_label="""
            text_key | leaf | tier | score | told_by
            a        | P1   | B    | 0.6   | model
            b        | P1   | B    | 0.7   | phrase
        """,
    ).expect("leaf | tier | score | told_by\nP1 | B | 0.7 | phrase")


def test_unspecified_goes_where_anything_else_is_named(model):
    model("int_complaint_pick").given(
        int_text_gather="""
            source | entity_no | text_key
            review | 1         | vague
            review | 1         | broken
            review | 2         | vague
            case   | 1         | vague
        """,
        ref_text_label="""
            text_key | leaf | tier | score | told_by
            vague    | X0   | A    | 0.9   | phrase
            broken   | P1   | C    | 0.4   | model
        """,
    ).expect("""
        source | entity_no | leaf | tier
        review | 1         | P1   | C
        review | 2         | X0   | A
        case   | 1         | X0   | A
    """)


def test_a_reason_counts_only_where_the_text_names_no_cause_and_it_stands_for_one(model):
    model("int_complaint_pick").given(
        int_case_merge="""
            case_key | reason
            1        | 延迟发货
            2        | 延迟发货
            3        | 延迟发货
            4        | 质量问题
            5        | 七天无理由
            6        | 其他
            7        | 从未见过
            8        |
        """,
        int_text_gather="""
            source | entity_no | text_key
            case   | 2         | broken
            case   | 3         | vague
        """,
        ref_text_label="""
            text_key | leaf | tier | score | told_by | quote
            broken   | P1   | B    | 0.6   | phrase  | 坏了
            vague    | X0   | A    | 0.9   | phrase  | 太差
        """,
        ref_reason_leaf=REASONS,
    ).expect("""
        source | entity_no | leaf | tier | score | told_by | quote
        case   | 1         | L1   | C    |       | reason  |
        case   | 2         | P1   | B    | 0.6   | phrase  | 坏了
        case   | 3         | L1   | C    |       | reason  |
    """)


def test_a_complaint_says_who_answers_for_it_and_what_it_is_about(model):
    model("fct_complaint").given(
        int_complaint_pick="""
            source | entity_no | leaf | tier | score | told_by | quote
            case   | 1         | P5   | A    | 0.9   | both    | 割手
            case   | 1         | L1   | C    | 0.3   | model   | 慢
            chat   | 1         | P1   | B    | 0.6   | phrase  | 坏了
            review | 1         | X0   | B    | 0.6   | phrase  | 太差
        """,
        int_case_merge="platform | shop_id | case_id | case_key\ntaobao | S | C1 | 1",
        int_conversation_merge="""
            platform | shop_id | conversation_id | conversation_no | kind
            desk     | S       | V1              | 1               | chat
        """,
        stg_shop__review="platform | shop_id | review_id | row_version\ntaobao | S | R1 | 1",
        fct_feedback="""
            platform | shop_id | source | entity_id | told_on    | sku | order_platform | order_id | emotion
            taobao   | S       | case   | C1        | 2026-03-01 | A   | taobao         | O1       | 2
            desk     | S       | chat   | V1        | 2026-03-02 | B   | taobao         | O1       | 1
            taobao   | S       | review | R1        | 2026-03-03 |     |                |          | 1
        """,
        ref_leaf=LEAVES,
    ).expect("""
        source | entity_id | leaf | code     | top | owner      | is_redline | quote | told_on    | sku | order_id | emotion
        case   | C1        | P5   | PRD.HURT | PRD | product/QA | true       | 割手  | 2026-03-01 | A   | O1       | 2
        case   | C1        | L1   | LOG.LATE | LOG | logistics  | false      | 慢    | 2026-03-01 | A   | O1       | 2
        chat   | V1        | P1   | PRD.BAD  | PRD | product/QA | false      | 坏了  | 2026-03-02 | B   | O1       | 1
        review | R1        | X0   | GEN.UN   | GEN | CS         | false      | 太差  | 2026-03-03 |     |          | 1
    """)


# ── feedback ─────────────────────────────────────────────────────────────────────────────────

CHATS = """
    platform | shop_id | conversation_id | kind | started_at       | started_on | agent | order_platform | order_id | case_id
    taobao   | S       | V1              | chat | 2026-03-01 10:00 | 2026-03-01 | anna  | taobao         | O1       |
    taobao   | S       | V2              | chat | 2026-03-01 10:00 | 2026-03-01 | anna  | taobao         | O2       | C1
    taobao   | S       | V3              | chat | 2026-03-01 10:00 | 2026-03-01 | bert  |                |          |
"""
CHAT_NUMBERS = """
    platform | shop_id | conversation_id | kind | conversation_no
    taobao   | S       | V1              | chat | 1
    taobao   | S       | V2              | chat | 2
    taobao   | S       | V3              | chat | 3
"""


def test_feedback_is_as_upset_as_its_strongest_message_and_a_thank_you_takes_nothing_back(model):
    model("fct_feedback").given(
        fct_conversation=CHATS,
        int_conversation_merge=CHAT_NUMBERS,
        int_text_gather="""
            source | entity_no | text_key
            chat   | 1         | furious
            chat   | 1         | again
            chat   | 1         | again
            chat   | 1         | thanks
            chat   | 2         | thanks
        """,
        ref_text_mood="""
            text_key | version | language | emotion | emotion_quote | escalation | churn | repeat_contact | empathy_needed | is_redline
            furious  | v1      | en       | 3       | 气死我了      | 打12315    |       |                | 担心           | true
            again    | v1      | zh       | 2       | 很失望        |            |       | 问了三遍       |                | false
            thanks   | v1      | zh       | 0       |               |            |       |                |                | false
        """,
        int_complaint_pick="""
            source | entity_no | leaf | tier | told_by
            chat   | 1         | P1   | A    | both
            chat   | 1         | L1   | C    | model
        """,
    ).expect("""
        entity_id | texts | distinct_texts | language | emotion | emotion_quote | is_escalation | escalation_quote | is_churn | is_repeat_contact | needs_empathy | is_redline | labels | is_complaint | is_unclassified | is_unspecified | has_tier_a | taxonomy_version
        V1        | 4     | 3              | zh       | 3       | 气死我了      | true          | 打12315          | false    | true              | true          | true       | 2      | true         | false           | false          | true       | v1
        V2        | 1     | 1              | zh       | 0       |               | false         |                  | false    | false             | false         | false      | 0      | false        | false           | false          | false      | v1
    """)


def test_who_is_displeased_without_a_category_is_unclassified_and_not_unspecified(model):
    model("fct_feedback").given(
        fct_conversation=CHATS,
        int_conversation_merge=CHAT_NUMBERS,
        int_text_gather="source | entity_no | text_key\nchat | 1 | a\nchat | 2 | b\nchat | 3 | c",
        ref_text_mood="text_key | emotion\na | 1\nb | 1\nc | 0",
        int_complaint_pick="source | entity_no | leaf | tier | told_by\nchat | 2 | X0 | B | phrase",
    ).expect("""
        entity_id | is_complaint | is_unclassified | is_unspecified
        V1        | false        | true            | false
        V2        | true         | false           | true
        V3        | false        | false           | false
    """)


def test_a_conversation_is_about_its_cases_article_else_its_orders_only_one(model):
    model("fct_feedback").given(
        fct_conversation=CHATS,
        int_conversation_merge=CHAT_NUMBERS,
        int_case_merge="platform | shop_id | case_id | case_key\ntaobao | S | C1 | 1",
        fct_case="platform | shop_id | case_id | sku | title\ntaobao | S | C1 | A | 水壶",
        fct_order_line="""
            platform | shop_id | order_id | line_id | sku | title
            taobao   | S       | O1       | 1       | B   | 杯子
            taobao   | S       | O1       | 2       | B   | 杯子
            taobao   | S       | O2       | 1       | C   | 盘子
        """,
        int_text_gather="source | entity_no | text_key\nchat | 1 | a\nchat | 2 | a\nchat | 3 | a",
    ).expect("""
        entity_id | sku | title | order_id
        V1        | B   | 杯子  | O1
        V2        | A   | 水壶  | O2
        V3        |     |       |
    """)


def test_a_case_with_a_reason_alone_is_feedback_and_one_without_either_is_not(model):
    model("fct_feedback").given(
        int_case_merge="""
            platform | shop_id | case_id | case_key | reason
            taobao   | S       | C1      | 1        | 延迟发货
            taobao   | S       | C2      | 2        |
        """,
        fct_case="""
            platform | shop_id | case_id | applied_on | reason
            taobao   | S       | C1      | 2026-03-01 | 延迟发货
            taobao   | S       | C2      | 2026-03-01 |
        """,
        int_complaint_pick="source | entity_no | leaf | tier | told_by\ncase | 1 | L1 | C | reason",
        ref_reason_leaf=REASONS,
    ).expect("""
        entity_id | texts | language | emotion | is_complaint | has_tier_a | reason_leaves | is_reason_contradicted
        C1        | 0     |          |         | true         | false      | 1             |
    """)


def test_a_reason_is_contradicted_where_text_and_reason_name_causes_and_none_in_common(model):
    reasons = {1: "七天无理由", 2: "质量问题", 3: "其他", 4: "从未见过", 5: "质量问题"}
    merged = "\n".join(f"taobao | S | C{key} | {key} | {word}" for key, word in reasons.items())
    cases = "\n".join(f"taobao | S | C{key} | {word}" for key, word in reasons.items())
    texts = "\n".join(f"case | {key} | t" for key in reasons)
    model("fct_feedback").given(
        int_case_merge=f"platform | shop_id | case_id | case_key | reason\n{merged}",
        fct_case=f"platform | shop_id | case_id | reason\n{cases}",
        int_text_gather=f"source | entity_no | text_key\n{texts}",
        int_complaint_pick="""
            source | entity_no | leaf | tier | told_by
            case   | 1         | P1   | B    | phrase
            case   | 2         | P5   | B    | phrase
            case   | 2         | L1   | B    | phrase
            case   | 3         | P1   | B    | phrase
            case   | 4         | P1   | B    | phrase
            case   | 5         | X0   | B    | phrase
        """,
        ref_reason_leaf=REASONS,
    ).expect("""
        entity_id | reason_leaves | is_reason_contradicted
        C1        | 1             | true
        C2        | 2             | false
        C3        | 1             |
        C4        | 0             |
        C5        | 2             |
    """)


def test_a_review_stands_with_its_stars_and_the_platform_of_its_order(model):
    model("fct_feedback").given(
        fct_review="""
            platform | shop_id | review_id | reviewed_on | order_id | sku | rating
            taobao   | S       | R1        | 2026-03-01  | O1       | A   | 2
            other    | S       | R2        | 2026-03-01  |          | A   | 5
        """,
        stg_shop__review="""
            platform | shop_id | review_id | row_version
            taobao   | S       | R1        | 1
            other    | S       | R2        | 2
        """,
        fct_order="platform | shop_id | order_id\ntaobao | S | O1",
        int_text_gather="source | entity_no | text_key\nreview | 1 | a\nreview | 2 | a",
    ).expect("""
        source | entity_id | told_on    | rating | order_platform | order_id
        review | R1        | 2026-03-01 | 2      | taobao         | O1
        review | R2        | 2026-03-01 | 5      |                |
    """)


# ── upset turns ──────────────────────────────────────────────────────────────────────────────

TURNS = """
    platform | shop_id | conversation_id | turn_no | asked_at         | replied_at
    taobao   | S       | V1              | 1       | 2026-03-01 10:00 | 2026-03-01 10:02
    taobao   | S       | V1              | 2       | 2026-03-01 11:00 | 2026-03-01 11:01
    taobao   | S       | V1              | 3       | 2026-03-01 12:00 |
"""
UPSET = """
    conversation_no | place | turn_no | row_version | sent_at             | sender_role | emotion | emotion_quote
    1               | 1     | 1       | 10          | 2026-03-01 10:00:00 | customer    |         |
    1               | 2     | 1       | 11          | 2026-03-01 10:01:00 | customer    | 2       | 失望
    1               | 3     | 1       | 12          | 2026-03-01 10:01:30 | customer    | 3       | 骗子
    1               | 4     | 1       | 13          | 2026-03-01 10:02:00 | agent       |         |
    1               | 5     | 1       | 14          | 2026-03-01 10:03:00 | agent       |         |
    1               | 6     | 2       | 15          | 2026-03-01 11:00:00 | customer    |         |
    1               | 7     | 3       | 16          | 2026-03-01 12:00:00 | customer    | 2       | 失望
"""
NUMBERS = """
    conversation_no | platform | shop_id | kind | conversation_id
    1               | taobao   | S       | chat | V1
"""


def answered(model, first: str, second: str):
    """The upset turns where the two messages of the answer acknowledge and explain so."""
    return model("fct_upset_turn").given(
        int_message_follow=UPSET,
        int_conversation_number=NUMBERS,
        fct_turn=TURNS,
        int_reply_gather="""
            conversation_no | turn_no | place | row_version | sent_at             | text_key
            1               | 1       | 4     | 13          | 2026-03-01 10:02:00 | first
            1               | 1       | 5     | 14          | 2026-03-01 10:03:00 | second
        """,
        ref_reply_mood=f"""
            text_key | acknowledged_at | explained_at
            first    | {first}
            second   | {second}
        """,
    )


def test_a_turn_is_as_upset_as_its_strongest_message_from_the_first_that_is(model):
    answered(model, " | ", " | ").expect("""
        conversation_id | turn_no | emotion | emotion_quote | upset_at            | has_reply | is_acknowledged | acknowledges_first
        V1              | 1       | 3       | 骗子          | 2026-03-01 10:01:00 | true      | false           | false
        V1              | 3       | 2       | 失望          | 2026-03-01 12:00:00 | false     |                 |
    """)


def test_feelings_come_first_in_an_earlier_message_or_earlier_in_the_same(model):
    for first, second, taken_up, comes_first, after in (
        ("0 | 5", " | ", "true", "true", "60"),  # 抱歉…因为…
        ("5 | 0", " | ", "true", "false", "60"),  # 因为…抱歉…
        (" | 0", "0 | ", "true", "false", "120"),  # explained in the first, sorry in the second
        (" | ", "0 | ", "true", "true", "120"),  # a greeting, then sorry
        ("9 | ", " | 0", "true", "true", "60"),
        (" | 0", " | ", "false", "false", ""),
    ):
        answered(model, first, second).expect(f"""
            turn_no | is_acknowledged | acknowledges_first | acknowledged_after_seconds
            1       | {taken_up}      | {comes_first}      | {after}
            3       |                 |                    |
        """)


def test_an_answer_whose_text_is_not_told_is_neither_kind_nor_unkind(model):
    model("fct_upset_turn").given(
        int_message_follow=UPSET, int_conversation_number=NUMBERS, fct_turn=TURNS
    ).expect("""
        turn_no | has_reply | is_acknowledged | acknowledges_first
        1       | true      |                 |
        3       | false     |                 |
    """)
