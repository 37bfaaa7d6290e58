"""Which texts are read for complaints, and which answers of agents."""

from __future__ import annotations

CONVERSATIONS = """
    platform | shop_id | conversation_id | conversation_no | kind   | ticket_id | started_at
    taobao   | S       | chat            | 1               | chat   |           | 2026-03-01 10:00
    taobao   | S       | T1              | 2               | ticket | T1        | 2026-03-02 10:00
    taobao   | S       | T2              | 3               | ticket | T2        | 2026-03-03 10:00
    taobao   | S       | call#7          | 4               | call   |           | 2026-03-04 10:00
"""


def test_of_a_chat_the_customers_messages_are_read_and_nobody_elses(model):
    model("int_text_gather").given(
        int_conversation_merge=CONVERSATIONS,
        int_message_speak="""
            conversation_no | row_version | sent_at          | sender_role
            1               | 10          | 2026-03-01 10:00 | customer
            1               | 11          | 2026-03-01 10:01 | agent
            1               | 12          | 2026-03-01 10:02 | bot
            1               | 13          | 2026-03-01 10:03 | note
            1               | 14          | 2026-03-01 10:04 | system
            1               | 15          |                  |
            1               | 16          |                  | customer
        """,
        stg_desk__message="""
            row_version | body
            10          | 坏了
            11          | 您好
            12          | 您好
            13          | 又来了
            14          | 转接给小王
            15          | 谁说的
            16          | 没有时间
        """,
    ).expect("""
        source | entity_id | entity_no | conversation_no | row_version | told_at          | body
        chat   | chat      | 1         | 1               | 10          | 2026-03-01 10:00 | 坏了
        chat   | chat      | 1         | 1               | 16          |                  | 没有时间
    """)


def test_a_tickets_own_text_is_read_only_where_no_comment_of_the_customer_is_exported(model):
    model("int_text_gather").given(
        int_conversation_merge=CONVERSATIONS,
        int_message_speak="""
            conversation_no | row_version | sent_at          | sender_role
            2               | 20          | 2026-03-02 10:00 | customer
            3               | 30          | 2026-03-03 11:00 | agent
        """,
        stg_desk__message="row_version | body\n20 | It broke\n30 | Sorry",
        stg_desk__ticket="""
            platform | shop_id | ticket_id | subject | body
            taobao   | S       | T1        | Broken  | It broke
            taobao   | S       | T2        | Broken  |
        """,
    ).expect("""
        source | entity_id | row_version | told_at          | body
        ticket | T1        | 20          | 2026-03-02 10:00 | It broke
        ticket | T2        |             | 2026-03-03 10:00 | Broken
    """)


def test_no_phrase_can_run_from_a_tickets_subject_into_its_body(story):
    told = story.given(
        int_conversation_merge=CONVERSATIONS,
        stg_desk__ticket="""
            platform | shop_id | ticket_id | subject | body
            taobao   | S       | T1        | Broken  | again
        """,
    ).ask("int_text_gather", "select body from int_text_gather")
    assert told == [("Broken\nagain",)]


def test_of_a_call_what_the_agent_noted_is_read(model):
    model("int_text_gather").given(
        int_conversation_merge=CONVERSATIONS,
        int_conversation_number="""
            conversation_no | platform | shop_id | kind | own_id
            4               | taobao   | S       | call | 7
        """,
        stg_desk__call="platform | shop_id | call_id | memo\ntaobao | S | 7 | 催发货",
    ).expect("""
        source | entity_id | conversation_no | body
        call   | call#7    | 4               | 催发货
    """)


def test_of_a_case_its_text_and_that_of_its_lines_are_read_with_reason_and_article(model):
    model("int_text_gather").given(
        int_case_merge="""
            platform | shop_id | case_id | case_key | applied_at | title | reason
            taobao   | S       | C1      | 1        | 2026-03-01 | 水壶  | 质量问题
            taobao   | S       | C2      | 2        | 2026-03-02 | 水壶  |
            taobao   | S       | silent  | 3        | 2026-03-02 | 水壶  | 质量问题
        """,
        stg_shop__case="""
            platform | shop_id | case_id | description
            taobao   | S       | C1      | 漏水
            taobao   | S       | C2      |
            taobao   | S       | silent  |
        """,
        stg_shop__case_line="""
            platform | shop_id | case_id | case_line_id | reason | description
            taobao   | S       | C2      | L1           | 其他   | 盖子裂了
            taobao   | S       | C2      | L2           | 其他   | 盖子裂了
        """,
    ).expect("""
        source | entity_id | entity_no | product | reason   | body
        case   | C1        | 1         | 水壶    | 质量问题 | 漏水
        case   | C2        | 2         | 水壶    | 其他     | 盖子裂了
    """)


def test_a_review_and_what_was_added_to_it_are_two_texts_and_the_platforms_own_is_none(model):
    model("int_text_gather").given(
        stg_shop__review="""
            platform | shop_id | review_id | row_version | reviewed_at | followed_up_at | body                   | follow_up
            taobao   | S       | R1        | 1           | 2026-03-01  | 2026-03-09     | 很好                   | 才一周就坏了
            taobao   | S       | R2        | 2           | 2026-03-01  |                | 评价方未及时做出评价,系统默认好评! | 后悔了
        """
    ).expect("""
        source | entity_id | entity_no | told_at    | body
        review | R1        | 1         | 2026-03-01 | 很好
        review | R1        | 1         | 2026-03-09 | 才一周就坏了
        review | R2        | 2         | 2026-03-01 | 后悔了
    """)


def test_figures_and_punctuation_say_nothing_and_emoji_do(model):
    model("int_text_gather").given(
        stg_shop__review="""
            platform | shop_id | review_id | row_version | body
            taobao   | S       | figures   | 1           | 13800138000
            taobao   | S       | wide      | 2           | １２３，。！
            taobao   | S       | marks     | 3           | ？？？ !!! ……
            taobao   | S       | emoji     | 4           | 😡
            taobao   | S       | one       | 5           | 5分
            taobao   | S       | latin     | 6           | ok
        """
    ).expect("""
        entity_id | body
        emoji     | 😡
        one       | 5分
        latin     | ok
    """)


def test_texts_are_read_alike_only_with_the_same_source_article_and_reason(story):
    told = story.given(
        int_case_merge="""
            platform | shop_id | case_id | case_key | title | reason
            taobao   | S       | C1      | 1        | 水壶  | 质量问题
            taobao   | S       | C2      | 2        | 水壶  | 质量问题
            taobao   | S       | C3      | 3        | 水壶  | 其他
            taobao   | S       | C4      | 4        | 杯子  | 质量问题
        """,
        stg_shop__case="""
            platform | shop_id | case_id | description
            taobao   | S       | C1      | 漏水
            taobao   | S       | C2      | 漏水
            taobao   | S       | C3      | 漏水
            taobao   | S       | C4      | 漏水
        """,
        stg_shop__review="platform | shop_id | review_id | row_version | title | body\n"
        "taobao | S | R | 1 | 水壶 | 漏水",
    ).ask(
        "int_text_gather",
        "select string_agg(entity_id, ' ' order by entity_id) as who from int_text_gather"
        " group by text_key order by who",
    )
    assert told == [("C1 C2",), ("C3",), ("C4",), ("R",)]


# ── which answers are read ───────────────────────────────────────────────────────────────────

TEXTS = """
    platform | shop_id | source | conversation_no | row_version | text_key
    taobao   | S       | chat   | 1               | 10          | furious
    taobao   | S       | chat   | 1               | 14          | calm
    taobao   | S       | chat   | 2               | 20          | calm
    taobao   | S       | chat   | 3               | 31          | frozen
"""
MESSAGES = """
    conversation_no | row_version | sent_at          | sender_role
    1               | 9           | 2026-03-01 09:59 | agent
    1               | 10          | 2026-03-01 10:00 | customer
    1               | 11          | 2026-03-01 10:01 | bot
    1               | 12          | 2026-03-01 10:02 | agent
    1               | 13          | 2026-03-01 10:03 | agent
    1               | 14          | 2026-03-01 10:04 | customer
    1               | 15          | 2026-03-01 10:05 | agent
    2               | 20          | 2026-03-01 10:00 | customer
    2               | 21          | 2026-03-01 10:01 | agent
    3               | 30          | 2026-03-01 10:00 | agent
    3               | 31          | 2026-03-01 10:01 | customer
    3               | 32          | 2026-03-01 10:02 | agent
    3               | 33          | 2026-03-01 10:03 | customer
    3               | 34          | 2026-03-01 10:04 | agent
"""
FOLLOWED = {
    "int_text_gather": TEXTS,
    "int_message_speak": MESSAGES,
    "int_turn_detect": """
        conversation_no | turn_no | row_version
        1               | 1       | 10
        1               | 2       | 14
        2               | 1       | 20
        3               | 1       | 31
        3               | 2       | 33
    """,
    "int_rule_parameter": """
        rule_id | parameter | platform | shop_id | word
        SV-09   | leaves    | taobao   | S       | T1
        SV-09   | leaves    | jd       | S       | L1
    """,
    "ref_text_mood": """
        text_key | emotion | emotion_quote
        furious  | 3       | 气死我了
        calm     | 1       |
        frozen   | 0       |
    """,
    "ref_text_label": """
        text_key | leaf
        calm     | L1
        frozen   | T1
    """,
}


def test_only_conversations_with_an_upset_customer_or_a_fault_of_the_platform_are_followed(model):
    model("int_message_follow").given(**FOLLOWED).expect("""
        conversation_no | place | turn_no | row_version | sender_role | emotion | emotion_quote | is_anomaly
        1               | 1     |         | 9           | agent       |         |               | false
        1               | 2     | 1       | 10          | customer    | 3       | 气死我了      | false
        1               | 3     | 1       | 12          | agent       |         |               | false
        1               | 4     | 1       | 13          | agent       |         |               | false
        1               | 5     | 2       | 14          | customer    |         |               | false
        1               | 6     | 2       | 15          | agent       |         |               | false
        3               | 1     |         | 30          | agent       |         |               | false
        3               | 2     | 1       | 31          | customer    |         |               | true
        3               | 3     | 1       | 32          | agent       |         |               | false
        3               | 4     | 2       | 33          | customer    |         |               | false
        3               | 5     | 2       | 34          | agent       |         |               | false
    """)


def test_answers_to_the_upset_are_read_until_they_speak_again_and_all_after_a_fault(story):
    bodies = "\n".join(f"{number} | text {number}" for number in range(9, 35))
    story.given(
        **FOLLOWED,
        stg_desk__message=f"row_version | body\n{bodies}".replace("13 | text 13", "13 | "),
    ).expect(
        "int_reply_gather",
        """
        conversation_no | turn_no | place | row_version | body
        1               | 1       | 3     | 12          | text 12
        3               | 1       | 3     | 32          | text 32
        3               | 2       | 5     | 34          | text 34
        """,
    )
