-- The first schema. Columns are BIGINT (ids, microseconds, flags, enums) and TEXT only.
-- Texts that are compared by order, not only for equality, are compared bytewise.
-- Every key of chat data begins with the chat, so that it can be distributed by chat later.

CREATE TABLE counters (name TEXT NOT NULL PRIMARY KEY, value BIGINT NOT NULL) {without_rowid};

CREATE TABLE users (
    id BIGINT NOT NULL PRIMARY KEY,
    username TEXT NOT NULL,
    folded TEXT {bytewise} NOT NULL UNIQUE,
    skeleton TEXT NOT NULL UNIQUE,
    display_name TEXT NOT NULL,
    display_folded TEXT {bytewise} NOT NULL,
    bio TEXT NOT NULL,
    status_text TEXT,
    status_emoji TEXT,
    email TEXT,
    password TEXT NOT NULL,
    server_role BIGINT NOT NULL,
    account_rev BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    last_seen BIGINT
);
CREATE INDEX users_by_display ON users (display_folded);

-- The private stream of an account.
CREATE TABLE user_events (
    user_id BIGINT NOT NULL,
    rev BIGINT NOT NULL,
    body TEXT NOT NULL,
    PRIMARY KEY (user_id, rev)
) {without_rowid};

CREATE TABLE sessions (
    id TEXT NOT NULL PRIMARY KEY,
    user_id BIGINT NOT NULL,
    device TEXT NOT NULL,
    ip TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    last_used_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    ended_at BIGINT
) {without_rowid};
CREATE INDEX sessions_by_user ON sessions (user_id);
CREATE INDEX sessions_by_end ON sessions (ended_at);

-- Every refresh token of a session ever given out: a used one that comes again is theft.
CREATE TABLE refresh_tokens (
    hash TEXT NOT NULL PRIMARY KEY,
    session_id TEXT NOT NULL,
    used_at BIGINT,
    expires_at BIGINT NOT NULL
) {without_rowid};
CREATE INDEX refresh_tokens_by_session ON refresh_tokens (session_id);

-- By folded name, whether there is such an account or not: answers must not tell.
CREATE TABLE login_failures (
    folded TEXT NOT NULL PRIMARY KEY,
    failures BIGINT NOT NULL,
    last_at BIGINT NOT NULL,
    locked_until BIGINT
) {without_rowid};

-- The row is the allocator of rev and seq. Nothing is indexed by them, so that bumping stays cheap.
CREATE TABLE chats (
    id BIGINT NOT NULL PRIMARY KEY,
    public_id TEXT {bytewise} NOT NULL UNIQUE,
    kind BIGINT NOT NULL,
    name TEXT NOT NULL,
    name_folded TEXT NOT NULL,
    description TEXT NOT NULL,
    pair TEXT UNIQUE,
    created_at BIGINT NOT NULL,
    last_rev BIGINT NOT NULL,
    last_seq BIGINT NOT NULL,
    last_ts BIGINT NOT NULL,
    member_count BIGINT NOT NULL,
    deleted_at BIGINT
) {often_updated};
CREATE INDEX chats_by_kind ON chats (kind, public_id);

CREATE TABLE members (
    chat_id BIGINT NOT NULL,
    user_id BIGINT NOT NULL,
    role BIGINT NOT NULL,
    joined_at BIGINT NOT NULL,
    read_seq BIGINT NOT NULL,
    muted_until BIGINT,
    archived BIGINT NOT NULL,
    favourite BIGINT NOT NULL,
    marked_unread BIGINT NOT NULL,
    PRIMARY KEY (chat_id, user_id)
) {without_rowid};
CREATE INDEX members_by_user ON members (user_id, chat_id);

-- The log. A message's row (kind 1) has no body: its text stands in messages, once.
CREATE TABLE events (
    chat_id BIGINT NOT NULL,
    rev BIGINT NOT NULL,
    kind BIGINT NOT NULL,
    seq BIGINT,
    sender_id BIGINT NOT NULL,
    ts BIGINT NOT NULL,
    body TEXT,
    previous TEXT,
    PRIMARY KEY (chat_id, rev)
) {without_rowid} {by_chat};
{partitions events}
-- Edits, found by their message.
CREATE INDEX events_of_edits ON events (chat_id, seq, rev) WHERE kind = 2;

CREATE TABLE messages (
    chat_id BIGINT NOT NULL,
    seq BIGINT NOT NULL,
    rev BIGINT NOT NULL,
    sender_id BIGINT NOT NULL,
    ts BIGINT NOT NULL,
    kind BIGINT NOT NULL,
    content TEXT NOT NULL,
    extra TEXT,
    edited_at BIGINT,
    deleted_at BIGINT,
    deleted_by BIGINT,
    pinned_at BIGINT,
    PRIMARY KEY (chat_id, seq)
) {without_rowid} {by_chat};
{partitions messages}
CREATE INDEX messages_pinned ON messages (chat_id, pinned_at) WHERE pinned_at IS NOT NULL;

CREATE TABLE reactions (
    chat_id BIGINT NOT NULL,
    seq BIGINT NOT NULL,
    emoji TEXT NOT NULL,
    user_id BIGINT NOT NULL,
    rev BIGINT NOT NULL,
    PRIMARY KEY (chat_id, seq, emoji, user_id)
) {without_rowid} {by_chat};
{partitions reactions}

-- User 0 stands for everybody (@room, @here).
CREATE TABLE mentions (
    chat_id BIGINT NOT NULL,
    user_id BIGINT NOT NULL,
    seq BIGINT NOT NULL,
    PRIMARY KEY (chat_id, user_id, seq)
) {without_rowid};

-- What a client_id has brought about, so that repeating it changes nothing.
CREATE TABLE sends (
    user_id BIGINT NOT NULL,
    client_id TEXT NOT NULL,
    hash BIGINT NOT NULL,
    chat_id BIGINT,
    rev BIGINT,
    seq BIGINT,
    ts BIGINT NOT NULL,
    answer TEXT,
    PRIMARY KEY (user_id, client_id)
) {without_rowid};
CREATE INDEX sends_by_ts ON sends (ts);

CREATE TABLE drafts (
    user_id BIGINT NOT NULL,
    chat_id BIGINT NOT NULL,
    content TEXT NOT NULL,
    reply_seq BIGINT,
    updated_at BIGINT NOT NULL,
    PRIMARY KEY (user_id, chat_id)
) {without_rowid};

CREATE TABLE invites (
    code TEXT NOT NULL PRIMARY KEY,
    chat_id BIGINT NOT NULL,
    created_by BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    expires_at BIGINT,
    max_uses BIGINT,
    uses BIGINT NOT NULL,
    role BIGINT NOT NULL
) {without_rowid};
CREATE INDEX invites_by_chat ON invites (chat_id);

CREATE TABLE scheduled (
    id TEXT NOT NULL PRIMARY KEY,
    user_id BIGINT NOT NULL,
    chat_id BIGINT NOT NULL,
    content TEXT NOT NULL,
    kind BIGINT NOT NULL,
    reply_seq BIGINT,
    send_at BIGINT NOT NULL,
    failed TEXT
) {without_rowid};
CREATE INDEX scheduled_by_time ON scheduled (send_at);
CREATE INDEX scheduled_by_user ON scheduled (user_id, send_at);
