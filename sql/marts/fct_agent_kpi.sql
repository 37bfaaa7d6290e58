-- fct_agent_kpi: what a platform's own service report says of an agent over some days.
-- grain: platform, shop_id, agent, first_on, last_on, hours
-- owner: after-sales analytics
-- caveat: the platform's figures by the platform's definitions, kept to be held against ours; an
--   average over agents is weighted by receptions, never plain.

select
    platform, -- whose report it is
    shop_id, -- whose agents
    agent, -- the account
    team, -- the agent's group
    first_on, -- first local day
    last_on, -- last local day
    hours, -- hours of the day the figures are about, in the platform's words; '' when not said
    receptions, -- sessions or persons the averages are weighted with
    consultations, -- sessions or persons that came in
    first_response_seconds, -- mean first response
    average_response_seconds, -- mean response over all turns
    within_30s_share, -- answered within 30 seconds
    within_3min_share, -- answered within 3 minutes
    unanswered_3min, -- not answered within 3 minutes
    satisfied, -- good ratings
    rated, -- ratings
    coalesce(
        satisfied_share,
        cast(satisfied as double) / nullif(cast(rated as double), 0)
    ) as satisfied_share, -- good ratings over ratings; null without any
    service_score, -- the platform's own score
    low_ratings, -- orders rated three stars or less
    disputes, -- refunds after a dispute
    complaints, -- about the agent
    source_file_id, -- ref_file.file_id
    source_record -- data record in that file
from stg_desk__agent_kpi
