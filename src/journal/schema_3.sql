-- Migration 3. All of one mailbox is read often, in the order of its keys: by this index neither sorting nor leaping about is needed for it.

CREATE INDEX message_mailbox ON message (mailbox);
