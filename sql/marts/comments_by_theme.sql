-- What: what users say in comments, by theme, with how it sounds beside how they rated.
-- Grain: one row per week, assistant and theme of a comment; a comment may have several themes.
-- Units: sentiment −1..1 (two word lists with negation); rating 0..1; 90 % intervals clustered by user.
-- Rating: the score given with the comment, else the conversation's satisfaction; volunteered, so no random sample.
-- NULLs: rating where nobody rated; low and high where fewer than two users or all alike. A comment without a theme's words is 'other'.
-- Column week: ISO week of the start.
-- Column assistant_id: the assistant.
-- Column theme: speed, accuracy, understanding, person, tone, ease, resolution or other.
-- Column comment_count: comments of volunteers with that theme.
-- Column conversation_count: conversations they are about.
-- Column negative_share: comments with a sentiment below 0.
-- Column sentiment: their mean sentiment.
-- Column low: lower end of its interval.
-- Column high: upper end of its interval.
-- Column rating: mean rating beside them.
-- Column rated_count: comments with a rating.
with comments as (
    select
        conversations.week,
        conversations.assistant_id,
        conversations.conversation_id,
        coalesce(conversations.user_key, conversations.conversation_id) as user_group,
        coalesce(feedback.score, conversations.satisfaction) as rating,
        lower(left(feedback.comment, 2000)) as said
    from feedback
    inner join production_conversations as conversations
        on feedback.conversation_id = conversations.conversation_id
    where
        feedback.author = 'user'
        and feedback.inclusion_probability is null
        and regexp_matches(feedback.comment, '\pL')
),

themed as (
    select
        * exclude (said),
        cast(round(1e6 * sentiment_of(said)) as bigint) as sentiment,
        cast(round(1e6 * rating) as bigint) as rated,
        list_filter([
            if(regexp_matches(said, '\b(slow|wait\w*|fast|quick\w*|long time|takes? (too |so )?long|time|hours?|minutes?)\b'),
                'speed', null),
            if(regexp_matches(said, '\b(wrong|incorrect|false|not true|outdated|accurate|correct|misinform\w+|made up)\b'),
                'accuracy', null),
            if(regexp_matches(said, '\b(underst\w+|misunderst\w+|listen\w*|read my|same (thing|answer|question)|circles|repeat\w*)\b'),
                'understanding', null),
            if(regexp_matches(said, '\b(human|person|agent|representative|someone real|real (person|people)|transfer\w*|staff)\b'),
                'person', null),
            if(regexp_matches(said, '\b(rude|polite|friendly|kind|tone|cold|arrogant|nice|robotic|patient)\b'), 'tone', null),
            if(regexp_matches(said, '\b(easy|simple|confus\w+|complicated|clear|unclear|jargon|hard to|difficult)\b'), 'ease', null),
            if(regexp_matches(said, '\b(solv\w+|fixed|resolved|helped|help(ful)?|useless|unhelpful|work(s|ed|ing)?|answer(ed)?)\b'),
                'resolution', null)
        ], lambda theme: theme is not null) as themes
    from comments
),

by_user as (
    select
        week,
        assistant_id,
        unnest(if(len(themes) = 0, ['other'], themes)) as theme,
        user_group,
        conversation_id,
        sentiment,
        rated
    from themed
),

per_user as (
    select
        week,
        assistant_id,
        theme,
        user_group,
        count(*) as n,
        count(distinct conversation_id) as conversations,
        count(*) filter (where sentiment < 0) as negatives,
        sum(sentiment) as y,
        sum(rated) as rated,
        count(rated) as rated_count
    from by_user
    group by week, assistant_id, theme, user_group
),

summed as (
    select
        week,
        assistant_id,
        theme,
        cast(sum(n) as bigint) as n,
        cast(sum(conversations) as bigint) as conversation_count,
        sum(negatives) as negatives,
        sum(y) / 1e6 as y,
        ratio_variance(
            sum(y) / 1e6, sum(n), sum(y * y) / 1e12, sum(y * n) / 1e6, sum(n * n), count(*)
        ) as variance,
        count(*) as users,
        sum(rated) / 1e6 as rated,
        cast(sum(rated_count) as bigint) as rated_count
    from per_user
    group by week, assistant_id, theme
),

final as (
    select
        week,
        assistant_id,
        theme,
        n as comment_count,
        conversation_count,
        round(negatives / n, 6) as negative_share,
        round(y / n, 6) as sentiment,
        mean_low(y / n, variance, users, -1) as low,
        mean_high(y / n, variance, users, 1) as high,
        round(rated / nullif(rated_count, 0), 6) as rating,
        rated_count
    from summed
)

select * from final
