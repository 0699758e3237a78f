//! One sample or more of every frame: once with all members, and where members may be absent,
//! once with the fewest.

use std::collections::BTreeMap;

use vestnik_proto::command::*;
use vestnik_proto::event::MemberChange;
use vestnik_proto::frame::{Ack, AuthSuccess, ChatReset, Control, HistoryPage, SyncDone};
use vestnik_proto::{
    Account, AccountEvent, AccountEventContent, Answer, ApiError, Chat, ChatEvent, ChatEventContent, ChatId, ChatKind,
    ChatSettings, ClientConfig, ClientFrame, CloseCode, Draft, ErrorCode, GuestToken, Invite, InvitePreview, Member,
    MentionAll, Message, MessageId, MessageType, MessageVersion, PassingEvent, PasswordRules, Permission, Presence,
    PresenceStatus, Reader, Registration, Role, RoomEntry, ScheduledMessage, ServerRole, Session, SetupRequest,
    Timestamp, TokenAnswer, User, UserId, limits,
};

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_millis(1_795_242_480_000 + seconds * 1_000)
}

fn general() -> ChatId {
    "general".into()
}

fn message_id() -> MessageId {
    MessageId::encode(1, 42)
}

fn user() -> User {
    User {
        id: UserId(123),
        username: "user123".into(),
        display_name: "Анна".into(),
        bio: "Здесь недавно.".into(),
        status_text: Some("в отпуске".into()),
        status_emoji: Some("🏖️".into()),
        created_at: at(0),
        last_seen: Some(at(60)),
    }
}

fn bare_user() -> User {
    User {
        id: UserId(456),
        username: "user456".into(),
        display_name: "user456".into(),
        bio: String::new(),
        status_text: None,
        status_emoji: None,
        created_at: at(1),
        last_seen: None,
    }
}

fn message() -> Message {
    Message {
        id: message_id(),
        seq: 42,
        sender_id: UserId(123),
        sender_username: "user123".into(),
        content: "Привет, @here".into(),
        message_type: MessageType::Text,
        timestamp: at(2),
        reply_to: Some(MessageId::encode(1, 41)),
        mentions: vec![UserId(456)],
        mention_all: Some(MentionAll::Here),
        reactions: BTreeMap::from([("👍".to_owned(), vec![UserId(123), UserId(456)])]),
        edited: true,
        edited_at: Some(at(3)),
        deleted: false,
        deleted_at: None,
        deleted_by: None,
        pinned: true,
    }
}

fn deleted_message() -> Message {
    Message {
        id: MessageId::encode(1, 43),
        seq: 43,
        sender_id: UserId(123),
        sender_username: "user123".into(),
        content: String::new(),
        message_type: MessageType::Emote,
        timestamp: at(4),
        reply_to: None,
        mentions: vec![],
        mention_all: None,
        reactions: BTreeMap::new(),
        edited: false,
        edited_at: None,
        deleted: true,
        deleted_at: Some(at(5)),
        deleted_by: Some(UserId(1)),
        pinned: false,
    }
}

fn member() -> Member {
    Member {
        user_id: UserId(456),
        username: "user456".into(),
        display_name: "user456".into(),
        role: Role::Member,
        joined_at: at(6),
        read_seq: 40,
        delivered_seq: 42,
    }
}

fn settings() -> ChatSettings {
    ChatSettings { muted_until: Some(at(3_600)), archived: true, favourite: false, marked_unread: false }
}

fn draft() -> Draft {
    Draft { content: "Ещё".into(), reply_to: Some(message_id()), updated_at: at(7) }
}

fn room() -> Chat {
    Chat {
        id: general(),
        kind: ChatKind::Room,
        name: "Общий".into(),
        description: "Обо всём.".into(),
        created_at: at(0),
        rev: 57,
        last_seq: 43,
        member_count: 2,
        peer: None,
        role: Some(Role::Member),
        permissions: vec![Permission::Read, Permission::Write],
        read_seq: 42,
        unread: 1,
        mentions: 0,
        last_message: Some(deleted_message()),
        settings: settings(),
        draft: Some(draft()),
    }
}

fn direct() -> Chat {
    Chat {
        id: "k3m9x2p7q1w8e5r4".into(),
        kind: ChatKind::Direct,
        name: String::new(),
        description: String::new(),
        created_at: at(0),
        rev: 1,
        last_seq: 0,
        member_count: 2,
        peer: Some(bare_user()),
        role: None,
        permissions: vec![],
        read_seq: 0,
        unread: 0,
        mentions: 0,
        last_message: None,
        settings: ChatSettings::default(),
        draft: None,
    }
}

fn invite() -> Invite {
    Invite {
        code: "c0de".into(),
        chat_id: general(),
        created_by: UserId(1),
        created_at: at(0),
        expires_at: Some(at(86_400)),
        max_uses: Some(5),
        uses: 1,
        role: Role::Viewer,
    }
}

fn bare_invite() -> Invite {
    Invite { expires_at: None, max_uses: None, ..invite() }
}

fn preview() -> InvitePreview {
    InvitePreview {
        code: "c0de".into(),
        chat_name: "Общий".into(),
        kind: ChatKind::Group,
        member_count: 2,
        invited_by: "Анна".into(),
        expires_at: Some(at(86_400)),
    }
}

fn scheduled() -> ScheduledMessage {
    ScheduledMessage {
        id: "s1".into(),
        chat_id: general(),
        content: "Позже".into(),
        message_type: MessageType::Text,
        reply_to: Some(message_id()),
        send_at: at(3_600),
        failed: Some(ErrorCode::Forbidden),
    }
}

fn bare_scheduled() -> ScheduledMessage {
    ScheduledMessage { reply_to: None, failed: None, ..scheduled() }
}

fn session() -> Session {
    Session {
        id: "d1".into(),
        device: "Firefox".into(),
        ip: "127.0.0.1".into(),
        created_at: at(0),
        last_used_at: at(8),
        expires_at: at(2_592_000),
        current: true,
    }
}

/// Every command, in the order of `Command::NAMES`.
pub fn commands() -> Vec<ClientFrame> {
    use vestnik_proto::Command as C;
    let one = || MessageRef { chat_id: general(), message_id: message_id() };
    let chat = || ChatRef { chat_id: general() };
    let reaction = || React { chat_id: general(), message_id: message_id(), emoji: "👍".into() };
    let history = || History::newest(general(), 50);
    let commands = vec![
        C::Auth(Auth { token: "a.b.c".into() }),
        C::Register(Register {
            username: "user123".into(),
            password: "correct horse".into(),
            email: Some("user123@example.org".into()),
            invite: Some("c0de".into()),
            device: Some("Firefox".into()),
        }),
        C::Register(Register {
            username: "user123".into(),
            password: "correct horse".into(),
            email: None,
            invite: None,
            device: None,
        }),
        C::Login(Login {
            username: "user123".into(),
            password: "correct horse".into(),
            code: Some("123456".into()),
            device: Some("Firefox".into()),
        }),
        C::Login(Login { username: "user123".into(), password: "correct horse".into(), code: None, device: None }),
        C::Refresh(Refresh { refresh_token: "r.r".into() }),
        C::Guest(Empty {}),
        C::Logout(Empty {}),
        C::Ping(Empty {}),
        C::Message(SendMessage {
            chat_id: general(),
            content: "Привет".into(),
            message_type: MessageType::Emote,
            reply_to: Some(message_id()),
            mentions: vec![UserId(456)],
        }),
        C::Message(SendMessage {
            chat_id: general(),
            content: "Привет\n\"мир\"".into(),
            message_type: MessageType::Text,
            reply_to: None,
            mentions: vec![],
        }),
        C::EditMessage(EditMessage {
            chat_id: general(),
            message_id: message_id(),
            content: "Пока".into(),
            mentions: vec![UserId(456)],
        }),
        C::DeleteMessage(one()),
        C::GetMessage(one()),
        C::ListVersions(one()),
        C::ListReaders(one()),
        C::React(reaction()),
        C::Unreact(reaction()),
        C::PinMessage(one()),
        C::UnpinMessage(one()),
        C::ListPins(chat()),
        C::MarkRead(MarkRead { chat_id: general(), seq: 42 }),
        C::MarkDelivered(MarkDelivered { chat_id: general(), seq: 42 }),
        C::UnreadState(Empty {}),
        C::Typing(Typing { chat_id: general(), active: false }),
        C::SetActiveChat(SetActiveChat { chat_id: Some(general()) }),
        C::SetActiveChat(SetActiveChat { chat_id: None }),
        C::Presence(SetPresence { status: PresenceStatus::Dnd }),
        C::History(history()),
        C::History(History { before: Some(42), ..history() }),
        C::History(History { after: Some(42), ..history() }),
        C::History(History { around: Some(42), limit: None, ..history() }),
        C::History(History { page: Some(2), before_timestamp: Some(at(0)), ..history() }),
        C::Sync(Sync { chats: BTreeMap::from([(general(), 41)]), account: Some(17) }),
        C::Sync(Sync::default()),
        C::Join(Join { chat_id: Some(general()), invite: None }),
        C::Join(Join { chat_id: None, invite: Some("c0de".into()) }),
        C::Leave(chat()),
        C::CreateChat(CreateChat {
            kind: ChatKind::Group,
            name: "Дача".into(),
            description: "Выходные.".into(),
            slug: Some("dacha".into()),
            members: vec!["user456".into()],
        }),
        C::StartDirect(StartDirect { username: "user456".into() }),
        C::ListChats(Empty {}),
        C::GetChat(chat()),
        C::UpdateChat(UpdateChat {
            chat_id: general(), name: Some("Дача".into()), description: Some(String::new())
        }),
        C::DeleteChat(chat()),
        C::ListRooms(ListRooms { q: Some("rust".into()), cursor: Some("c".into()), limit: Some(20) }),
        C::ListRooms(ListRooms::default()),
        C::ListMembers(ListMembers { chat_id: general(), cursor: Some("c".into()), limit: Some(20) }),
        C::AddMember(AddMember { chat_id: general(), username: "user456".into(), role: Some(Role::Viewer) }),
        C::AddMember(AddMember { chat_id: general(), username: "user456".into(), role: None }),
        C::SetRole(SetRole { chat_id: general(), user_id: UserId(456), role: Role::Blocked }),
        C::RemoveMember(MemberRef { chat_id: general(), user_id: UserId(456) }),
        C::TransferOwnership(MemberRef { chat_id: general(), user_id: UserId(456) }),
        C::CreateInvite(CreateInvite {
            chat_id: general(),
            expires_in: Some(86_400),
            max_uses: Some(5),
            role: Some(Role::Member),
        }),
        C::CreateInvite(CreateInvite { chat_id: general(), expires_in: None, max_uses: None, role: None }),
        C::ListInvites(chat()),
        C::RevokeInvite(RevokeInvite { chat_id: general(), code: "c0de".into() }),
        C::GetInvite(InviteCode { code: "c0de".into() }),
        C::SetDraft(SetDraft { chat_id: general(), content: "Ещё".into(), reply_to: Some(message_id()) }),
        C::SetDraft(SetDraft { chat_id: general(), content: String::new(), reply_to: None }),
        C::SetChatSettings(SetChatSettings {
            chat_id: general(),
            muted_until: Some(Some(at(3_600))),
            archived: Some(true),
            favourite: Some(false),
            marked_unread: Some(true),
        }),
        C::SetChatSettings(SetChatSettings {
            chat_id: general(),
            muted_until: Some(None),
            archived: None,
            favourite: None,
            marked_unread: None,
        }),
        C::ScheduleMessage(ScheduleMessage {
            chat_id: general(),
            content: "Позже".into(),
            message_type: MessageType::Text,
            reply_to: Some(message_id()),
            send_at: at(3_600),
        }),
        C::UpdateScheduled(UpdateScheduled {
            scheduled_id: "s1".into(),
            content: Some("Потом".into()),
            send_at: Some(at(7_200)),
        }),
        C::CancelScheduled(ScheduledRef { scheduled_id: "s1".into() }),
        C::ListScheduled(Empty {}),
        C::GetAccount(Empty {}),
        C::UpdateProfile(UpdateProfile {
            display_name: Some("Анна".into()),
            bio: Some("Здесь недавно.".into()),
            status_text: Some(Some("в отпуске".into())),
            status_emoji: Some(None),
            email: Some(None),
        }),
        C::UpdateProfile(UpdateProfile::default()),
        C::ChangePassword(ChangePassword { old_password: "old horse".into(), new_password: "new horse".into() }),
        C::GetUser(GetUser { username: "user456".into() }),
        C::FindUsers(FindUsers { q: "us".into(), limit: Some(20) }),
        C::SetPreference(SetPreference { name: "theme".into(), value: Some("dark".into()) }),
        C::SetPreference(SetPreference { name: "theme".into(), value: None }),
        C::ListPreferences(Empty {}),
        C::ListSessions(Empty {}),
        C::RevokeSession(RevokeSession { session_id: "d1".into() }),
    ];
    let mut frames: Vec<ClientFrame> = commands.into_iter().map(ClientFrame::new).collect();
    frames.push(ClientFrame {
        id: Some("7".into()),
        client_id: Some("0190a5c0-0000-7000-8000-000000000001".parse().expect("a UUID")),
        command: C::Ping(Empty {}),
    });
    frames
}

/// Every answer, in the order of `Answer::NAMES`.
pub fn answers() -> Vec<Answer> {
    use Answer as A;
    vec![
        A::AuthSuccess(AuthSuccess {
            user_id: Some(UserId(123)),
            username: "user123".into(),
            expires_in: 900,
            session_id: Some("d1".into()),
            account_rev: 17,
            guest: false,
            access_token: Some("a.b.c".into()),
            refresh_token: Some("r.r".into()),
            user: Some(user()),
        }),
        A::AuthSuccess(AuthSuccess {
            user_id: None,
            username: "guest".into(),
            expires_in: 900,
            session_id: None,
            account_rev: 0,
            guest: true,
            access_token: None,
            refresh_token: None,
            user: None,
        }),
        A::LoggedOut,
        A::Pong { timestamp: at(9) },
        A::Ack(Ack { chat_id: general(), rev: 57, message_id: Some(message_id()), seq: Some(42), timestamp: at(2) }),
        A::Ack(Ack { chat_id: general(), rev: 58, message_id: None, seq: None, timestamp: at(2) }),
        A::Message { message: message() },
        A::History(HistoryPage { chat_id: general(), messages: vec![message(), deleted_message()], has_more: true }),
        A::Versions { versions: vec![MessageVersion { content: "Привет".into(), timestamp: at(2) }] },
        A::Readers {
            readers: vec![Reader { user_id: UserId(456), username: "user456".into(), display_name: "user456".into() }],
        },
        A::Pins { messages: vec![message()] },
        A::MarkReadAck { chat_id: general(), seq: 42, unread: 1 },
        A::UnreadState { dialogs: 1, counts: BTreeMap::from([(general(), 3)]) },
        A::Ok,
        A::Chat { chat: Box::new(room()) },
        A::Chat { chat: Box::new(direct()) },
        A::Chats { chats: vec![direct()], account_rev: 17 },
        A::Rooms {
            rooms: vec![RoomEntry {
                id: general(),
                name: "Общий".into(),
                description: "Обо всём.".into(),
                member_count: 2,
                joined: true,
            }],
            next: Some("c".into()),
        },
        A::Members { members: vec![member()], next: Some("c".into()) },
        A::Members { members: vec![], next: None },
        A::Member { member: member() },
        A::Invite { invite: invite() },
        A::Invites { invites: vec![bare_invite()] },
        A::InvitePreview { invite: preview() },
        A::Draft { draft: Some(draft()) },
        A::Draft { draft: None },
        A::Scheduled { scheduled: scheduled() },
        A::ScheduledList { scheduled: vec![bare_scheduled()] },
        A::Account {
            account: Account {
                user: user(),
                email: Some("user123@example.org".into()),
                server_role: ServerRole::Owner,
                account_rev: 17,
            },
        },
        A::User { user: bare_user() },
        A::Users { users: vec![bare_user()] },
        A::Preferences { preferences: BTreeMap::from([("theme".into(), "dark".into())]), account_rev: 17 },
        A::Sessions { sessions: vec![session()] },
        A::Reset(ChatReset {
            chat_id: general(),
            rev: 57,
            chat: Box::new(room()),
            messages: vec![message()],
            has_more: true,
        }),
        A::AccountReset { chats: vec![room()], account_rev: 17 },
        A::SyncDone(SyncDone {
            account: Some(17),
            chats: BTreeMap::from([(general(), 57)]),
            gone: vec!["dacha".into()],
        }),
        A::SyncDone(SyncDone { account: None, chats: BTreeMap::new(), gone: vec![] }),
    ]
}

/// Every lasting event of a chat.
pub fn chat_events() -> Vec<ChatEvent> {
    use ChatEventContent as E;
    let contents = vec![
        E::ChatCreated {
            kind: ChatKind::Room,
            name: "Общий".into(),
            description: String::new(),
            by: None,
            timestamp: at(0),
        },
        E::ChatUpdated {
            name: "Дача".into(), description: "Выходные.".into(), by: UserId(1), timestamp: at(1)
        },
        E::ChatDeleted { by: UserId(1), timestamp: at(2) },
        E::MemberChanged { change: MemberChange::Joined, member: member(), by: UserId(456), timestamp: at(3) },
        E::MemberChanged { change: MemberChange::Added, member: member(), by: UserId(1), timestamp: at(3) },
        E::MemberChanged { change: MemberChange::Left, member: member(), by: UserId(456), timestamp: at(3) },
        E::MemberChanged { change: MemberChange::Removed, member: member(), by: UserId(1), timestamp: at(3) },
        E::MemberChanged { change: MemberChange::Role, member: member(), by: UserId(1), timestamp: at(3) },
        E::NewMessage { message: message() },
        E::MessageEdited {
            message_id: message_id(),
            seq: 42,
            content: "Пока".into(),
            mentions: vec![UserId(456)],
            mention_all: Some(MentionAll::Room),
            edited_at: at(4),
        },
        E::MessageEdited {
            message_id: message_id(),
            seq: 42,
            content: "Пока".into(),
            mentions: vec![],
            mention_all: None,
            edited_at: at(4),
        },
        E::MessageDeleted { message_id: message_id(), seq: 42, deleted_by: UserId(1), deleted_at: at(5) },
        E::ReactionChanged {
            message_id: message_id(), seq: 42, emoji: "👍".into(), user_id: UserId(123), added: true
        },
        E::PinChanged { message_id: message_id(), seq: 42, pinned: true, by: UserId(1) },
    ];
    contents.into_iter().zip(1..).map(|(content, rev)| ChatEvent { chat_id: general(), rev, content }).collect()
}

/// Every lasting event of an account.
pub fn account_events() -> Vec<AccountEvent> {
    use AccountEventContent as E;
    let contents = vec![
        E::ChatJoined { chat: Box::new(room()) },
        E::ChatLeft { chat_id: general() },
        E::ReadMarker { chat_id: general(), user_id: UserId(123), seq: 42 },
        E::DraftChanged { chat_id: general(), draft: Some(draft()) },
        E::DraftChanged { chat_id: general(), draft: None },
        E::ChatSettingsChanged { chat_id: general(), settings: settings() },
        E::ProfileChanged { user: user() },
        E::PreferenceChanged { name: "theme".into(), value: Some("dark".into()) },
        E::PreferenceChanged { name: "theme".into(), value: None },
        E::ScheduledChanged { scheduled_id: "s1".into(), scheduled: Some(scheduled()) },
        E::ScheduledChanged { scheduled_id: "s1".into(), scheduled: None },
    ];
    contents.into_iter().zip(1..).map(|(content, account_rev)| AccountEvent { account_rev, content }).collect()
}

/// Every passing event.
pub fn passing_events() -> Vec<PassingEvent> {
    use PassingEvent as E;
    vec![
        E::Typing { chat_id: general(), user_id: UserId(456), username: "user456".into(), active: true },
        E::Presence { user_id: UserId(456), status: PresenceStatus::Online, last_seen: None },
        E::Presence { user_id: UserId(456), status: PresenceStatus::Offline, last_seen: Some(at(60)) },
        E::PresenceState {
            chat_id: general(),
            users: vec![Presence { user_id: UserId(456), status: PresenceStatus::Away, last_seen: None }],
            guests: 2,
        },
        E::ReadMarker { chat_id: general(), user_id: UserId(456), seq: 42 },
        E::DeliveryMarker { chat_id: general(), user_id: UserId(456), seq: 42 },
        E::Profile { user: bare_user() },
    ]
}

/// Every frame about the connection itself: each error code and each close code.
pub fn controls() -> Vec<Control> {
    let mut frames: Vec<Control> =
        ErrorCode::ALL.iter().map(|code| Control::Error(ApiError::new(*code, "One sentence."))).collect();
    frames.push(Control::Error(ApiError::invalid("mentions[1]", "One sentence.")));
    frames.push(Control::Error(ApiError::new(ErrorCode::RateLimited, "One sentence.").retry_after_ms(1_500)));
    frames.extend(close_codes().into_iter().map(|code| Control::Bye {
        code: code.code(),
        reason: code.reason().to_owned(),
        reconnect_after_ms: (code == CloseCode::Restarting).then_some(2_000),
    }));
    frames
}

/// Every close code. The match makes the compiler ask for a new one here.
pub fn close_codes() -> Vec<CloseCode> {
    use CloseCode as C;
    let all = vec![
        C::Normal,
        C::Policy,
        C::Restarting,
        C::Idle,
        C::Unauthorized,
        C::Forbidden,
        C::NotFound,
        C::TooSlow,
        C::TooManyRequests,
    ];
    for code in &all {
        match code {
            C::Normal
            | C::Policy
            | C::Restarting
            | C::Idle
            | C::Unauthorized
            | C::Forbidden
            | C::NotFound
            | C::TooSlow
            | C::TooManyRequests => {}
        }
    }
    all
}

/// What only the REST door says.
pub fn rest() -> Vec<(&'static str, serde_json::Value)> {
    let json = |value: serde_json::Result<serde_json::Value>| value.expect("a wire type is always JSON");
    vec![
        (
            "ClientConfig",
            json(serde_json::to_value(ClientConfig {
                username_max_length: limits::USERNAME_CHARS,
                chat_message_max_length: limits::MESSAGE_CHARS,
                chat_name_max_length: limits::CHAT_NAME_CHARS,
                chat_room_slug_regex: limits::SLUG_REGEX.into(),
                media_url_ttl_seconds: 3_600,
                media_mode: "proxy".into(),
                registration: Registration::Open,
                guests: false,
                setup_required: false,
                version: "0.1.0".into(),
            })),
        ),
        (
            "PasswordRules",
            json(serde_json::to_value(PasswordRules {
                min_length: limits::PASSWORD_MIN_CHARS,
                max_bytes: limits::PASSWORD_MAX_BYTES,
                rules: vec!["At least 8 characters.".into()],
            })),
        ),
        (
            "SetupRequest",
            json(serde_json::to_value(SetupRequest {
                token: "t".into(),
                username: "user123".into(),
                password: "correct horse".into(),
            })),
        ),
        (
            "TokenAnswer",
            json(serde_json::to_value(TokenAnswer {
                user: user(),
                access_token: "a.b.c".into(),
                refresh_token: "r.r".into(),
                expires_in: 900,
            })),
        ),
        ("GuestToken", json(serde_json::to_value(GuestToken { access_token: "a.b.c".into(), expires_in: 900 }))),
    ]
}
