//! The frames that people and scripts outside this repository already speak, word for word.

use vestnik_proto::frame::{Control, ReceivedFrame};
use vestnik_proto::{Answer, ChatEventContent, ClientFrame, Command, ErrorCode, MessageType, ServerFrame, UserId};

fn said(text: &str) -> Command {
    ClientFrame::decode(text.as_bytes()).unwrap_or_else(|bad| panic!("{}: {text}", bad.error)).command
}

fn heard(text: &str) -> ReceivedFrame {
    ReceivedFrame::decode(text).unwrap_or_else(|error| panic!("{error}: {text}")).expect("a known type")
}

#[test]
fn signing_in() {
    let Command::Auth(auth) = said(r#"{"type":"auth","token":"eyJ.abc.def"}"#) else { panic!() };
    assert_eq!(auth.token, "eyJ.abc.def");
    let Command::Register(register) = said(r#"{"type":"register","username":"user123","password":"correct horse"}"#)
    else {
        panic!()
    };
    assert_eq!((register.username.as_str(), register.email), ("user123", None));
    let Command::Login(login) = said(r#"{"type":"login","username":"user123","password":"correct horse"}"#) else {
        panic!()
    };
    assert_eq!(login.code, None);
    let Command::Login(login) =
        said(r#"{"type":"login","username":"user123","password":"correct horse","code":"123456"}"#)
    else {
        panic!()
    };
    assert_eq!(login.code.as_deref(), Some("123456"));
    assert!(matches!(said(r#"{"type":"logout"}"#), Command::Logout(_)));

    let frame = heard(r#"{"type":"auth_success","user_id":123,"username":"user123","expires_in":900}"#).frame;
    let ServerFrame::Answer(Answer::AuthSuccess(auth)) = frame else { panic!() };
    assert_eq!((auth.user_id, auth.username.as_str(), auth.expires_in), (Some(UserId(123)), "user123", 900));
}

#[test]
fn sending() {
    let text = r#"{"type":"message","chat_id":"general","content":"Привет","message_type":"text","reply_to":"1-1a","mentions":[456],"client_id":"0190a5c0-0000-7000-8000-000000000001"}"#;
    let frame = ClientFrame::decode(text.as_bytes()).unwrap();
    assert!(frame.client_id.is_some());
    let Command::Message(message) = frame.command else { panic!() };
    assert_eq!((message.content.as_str(), message.message_type), ("Привет", MessageType::Text));
    assert_eq!((message.reply_to.unwrap().as_str(), message.mentions), ("1-1a", vec![UserId(456)]));

    let Command::Message(message) = said(r#"{"type":"message","chat_id":"general","content":"Привет"}"#) else {
        panic!()
    };
    assert_eq!((message.message_type, message.reply_to, message.mentions), (MessageType::Text, None, vec![]));
    said(r#"{"type":"message","chat_id":"general","content":"x","reply_to":null}"#);

    let ack = heard(
        r#"{"type":"ack","id":"7","chat_id":"general","message_id":"1-1b","seq":43,"timestamp":"2026-11-21T06:28:00.000Z","rev":57}"#,
    );
    assert_eq!(ack.id.as_deref(), Some("7"));
    assert!(matches!(ack.frame, ServerFrame::Answer(Answer::Ack(ack)) if ack.seq == Some(43)));

    let event = heard(
        r#"{"type":"new_message","chat_id":"general","rev":57,"message":{"id":"1-1b","seq":43,"sender_id":123,"sender_username":"user123","content":"Привет","message_type":"text","timestamp":"2026-11-21T06:28:00.000Z","reply_to":null,"mentions":[456],"reactions":{"👍":[123]},"edited":false,"edited_at":null,"deleted":false}}"#,
    );
    let ServerFrame::Chat(event) = event.frame else { panic!() };
    assert_eq!((event.chat_id.as_str(), event.rev), ("general", 57));
    let ChatEventContent::NewMessage { message } = event.content else { panic!() };
    assert_eq!(message.reactions["👍"], [UserId(123)]);
}

#[test]
fn a_sent_message_has_every_member_the_contract_names() {
    let message =
        serde_json::to_value(crate::samples::chat_events().into_iter().find_map(|event| match event.content {
            ChatEventContent::NewMessage { message } => Some(message),
            _ => None,
        }))
        .unwrap();
    for name in [
        "id",
        "seq",
        "sender_id",
        "sender_username",
        "content",
        "message_type",
        "timestamp",
        "reply_to",
        "mentions",
        "reactions",
        "edited",
        "edited_at",
        "deleted",
    ] {
        assert!(message.get(name).is_some(), "{name}");
    }
}

#[test]
fn the_other_commands() {
    for text in [
        r#"{"type":"edit_message","chat_id":"general","message_id":"1-1b","content":"Пока"}"#,
        r#"{"type":"delete_message","chat_id":"general","message_id":"1-1b"}"#,
        r#"{"type":"react","chat_id":"general","message_id":"1-1b","emoji":"👍"}"#,
        r#"{"type":"unreact","chat_id":"general","message_id":"1-1b","emoji":"👍"}"#,
        r#"{"type":"mark_read","chat_id":"general","seq":43}"#,
        r#"{"type":"typing","chat_id":"general"}"#,
        r#"{"type":"set_active_chat","chat_id":"general"}"#,
        r#"{"type":"set_active_chat","chat_id":null}"#,
        r#"{"type":"presence","status":"online"}"#,
        r#"{"type":"join","chat_id":"general"}"#,
        r#"{"type":"leave","chat_id":"general"}"#,
        r#"{"type":"history","chat_id":"general","before":43,"limit":50}"#,
        r#"{"type":"history","chat_id":"general","after":43,"limit":50}"#,
        r#"{"type":"history","chat_id":"general","limit":50}"#,
        r#"{"type":"sync","chats":{"general":41},"account":17}"#,
        r#"{"type":"ping"}"#,
        r#"{"type":"ping","id":"1","unknown":{"is":["passed over"]}}"#,
    ] {
        said(text);
    }
    let Command::Sync(sync) = said(r#"{"type":"sync","chats":{"general":41},"account":17}"#) else { panic!() };
    assert_eq!((sync.chats["general"], sync.account), (41, Some(17)));
    let Command::Typing(typing) = said(r#"{"type":"typing","chat_id":"general"}"#) else { panic!() };
    assert!(typing.active);
}

#[test]
fn errors_and_goodbyes() {
    let error = heard(r#"{"type":"error","id":"7","code":"rate_limited","message":"Wait.","retry_after_ms":1500}"#);
    assert_eq!(error.id.as_deref(), Some("7"));
    let ServerFrame::Control(Control::Error(error)) = error.frame else { panic!() };
    assert_eq!((error.code, error.retry_after_ms), (ErrorCode::RateLimited, Some(1_500)));
    heard(r#"{"type":"bye","code":4408,"reason":"Too slow."}"#);
    for code in [
        "unauthorized",
        "forbidden",
        "not_found",
        "invalid",
        "message_too_long",
        "rate_limited",
        "conflict",
        "too_large",
        "unavailable",
        "internal",
        "invalid_credentials",
        "two_factor_required",
        "account_locked",
    ] {
        heard(&format!(r#"{{"type":"error","code":"{code}","message":"One sentence."}}"#));
    }
}

#[test]
fn what_is_not_known_is_passed_over() {
    assert_eq!(ReceivedFrame::decode(r#"{"type":"poll_closed","chat_id":"general"}"#).unwrap(), None);
    let text = r#"{"type":"pong","timestamp":"2026-11-21T06:28:00.000Z","new":1}"#;
    assert!(matches!(heard(text).frame, ServerFrame::Answer(Answer::Pong { .. })));
    assert!(ReceivedFrame::decode("[]").is_err());
    assert!(ReceivedFrame::decode("{}").is_err());
}

/// Over REST a chat's kind is its `type`, as everywhere; in a frame `type` is the command's name.
#[test]
fn the_kind_of_a_new_chat() {
    use vestnik_proto::{ChatKind, command::CreateChat};
    let chat: CreateChat = serde_json::from_str(r#"{"type":"group","name":"x"}"#).unwrap();
    assert_eq!(chat.kind, ChatKind::Group);
    let Command::CreateChat(chat) = said(r#"{"type":"create_chat","kind":"group","name":"x"}"#) else { panic!() };
    assert_eq!(chat.kind, ChatKind::Group);
    let bad = ClientFrame::decode(br#"{"type":"create_chat","name":"x"}"#).unwrap_err();
    assert_eq!(bad.error.field.as_deref(), Some("kind"));
}
