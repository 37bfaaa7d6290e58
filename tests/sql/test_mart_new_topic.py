"""What customers began to say, as it is published."""

from __future__ import annotations


def test_every_topic_laid_is_published(model):
    model("mart_new_topic").given(
        ref_text_topic="""
        week       | topic_no | title | texts | texts_before | z   | leaf
        2026-11-16 | 1        | 起红疹 | 12    | 0.5          | 4.2 |
        2026-11-16 | 2        | 抵制  | 9     | 0            | 3.6 | N1
        """
    ).expect(
        """
        week       | topic_no | title | texts | texts_before | z   | leaf
        2026-11-16 | 1        | 起红疹 | 12    | 0.5          | 4.2 |
        2026-11-16 | 2        | 抵制  | 9     | 0            | 3.6 | N1
        """
    )
