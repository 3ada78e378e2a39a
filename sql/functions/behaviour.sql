-- What: what the behaviour marts share: cluster-robust 90 % intervals and the sentiment of a text.
-- Grain: macros; the published warehouse carries them, since its views call them.
-- Units: rates 0..1, variances in the square of the value; sentiment −1 (bad) .. 1 (good).
-- NULLs: fewer than two users: no variance, so no interval; a mean of users all alike has none either. A text without letters: no sentiment.
-- Source: linearised variance of a ratio over clusters: Cochran 1977, ch. 6 and 9A; Wilson's interval with the effective
--   sample size and Student's t: Dean & Pacheco 2015; t by its expansion in 1/df: Abramowitz & Stegun 26.7.5.

-- The 95 % point of Student's t with one degree of freedom less than there are users: exact up to three, within 1 % above.
create or replace macro t_of(users) as
case users
    when 2 then 6.313752
    when 3 then 2.919986
    when 4 then 2.353363
    else 1.644854 + 1.523801 / nullif(users - 1, 0) + 1.420322 / nullif((users - 1) * (users - 1), 0)
end;

-- From sums over users of their values y and their numbers of conversations n: Σy, Σn, Σy², Σyn, Σn².
create or replace macro ratio_variance(y, n, yy, yn, nn, users) as
users / nullif(users - 1, 0) * greatest(yy - 2 * (y / n) * yn + (y / n) * (y / n) * nn, 0) / nullif(n * n, 0);

-- What a sample of independent conversations would hold: fewer than n where users differ, never more.
create or replace macro effective_count(rate, variance, n, nn) as
least(n, coalesce(rate * (1 - rate) / nullif(variance, 0), n * n / nullif(nn, 0)));

create or replace macro wilson_centre(rate, m, t) as (rate + t * t / (2 * m)) / (1 + t * t / m);

create or replace macro wilson_half(rate, m, t) as
t * sqrt(rate * (1 - rate) / m + t * t / (4 * m * m)) / (1 + t * t / m);

create or replace macro rate_low(rate, variance, n, nn, users) as
case
    when variance is not null then round(greatest(
        wilson_centre(rate, effective_count(rate, variance, n, nn), t_of(users))
        - wilson_half(rate, effective_count(rate, variance, n, nn), t_of(users)), 0
    ), 6)
end;

create or replace macro rate_high(rate, variance, n, nn, users) as
case
    when variance is not null then round(least(
        wilson_centre(rate, effective_count(rate, variance, n, nn), t_of(users))
        + wilson_half(rate, effective_count(rate, variance, n, nn), t_of(users)), 1
    ), 6)
end;

-- NULL where all users are alike: two of them would pass for certainty.
create or replace macro mean_low(average, variance, users, least_possible) as
if(variance > 0, round(greatest(average - t_of(users) * sqrt(variance), least_possible), 6), null);

create or replace macro mean_high(average, variance, users, most_possible) as
if(variance > 0, round(least(average + t_of(users) * sqrt(variance), most_possible), 6), null);

create or replace macro kind_words() as
'thanks|thank you|thx|great|perfect(ly)?|excellent|awesome|amazing|wonderful|fantastic|lovely|good|nice|helpful|helped'
|| '|love|loved|happy|glad|pleased|satisfied|works|worked|solved|fixed|sorted|appreciated?|cool|best|easy|quick(ly)?'
|| '|fast|friendly|polite|clear|brilliant|superb|enjoy(ed)?|impressed|resolved|correct|delighted|smooth(ly)?|fun';

create or replace macro harsh_words() as
'bad|terribl[ey]|horribl[ey]|awful|worse|worst|useless|wrong|incorrect|annoy(ed|ing|s)?|angry|furious|frustrat\w+|upset'
|| '|disappoint\w+|ridiculous|stupid|dumb|hate|poor(ly)?|slow(ly)?|broken|fail(s|ed|ing|ure)?|confus\w+|unclear'
|| '|unhelpful|wast(e|ed|ing)|nonsense|unacceptable|rude|boring|sucks?|crap|damn|wtf|sick of|fed up|pathetic|complain\w*'
|| '|impossible|misunderst\w+|weird|joke|nobody (answers|helps|cares)|(doesn''t|don''t|didn''t|not) (work|help|answer|understand)';

create or replace macro word_count(said, words) as len(regexp_extract_all(said, '\b(?:' || words || ')\b'));

create or replace macro negated_count(said, words) as
len(regexp_extract_all(said, '\b(?:not|no|never|nothing|hardly|without|\w+n''t)(?: \w+)? (?:' || words || ')\b'));

-- Words of the two lists, each counted on the other side after a negation, over their number plus one.
-- Most texts hold none of the words, which a search tells at a fraction of what counting costs.
create or replace macro sentiment_of(said) as
case
    when not regexp_matches(said, '\pL') then null
    when not regexp_matches(said, '\b(?:' || kind_words() || '|' || harsh_words() || ')\b') then 0.0::double
    else round((
        word_count(said, kind_words()) - word_count(said, harsh_words())
        - 2 * negated_count(said, kind_words()) + 2 * negated_count(said, harsh_words())
    ) / (word_count(said, kind_words()) + word_count(said, harsh_words()) + 1), 6)
end;
