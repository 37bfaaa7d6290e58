-- mart_new_topic: what customers began to say in the last full week that no category knows, over
--   all shops, the surest first.
-- grain: week, topic_no
-- owner: after-sales analytics
-- caveat: of texts with a complaint's mood only, each counted once a week. A topic is a way of
--   putting it, not yet a cause: read the clauses. Nothing is told where fewer than four weeks lie
--   before, and a complaint that grows slowly never stands out.

select
    week, -- Monday, local, of the last full week
    topic_no, -- 1 is the surest
    title, -- the words that stand out most
    ngrams, -- all the words that do, one a line
    texts, -- different texts of the week that hold the title
    texts_before, -- of the eight weeks before, the mean of those with texts
    log_odds, -- of the title, this week against those before (Monroe, Colaresi and Quinn 2008)
    z, -- the same in its standard errors
    z_unclassified, -- of the title, texts without a category against those with one
    clauses, -- up to three examples, masked, one a line
    pattern, -- a phrase that finds it, as sql/complaints writes them
    pattern_hits, -- of the topic's texts the phrase finds
    pattern_others, -- and of all others of these weeks
    leaf -- ref_leaf.leaf the model finds likeliest; null where none is likely
from ref_text_topic
