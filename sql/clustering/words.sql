-- What: the words of each document, in their order.
-- Grain: one row per document, ordered by its number.
-- Units: document numbers the texts. Words are runs of letters of two or more; in scripts without spaces each character
--   is a word, so that pairs of neighbours are character bigrams.
-- NULLs: a text without words gives an empty list.
-- Source: the registered table documents(document, text), lower case, ids and numbers masked.
select
    document,
    regexp_extract_all(
        text,
        '[\p{Han}\p{Hiragana}\p{Katakana}\p{Thai}\p{Lao}\p{Khmer}\p{Myanmar}]|[\p{L}\p{M}'']{2,}|\p{So}'
    ) as words
from documents
order by document
