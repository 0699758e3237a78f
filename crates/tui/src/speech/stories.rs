//! Stories: a line typed or an event, and the lines that are said to it.

use jiff::tz::TimeZone;
use serde_json::{Value, json};
use vestnik_client::net::{ClientError, SessionEvent, Status};
use vestnik_client::reducer::State;
use vestnik_proto::frame::ReceivedFrame;
use vestnik_proto::{Answer, Command, ServerFrame, Timestamp, UserId};

use super::{Act, Ask, Setting, Speech};
use crate::app::Refusal;
use crate::app::fixture::{Desk, NOW, message};
use crate::i18n::Language;
use crate::keys::Preset;
use crate::keys::commands::{LineVerb, Verb, in_lines};
use crate::options::{Level, Options};

/// A person who listens, in the world of the full screen's stories.
struct Ear {
    speech: Speech,
    chats: State,
    now: Timestamp,
    acts: Vec<Act>,
}

impl Ear {
    fn new(language: Language) -> Self {
        Self::with(language, Options::default(), true)
    }

    fn with(language: Language, options: Options, online: bool) -> Self {
        let chats = Desk::with(80, 24, language, Preset::Default, false).chats;
        let setting = Setting {
            language,
            zone: TimeZone::UTC,
            options,
            server: "wss://chat.example.org:443".into(),
            username: "anna".into(),
            me: Some(UserId(1)),
            accounts: vec![Desk::account("anna"), Desk::account("work")],
            waiting: vec![],
            id: crate::environment::random_id,
            online,
        };
        let now = NOW.parse().unwrap();
        let mut ear = Self { speech: Speech::new(setting, now), chats, now, acts: vec![] };
        ear.acts = ear.speech.begin(&ear.chats, now, "general", None);
        ear
    }

    /// A person in General who has heard its beginning.
    fn there(language: Language) -> Self {
        let mut ear = Self::new(language);
        ear.page();
        ear.acts.clear();
        ear
    }

    fn line(&mut self, line: &str) -> &mut Self {
        let acts = self.speech.line(&self.chats, self.now, &format!("{line}\n"));
        self.acts.extend(acts);
        self
    }

    fn session(&mut self, event: SessionEvent) -> &mut Self {
        let acts = self.speech.event(&self.chats, self.now, &event);
        self.acts.extend(acts);
        self
    }

    /// Several things at once.
    fn settle(&mut self) -> &mut Self {
        let acts = self.speech.settle(&self.chats, self.now);
        self.acts.extend(acts);
        self
    }

    fn frame(&mut self, value: &Value) -> &mut Self {
        let frame = ReceivedFrame::decode(&value.to_string()).unwrap().unwrap().frame;
        self.chats.apply(&frame);
        self.session(SessionEvent::Frame(Box::new(frame)))
    }

    fn event(&mut self, chat: &str, mut event: Value) -> &mut Self {
        let rev = self.chats.chats[chat].rev + 1;
        event["chat_id"] = chat.into();
        event["rev"] = rev.into();

        self.frame(&event)
    }

    fn hears(&mut self, chat: &str, message: Value) -> &mut Self {
        self.event(chat, json!({"type": "new_message", "message": message}))
    }

    /// The last question, taken out.
    fn asked(&mut self) -> (Ask, Command) {
        let is = |act: &Act| matches!(act, Act::Ask(ask, ..) if *ask != Ask::Quiet);
        let at = self.acts.iter().rposition(is).expect("something is asked");
        match self.acts.remove(at) {
            Act::Ask(ask, _, command) => (ask, *command),
            _ => unreachable!(),
        }
    }

    fn answers(&mut self, ask: Ask, answer: Value) -> &mut Self {
        let answer: Answer = serde_json::from_value(answer).unwrap();
        self.chats.apply(&ServerFrame::Answer(answer.clone()));
        let acts = self.speech.answered(&self.chats, self.now, ask, Ok(answer));
        self.acts.extend(acts);
        self
    }

    /// Answers a question for messages from what the world has.
    fn page(&mut self) -> &mut Self {
        let (ask, command) = self.asked();
        let Command::History(history) = command else { panic!("{command:?}") };
        let chat = &self.chats.chats[&history.chat_id];
        let limit = usize::try_from(history.limit.unwrap()).unwrap();
        let all = chat.messages.values().filter(|m| {
            history.before.is_none_or(|before| m.seq < before)
                && history.after.is_none_or(|after| m.seq > after)
                && history.before_timestamp.is_none_or(|before| m.timestamp < before)
        });
        let mut found: Vec<Value> = all.map(|m| serde_json::to_value(m).unwrap()).collect();
        if history.after.is_some() {
            found.truncate(limit);
        } else {
            found.drain(..found.len().saturating_sub(limit));
        }
        let page = json!({"type": "history", "chat_id": history.chat_id, "messages": found, "has_more": false});
        self.answers(ask, page)
    }

    /// Holds what was said since the last look.
    #[track_caller]
    fn says(&mut self, lines: &[&str]) -> &mut Self {
        let said: Vec<String> = self
            .acts
            .extract_if(.., |act| matches!(act, Act::Say(_)))
            .map(|act| if let Act::Say(line) = act { line } else { String::new() })
            .collect();
        assert_eq!(said, lines);
        self
    }

    /// Holds what goes into the outbox, by the names of the commands.
    fn sends(&mut self) -> Vec<Command> {
        let sent = self.acts.extract_if(.., |act| matches!(act, Act::Send(..)));
        sent.filter_map(|act| if let Act::Send(_, _, command) = act { Some(command) } else { None }).collect()
    }

    fn rings(&mut self) -> bool {
        let before = self.acts.len();
        self.acts.retain(|act| *act != Act::Bell);
        self.acts.len() < before
    }

    fn offline(&mut self) -> &mut Self {
        let error = std::sync::Arc::new(ClientError::Closed(Default::default()));
        self.session(SessionEvent::Status(Status::Offline { error, retry_in: std::time::Duration::from_secs(2) }))
    }

    fn online(&mut self) -> &mut Self {
        self.session(SessionEvent::Status(Status::Online { user_id: Some(UserId(1)), username: "anna".into() }))
    }
}

#[test]
fn the_beginning() {
    let mut ear = Ear::new(Language::En);
    ear.says(&["You are in General. Type to talk; /help lists the commands, /chats your chats, /quit leaves."]);
    ear.page().says(&[
        "Messages of today:",
        "3. you, 09:15, edited: look:; code begins, rust; fn main() {;     println!(\"hi\"); // greet; }; code ends; and hidden text",
        "4. boris, 09:16, answering 3 by you, mentions you, reactions 🎉 1, 👍 2: @anna nice 👋🏽 👨‍👩‍👧‍👦 🇷🇺",
        "5. вера, 10:00: deleted.",
        "6. boris, 10:02, action: waves",
        "7. you, 10:05: see you at noon",
    ]);
    let mut ear = Ear::new(Language::Ru);
    ear.page();
    ear.acts.truncate(ear.acts.len() - 1);
    assert!(ear.acts.contains(&Act::Say(
        "4. boris, 09:16, ответ на 3, вы, упоминает вас, реакции 🎉 1, 👍 2: @anna nice 👋🏽 👨‍👩‍👧‍👦 🇷🇺".into()
    )));
    assert!(ear.acts.contains(&Act::Say("Сообщения за сегодня:".into())));
}

#[test]
fn chats_and_switching() {
    let mut ear = Ear::there(Language::En);
    ear.line("/chats").says(&[
        "1. Поездка, group, muted, favourite",
        "2. @boris, direct, 2 unread",
        "3. General, room, open",
    ]);
    ear.line("/chats unread").says(&["1. @boris, direct, 2 unread"]);
    ear.line("/go 1").says(&["You are in @boris now.", "2 unread"]);
    ear.page().says(&[
        "Messages of today:",
        "1. you, 08:00: hi",
        "Unread from here:",
        "2. boris, 11:00: are you there?",
        "3. boris, 11:01: hello?",
    ]);
    let read = ear
        .acts
        .iter()
        .any(|act| matches!(act, Act::Ask(_, _, c) if matches!(&**c, Command::MarkRead(r) if r.seq == 3)));
    assert!(read, "what was read out is read");
    ear.line("/chat поездка").says(&["You are in Поездка now."]);
    ear.line("/chat #general").says(&["You are in General now."]);
    ear.line("/chat 9").says(&["There is no number 9 in the list."]);
    ear.line("/next").says(&["You are in @boris now.", "2 unread"]);
    ear.line("/chat @вера");
    assert!(matches!(ear.asked(), (Ask::Open, Command::StartDirect(who)) if who.username == "вера"));
    let mut ear = Ear::there(Language::Ru);
    ear.line("/chats unread").says(&["1. @boris, личный, непрочитано: 2"]);
}

#[test]
fn writing_and_its_number() {
    let mut ear = Ear::there(Language::En);
    ear.line("hello **all**");
    assert!(matches!(&ear.sends()[..], [Command::Message(m)] if m.content == "hello **all**"));
    ear.hears("general", message(8, 1, "12:00", "hello **all**")).says(&["Sent as message 8."]);
    ear.hears("general", message(9, 1, "12:01", "from my phone")).says(&["9. you: from my phone"]);
    ear.line("//etc");
    assert!(matches!(&ear.sends()[..], [Command::Message(m)] if m.content == "/etc"));
    ear.line("/pasword secret").says(&[
        "There is no command /pasword. Nothing was sent. /help lists the commands; // begins a message with a slash.",
    ]);
    assert!(ear.sends().is_empty());
    ear.line("/code rust").says(&["Write lines. /end sends them, /cancel gives them up."]);
    ear.line("  let x = 1;").line("/quit is code here").line("/end");
    let sent = ear.sends();
    assert!(
        matches!(&sent[..], [Command::Message(m)] if m.content == "```rust\n  let x = 1;\n/quit is code here\n```")
    );
    ear.line("/lines")
        .line("```")
        .line("x")
        .line("```")
        .line("so")
        .line("/end")
        .acts
        .retain(|act| !matches!(act, Act::Say(_)));
    assert!(matches!(&ear.sends()[..], [Command::Message(m)] if m.content == "```\nx\n```\nso"));
    ear.line("/lines").line("one").line("two").line("/cancel");
    ear.says(&["Write lines. /end sends them, /cancel gives them up.", "The lines were given up."]);
    assert!(ear.sends().is_empty());
}

#[test]
fn replying_editing_deleting_and_reacting_by_number() {
    let mut ear = Ear::there(Language::En);
    ear.line("/reply 4 thank you");
    assert!(matches!(&ear.sends()[..], [Command::Message(m)] if m.reply_to.as_ref().unwrap().as_str() == "m4"));
    ear.line("/edit 3 better");
    assert!(
        matches!(&ear.sends()[..], [Command::EditMessage(m)] if m.message_id.as_str() == "m3" && m.content == "better")
    );
    ear.line("/edit the last one");
    assert!(matches!(&ear.sends()[..], [Command::EditMessage(m)] if m.message_id.as_str() == "m7"));
    ear.line("/edit 4 not mine").says(&["This message is not yours to change."]);
    ear.line("/delete 7").says(&["Delete message 7, see you at noon, for everybody? /yes deletes it."]);
    assert!(ear.sends().is_empty(), "it asks first");
    ear.line("/where").acts.clear();
    ear.line("/yes").says(&["Nothing was asked."]);
    ear.line("/delete 7").line("/yes").acts.retain(|act| !matches!(act, Act::Say(_)));
    assert!(matches!(&ear.sends()[..], [Command::DeleteMessage(m)] if m.message_id.as_str() == "m7"));
    ear.line("/react 6 tada");
    assert!(matches!(&ear.sends()[..], [Command::React(r)] if r.emoji == "🎉" && r.message_id.as_str() == "m6"));
    ear.line("/react 4 👍");
    assert!(matches!(&ear.sends()[..], [Command::Unreact(_)]), "it was mine");
    ear.line("/react 4").says(&["Write it like this: /react [N] EMOJI"]);
    ear.line("/reply 99 x").says(&["There is no message 99 in this chat."]);
    assert!(ear.sends().is_empty());
    let mut ear = Ear::there(Language::Ru);
    ear.line("/delete 7").says(&["Удалить сообщение 7, see you at noon, у всех? /yes — удалить."]);
}

#[test]
fn what_others_do_is_announced_in_sentences() {
    let mut ear = Ear::there(Language::En);
    ear.hears("general", message(8, 2, "12:00", "good **news**\n- [x] tea\n- [ ] cake"));
    ear.says(&["8. boris: good news; done: tea; not done: cake"]);
    let edit = json!({"type": "message_edited", "message_id": "m8", "seq": 8, "content": "bad news", "mentions": [],
        "edited_at": NOW});
    ear.event("general", edit).says(&["boris edited message 8: bad news"]);
    let reaction =
        json!({"type": "reaction_changed", "message_id": "m7", "seq": 7, "emoji": "👍", "user_id": 3, "added": true});
    ear.event("general", reaction.clone()).says(&["вера reacted with 👍 to message 7: see you at noon"]);
    let delete = json!({"type": "message_deleted", "message_id": "m8", "seq": 8, "deleted_by": 2, "deleted_at": NOW});
    ear.event("general", delete).says(&["Message 8 by boris was deleted."]);
    let pin = json!({"type": "pin_changed", "message_id": "m7", "seq": 7, "pinned": true, "by": 2});
    ear.event("general", pin.clone()).says(&[]);
    ear.line("/chatty").says(&["Chatty: everything is announced."]);
    ear.event("general", pin).says(&["boris pinned message 7."]);
    let typing = json!({"type": "typing", "chat_id": "general", "user_id": 2, "username": "boris", "active": true});
    ear.frame(&typing).frame(&typing).says(&["boris is writing."]);
    ear.hears("general", message(9, 2, "12:05", "so")).says(&["9. boris, 12:05: so"]);
    ear.line("/quiet").says(&["Quiet: only messages here and those to you."]);
    ear.event("general", reaction).frame(&typing).says(&[]);

    let mut ear = Ear::there(Language::Ru);
    let edit = json!({"type": "message_edited", "message_id": "m4", "seq": 4, "content": "да", "mentions": [],
        "edited_at": NOW});
    ear.event("general", edit).says(&["boris: сообщение 4 изменено: да"]);
}

#[test]
fn other_chats_are_one_line_each() {
    let mut ear = Ear::there(Language::En);
    ear.line("/chat @boris").page().acts.clear();
    ear.hears("general", message(8, 2, "12:00", "one")).settle().says(&["boris wrote in General (1 unread)"]);
    ear.hears("general", message(9, 2, "12:00", "two")).hears("general", message(10, 3, "12:00", "three"));
    ear.settle().says(&["boris, вера wrote in General (3 unread)"]);
    assert!(!ear.rings(), "only what is to me rings");
    let mut to_me = message(11, 3, "12:00", "@anna");
    to_me["mentions"] = json!([1]);
    ear.hears("general", to_me).settle().says(&["вера mentioned you in General (4 unread)"]);
    assert!(ear.rings());
    ear.hears("trip", message(3, 2, "12:00", "muted")).settle().says(&[]);
    ear.line("/quiet").acts.clear();
    ear.hears("general", message(12, 2, "12:00", "small talk")).settle().says(&[]);

    let mut ear = Ear::there(Language::Ru);
    ear.hears("d1", message(4, 2, "12:00", "ау")).settle().says(&["boris пишет вам (непрочитано: 3)"]);
    assert!(ear.rings());
    let silent = Options { notify: Level::None, ..Options::default() };
    let mut ear = Ear::with(Language::Ru, silent, true);
    ear.hears("d1", message(4, 2, "12:00", "ау")).settle();
    assert!(!ear.rings());
}

#[test]
fn the_connection_goes_and_comes() {
    let mut ear = Ear::there(Language::En);
    ear.offline()
        .says(&["The connection is lost: The connection was lost. What you write is kept and sent when it is back."]);
    ear.offline().says(&[]);
    ear.line("later").says(&["Not connected; this is kept and sent when the connection is back."]);
    ear.line("/members").says(&["This needs a connection, and there is none now. Try again when it is back."]);
    ear.line("/where").says(&[
        "You are anna at wss://chat.example.org:443, in General.",
        "Not connected; it is tried again by itself.",
        "Waiting to be sent: 1.",
        "Other chats with something unread: 1.",
    ]);
    ear.online().says(&["Connected again. Waiting to be sent: 1."]);
    ear.session(SessionEvent::OutboxEmpty).says(&["Everything that waited was sent."]);
    let mut ear = Ear::with(Language::Ru, Options::default(), false);
    assert!(ear.acts.contains(&Act::Say("7. вы, 10:05: see you at noon".into())), "it opens from what is kept");
    ear.online();
    assert_eq!(ear.acts.iter().filter(|act| **act == Act::Say("Соединение восстановлено.".into())).count(), 1);
}

#[test]
fn one_message_with_everything() {
    let mut ear = Ear::there(Language::En);
    ear.line("/say 4").says(&[
        "Message 4 of General.",
        "From boris, today at 09:16.",
        "Answers message 3 by you: look:; code begins, rust; fn main() {;     println!(\"hi\"); /…",
        "Text: @anna nice 👋🏽 👨‍👩‍👧‍👦 🇷🇺",
        "Reaction 🎉 by вера.",
        "Reaction 👍 by you, вера.",
    ]);
    ear.line("/say 3").says(&[
        "Message 3 of General.",
        "From you, today at 09:15.",
        "Line 1: look:",
        "Line 2: code begins, rust",
        "Line 3: fn main() {",
        "Line 4:     println!(\"hi\"); // greet",
        "Line 5: }",
        "Line 6: code ends",
        "Line 7: and hidden text",
        "/reveal 3 reads the hidden text.",
        "Read by boris, вера.",
    ]);
    ear.line("/reveal 7").says(&["Nothing is hidden in message 7."]);
    ear.line("/reveal 3");
    assert!(ear.acts.contains(&Act::Say("Line 7: and a secret".into())));
    ear.acts.clear();
    ear.line("/say 7").says(&[
        "Message 7 of General.",
        "From you, today at 10:05.",
        "Text: see you at noon",
        "Stored by the server; nobody is known to have received it.",
    ]);
    ear.line("/link 7").says(&["https://chat.example.org/c/general/7"]);
    let mut ear = Ear::there(Language::Ru);
    ear.line("/say 5").says(&["Сообщение 5 из General.", "От вера, сегодня в 10:00.", "Удалено: вера."]);
}

#[test]
fn paging_dates_and_search() {
    let mut ear = Ear::there(Language::En);
    ear.line("/older 1")
        .page()
        .says(&["Messages of yesterday:", "2. вера, 18:30: привет, всем! см. https://example.org/docs"]);
    ear.line("/older").page();
    ear.says(&["Messages of Monday, 23 November:", "1. boris, 09:00: good morning"]);
    ear.line("/older").says(&["There are no older messages."]);
    ear.line("/newer 1").page();
    ear.says(&["Messages of yesterday:", "2. вера, 18:30: привет, всем! см. https://example.org/docs"]);
    ear.line("/date yesterday").page().page();
    assert!(matches!(&ear.acts[..], [.., Act::Say(last)] if last.starts_with("7. you")));
    assert!(ear.acts.contains(&Act::Say("Messages of yesterday:".into())));
    ear.acts.clear();
    ear.line("/newer").says(&["There are no newer messages."]);
    ear.line("/date 30.02").says(&["30.02 is no date. Write it like 2026-11-25 or 25.11."]);
    ear.line("/search NOON").says(&["In General, today: 7. you, 10:05: see you at noon"]);
    ear.line("/search nowhere").says(&["Nothing here has \"nowhere\"."]);
    ear.line("/history 500").says(&["Write it like this: /history [COUNT]"]);
}

#[test]
fn people_invites_and_waiting_messages() {
    let mut ear = Ear::there(Language::En);
    ear.frame(&json!({"type": "presence_state", "chat_id": "general", "users": [{"user_id": 2, "status": "online"}],
        "guests": 0}));
    ear.line("/members");
    let (ask, _) = ear.asked();
    let member = |id: i64, name: &str, role: &str| {
        json!({"user_id": id, "username": name, "display_name": name, "role": role,
            "joined_at": NOW, "read_seq": 0})
    };
    let members = json!([member(1, "anna", "owner"), member(2, "boris", "member"), member(3, "вера", "admin")]);
    ear.answers(ask, json!({"type": "members", "members": members}));
    ear.says(&["anna (you), owner", "boris, member, online", "вера, admin"]);
    ear.line("/invite");
    let (ask, _) = ear.asked();
    let invite =
        json!({"code": "abc", "chat_id": "general", "created_by": 1, "created_at": NOW, "uses": 0, "role": "member"});
    ear.answers(ask, json!({"type": "invite", "invite": invite}));
    ear.says(&["The invite: https://chat.example.org/invite/abc"]);
    ear.line("/later 18:30 tea").says(&["It will be sent on 2026-11-25 18:30. /scheduled lists what waits."]);
    assert!(matches!(&ear.sends()[..], [Command::ScheduleMessage(_)]));
    ear.line("/scheduled");
    let (ask, _) = ear.asked();
    let one = json!({"id": "s1", "chat_id": "general", "content": "tea", "send_at": "2026-11-25T18:30:00.000Z"});
    ear.answers(ask, json!({"type": "scheduled_list", "scheduled": [one]}));
    ear.says(&["1. today at 18:30, in General: tea"]);
    ear.line("/scheduled 1");
    assert!(matches!(ear.asked().1, Command::CancelScheduled(one) if one.scheduled_id == "s1"));
    ear.line("/role @boris queen").says(&["Write it like this: /role @NAME admin|member|viewer"]);
    ear.line("/leave").says(&["Leave General? /yes leaves."]);
    ear.line("/yes");
    assert!(matches!(ear.asked().1, Command::Leave(_)));
    ear.line("/accounts").says(&["1. anna at tcp://127.0.0.1:8888", "2. work at tcp://127.0.0.1:8888"]);
    ear.line("/accounts 2");
    assert!(matches!(&ear.acts[..], [.., Act::Switch(account)] if account.username == "work"));
}

#[test]
fn drafts() {
    let mut ear = Ear::there(Language::En);
    ear.line("/draft").says(&["There is no draft."]);
    ear.line("/draft to be").says(&["The draft is kept. /finish sends it."]);
    ear.line("/draft").says(&["Draft: to be"]);
    let [Command::SetDraft(draft)] = &ear.sends()[..] else { panic!() };
    let draft = json!({"content": draft.content, "updated_at": NOW});
    let rev = ear.chats.account_rev + 1;
    ear.frame(&json!({"type": "draft_changed", "account_rev": rev, "chat_id": "general", "draft": draft}));
    ear.line("/drafts").says(&["Draft in General: to be"]);
    ear.line("/draft").says(&["Draft: to be"]);
    ear.line("/finish or not");
    let sent = ear.sends();
    assert!(
        matches!(&sent[..], [Command::Message(m), Command::SetDraft(d)] if m.content == "to be or not" && d.content.is_empty())
    );
}

#[test]
fn the_help_is_the_table() {
    for (language, line) in [
        (Language::En, "/reply [N] TEXT: Reply to message N, or the last one."),
        (Language::Ru, "/older [СКОЛЬКО]: Сообщения раньше прочитанных."),
    ] {
        let mut ear = Ear::there(language);
        ear.line("/help");
        assert_eq!(ear.acts.len(), in_lines().count());
        assert!(ear.acts.contains(&Act::Say(line.into())), "{:#?}", ear.acts);
    }
    let mut ear = Ear::there(Language::En);
    ear.line("/help reveal").says(&[
        "/reveal [N]: Read the hidden text of message N.",
        "/spoiler TEXT: A text that is hidden until revealed.",
    ]);
}

#[test]
fn every_command_does_something() {
    for row in in_lines() {
        let argument = match row.verb {
            LineVerb::Both(Verb::New) => "group Friends",
            LineVerb::Both(Verb::Role) => "@boris admin",
            LineVerb::Both(Verb::Later) => "2h tea",
            LineVerb::Both(Verb::Date) => "today",
            LineVerb::Both(Verb::React) => "tada",
            _ if row.args.0.split(' ').any(|word| !word.is_empty() && !word.starts_with('[')) => "boris",
            _ => "",
        };
        let mut ear = Ear::there(Language::En);
        ear.line(&format!("/{} {argument}", row.name));
        let usage = ear.acts.iter().any(|act| matches!(act, Act::Say(line) if line.starts_with("Write it like")));
        assert!(!ear.acts.is_empty() && !usage, "/{} {argument} gives {:?}", row.name, ear.acts);
    }
}

#[test]
fn a_refusal_is_told() {
    let mut ear = Ear::there(Language::En);
    ear.line("/topic news");
    let (ask, _) = ear.asked();
    let refusal = Refusal { text: "You may not do this here.".into(), code: None };
    let acts = ear.speech.answered(&ear.chats, ear.now, ask, Err(refusal));
    assert_eq!(acts, [Act::Say("You may not do this here.".into())]);
}

#[test]
fn links_quotes_and_code_in_words() {
    let said = |content: &str, language| super::words::one_line(content, language);
    assert_eq!(
        said("see [docs](https://example.org/x) now", Language::En),
        "see docs (link https://example.org/x) now"
    );
    assert_eq!(said("[docs](https://example.org/x)", Language::Ru), "docs (ссылка https://example.org/x)");
    assert_eq!(said("> so\n- item\n~~no~~", Language::En), "quote: so; item: item; (struck out: no)");
    assert_eq!(said("```\nx", Language::En), "code begins; x; code ends");
    assert_eq!(said("||secret|| told", Language::Ru), "скрытый текст told");
    assert_eq!(said("```\n||not hidden||\n```", Language::En), "code begins; ||not hidden||; code ends");
}

proptest::proptest! {
    #[test]
    fn no_line_holds_a_control_character(content in "(\\PC|[*_~|`\\[\\]()>@\\\\\n\r\u{1b}\u{7}\u{9b}\u{202e}\u{2066}\u{200b}]){0,60}", typed in "/?(\\PC|[\n\u{1b}\u{9b}]){0,20}") {
        let mut ear = Ear::there(Language::En);
        let mut hostile = message(8, 4, "12:00", &content);
        hostile["sender_username"] = content.chars().take(20).collect::<String>().into();
        hostile["reactions"] = json!({ content.clone(): [4] });
        ear.hears("general", hostile.clone()).line("/say 8").line("/reveal 8").line("/history");
        ear.line(&typed).line("/search a").line("/delete 8").line("/draft").line(&format!("/chat {typed}"));
        hostile["seq"] = 4.into();
        ear.hears("d1", hostile).settle().line("/chats");
        for act in &ear.acts {
            if let Act::Say(line) = act {
                proptest::prop_assert!(crate::text::is_clean(line), "{line:?}");
                proptest::prop_assert!(!line.chars().any(char::is_control), "{line:?}");
            }
        }
    }
}
