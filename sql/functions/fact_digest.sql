-- What: fact_digest(text) = the first 32 hex digits of SHA-256 over a secret prefix and the text's UTF-8 bytes: identity
--       and comparison of logged facts, a third of the price of HMAC. User ids take keyed_digest.
-- Grain: one digest per row, 32 lowercase hex digits (128 bits). NULL gives NULL; '' has a digest.
-- Needs: the variable upturn_fact_prefix (32-byte blob), set by upturn.log.functions.register; without it the digest is
--        NULL.
-- Source: half of the output is dropped, so it can't be extended: chop-MD of Coron, Dodis, Malinaud and Puniya,
--         "Merkle-Damgard revisited", CRYPTO 2005. The prefix is derived from the home's fact key, and is not the key.
create or replace temp macro fact_digest(plain_text) as
left(sha256(getvariable('upturn_fact_prefix') || encode(plain_text)), 32);
