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
# # Which complaint costs most, and what to do first?
#
# What went back on the orders complained of, by category, beside what other orders lose; how often,
# how sure the labels are, and who would act.

# %%
import pandas as pd

from aftersales.notebook import connect, metric, table

connect()

# %% [markdown]
# ## What went along with each category?
#
# Not what it caused: an order stands under every category somebody complained of, so the lines are
# never added. `any` is all of them, each order once a month.

# %%
names = {
    "orders": "complaint_refund_share",
    "money_back": "complaint_refund_amount",
    "compensation": "complaint_compensation_amount",
}
told = {column: metric(name, by="leaf").set_index("leaf") for column, name in names.items()}
costs = pd.DataFrame(
    {
        "orders": told["orders"]["denominator"],
        "refunded": told["orders"]["value"],
        "money_back": told["money_back"]["value"],
        "compensation": told["compensation"]["value"],
    }
).astype(float)
costs["spent"] = costs["money_back"] + costs["compensation"]
costs["per_order"] = costs["spent"] / costs["orders"]
costs.sort_values("spent", ascending=False).head(12)

# %% [markdown]
# ## How much of it is beyond what complained orders lose anyway?
#
# A frequent category leads any list of sums. `beyond` is what its orders lost over the mean order
# complained of: at most so much could be saved if its orders did no worse than the others. Under 30
# orders nothing is said.

# %%
enough = costs[costs["orders"] >= 30]
usual = enough.loc["any", "per_order"]
ranked = enough.drop(index="any").copy()
ranked["beyond"] = (ranked["per_order"] - usual) * ranked["orders"]
ranked = ranked.sort_values("beyond", ascending=False)
ranked[["orders", "refunded", "spent", "per_order", "beyond"]].head(10)

# %% [markdown]
# ## How often, how sure, and whose is it?
#
# `tier_a` is the share of the surest labels: under a fifth, have a sample labelled before acting.

# %%
leaves = table("ref_leaf").set_index("leaf")[["title_en", "owner", "action_en"]]
often = metric("complaints_per_1000_orders", by="category").set_index("category")["value"]
sure = metric("tier_a_share", by="leaf").set_index("leaf")["value"]
first = ranked.join(leaves)
first["per_1000_orders"] = often
first["tier_a"] = sure
first[["title_en", "beyond", "per_1000_orders", "tier_a", "owner", "action_en"]].head(10)

# %% [markdown]
# ## Does the cost come with late answers?

# %%
late = metric("complaint_slow_reply_share", by="leaf").set_index("leaf")
late.loc[late["denominator"] >= 30, ["value", "denominator"]].sort_values(
    "value", ascending=False
).head(8)

# %% [markdown]
# ## Answer

# %%
most = costs.drop(index="any")["spent"].idxmax()
act = first.index[0]
print(
    f"Most was spent along with {most} ({leaves.loc[most, 'title_en']}):"
    f" {costs.loc[most, 'spent']:,.2f} on {costs.loc[most, 'orders']:.0f} orders."
    f" Most beyond the usual {usual:,.2f} an order went with {act} ({first.loc[act, 'title_en']}):"
    f" {first.loc[act, 'beyond']:,.2f}. First, {first.loc[act, 'owner']}:"
    f" {first.loc[act, 'action_en']}."
)
