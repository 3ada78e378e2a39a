-- What: keyed_digest(text) = the first 32 hex digits of HMAC-SHA256 over the text's UTF-8 bytes, under the home's key of pseudonyms.
-- Grain: one digest per row, 32 lowercase hex digits (128 bits). NULL gives NULL; '' has a digest.
-- Needs: the variables upturn_inner_pad and upturn_outer_pad (64-byte blobs), set by upturn.log.functions.register;
--        without them the digest is NULL.
-- Source: RFC 2104; truncation to half the output as its section 5 allows.
create or replace temp macro keyed_digest(plain_text) as
left(
    sha256(
        getvariable('upturn_outer_pad')
        || unhex(sha256(getvariable('upturn_inner_pad') || encode(plain_text)))
    ),
    32
);
