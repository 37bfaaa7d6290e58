-- Money in the reporting currency where a rate of the day is known, else as it was; always read
-- together with its currency, since amounts of two currencies are never added up.
create macro amount_in(amount, currency, reporting_currency, rate) as
case
    when currency = reporting_currency or rate is null then cast(amount as decimal(18, 4))
    else cast(cast(amount as double) * rate as decimal(18, 4))
end;

create macro currency_in(currency, reporting_currency, rate) as
case when rate is null then currency else reporting_currency end;
