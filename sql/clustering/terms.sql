-- What: how often each term stands in each document: words and pairs of neighbouring words.
-- Grain: one row per document and term, ordered by both.
-- Units: document numbers the texts; term_count ≥ 1. Words are runs of letters of two or more; in scripts without
--   spaces each character is a word, so that pairs are character bigrams. $stopwords are dropped before pairing.
-- NULLs: a text without words gives no row.
-- Source: the registered table documents(document, text), lower case, ids and numbers masked.
with words as (
    select
        document,
        list_filter(
            regexp_extract_all(
                text,
                '[\p{Han}\p{Hiragana}\p{Katakana}\p{Thai}\p{Lao}\p{Khmer}\p{Myanmar}]|[\p{L}\p{M}'']{2,}|\p{So}'
            ),
            lambda word: not list_contains($stopwords, word)
        ) as words
    from documents
),

pairs as (
    select
        document,
        list_concat(
            words,
            list_transform(
                list_zip(words[1:len(words) - 1], words[2:]),
                lambda pair: pair[1] || ' ' || pair[2]
            )
        ) as terms
    from words
),

unnested as (
    select
        document,
        unnest(terms) as term
    from pairs
),

final as (
    select
        document,
        term,
        count(*) as term_count
    from unnested
    group by
        document,
        term
)

select * from final
