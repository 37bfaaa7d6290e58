"""What is read out of texts, laid between the models: only what no run has read before."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import TYPE_CHECKING, Any

from aftersales.warehouse.connection import Connection, insert, rows

if TYPE_CHECKING:
    from aftersales.complaints.classifier import Classifier
    from aftersales.complaints.evidence import Finder
    from aftersales.complaints.taxonomy import Taxonomy

# Tables that stay from run to run: what a text says does not change while the phrases and the
# model do not. Behind each the model that gathers the texts it is about.
KEPT = {
    "ref_text_label": (
        "text_key varchar, leaf varchar, code varchar, tier varchar, score double, "
        "rule varchar, told_by varchar, span_begin bigint, span_end bigint, quote varchar"
    ),
    "ref_text_mood": (
        "text_key varchar, version varchar, language varchar, emotion bigint, "
        "emotion_quote varchar, escalation varchar, churn varchar, repeat_contact varchar, "
        "empathy_needed varchar, is_redline boolean"
    ),
    "ref_reply_mood": (
        "text_key varchar, version varchar, acknowledged_at bigint, explained_at bigint, "
        "anomaly_quote varchar"
    ),
}
GATHERED_BY = {
    "ref_text_label": "int_text_gather",
    "ref_text_mood": "int_text_gather",
    "ref_reply_mood": "int_reply_gather",
    "ref_text_topic": "int_text_gather",
}
# Made anew: the categories themselves, and which of them a platform's reason stands for.
LAID = {
    "ref_leaf": (
        "leaf varchar, code varchar, top varchar, owner varchar, is_redline boolean, "
        "title_zh varchar, title_en varchar, top_zh varchar, top_en varchar, "
        "action_zh varchar, action_en varchar"
    ),
    "ref_reason_leaf": "reason varchar, leaf varchar",
    "ref_text_topic": (
        "week date, topic_no bigint, title varchar, ngrams varchar, texts bigint, "
        "texts_before double, log_odds double, z double, z_unclassified double, "
        "clauses varchar, pattern varchar, pattern_hits bigint, pattern_others bigint, "
        "leaf varchar"
    ),
}
BATCH = 20_000
QUOTED = 60  # characters of a quote at most

Row = tuple[Any, ...]


def steps(classifier: Classifier) -> Mapping[str, Callable[[Connection], object]]:
    """What is to be done behind which model."""
    return {
        "int_text_gather": lambda con: (
            read_texts(con, classifier),
            lay_topics(con, classifier),
        ),
        "int_reply_gather": lambda con: read_replies(con, classifier),
    }


def make(con: Connection) -> None:
    """The kept tables, empty where there are none."""
    for table, columns in KEPT.items():
        con.execute(f"create table if not exists {table} ({columns})")


def read_texts(con: Connection, classifier: Classifier) -> int:
    """Classify the texts of int_text_gather nobody has read; returns how many."""
    from aftersales.complaints.evidence import Text
    from aftersales.complaints.masking import quoted

    count = 0
    for keys, told in _unread(
        con,
        "int_text_gather",
        "ref_text_mood",
        classifier.version,
        "source, product, reason, body",
        classifier.finder,
    ):
        texts = [
            Text(body, source, product, classifier.taxonomy.reasons(reason or ""))
            for source, product, reason, body in told
        ]
        labels: list[Row] = []
        moods: list[Row] = []
        for key, text, result in zip(keys, texts, classifier.classify(texts), strict=True):
            quote = partial(quoted, text.body, length=QUOTED)
            labels += [
                (
                    key,
                    label.leaf,
                    label.code,
                    label.tier,
                    label.score,
                    label.rule,
                    label.source,
                    *label.span,
                    quote(label.span),
                )
                for label in result.labels
            ]
            signals = {signal.name: quote(signal.span) for signal in result.signals}
            moods.append(
                (
                    key,
                    result.version,
                    result.language,
                    result.emotion,
                    quote(result.emotion_span) if result.emotion_span else None,
                    signals.get("escalation"),
                    signals.get("churn"),
                    signals.get("repeat_contact"),
                    signals.get("empathy_needed"),
                    result.is_redline,
                )
            )
        insert(con, "ref_text_label", KEPT["ref_text_label"], labels)
        insert(con, "ref_text_mood", KEPT["ref_text_mood"], moods)
        count += len(keys)
    con.execute(
        "delete from ref_text_label where text_key not in (select text_key from ref_text_mood)"
    )
    return count


def lay_topics(con: Connection, classifier: Classifier) -> int:
    """What the last full week says that no category knows; returns how many topics."""
    from aftersales.warehouse import told

    found = told.topic_rows(con, classifier.model, classifier.taxonomy)
    con.execute("delete from ref_text_topic")
    insert(con, "ref_text_topic", LAID["ref_text_topic"], found)
    return len(found)


def read_replies(con: Connection, classifier: Classifier) -> int:
    """Read the replies of int_reply_gather nobody has read; returns how many."""
    from aftersales.complaints.evidence import Text
    from aftersales.complaints.masking import quoted

    count = 0
    for keys, told in _unread(
        con, "int_reply_gather", "ref_reply_mood", classifier.version, "body", classifier.agents
    ):
        bodies = [body for (body,) in told]
        moods = []
        for key, body, hits in zip(
            keys, bodies, classifier.agents.find([Text(body) for body in bodies]), strict=True
        ):
            first: dict[str, tuple[int, int]] = {}
            for hit in hits:
                span = first.get(hit.pattern.told_by, hit.span)
                first[hit.pattern.told_by] = min(span, hit.span)
            begin = {name: span[0] for name, span in first.items()}
            anomaly = first.get("reports_anomaly")
            quote = quoted(body, anomaly, length=QUOTED) if anomaly else None
            moods.append(
                (
                    key,
                    classifier.version,
                    begin.get("acknowledges"),
                    begin.get("explains"),
                    quote,
                )
            )
        insert(con, "ref_reply_mood", KEPT["ref_reply_mood"], moods)
        count += len(keys)
    return count


def _unread(
    con: Connection, gathered: str, kept: str, version: str, columns: str, finder: Finder
) -> Iterator[tuple[list[str], list[Row]]]:
    """Keys and texts not read yet, a batch at a time; what is gone or outdated is forgotten."""
    con.execute(
        f"delete from {kept} where version <> ? or text_key not in"
        f" (select text_key from {gathered})",
        [version],
    )
    found = rows(
        con,
        f"select distinct on (text_key) text_key, {columns} from {gathered} as g"
        f" where not exists (select 1 from {kept} as k where k.text_key = g.text_key)"
        " order by text_key",
    )
    finder.expect(len(found))
    for begin in range(0, len(found), BATCH):
        batch = found[begin : begin + BATCH]
        yield [row[0] for row in batch], [row[1:] for row in batch]


def leaf_rows(told: Taxonomy) -> list[Row]:
    """ref_leaf: one row a category."""
    found = []
    for leaf in told.leaves.values():
        top = told.tops[leaf.top]
        owner = told.owner(leaf.key)
        titles = (leaf.title["zh"], leaf.title["en"], top.title["zh"], top.title["en"])
        actions = (leaf.action["zh"], leaf.action["en"])
        found.append((leaf.key, leaf.code, leaf.top, owner, leaf.redline, *titles, *actions))
    return found


def reason_rows(con: Connection, told: Taxonomy) -> list[Row]:
    """ref_reason_leaf: the categories each reason delivered stands for."""
    reasons = rows(con, "select distinct reason from ref_reason order by reason")
    return [(reason, leaf) for (reason,) in reasons for leaf in told.reasons(reason)]
