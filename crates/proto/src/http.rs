//! The REST door as a table: which method and path stands for which command.
//! The server's router is checked against it, and the OpenAPI document is made from it.

/// Who may call a route.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    /// Anybody.
    Public,
    /// Anybody; more for those who are signed in.
    Optional,
    /// Those who are signed in.
    SignedIn,
}

/// One route of the REST door.
#[derive(Clone, Copy, Debug)]
pub struct Route {
    /// HTTP method.
    pub method: &'static str,
    /// Path with `{parameters}`.
    pub path: &'static str,
    /// Who may call it.
    pub access: Access,
    /// The body's type in [`crate::command`], if it has a body. Members that stand in the path
    /// are left out of the body.
    pub body: Option<&'static str>,
    /// Query parameters.
    pub query: &'static [&'static str],
    /// Status of success.
    pub status: u16,
    /// What the answer is: a type of this crate, a `{member: type}` object, or nothing.
    pub answer: Option<&'static str>,
    /// One sentence.
    pub about: &'static str,
}

const fn route(
    method: &'static str,
    path: &'static str,
    access: Access,
    body: Option<&'static str>,
    status: u16,
    answer: Option<&'static str>,
    about: &'static str,
) -> Route {
    Route { method, path, access, body, query: &[], status, answer, about }
}

const fn listing(
    path: &'static str,
    access: Access,
    query: &'static [&'static str],
    answer: &'static str,
    about: &'static str,
) -> Route {
    Route { method: "GET", path, access, body: None, query, status: 200, answer: Some(answer), about }
}

use Access::{Optional, Public, SignedIn};

/// Every route under the HTTP door's `/api`. Answers are the members of the command's
/// [`crate::Answer`] without its `type`, except where the table says otherwise.
pub const ROUTES: &[Route] = &[
    route("GET", "/api/health/live", Public, None, 200, None, "The process is there."),
    route(
        "GET",
        "/api/health/ready",
        Public,
        None,
        200,
        None,
        "It can serve: the database takes writes. 503 when not.",
    ),
    route("GET", "/api/openapi.json", Public, None, 200, None, "This document."),
    route(
        "GET",
        "/api/v1/meta/client-config",
        Public,
        None,
        200,
        Some("ClientConfig"),
        "What clients need to know first.",
    ),
    route(
        "POST",
        "/api/v1/setup",
        Public,
        Some("SetupRequest"),
        201,
        Some("TokenAnswer"),
        "Makes the owner's account by the one-time token of the setup link.",
    ),
    route(
        "GET",
        "/api/v1/auth/password-rules",
        Public,
        None,
        200,
        Some("PasswordRules"),
        "The rules a password is held to.",
    ),
    route(
        "POST",
        "/api/v1/auth/register",
        Public,
        Some("Register"),
        201,
        Some("TokenAnswer"),
        "Makes an account and signs in.",
    ),
    route("POST", "/api/v1/auth/login", Public, Some("Login"), 200, Some("TokenAnswer"), "Signs in."),
    route(
        "POST",
        "/api/v1/auth/refresh",
        Public,
        Some("Refresh"),
        200,
        Some("TokenAnswer"),
        "Trades the refresh token for new tokens; a used one revokes its family.",
    ),
    route(
        "POST",
        "/api/v1/auth/guest",
        Public,
        None,
        200,
        Some("GuestToken"),
        "A token to look in without an account, where the operator allows it.",
    ),
    route("POST", "/api/v1/auth/logout", SignedIn, None, 204, None, "Ends the session."),
    route(
        "POST",
        "/api/v1/auth/password",
        SignedIn,
        Some("ChangePassword"),
        204,
        None,
        "Changes the password; other sessions end.",
    ),
    listing("/api/v1/auth/sessions", SignedIn, &[], "{sessions: Session[]}", "The caller's sessions."),
    route(
        "DELETE",
        "/api/v1/auth/sessions/{session_id}",
        SignedIn,
        None,
        204,
        None,
        "Ends one of the caller's sessions.",
    ),
    route("GET", "/api/v1/account", SignedIn, None, 200, Some("Account"), "The caller's account."),
    route(
        "PATCH",
        "/api/v1/account",
        SignedIn,
        Some("UpdateProfile"),
        200,
        Some("Account"),
        "Changes the caller's profile.",
    ),
    listing("/api/v1/users", SignedIn, &["q", "limit"], "{users: User[]}", "Finds people by the beginning of a name."),
    route("GET", "/api/v1/users/{username}", SignedIn, None, 200, Some("User"), "Someone's profile."),
    listing(
        "/api/v1/rooms",
        Optional,
        &["q", "cursor", "limit"],
        "{rooms: RoomEntry[], next?: string}",
        "The public rooms.",
    ),
    listing(
        "/api/v1/chats",
        SignedIn,
        &[],
        "{chats: Chat[], account_rev: number}",
        "The caller's chats, latest first.",
    ),
    route("POST", "/api/v1/chats", SignedIn, Some("CreateChat"), 201, Some("Chat"), "Makes a group, channel or room."),
    route(
        "POST",
        "/api/v1/chats/direct",
        SignedIn,
        Some("StartDirect"),
        200,
        Some("Chat"),
        "Starts the direct chat with someone, or returns it.",
    ),
    route("GET", "/api/v1/chats/{chat_id}", Optional, None, 200, Some("Chat"), "One chat."),
    route(
        "PATCH",
        "/api/v1/chats/{chat_id}",
        SignedIn,
        Some("UpdateChat"),
        200,
        Some("Chat"),
        "Changes name or description.",
    ),
    route("DELETE", "/api/v1/chats/{chat_id}", SignedIn, None, 204, None, "Deletes the chat for everybody."),
    route("POST", "/api/v1/chats/{chat_id}/join", SignedIn, None, 200, Some("Chat"), "Becomes a member of a room."),
    route("POST", "/api/v1/chats/{chat_id}/leave", SignedIn, None, 204, None, "Stops being a member."),
    route(
        "POST",
        "/api/v1/chats/{chat_id}/read",
        SignedIn,
        Some("MarkRead"),
        200,
        Some("{chat_id: string, seq: number, unread: number}"),
        "Marks read up to a message.",
    ),
    route(
        "POST",
        "/api/v1/chats/{chat_id}/typing",
        SignedIn,
        Some("Typing"),
        204,
        None,
        "Shows that the caller is writing.",
    ),
    route(
        "PUT",
        "/api/v1/chats/{chat_id}/draft",
        SignedIn,
        Some("SetDraft"),
        200,
        Some("{draft: Draft | null}"),
        "Keeps or clears the draft.",
    ),
    route(
        "PATCH",
        "/api/v1/chats/{chat_id}/settings",
        SignedIn,
        Some("SetChatSettings"),
        200,
        Some("Chat"),
        "Mutes, archives, marks unread or favours the chat for the caller.",
    ),
    route(
        "POST",
        "/api/v1/chats/{chat_id}/owner",
        SignedIn,
        Some("MemberRef"),
        204,
        None,
        "Gives the chat to another member.",
    ),
    listing(
        "/api/v1/chats/{chat_id}/members",
        Optional,
        &["cursor", "limit"],
        "{members: Member[], next?: string}",
        "The members.",
    ),
    route(
        "POST",
        "/api/v1/chats/{chat_id}/members",
        SignedIn,
        Some("AddMember"),
        201,
        Some("Member"),
        "Adds someone by username.",
    ),
    route(
        "PUT",
        "/api/v1/chats/{chat_id}/members/{user_id}",
        SignedIn,
        Some("SetRole"),
        200,
        Some("Member"),
        "Changes a member's role.",
    ),
    route("DELETE", "/api/v1/chats/{chat_id}/members/{user_id}", SignedIn, None, 204, None, "Removes a member."),
    listing("/api/v1/chats/{chat_id}/invites", SignedIn, &[], "{invites: Invite[]}", "The chat's invites."),
    route(
        "POST",
        "/api/v1/chats/{chat_id}/invites",
        SignedIn,
        Some("CreateInvite"),
        201,
        Some("Invite"),
        "Makes an invite link.",
    ),
    route("DELETE", "/api/v1/chats/{chat_id}/invites/{code}", SignedIn, None, 204, None, "Revokes an invite."),
    route("GET", "/api/v1/invites/{code}", Public, None, 200, Some("InvitePreview"), "What an invite leads to."),
    route("POST", "/api/v1/invites/{code}/join", SignedIn, None, 200, Some("Chat"), "Becomes a member by an invite."),
    listing(
        "/api/v1/chats/{chat_id}/messages",
        Optional,
        &["limit", "before", "after", "around", "page", "before_timestamp"],
        "{messages: Message[], has_more: boolean}",
        "A page of messages in ascending seq, the newest page first.",
    ),
    route(
        "POST",
        "/api/v1/chats/{chat_id}/messages",
        SignedIn,
        Some("SendMessage"),
        201,
        Some("Message"),
        "Sends a message.",
    ),
    route("GET", "/api/v1/chats/{chat_id}/messages/{message_id}", Optional, None, 200, Some("Message"), "One message."),
    route(
        "PATCH",
        "/api/v1/chats/{chat_id}/messages/{message_id}",
        SignedIn,
        Some("EditMessage"),
        200,
        Some("Message"),
        "Changes one's message.",
    ),
    route("DELETE", "/api/v1/chats/{chat_id}/messages/{message_id}", SignedIn, None, 204, None, "Deletes a message."),
    listing(
        "/api/v1/chats/{chat_id}/messages/{message_id}/versions",
        SignedIn,
        &[],
        "{versions: MessageVersion[]}",
        "All texts of a message, oldest first.",
    ),
    listing(
        "/api/v1/chats/{chat_id}/messages/{message_id}/readers",
        SignedIn,
        &[],
        "{readers: Reader[]}",
        "Who has read it.",
    ),
    route(
        "PUT",
        "/api/v1/chats/{chat_id}/messages/{message_id}/reactions/{emoji}",
        SignedIn,
        None,
        204,
        None,
        "Puts a reaction on.",
    ),
    route(
        "DELETE",
        "/api/v1/chats/{chat_id}/messages/{message_id}/reactions/{emoji}",
        SignedIn,
        None,
        204,
        None,
        "Takes one's reaction off.",
    ),
    route("PUT", "/api/v1/chats/{chat_id}/pins/{message_id}", SignedIn, None, 204, None, "Pins a message."),
    route("DELETE", "/api/v1/chats/{chat_id}/pins/{message_id}", SignedIn, None, 204, None, "Unpins a message."),
    listing(
        "/api/v1/chats/{chat_id}/pins",
        Optional,
        &[],
        "{messages: Message[]}",
        "The pinned messages, latest pinned first.",
    ),
    listing(
        "/api/v1/unread",
        SignedIn,
        &[],
        "{dialogs: number, counts: Record<string, number>}",
        "How much is unread.",
    ),
    listing("/api/v1/scheduled", SignedIn, &[], "{scheduled: ScheduledMessage[]}", "The caller's scheduled messages."),
    route(
        "POST",
        "/api/v1/chats/{chat_id}/scheduled",
        SignedIn,
        Some("ScheduleMessage"),
        201,
        Some("ScheduledMessage"),
        "Schedules a message.",
    ),
    route(
        "PATCH",
        "/api/v1/scheduled/{scheduled_id}",
        SignedIn,
        Some("UpdateScheduled"),
        200,
        Some("ScheduledMessage"),
        "Changes a scheduled message.",
    ),
    route("DELETE", "/api/v1/scheduled/{scheduled_id}", SignedIn, None, 204, None, "Cancels a scheduled message."),
];
