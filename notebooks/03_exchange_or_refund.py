# ---
# jupyter:
#   jupytext:
#     text_representation:
#       extension: .py
#       format_name: percent
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # Is it exchanged or refunded, and what does an exchange take?
#
# What becomes of an article within 30 days, where an exchange loses its time, whether those begun
# with a conversation end better, and what the broken rules concern.

# %%
import pandas as pd

from aftersales.notebook import connect, metric

connect()

# %% [markdown]
# ## Of which article is what asked for first within 30 days?
#
# Lines watched for less than 30 days count for as long as they were. What is returned or refunded
# can have no first exchange any more, so the three shares may be added.

# %%
first = pd.DataFrame(
    {
        way: metric(f"{way}_incidence_30d", by="sku").set_index("sku")["value"]
        for way in ["exchange", "return", "refund_only"]
    }
)
first["any"] = first.sum(axis=1, skipna=False)
first["exchange_of_any"] = first["exchange"] / first["any"]
first.sort_values("exchange", ascending=False)

# %% [markdown]
# ## Where does an exchange lose its time?
#
# In days by the clock, of the stages somebody gave times for: shops without a register have few.
# `no_stage` counts the stretches over a step without a time.

# %%
asked = {"asked_type": "exchange"}
day = 24 * 60 * 60
half = metric("case_stage_median", by="stage", where=asked).set_index("stage")
slow = metric("case_stage_p90", by="stage", where=asked).set_index("stage")
stages = pd.DataFrame(
    {
        "median_days": half["value"] / day,
        "p90_days": slow["value"] / day,
        "cases": half["denominator"],
        "left_out": half["excluded"],
    }
)
stages.rename(index=lambda stage: "no_stage" if pd.isna(stage) else stage).sort_values(
    "median_days", ascending=False
)

# %% [markdown]
# ## Do exchanges that began with a conversation go better?
#
# `give_or_take` is roughly a 95 % interval to either side: where two of them overlap widely there
# is nothing to tell. Buyers who ask first may differ, so a difference is no effect of asking.

# %%
parts = []
for name in ["exchange_approval_share", "exchange_conversion_share"]:
    part = metric(name, by="is_preceded")
    part.insert(0, "metric", name)
    parts.append(part)
outcomes = pd.concat(parts).dropna(subset=["is_preceded", "value"])
spread = outcomes["value"] * (1 - outcomes["value"]) / outcomes["denominator"]
outcomes["give_or_take"] = 1.96 * spread**0.5
outcomes[["metric", "is_preceded", "value", "give_or_take", "numerator", "denominator", "excluded"]]

# %% [markdown]
# ## What do the broken rules concern?
#
# The amount is what the wrong step was about, not a loss; a case that breaks two rules is in both,
# so amounts are not added. What an export cannot tell is unknown.

# %%
broken = metric("rule_violations", by=["rule_id", "severity"]).set_index("rule_id")
concerned = metric("rule_amount_at_risk", by="rule_id", where={"reporting_currency": "CNY"})
rules = pd.DataFrame(
    {
        "severity": broken["severity"],
        "violations": broken["value"],
        "amount_cny": concerned.set_index("rule_id")["value"],
        "unknown": broken["excluded"],
    }
)
rules = rules[rules["violations"].gt(0).fillna(False)]
rules = rules.sort_values(["amount_cny", "violations"], ascending=False)
rules.head(12)

# %% [markdown]
# ## Answer

# %%
most = first["exchange"].idxmax()
longest = stages["median_days"].idxmax()
rule = rules.index[0]
print(
    f"{most} is exchanged most: {first.loc[most, 'exchange']:.1%} of its lines within 30 days,"
    f" {first.loc[most, 'any']:.1%} with returns and refunds. An exchange is longest in {longest},"
    f" {stages.loc[longest, 'median_days']:.1f} days. The broken rule that concerns most is {rule},"
    f" {rules.loc[rule, 'violations']} times, {rules.loc[rule, 'amount_cny']:,.2f} CNY."
)
