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
# # Which article is exchanged more than before, and since when?
#
# The weekly review names articles whose exchange rate stands out. Here we ask since which week,
# whether it is one shop or both, what buyers say, and go down to the rows of the export.

# %%
from aftersales.judgement.estimates import compare_shares
from aftersales.notebook import connect, metric, rows, table

connect()

# %% [markdown]
# ## The last six weeks against the eight before, by article
#
# Weeks are pooled, never averaged; articles are ranked by the cautious end of the difference, so
# that two exchanges of ten orders do not come before thirty of three hundred.

# %%
weekly = metric("exchange_rate_orders", by=["sku", "week"]).dropna(subset=["sku"])
weeks = sorted(weekly["week"].unique())
recent, before = weeks[-6:], weeks[-14:-6]


def pooled(part, name):
    """Exchanges and sales over several weeks."""
    sums = part.groupby("sku")[["numerator", "denominator"]].sum()
    return sums.rename(columns={"numerator": f"exchanged_{name}", "denominator": f"sold_{name}"})


compared = pooled(weekly[weekly["week"].isin(recent)], "now").join(
    pooled(weekly[weekly["week"].isin(before)], "before"), how="inner"
)
tests = [
    compare_shares(row.exchanged_now, row.sold_now, row.exchanged_before, row.sold_before)
    for row in compared.itertuples()
]
compared["difference"] = [test.change for test in tests]
compared["at_least"] = [test.low for test in tests]
compared["p"] = [test.p_value for test in tests]
compared = compared.sort_values("at_least", ascending=False)
compared.head()

# %%
suspect = compared.index[0]
found = compared.loc[suspect]
title = table("dim_product").set_index("sku").loc[suspect, "title"]
print(f"{suspect} {title}: {found.difference:+.1%}, at least {found.at_least:+.1%}")

# %% [markdown]
# ## Since when?

# %%
weekly[weekly["sku"] == suspect][["week", "value", "numerator", "denominator"]]

# %% [markdown]
# ## One shop or both?

# %%
metric(
    "exchange_rate_orders",
    by=["shop_id"],
    since=recent[0].date(),
    where={"sku": suspect},
)

# %% [markdown]
# ## What do buyers give as the reason?

# %%
metric("cases", by="reason", where={"sku": suspect, "asked_type": "exchange"}).sort_values(
    "value", ascending=False
).head()

# %% [markdown]
# ## The rows behind it, by file and record

# %%
behind = rows("exchange_rate_orders", since=recent[0].date(), where={"sku": suspect})
behind[["file_name", "source_record", "occurred_on", "reason"]].head()

# %% [markdown]
# ## Answer
#
# The last cell puts it into one sentence, from the numbers above.

# %%
print(
    f"{title} ({suspect}): {found.exchanged_now:.0f} of {found.sold_now:.0f} orders exchanged in"
    f" the last six weeks ({found.exchanged_now / found.sold_now:.1%}) against"
    f" {found.exchanged_before / found.sold_before:.1%} in the eight weeks before;"
    f" by chance alone once in {1 / max(found.p, 1e-12):,.0f}."
)
