"""Turns, first responses, and what is no answer."""

from __future__ import annotations


def test_chats_tickets_and_calls_become_conversations_and_no_number_hides_another(story):
    story.given(
        stg_desk__message="""
            platform | shop_id | conversation_id | ticket_id | sent_at          | sender_role | order_id | row_version
            t        | s       | 1               |           | 2026-03-01 10:00 | customer    | O1       | 10000000001
            t        | s       | 2               | 2         | 2026-03-01 10:00 | customer    |          | 10000000002
        """,
        stg_desk__ticket="""
            platform | shop_id | ticket_id | created_at       | channel | status
            t        | s       | 1         | 2026-03-01 10:00 | phone   | open
            t        | s       | 2         | 2026-03-01 10:00 |         |
            t        | s       | 3         | 2026-03-01 10:00 |         | deleted
        """,
        stg_desk__call="""
            platform | shop_id | call_id | started_at       | queued_at           | answered_at         | ended_at
            t        | s       | 1       | 2026-03-01 10:00 | 2026-03-01 10:00:20 | 2026-03-01 10:00:50 | 2026-03-01 10:05
        """,
    ).expect(
        "int_conversation_merge",
        """
        conversation_id | kind   | channel | order_id | started_at          | first_replied_at    | ended_at
        1               | chat   | chat    | O1       | 2026-03-01 10:00    |                     |
        ticket#1        | ticket | phone   |          | 2026-03-01 10:00    |                     |
        2               | ticket | ticket  |          | 2026-03-01 10:00    |                     |
        call#1          | call   | phone   |          | 2026-03-01 10:00:20 | 2026-03-01 10:00:50 | 2026-03-01 10:05
        """,
    )


def test_whatever_an_export_says_of_a_ticket_makes_it_one_and_every_conversation_has_a_number(
    model,
):
    model("int_conversation_number").given(
        stg_desk__message="""
            platform | shop_id | conversation_id | ticket_id | buyer_key | channel | sent_at          | row_version
            t        | s       | 7               |           | b         |         | 2026-03-01 10:01 | 2
            t        | s       | 7               |           | a         | app     | 2026-03-01 10:00 | 3
            t        | other   | 7               |           |           |         | 2026-03-01 10:00 | 4
            z        | s       | 7               | 7         |           | mail    | 2026-03-01 10:00 | 5
            t        | s       | 8               | 8         |           | mail    | 2026-03-01 10:00 | 6
            t        | s       | 8               | 7         |           |         | 2026-03-01 10:00 | 7
        """,
        stg_desk__ticket="platform | shop_id | ticket_id\nt | s | 7\nt | s | 5",
        stg_desk__ticket_event="platform | shop_id | ticket_id\nt | s | 5\nt | s | 4",
        stg_desk__call="platform | shop_id | call_id\nt | s | 7",
    ).expect("""
        conversation_no | platform | shop_id | kind   | own_id | conversation_id | buyer_key | channel | first_message_at | messages | first_version
        1               | t        | other   | chat   | 7      | 7               |           |         | 2026-03-01 10:00 | 1        | 4
        2               | t        | s       | call   | 7      | call#7          |           |         |                  |          |
        3               | t        | s       | chat   | 7      | 7               | a         | app     | 2026-03-01 10:00 | 2        | 2
        4               | t        | s       | ticket | 4      | 4               |           |         |                  |          |
        5               | t        | s       | ticket | 5      | 5               |           |         |                  |          |
        6               | t        | s       | ticket | 7      | ticket#7        |           |         | 2026-03-01 10:00 | 1        | 7
        7               | t        | s       | ticket | 8      | 8               |           | mail    | 2026-03-01 10:00 | 1        | 6
        8               | z        | s       | ticket | 7      | 7               |           | mail    | 2026-03-01 10:00 | 1        | 5
    """)


def test_a_speaker_without_a_stated_role_is_on_the_side_the_desk_knows_the_person_on(story):
    story.given(
        stg_desk__message="""
            platform | shop_id | conversation_id | row_version | ticket_id | sender_role | sender_key | visibility
            z        | s       | 7               | 1          | 7         |             | p1         | public
            z        | s       | 7               | 2          | 7         |             | p2         | private
            z        | s       | 7               | 3          | 7         |             | p2         | public
            z        | s       | 7               | 4          | 7         |             | p9         | public
            z        | s       | C               | 5          |           | agent       | anna       |
            z        | s       | 8               | 6          | 8         |             | p5         | public
            z        | s       | 8               | 7          | 8         |             | p6         | public
        """,
        stg_desk__ticket="""
            platform | shop_id | ticket_id | buyer_key | agent_key
            z        | s       | 8         | p5        | p6
        """,
        stg_desk__person="""
            platform | shop_id | person_key | role     | name_key | buyer_key
            z        | s       | p1         | customer | x        | mail
            z        | s       | p2         | agent    | Bert     |
        """,
    ).expect(
        "int_message_speak",
        """
        row_version | is_comment | sender_role | sender_key | buyer_key
        1           | true       | customer    |            | mail
        2           | true       | note        | Bert       |
        3           | true       | agent       | Bert       |
        4           | true       |             | p9         |
        5           | false      | agent       | anna       |
        6           | true       | customer    |            |
        7           | true       | agent       | p6         |
        """,
    )


def test_a_comment_on_a_ticket_whose_number_is_also_a_chats_goes_with_the_ticket(story):
    said = story.given(
        stg_desk__message="""
            platform | shop_id | conversation_id | row_version | ticket_id
            z        | s       | 7               | 1          |
            z        | s       | 7               | 2          | 7
        """
    ).ask(
        "int_message_speak",
        "select row_version, conversation_id from int_message_speak"
        " inner join int_conversation_number using (conversation_no)",
    )
    assert sorted(said) == [(1, "7"), (2, "ticket#7")]


def test_a_ticket_known_by_its_comments_alone_begins_with_the_first_of_them(story):
    story.given(
        stg_desk__ticket="""
            platform | shop_id | ticket_id | created_at       | buyer_key | agent_key | status
            z        | s       | 1         | 2026-03-01 10:00 | p1        | p2        | solved
        """,
        stg_desk__ticket_event="""
            platform | shop_id | ticket_id | field    | changed_at       | status
            z        | s       | 1         | status   | 2026-03-01 12:00 | solved
            z        | s       | 1         | priority | 2026-03-01 15:00 | other
        """,
        stg_desk__message="""
            platform | shop_id | ticket_id | conversation_id | sent_at          | sender_role | row_version
            z        | s       | 1         | 1               | 2026-03-01 10:00 | customer    | 10000000001
            z        | s       | 9         | 9               | 2026-03-02 10:00 | customer    | 10000000002
        """,
        stg_desk__person="""
            platform | shop_id | person_key | role     | name_key | buyer_key
            z        | s       | p1         | customer | x        | mail
            z        | s       | p2         | agent    | Bert     |
        """,
    ).expect(
        "int_ticket_merge",
        """
        ticket_id | created_at       | asked_at         | solved_at        | buyer_key | agent | messages | source_record
        1         | 2026-03-01 10:00 | 2026-03-01 10:00 | 2026-03-01 12:00 | mail      | Bert  | 1        | 1
        9         | 2026-03-02 10:00 | 2026-03-02 10:00 |                  |           |       | 1        | 2
        """,
    )


def test_a_conversation_is_tied_to_the_nearest_case_or_order_of_its_buyer_within_14_days(model):
    model("int_conversation_link").given(
        int_conversation_merge="""
            platform | shop_id | conversation_id | buyer_key | order_id | case_id | started_at
            z        | s       | stated          | b         | O1       |         | 2026-03-20 10:00
            z        | s       | by_case         | b         |          |         | 2026-03-20 10:00
            z        | s       | by_order        | c         |          |         | 2026-03-20 10:00
            z        | s       | too_late        | c         |          |         | 2026-04-20 10:00
            z        | s       | nobody          |           |          |         | 2026-03-20 10:00
            z        | other   | elsewhere       | b         |          |         | 2026-03-20 10:00
            z        | s       | case_stated     | b         |          | K2      | 2026-03-20 10:00
        """,
        stg_shop__case="""
            platform | shop_id | case_id | order_id | buyer_key | applied_at
            t        | s       | K1      | O1       | b         | 2026-03-19 10:00
            t        | s       | K2      | O2       | b         | 2026-03-06 10:00
        """,
        int_order_merge="""
            platform | shop_id | order_id | buyer_key | created_at
            t        | s       | O1       | b         | 2026-03-20 09:59
            t        | s       | O3       | c         | 2026-03-06 10:00
            t        | s       | O4       | c         | 2026-03-06 09:59
        """,
    ).expect("""
        conversation_id | link         | order_platform | order_id | case_id | link_reason
        stated          | stated       | t              | O1       |         |
        by_case         | buyer_window | t              | O1       | K1      |
        by_order        | buyer_window | t              | O3       |         |
        too_late        | none         |                |          |         | no_order_near
        nobody          | none         |                |          |         | no_buyer
        elsewhere       | none         |                |          |         | no_order_near
        case_stated     | stated       | t              | O2       | K2      |
    """)
