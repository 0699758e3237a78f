-- How far a member's clients have received messages. What was read was received: where read_seq is
-- greater, it counts.
ALTER TABLE members ADD COLUMN delivered_seq BIGINT NOT NULL DEFAULT 0;
