-- Which faults a promise is about. Reasons are short words a buyer picks from a list, and scopes are
-- written by people, so both are told by the words in them.

-- function: it does not work as it should; looks: it is torn, stained, badly made; fault: something
-- is wrong with it, not said what; null: the words speak of no fault.
create macro fault_of(words) as
case
    when regexp_matches(words, '(?i)(非质量|非品质|not? quality)') then null
    when regexp_matches(words, '(?i)(非性能|非功能|non-?functional|non-?performance)') then 'looks'
    when regexp_matches(words, '(?i)(非外观|non-?cosmetic)') then 'function'
    when
        regexp_matches(
            words,
            '(?i)(性能|功能|效果不符|效果/|无法|不能用|失灵|死机|开不了|不工作|漏水|漏电'
            || '|function|performance|not work|not compatible)'
        )
        then 'function'
    when
        regexp_matches(
            words,
            '(?i)(外观|破损|变形|污渍|划痕|瑕疵|掉色|褪色|发黑|做工|开线|变质|发霉'
            || '|appearance|cosmetic|scratch|damage|stain|workmanship)'
        )
        then 'looks'
    when
        regexp_matches(words, '(?i)(质量|故障|品质|次品|损坏|坏了|quality|defect|fault|broken)')
        then 'fault'
end;

-- yes, no or unknown: whether a promise for some faults covers a case, by the words of its reason,
-- the fault they speak of and the family they are of. What is no fault is covered only where the
-- promise names it; a fault not said what it is may be of either kind.
create macro is_in_scope(scope, words, fault, family) as
case
    when words is null then 'unknown'
    when scope not like '非%' and (instr(scope, words) > 0 or instr(words, scope) > 0) then 'yes'
    when fault_of(scope) is null then 'unknown'
    when fault is null and coalesce(family, 'other') = 'other' then 'unknown'
    when fault is null then 'no'
    when fault_of(scope) = 'fault' or fault = fault_of(scope) then 'yes'
    when fault = 'fault' then 'unknown'
    else 'no'
end;
