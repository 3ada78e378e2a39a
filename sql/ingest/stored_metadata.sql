-- What: the metadata that name users, as they are stored: under pseudonyms, where the digest was made of what no rotated
--       key changes.
-- Grain: one row of typed_conversations per row of stored_metadata, in place.
-- Needs: the table stored_metadata(row_no, stored).
update typed_conversations
set metadata = stored_metadata.stored
from stored_metadata
where typed_conversations.row_no = stored_metadata.row_no
