"""Turns, first responses, and what is no answer."""

from __future__ import annotations


def test_chats_tickets_and_calls_become_conversations_and_no_number_hides_another(model):
    model("int_conversation_merge").given(
        int_message_speak="""
            platform | shop_id | conversation_id | ticket_id | sent_at          | sender_role | row_version
            t        | s       | 1               |           | 2026-03-01 10:00 | customer    | 10000000001
            t        | s       | 2               | 2         | 2026-03-01 10:00 | customer    | 10000000002
        """,
        stg_desk__message="""
            platform | shop_id | conversation_id | ticket_id | sent_at          | order_id | row_version
            t        | s       | 1               |           | 2026-03-01 10:00 | O1       | 10000000001
            t        | s       | 2               | 2         | 2026-03-01 10:00 |          | 10000000002
        """,
        ref_file="file_id | export_rank\nf | 1",
        int_ticket_merge="""
            platform | shop_id | ticket_id | conversation_id | created_at       | asked_at         | channel | status
            t        | s       | 1         | ticket#1        | 2026-03-01 10:00 | 2026-03-01 10:00 | phone   | open
            t        | s       | 2         | 2               | 2026-03-01 10:00 | 2026-03-01 10:00 | ticket  |
            t        | s       | 3         | 3               | 2026-03-01 10:00 | 2026-03-01 10:00 | ticket  | deleted
        """,
        stg_desk__call="""
            platform | shop_id | call_id | started_at       | queued_at           | answered_at         | ended_at
            t        | s       | 1       | 2026-03-01 10:00 | 2026-03-01 10:00:20 | 2026-03-01 10:00:50 | 2026-03-01 10:05
        """,
    ).expect("""
        conversation_id | kind   | channel | order_id | started_at          | first_replied_at    | ended_at
        1               | chat   | chat    | O1       | 2026-03-01 10:00    |                     |
        ticket#1        | ticket | phone   |          | 2026-03-01 10:00    |                     |
        2               | ticket | ticket  |          | 2026-03-01 10:00    |                     |
        call#1          | call   | phone   |          | 2026-03-01 10:00:20 | 2026-03-01 10:00:50 | 2026-03-01 10:05
    """)


def test_a_speaker_without_a_stated_role_is_on_the_side_the_desk_knows_the_person_on(model):
    model("int_message_speak").given(
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
    ).expect("""
        row_version | conversation_id | sender_role | sender_key | buyer_key
        1          | 7               | customer    | x          | mail
        2          | 7               | note        | Bert       |
        3          | 7               | agent       | Bert       |
        4          | 7               |             | p9         |
        5          | C               | agent       | anna       |
        6          | 8               | customer    | p5         |
        7          | 8               | agent       | p6         |
    """)


def test_a_comment_on_a_ticket_whose_number_is_also_a_chats_goes_with_the_ticket(model):
    model("int_message_speak").given(
        stg_desk__message="""
            platform | shop_id | conversation_id | row_version | ticket_id
            z        | s       | 7               | 1          |
            z        | s       | 7               | 2          | 7
        """
    ).expect("""
        row_version | conversation_id
        1          | 7
        2          | ticket#7
    """)


def test_a_ticket_known_by_its_comments_alone_begins_with_the_first_of_them(model):
    model("int_ticket_merge").given(
        stg_desk__ticket="""
            platform | shop_id | ticket_id | created_at       | buyer_key | agent_key | status
            z        | s       | 1         | 2026-03-01 10:00 | p1        | p2        | solved
        """,
        stg_desk__ticket_event="""
            platform | shop_id | ticket_id | field    | changed_at       | status
            z        | s       | 1         | status   | 2026-03-01 12:00 | solved
            z        | s       | 1         | priority | 2026-03-01 15:00 | other
        """,
        int_message_speak="""
            platform | shop_id | ticket_id | conversation_id | sent_at          | sender_role | row_version
            z        | s       | 1         | 1               | 2026-03-01 10:00 | customer    | 10000000001
            z        | s       | 9         | 9               | 2026-03-02 10:00 | customer    | 10000000002
        """,
        stg_desk__message="""
            platform | shop_id | ticket_id | row_version
            z        | s       | 1         | 10000000001
            z        | s       | 9         | 10000000002
        """,
        ref_file="file_id | export_rank\nf | 1",
        stg_desk__person="""
            platform | shop_id | person_key | role     | name_key | buyer_key
            z        | s       | p1         | customer | x        | mail
            z        | s       | p2         | agent    | Bert     |
        """,
    ).expect("""
        ticket_id | created_at       | asked_at         | solved_at        | buyer_key | agent | messages | source_record
        1         | 2026-03-01 10:00 | 2026-03-01 10:00 | 2026-03-01 12:00 | mail      | Bert  | 1        | 1
        9         | 2026-03-02 10:00 | 2026-03-02 10:00 |                  |           |       | 1        | 2
    """)


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
