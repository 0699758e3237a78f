-- Settings of a user's clients, which the server keeps without reading anything into them.
CREATE TABLE preferences (
    user_id BIGINT NOT NULL,
    name TEXT NOT NULL,
    value TEXT NOT NULL,
    PRIMARY KEY (user_id, name)
) {without_rowid};
