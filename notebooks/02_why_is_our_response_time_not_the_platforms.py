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
# # Why is our response time not the platform's?
#
# The same turns, by every definition we know; which rule makes the difference; and what the
# platform's own service report says of the same agents and days.

# %%
from aftersales.notebook import connect, metric, table

connect()

# %% [markdown]
# ## The same data, many numbers
#
# A mean is seconds over waits, a share is in time over counted. The other columns say which turns
# a definition treats apart.

# %%
variants = table("mart_response_variant")
sums = variants.drop(columns=["platform", "shop_id", "agent", "team", "asked_on"])
told = sums.groupby("variant").sum()
told["mean_seconds"] = told["counted_seconds"] / told["waits"]
told["share_in_time"] = told["within_limit"] / told["counted"]
rules = [
    "out_of_hours",
    "left_to_robot",
    "unanswered_left_out",
    "unanswered_counted",
    "capped",
    "left_behind",
    "answered_next_day",
]
told[["counted", "mean_seconds", "share_in_time", *rules]].sort_values("mean_seconds")

# %% [markdown]
# ## Plain, and with those still waiting
#
# The median over the answered says nothing about those nobody answered; the estimate beside it
# counts each as waiting at least until now.

# %%
plain = metric("reply_p90", by=["kind"]).set_index("kind")
waiting = metric("reply_km_p90", by=["kind"]).set_index("kind")
plain[["value"]].join(waiting[["value", "numerator", "denominator"]], rsuffix="_still_waiting")

# %% [markdown]
# ## Against the platform's report
#
# Weighted by receptions, as the platform does. Turns nobody answered are with an agent only where
# the chat shows one, so an agent's day may differ where the shop's day does not.

# %%
kpi = table("mart_kpi_reconciliation")
known = kpi[kpi["own_value"].notna()].copy()
for side in ("reported_value", "own_value"):
    known[side] = known[side] * known["receptions"]
weighted = known.groupby(["shop_id", "measure"])[["reported_value", "own_value"]].sum()
receptions = known.groupby(["shop_id", "measure"])["receptions"].sum()
weighted = weighted.div(receptions, axis=0)
weighted["difference"] = weighted["own_value"] - weighted["reported_value"]
weighted

# %%
apart = known[known["difference"].abs() > 0.01 * known["reported_value"].abs()]
print(f"{len(apart)} of {len(known)} agent-days differ by more than 1 %")
