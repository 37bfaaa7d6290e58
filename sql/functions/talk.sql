-- What a message is by its words. Exports give notices the sender of a person or of nobody, so the
-- words decide; they are the whole message, or end it, so that somebody who asks for a transfer or
-- quotes a notice is still taken to speak.

-- recall: a message taken back; handoff: from the robot to people; transfer: from one agent to
-- another; null: it speaks.
create macro notice_of(body, sender_role) as
case
    when length(body) > 80 then null
    when
        body like '%撤回了一条消息'
        or body like '%recalled a message'
        or body like '%unsent a message'
        or body = 'This message was deleted'
        then 'recall'
    when sender_role is not null and sender_role <> 'system' then null
    when
        body like '%请求转人工%'
        or body like '%转入人工%'
        or body like '%转接人工%'
        or body like '%asked for a human%'
        or body like '%handed off to a human%'
        then 'handoff'
    when
        body like '%转接给%'
        or body like '%转交给%'
        or body like '%转接至%'
        or regexp_matches(body, '(?i)(conversation|chat) (was )?transferred')
        then 'transfer'
end;

-- Of a text, as far as its letters tell: languages in Latin letters are not told apart.
create macro language_of(body) as
case
    when regexp_matches(body, '^[ -~]*$')
        then case when regexp_matches(body, '[A-Za-z]') then 'latin' end
    when regexp_matches(body, '[ぁ-ヿ]') then 'ja'
    when regexp_matches(body, '[一-鿿]') then 'zh'
    when regexp_matches(body, '[가-힣]') then 'ko'
    when regexp_matches(body, '[А-я]') then 'cyrillic'
    when regexp_matches(body, '[ก-๙]') then 'th'
    when regexp_matches(body, '[ء-ي]') then 'ar'
    when regexp_matches(body, '[A-Za-zÀ-ž]') then 'latin'
end;

-- A reply without what differs from order to order: figures, and how it ends. Short courtesies are
-- nobody's invention and stay out. One pattern: each further look at a text costs as much again.
create macro wording_of(body) as
case
    when length(body) >= 8
        then
            regexp_replace(
                substr(body, 1, 120),
                '^[0-9 。！!~～.]+|[0-9]+|[0-9 。！!~～.]+$', '', 'g'
            )
end;

-- Whether a text says anything: letters of any language or emoji, not figures and punctuation alone.
create macro has_words(body) as
regexp_matches(body, '[^0-9０-９\s!-/:-@\[-`{-~，。！？、；：…·～—“”‘’（）《》【】￥　]');
