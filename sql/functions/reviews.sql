-- What a platform writes in a buyer's place where nobody wrote anything.
create macro is_default_review(body) as
regexp_matches(
    body,
    '系统默认好评|默认好评|未及时做出评价|未及时评价|此用户未填写评价内容|用户未填写评价'
);
