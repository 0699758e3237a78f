//! Stories: a state, keys, and the screen afterwards, one for each thing a person can do; and
//! pictures of each screen in three sizes.

use proptest::prelude::*;
use serde_json::json;
use vestnik_client::net::{Entry, EntryState, SessionEvent};
use vestnik_proto::command::SendMessage;
use vestnik_proto::{ApiError, Command, ErrorCode, PresenceStatus};

use super::effect::PersonAct;
use super::fixture::{Desk, message};
use super::{Ask, Effect, Focus, Input, Mouse, Writing};
use crate::feed::Anchor;
use crate::i18n::Language;
use crate::keys::commands::{COMMANDS, Verb};
use crate::keys::{Key, Preset};

const SIZES: [(u16, u16); 3] = [(120, 40), (80, 24), (40, 12)];

/// Pictures of a screen in the three sizes.
fn pictures(name: &str, prepare: impl Fn(&mut Desk)) {
    for (width, height) in SIZES {
        let mut desk = Desk::new(width, height);
        prepare(&mut desk);
        insta::assert_snapshot!(format!("{name}_{width}x{height}"), desk.screen());
    }
}

#[test]
fn pictures_of_a_chat() {
    pictures("chat", |_| {});
}

#[test]
fn pictures_of_reading() {
    pictures("reading", |desk| {
        desk.keys("esc k k k");
    });
}

#[test]
fn pictures_of_the_list_of_chats() {
    pictures("chats", |desk| {
        desk.keys("esc tab j");
    });
}

#[test]
fn pictures_of_the_members() {
    pictures("members", |desk| {
        desk.app.details = Some(true);
    });
}

#[test]
fn pictures_of_writing() {
    pictures("writing", |desk| {
        desk.keys("esc k k k r")
            .keys("\"a long answer that takes more than one row in the field, so that it grows\" alt-enter \"and @b\"");
    });
}

#[test]
fn pictures_of_being_offline() {
    pictures("offline", |desk| {
        desk.offline();
        desk.keys("\"sent when the connection is back\" enter");
    });
}

#[test]
fn pictures_of_the_switcher() {
    pictures("switcher", |desk| {
        desk.keys("ctrl-k \"bo\"");
    });
}

#[test]
fn pictures_of_a_question() {
    pictures("confirm", |desk| {
        desk.keys("\"/nonsense 1\" enter");
    });
}

#[test]
fn pictures_of_the_search() {
    pictures("search", |desk| {
        desk.keys("\"/search hello\" enter");
    });
}

#[test]
fn pictures_of_the_reactions() {
    pictures("reactions", |desk| {
        desk.keys("esc +");
    });
}

#[test]
fn pictures_of_the_help() {
    pictures("help", |desk| {
        desk.keys("f1");
    });
}

#[test]
fn pictures_of_the_form() {
    for (width, height) in SIZES {
        let mut desk = Desk::bare(width, height, Language::En, Preset::Default, false);
        desk.app.open_sign_in("");
        insta::assert_snapshot!(format!("form_{width}x{height}"), desk.screen());
        desk.app.open_sign_in("chat.example.org");
        desk.input(Input::Accounts(vec![Desk::account("anna"), Desk::account("борис")]));
        desk.keys("ctrl-t").input(Input::NotSignedIn { why: "No.".into(), code: false });
        insta::assert_snapshot!(format!("form_new_{width}x{height}"), desk.screen());
    }
}

#[test]
fn pictures_in_russian_and_in_ascii() {
    let mut desk = Desk::with(80, 24, Language::Ru, Preset::Default, false);
    desk.keys("esc k");
    insta::assert_snapshot!("russian_80x24", desk.screen());
    let mut desk = Desk::with(80, 24, Language::En, Preset::Default, true);
    desk.keys("esc k");
    insta::assert_snapshot!("ascii_80x24", desk.screen());
}

#[test]
fn typing_and_sending() {
    let mut desk = Desk::new(80, 24);
    desk.keys("\"hello all\"").sees("› hello all").keys("enter").sees("hello all ◷").sees("Write a message");
    let sent = desk.sent();
    assert!(matches!(&sent[..], [Command::Message(m)] if m.content == "hello all" && m.chat_id.as_str() == "general"));
    // It comes back and stands there once.
    desk.hear("general", message(8, 1, "12:00", "hello all"));
    desk.sees("hello all ✓").sees_no("◷");
    assert_eq!(desk.screen().matches("hello all").count(), 1);
    // It has reached Boris; then he has read it.
    let tick = |desk: &Desk| {
        let (terminal, _) = desk.draw();
        let buffer = terminal.backend().buffer();
        let at = buffer.content().iter().rposition(|cell| cell.symbol() == "✓").unwrap();
        (buffer.content()[at - 1].symbol() == "✓", buffer.content()[at].fg)
    };
    desk.frame(&json!({"type": "delivery_marker", "chat_id": "general", "user_id": 2, "seq": 8}));
    assert_eq!(tick(&desk), (true, ratatui::style::Color::DarkGray));
    desk.frame(&json!({"type": "read_marker", "chat_id": "general", "user_id": 2, "seq": 8}));
    desk.sees("hello all ✓✓");
    assert_eq!(tick(&desk), (true, ratatui::style::Color::Green));
}

#[test]
fn new_lines_and_code_blocks() {
    let mut desk = Desk::new(80, 24);
    desk.keys("\"one\" alt-enter \"two\" ctrl-j \"three\" enter");
    assert!(matches!(&desk.sent()[..], [Command::Message(m)] if m.content == "one\ntwo\nthree"));
    // In a block of code Enter is a new line until it is closed.
    desk.keys("\"```\" enter \"x\" enter \"```\" enter");
    assert!(matches!(&desk.sent()[..], [Command::Message(m)] if m.content == "```\nx\n```"));
}

#[test]
fn what_is_one_sign_is_one_to_the_keys() {
    let mut desk = Desk::new(80, 24);
    desk.input(Input::Paste("a👨‍👩‍👧‍👦🇷🇺e\u{301}".into()));
    desk.keys("backspace").keys("left left delete");
    assert_eq!(desk.app.composer.text(), "a🇷🇺");
    desk.keys("right \"b\" backspace backspace backspace backspace");
    assert!(desk.app.composer.is_empty());
    // On a narrow screen the members make room for what is typed.
    let mut narrow = Desk::new(40, 12);
    narrow.keys("ctrl-o").sees("Members 3").keys("\"h\"").sees("› h");
}

#[test]
fn pasting_keeps_lines_and_drops_what_acts() {
    let mut desk = Desk::new(80, 24);
    desk.input(Input::Paste("a\r\nb\u{1b}[2J\tc".into()));
    assert_eq!(desk.app.composer.text(), "a\nb[2J    c");
    assert!(desk.sent().is_empty(), "pasting never sends");
}

#[test]
fn replying() {
    let mut desk = Desk::new(80, 24);
    desk.keys("esc k k k r").sees("to boris: @anna nice").keys("\"thanks\" enter");
    assert!(matches!(&desk.sent()[..], [Command::Message(m)] if m.reply_to == Some("m4".into())));
    desk.sees("┃ boris @anna nice");
    // Esc leaves the reply and keeps the text; Shift-Up replies to the last message.
    desk.keys("shift-up").sees("to anna: see you").keys("\"x\" esc").sees("› x").sees_no("to anna: see you");
}

#[test]
fn editing() {
    let mut desk = Desk::new(80, 24);
    desk.keys("\"draft\"").keys("esc k");
    desk.keys("G e").sees("edit; Esc cancels").sees("✎ see you at noon").keys("\"!\" enter");
    assert!(
        matches!(&desk.sent()[..], [Command::SetDraft(_), Command::EditMessage(edit)] | [Command::EditMessage(edit)] if edit.content == "see you at noon!")
    );
    desk.sees("see you at noon! ◷").sees("› draft");
    desk.event(
        "general",
        json!({"type": "message_edited", "message_id": "m7", "seq": 7, "content": "see you at noon!",
        "mentions": [], "edited_at": "2026-11-25T12:00:00.000Z"}),
    );
    desk.sees("see you at noon! (edited) ✓");
    // Up in an empty field edits my last message, Esc gives it up.
    desk.keys("ctrl-u up").sees("✎ see you at noon!").keys("esc");
    assert_eq!((desk.app.composer.text(), desk.app.composer.writing.clone()), (String::new(), Writing::New));
    // Somebody else's is not edited.
    desk.keys("esc k k e").sees("not yours");
}

#[test]
fn an_emptied_edit_asks_to_delete() {
    let mut desk = Desk::new(80, 24);
    desk.keys("up ctrl-u enter").sees("Delete it for everybody?").keys("y");
    assert!(matches!(&desk.sent()[..], [Command::DeleteMessage(m)] if m.message_id.as_str() == "m7"));
}

#[test]
fn deleting_asks_first() {
    let mut desk = Desk::new(80, 24);
    desk.keys("esc d").sees("Delete \"see you at noon\"").keys("n");
    assert!(desk.sent().is_empty());
    // On a Russian keyboard `н` stands in the place of y, and means no.
    desk.keys("d н");
    assert!(desk.sent().is_empty());
    desk.keys("d enter");
    assert!(matches!(&desk.sent()[..], [Command::DeleteMessage(m)] if m.message_id.as_str() == "m7"));
    desk.sees("(deleted) ◷");
    desk.keys("k k k d").sees("not yours");
}

#[test]
fn reacting_and_taking_it_off() {
    let mut desk = Desk::new(80, 24);
    desk.keys("esc + \"tada\" enter");
    assert!(
        matches!(&desk.sent()[..], [Command::React(react)] if react.emoji == "🎉" && react.message_id.as_str() == "m7")
    );
    desk.keys("k k k + enter");
    assert!(matches!(&desk.sent()[..], [Command::Unreact(react)] if react.emoji == "👍"), "it was mine");
    desk.event(
        "general",
        json!({"type": "reaction_changed", "message_id": "m7", "seq": 7, "emoji": "🎉", "user_id": 2, "added": true}),
    );
    desk.sees("🎉");
}

#[test]
fn moving_among_the_messages() {
    let mut desk = Desk::new(40, 12);
    desk.keys("esc").sees("▌ see you at noon").keys("g").sees("good morning").sees("Monday, 23 November");
    assert!(desk.row("good morning").contains('▌'));
    desk.keys("j").sees("привет, всем!").keys("G").sees("▌ see you at noon");
    desk.keys("ctrl-u").sees_no("see you at noon").sees("↓").keys("ctrl-d").sees("see you at noon");
    desk.keys("pageup").sees_no("see you at noon").keys("esc").sees("see you at noon");
    assert_eq!(desk.app.focus, Focus::Composer, "and back to writing");
    desk.keys("pageup").sees_no("see you at noon").keys("pagedown").sees("see you at noon");
}

#[test]
fn a_russian_keyboard() {
    let mut desk = Desk::with(80, 24, Language::Ru, Preset::Default, false);
    // л к: up to the message before, and reply to it.
    desk.keys("esc л л л к").sees("ответ boris").keys("\"да\" enter");
    assert!(matches!(&desk.sent()[..], [Command::Message(m)] if m.content == "да" && m.reply_to == Some("m4".into())));
    desk.keys("ctrl-л").sees("Перейти").keys("esc");
    desk.keys("esc П .").sees("Искать здесь");
}

#[test]
fn the_presets() {
    let mut vi = Desk::with(80, 24, Language::En, Preset::Vi, false);
    assert_eq!(vi.app.focus, Focus::Timeline);
    vi.keys("g g");
    assert!(vi.row("good morning").contains('▌'));
    vi.keys("g").sees(" g").keys("x").sees_no(" g ").keys("G d d").sees("Delete");
    let mut emacs = Desk::with(80, 24, Language::En, Preset::Emacs, false);
    emacs.keys("\"hi\" ctrl-x b").sees("Go to").keys("ctrl-g ctrl-g");
    assert_eq!(emacs.app.focus, Focus::Timeline);
    emacs.keys("ctrl-p").keys("alt-<");
    assert!(emacs.row("good morning").contains('▌'));
}

#[test]
fn copying_and_links() {
    let mut desk = Desk::new(80, 24);
    desk.keys("esc y");
    assert!(desk.effects.contains(&Effect::Copy("see you at noon".into())));
    desk.keys("Y");
    let link = "https://chat.example.org/c/general/7".to_owned();
    assert!(desk.effects.contains(&Effect::Copy(link.clone())));
    // A link of one's own server leads within, others outside.
    desk.keys("g j o");
    assert!(desk.effects.contains(&Effect::Browse("https://example.org/docs".into())));
    desk.hear("general", message(8, 2, "12:00", &link));
    desk.keys("G o");
    assert!(desk.row("▌ see you at noon").contains("see you"));
    let (_, links) = Desk::new(80, 24).draw();
    assert_eq!(links.iter().map(|link| &*link.target).collect::<Vec<_>>(), ["https://example.org/docs"]);
}

#[test]
fn opening_what_a_message_answers() {
    let mut desk = Desk::new(80, 24);
    desk.keys("esc k k k o");
    assert!(desk.row("look:").contains('▌'));
}

#[test]
fn searching_here_and_everywhere() {
    let mut desk = Desk::new(80, 24);
    desk.keys("esc / \"NICE\" enter");
    assert!(desk.row("@anna nice").contains('▌'));
    desk.keys("n").sees("▌").keys("N").sees("Nothing here has");
    desk.keys("esc \"/search hello\" enter").sees("boris: hello?").keys("enter");
    assert_eq!(desk.app.chat, Some("d1".into()));
    assert!(desk.row("hello?").contains('▌'));
    desk.keys("esc \"/search nowhere to be found\" enter").sees("Nothing here has");
}

#[test]
fn jumping_to_a_date() {
    let mut desk = Desk::new(80, 24);
    desk.keys("esc D \"24.11\" enter");
    let asked = desk.asked();
    let (ask, command) = &asked[0];
    assert!(
        matches!(command, Command::History(h) if h.before_timestamp == "2026-11-25T00:00:00Z".parse().ok()),
        "{command:?}"
    );
    desk.answer(ask.clone(), json!({"type": "history", "chat_id": "general", "messages": [], "has_more": false}));
    assert!(desk.row("привет, всем").contains('▌'));
    desk.keys("D \"soon\" enter").sees("is no date");
}

#[test]
fn older_messages_are_fetched_where_one_looks() {
    let mut desk = Desk::new(80, 24);
    for seq in 60..100 {
        desk.hear("general", message(seq, 2, "12:00", &format!("message {seq}")));
    }
    desk.keys("pageup pageup");
    let asked = desk.asked();
    let before: Vec<_> =
        asked.iter().filter_map(|(_, c)| if let Command::History(h) = c { h.before } else { None }).collect();
    assert_eq!(before, [60], "once, before the hole");
    desk.sees("52 messages are not loaded");
}

#[test]
fn going_from_chat_to_chat() {
    let mut desk = Desk::new(80, 24);
    assert_eq!(desk.app.chat, Some("general".into()));
    desk.keys("alt-a").sees("are you there?").sees("new");
    assert_eq!(desk.app.chat, Some("d1".into()), "the unread one");
    let asked = desk.asked();
    assert!(asked.iter().any(|(_, c)| matches!(c, Command::SetActiveChat(a) if a.chat_id == Some("d1".into()))));
    assert!(asked.iter().any(|(_, c)| matches!(c, Command::MarkRead(m) if m.seq == 3)), "seen is read: {asked:?}");
    desk.keys("alt-1").sees("едем!");
    desk.keys("alt-down alt-down").sees("see you at noon").keys("alt-up").sees("are you there?");
    desk.keys("alt-l").sees("see you at noon");
    desk.keys("ctrl-k \"общий\" esc ctrl-k \"поезд\" enter");
    assert_eq!(desk.app.chat, Some("trip".into()));
    desk.frame(&json!({"type": "read_marker", "chat_id": "d1", "user_id": 1, "seq": 3, "account_rev": 6}));
    desk.keys("alt-a").sees("Nothing is unread.");
}

#[test]
fn what_is_not_looked_at_is_not_read() {
    let mut desk = Desk::new(80, 24);
    desk.input(Input::Focus(false));
    desk.hear("general", message(8, 2, "12:00", "anybody?"));
    assert!(!desk.asked().iter().any(|(_, c)| matches!(c, Command::MarkRead(_))));
    desk.input(Input::Focus(true));
    assert!(desk.asked().iter().any(|(_, c)| matches!(c, Command::MarkRead(m) if m.seq == 8)));
    desk.sees("new");
    // Nor when one reads further up.
    let mut desk = Desk::new(40, 12);
    desk.keys("pageup");
    desk.hear("general", message(8, 2, "12:00", "anybody?"));
    assert!(!desk.asked().iter().any(|(_, c)| matches!(c, Command::MarkRead(_))));
    desk.sees_no("anybody?").sees("↓");
}

#[test]
fn the_list_of_chats() {
    let mut desk = Desk::new(80, 24);
    desk.keys("esc tab").sees("CHATS").keys("g f");
    let asked = desk.asked();
    assert!(
        asked.iter().any(|(_, c)| matches!(c, Command::SetChatSettings(s) if s.favourite == Some(false))),
        "{asked:?}"
    );
    desk.keys("j m");
    let muted = |c: &Command| matches!(c, Command::SetChatSettings(s) if matches!(s.muted_until, Some(Some(_))));
    assert!(desk.asked().iter().any(|(_, c)| muted(c)));
    desk.keys("enter");
    assert_eq!((desk.app.focus, desk.app.chat.clone()), (Focus::Composer, Some("d1".into())));
}

#[test]
fn completion() {
    let mut desk = Desk::new(80, 24);
    desk.keys("\"hi @bo\"").sees("@boris").keys("enter");
    assert_eq!(desk.app.composer.text(), "hi @boris ", "the list never sends");
    desk.keys("\"#gen\" tab");
    assert_eq!(desk.app.composer.text(), "hi @boris #general ");
    desk.keys("\":tad\" tab");
    assert_eq!(desk.app.composer.text(), "hi @boris #general 🎉");
    desk.keys("ctrl-u \"/to\" tab");
    assert_eq!(desk.app.composer.text(), "/topic ");
    desk.keys("ctrl-u \"@\"").sees("@boris").keys("down esc \" x\"");
    assert_eq!(desk.app.composer.text(), "@ x");
    assert!(desk.sent().is_empty());
}

#[test]
fn an_unknown_command_is_not_sent_unasked() {
    let mut desk = Desk::new(80, 24);
    desk.keys("\"/pasword hunter2\" enter").sees("There is no command /pasword. Send it as text?").keys("n");
    assert!(desk.sent().is_empty());
    assert_eq!(desk.app.composer.text(), "/pasword hunter2", "nothing is lost");
    desk.keys("enter y");
    assert!(matches!(&desk.sent()[..], [Command::Message(m)] if m.content == "/pasword hunter2"));
    desk.keys("\"//etc\" enter");
    assert!(matches!(&desk.sent()[..], [Command::Message(m)] if m.content == "/etc"));
}

/// What a command asks for, by its name on the wire.
fn asks(line: &str) -> Vec<String> {
    let mut desk = Desk::new(80, 24);
    desk.keys(&format!("\"{line}\""));
    if desk.app.composer.completion.is_some() {
        desk.keys("esc");
    }
    desk.keys("enter");
    let effects = std::mem::take(&mut desk.effects);
    let name = |effect: &Effect| match effect {
        Effect::Send(_, _, command) => Some(command.name().to_owned()),
        Effect::Ask(_, _, command) if !matches!(**command, Command::Typing(_)) => Some(command.name().to_owned()),
        Effect::Copy(_) => Some("copies".to_owned()),
        Effect::Quit => Some("quits".to_owned()),
        _ => None,
    };
    effects.iter().filter_map(name).filter(|name| name != "set_draft").collect()
}

#[test]
fn every_command_does_something() {
    for row in COMMANDS {
        let (line, expected): (&str, &[&str]) = match row.verb {
            Verb::Join => ("/join lobby", &["join"]),
            Verb::Rooms => ("/rooms", &["list_rooms"]),
            Verb::New => ("/new group Friends", &["create_chat"]),
            Verb::Msg => ("/msg @boris hi", &["start_direct"]),
            Verb::Invite => ("/invite", &["create_invite"]),
            Verb::Kick => ("/kick @boris", &["get_user"]),
            Verb::Ban => ("/ban boris", &["get_user"]),
            Verb::Unban => ("/unban boris", &["get_user"]),
            Verb::Role => ("/role @boris admin", &["get_user"]),
            Verb::Topic => ("/topic all of it", &["update_chat"]),
            Verb::Rename => ("/rename Lobby", &["update_chat"]),
            Verb::React => ("/react tada", &["react"]),
            Verb::Pins => ("/pins", &["list_pins"]),
            Verb::Link => ("/link", &["copies"]),
            Verb::Readers => ("/readers", &["list_readers"]),
            Verb::Me => ("/me waves", &["message"]),
            Verb::Shrug => ("/shrug", &["message"]),
            Verb::Spoiler => ("/spoiler the end", &["message"]),
            Verb::Later => ("/later 2h tea", &["schedule_message"]),
            Verb::Scheduled => ("/scheduled", &["list_scheduled"]),
            Verb::Date => ("/date 2026-11-24", &["history"]),
            Verb::Mute => ("/mute 2h", &["set_chat_settings"]),
            Verb::Unmute => ("/unmute", &["set_chat_settings"]),
            Verb::Favourite => ("/fav", &["set_chat_settings"]),
            Verb::Archive => ("/archive", &["set_chat_settings"]),
            Verb::Unread => ("/unread", &["set_chat_settings"]),
            Verb::Nick => ("/nick Anna K.", &["update_profile"]),
            Verb::Status => ("/status 🚀 busy", &["update_profile"]),
            Verb::Away => ("/away", &["presence"]),
            Verb::Dnd => ("/dnd", &["presence"]),
            Verb::Back => ("/back", &["presence"]),
            Verb::Reply => ("/reply indeed", &["message"]),
            Verb::Quit => ("/quit", &["quits"]),
            // These change the screen, and have stories of their own.
            Verb::Help
            | Verb::Leave
            | Verb::Delete
            | Verb::Edit
            | Verb::Pin
            | Verb::Code
            | Verb::Search
            | Verb::Members
            | Verb::Connect
            | Verb::Accounts
            | Verb::Logout => continue,
        };
        assert_eq!(asks(line), expected, "{line}");
    }
    for (line, seen) in [
        ("/help", "Keys and commands"),
        ("/leave", "Leave General?"),
        ("/delete", "Delete \"see you at noon\""),
        ("/edit", "edit; Esc cancels"),
        ("/code rust", "```rust"),
        ("/members", "вера"),
        ("/connect chat.example.org", "Sign in to Vestnik"),
        ("/accounts", "Another account"),
        ("/logout", "Sign anna out here?"),
        ("/later soon tea", "is no time to come"),
        ("/kick", "/kick @NAME"),
    ] {
        let mut desk = Desk::new(80, 24);
        desk.keys(&format!("\"{line}\" enter"));
        if desk.app.composer.text() == line && desk.app.overlay.is_none() && desk.app.note.is_none() {
            desk.keys("enter");
        }
        desk.sees(seen);
    }
}

#[test]
fn commands_that_take_two_steps() {
    let mut desk = Desk::new(80, 24);
    let person = json!({"type": "user", "user": {"id": 2, "username": "boris", "display_name": "boris", "created_at": "2026-01-01T00:00:00.000Z"}});
    desk.answer(Ask::Person("general".into(), PersonAct::Kick), person);
    assert!(desk.asked().iter().any(|(_, c)| matches!(c, Command::RemoveMember(m) if m.user_id.0 == 2)));
    desk.refuse(Ask::Join("Ab3xYz".into()), ErrorCode::NotFound);
    assert!(desk.asked().iter().any(|(_, c)| matches!(c, Command::Join(j) if j.invite.as_deref() == Some("Ab3xYz"))));
    let invite = json!({"type": "invite", "invite": {"code": "Ab3", "chat_id": "general", "created_by": 1,
        "created_at": "2026-01-01T00:00:00.000Z", "uses": 0, "role": "member"}});
    desk.answer(Ask::Invite, invite);
    assert!(desk.effects.contains(&Effect::Copy("https://chat.example.org/invite/Ab3".into())));
    desk.refuse(Ask::Tell("x".into()), ErrorCode::Forbidden);
    desk.sees("refused: forbidden");
    let scheduled = json!({"type": "scheduled_list", "scheduled": [{"id": "s1", "chat_id": "general", "content": "tea",
        "send_at": "2026-11-25T18:00:00.000Z"}]});
    desk.answer(Ask::Scheduled, scheduled);
    desk.sees("2026-11-25 18:00  tea").effects.clear();
    desk.keys("enter");
    assert!(desk.asked().iter().any(|(_, c)| matches!(c, Command::CancelScheduled(s) if s.scheduled_id == "s1")));
}

#[test]
fn drafts_stay_with_their_chat() {
    let mut desk = Desk::new(80, 24);
    desk.keys("\"half a thought\" alt-a").sees("are you there?").sees_no("half a thought").sees("✎");
    assert!(desk.sent().iter().any(|c| matches!(c, Command::SetDraft(d) if d.content == "half a thought")));
    desk.keys("alt-l").sees("› half a thought");
    // After a while it is kept by itself, once.
    desk.keys("\"!\"").wait(4);
    assert!(desk.sent().iter().any(|c| matches!(c, Command::SetDraft(d) if d.content == "half a thought!")));
    desk.wait(60);
    assert!(desk.sent().is_empty());
    desk.keys("enter");
    let sent = desk.sent();
    assert!(matches!(&sent[..], [Command::Message(_), Command::SetDraft(d)] if d.content.is_empty()), "{sent:?}");
}

#[test]
fn sent_texts_come_back() {
    let mut desk = Desk::new(80, 24);
    desk.keys("\"one\" enter \"two\" enter ctrl-up")
        .sees("› two")
        .keys("ctrl-up")
        .sees("› one")
        .keys("ctrl-down ctrl-down");
    assert!(desk.app.composer.is_empty());
}

#[test]
fn the_editor() {
    let mut desk = Desk::new(80, 24);
    desk.keys("\"long\" ctrl-e");
    assert!(desk.effects.contains(&Effect::Editor("long".into())));
    desk.input(Input::Edited(Ok("longer\ntext\n".into())));
    assert_eq!(desk.app.composer.text(), "longer\ntext");
    desk.input(Input::Edited(Err("The editor did not work.".into())));
    desk.sees("did not work");
}

#[test]
fn who_writes_and_who_is_there() {
    let mut desk = Desk::new(120, 40);
    let typing = |id: i64, name: &str, active: bool| json!({"type": "typing", "chat_id": "general", "user_id": id, "username": name, "active": active});
    desk.frame(&typing(2, "boris", true));
    desk.sees("boris is writing…");
    desk.frame(&typing(3, "вера", true));
    desk.sees("boris and вера are writing…");
    assert_eq!(desk.app.deadline(), Some(desk.now.plus_secs(6)), "one deadline, and none without");
    desk.wait(7).sees_no("writing…");
    assert_eq!(desk.app.deadline(), None, "nothing is waited for any more");
    desk.sees("● boris").sees("◐ вера admin");
    desk.frame(&json!({"type": "presence", "user_id": 2, "status": "offline"}));
    desk.sees("○ boris");
    desk.keys("\"a\"");
    assert!(desk.asked().iter().any(|(_, c)| matches!(c, Command::Typing(t) if t.active)));
    desk.keys("\"b\"");
    assert!(desk.asked().is_empty(), "not with every key");
}

#[test]
fn notices_by_level() {
    let mut desk = Desk::new(80, 24);
    let heard =
        |desk: &mut Desk| desk.effects.drain(..).filter(|e| matches!(e, Effect::Bell | Effect::Notice(..))).count();
    desk.hear("general", message(8, 2, "12:00", "seen"));
    assert_eq!(heard(&mut desk), 0, "one sees it");
    desk.input(Input::Focus(false));
    desk.hear("general", message(9, 2, "12:00", "not to me"));
    assert_eq!(heard(&mut desk), 0);
    let mut to_me = message(10, 2, "12:00", "@anna!");
    to_me["mentions"] = json!([1]);
    desk.hear("general", to_me);
    assert_eq!(heard(&mut desk), 2, "the bell and a notice");
    desk.hear("d1", message(4, 2, "12:00", "psst"));
    assert_eq!(heard(&mut desk), 2, "a direct chat");
    desk.hear("trip", message(3, 2, "12:00", "muted"));
    assert_eq!(heard(&mut desk), 0);
    desk.app.my_presence = PresenceStatus::Dnd;
    desk.hear("d1", message(5, 2, "12:00", "psst"));
    assert_eq!(heard(&mut desk), 0);
    assert!(desk.app.update(&desk.chats, desk.now, Input::Tick).is_empty());
}

#[test]
fn the_title_counts() {
    let mut desk = Desk::new(80, 24);
    desk.hear("d1", message(4, 2, "12:00", "psst"));
    desk.hear("general", message(8, 2, "12:00", "hm"));
    let titles: Vec<_> =
        desk.effects.iter().filter_map(|e| if let Effect::Title(t) = e { Some(t.as_str()) } else { None }).collect();
    assert_eq!(titles, ["(2) General - Vestnik"]);
}

#[test]
fn without_a_connection() {
    let mut desk = Desk::new(80, 24);
    desk.offline();
    desk.sees("offline").sees("The connection was lost. It is tried again by itself.");
    desk.keys("\"later\" enter").sees("later ◷").sees("1 waiting");
    desk.keys("\"/rooms\" enter").sees("needs a connection");
    desk.wait(10);
    desk.online();
    desk.sees("online").sees("Connected again");
}

#[test]
fn what_waits_from_an_earlier_run() {
    let mut desk = Desk::new(80, 24);
    let entry = |client_id: u128, content: &str, state: EntryState| Entry {
        client_id: uuid::Uuid::from_u128(client_id),
        chat_id: "general".into(),
        command: Command::Message(SendMessage {
            chat_id: "general".into(),
            content: content.into(),
            message_type: Default::default(),
            reply_to: None,
            mentions: vec![],
        }),
        created: "2026-11-25T11:00:00Z".parse().unwrap(),
        state,
    };
    let refused = EntryState::Failed(ApiError::new(ErrorCode::Forbidden, "No."));
    let outbox = vec![entry(1, "it waits", EntryState::Waiting), entry(2, "it was refused", refused)];
    desk.input(Input::Opened(super::Opened {
        server: "tcp://127.0.0.1:8888".into(),
        username: "anna".into(),
        me: None,
        outbox,
        chat: Some("general".into()),
    }));
    desk.sees("it waits ◷").sees("it was refused ✗").sees("R tries again");
    desk.keys("esc R");
    assert!(desk.effects.contains(&Effect::Retry(uuid::Uuid::from_u128(2))));
    desk.input(Input::Session(SessionEvent::Refused {
        client_id: uuid::Uuid::from_u128(2),
        error: ApiError::new(ErrorCode::Forbidden, "No."),
    }));
    desk.keys("d").sees_no("it was refused");
    assert!(desk.effects.contains(&Effect::Discard(uuid::Uuid::from_u128(2))));
}

#[test]
fn it_opens_where_the_command_line_says() {
    for (wanted, opened) in [("@Boris", "d1"), ("trip", "trip"), ("@nobody", "trip"), ("nowhere", "trip")] {
        let mut desk = Desk::new(80, 24);
        desk.input(Input::Opened(super::Opened { chat: Some(wanted.into()), ..Default::default() }));
        assert_eq!(desk.app.chat, Some(opened.into()), "{wanted}");
    }
}

#[test]
fn a_full_disk_loses_no_words() {
    let mut desk = Desk::new(80, 24);
    desk.keys("\"precious\" enter");
    let Some(Effect::Send(client_id, ..)) = desk.effects.iter().find(|e| matches!(e, Effect::Send(..))).cloned() else {
        panic!()
    };
    desk.input(Input::NotKept(client_id, "disk full.".into()));
    desk.sees("› precious").sees("Make room on");
}

#[test]
fn too_long_a_message() {
    let mut desk = Desk::new(80, 24);
    desk.input(Input::Paste("x".repeat(4_001)));
    desk.keys("enter").sees("4001 characters");
    assert!(desk.sent().is_empty());
}

#[test]
fn signing_in_and_up() {
    let mut desk = Desk::bare(80, 24, Language::En, Preset::Default, false);
    desk.app.open_sign_in("");
    desk.keys("\"anna\" enter").sees("Password").keys("\"right\" enter");
    let form =
        desk.effects.iter().find_map(|e| if let Effect::SignIn(form) = e { Some(form.clone()) } else { None }).unwrap();
    assert_eq!(
        (form.server.as_str(), form.username.as_str(), form.password.as_str()),
        ("tcp://127.0.0.1:8888", "anna", "right")
    );
    desk.sees("One moment").sees("*****").sees_no("right");
    assert!(!format!("{form:?}").contains("right"));
    desk.input(Input::NotSignedIn { why: "A second factor is needed.".into(), code: true });
    desk.sees("Second factor").keys("\"123456\" enter");
    assert!(desk.effects.iter().any(|e| matches!(e, Effect::SignIn(f) if f.code.as_deref() == Some("123456"))));
    // A new account: the rules are known here, so nothing is asked in vain.
    desk.app.open_sign_in("");
    desk.keys("ctrl-t \"ann a\" tab \"short\" tab \"short\" enter").sees("letters, digits");
    desk.keys("up up backspace backspace \"x\" enter").sees("needs 8 characters");
    desk.keys("down \"er one\" down \"er won\" enter").sees("passwords differ");
    desk.keys("backspace backspace backspace \"one\" enter");
    assert!(desk.effects.iter().any(|e| matches!(e, Effect::SignIn(f) if f.register && f.password == "shorter one")));
    // A link of an invite says where and by what.
    desk.app.open_sign_in("x");
    desk.keys("up ctrl-u").input(Input::Paste("https://chat.example.org/invite/Ab3x".into()));
    desk.sees("New account").sees("Ab3x").sees("https://chat.example.org");
}

#[test]
fn several_accounts() {
    let mut desk = Desk::new(80, 24);
    desk.input(Input::Accounts(vec![Desk::account("anna"), Desk::account("boris")]));
    desk.keys("alt-s").sees("Accounts").sees("Another account").keys("\"boris\" enter");
    assert!(desk.effects.contains(&Effect::Open(Desk::account("boris"))));
    desk.keys("alt-s end").keys("\"another\" enter").sees("Sign in to Vestnik").keys("esc").sees("see you at noon");
    // A session that has ended asks for the password and keeps the place.
    desk.input(Input::Session(SessionEvent::Status(vestnik_client::net::Status::SignedOut { reason: "ended".into() })));
    desk.sees("Signed out: ended").sees("wss://chat.example.org").sees("anna");
}

#[test]
fn quitting_takes_two_presses() {
    let mut desk = Desk::new(80, 24);
    desk.keys("ctrl-c").sees("Press Ctrl-C again").wait(5).sees_no("again to quit").keys("ctrl-c");
    assert!(!desk.effects.contains(&Effect::Quit));
    desk.keys("ctrl-c");
    assert_eq!(desk.effects.last(), Some(&Effect::Quit));
}

#[test]
fn the_mouse() {
    let mut desk = Desk::new(80, 24);
    desk.input(Input::Mouse(Mouse::Click, 5, 1));
    assert_eq!(desk.app.chat, Some("d1".into()));
    desk.input(Input::Mouse(Mouse::Click, 40, 20));
    assert_eq!(desk.app.focus, Focus::Timeline);
    desk.input(Input::Mouse(Mouse::Click, 40, 22));
    assert_eq!(desk.app.focus, Focus::Composer);
    let mut desk = Desk::new(40, 12);
    desk.input(Input::Mouse(Mouse::WheelUp, 10, 5));
    assert_ne!(desk.app.view().anchor, Anchor::Newest);
    desk.input(Input::Mouse(Mouse::WheelDown, 10, 5));
    assert_eq!(desk.app.view().anchor, Anchor::Newest);
}

#[test]
fn hidden_text_is_seen_when_selected() {
    let mut desk = Desk::new(80, 24);
    desk.sees_no("a secret").keys("esc k k k k").sees("a secret");
}

/// A desk at which a key has something to do.
fn ready_for(row: &crate::keys::Row) -> Desk {
    use crate::keys::{Action, Place};
    let mut desk = if row.place == Place::Form {
        let mut desk = Desk::bare(80, 24, Language::En, Preset::Default, false);
        desk.app.open_sign_in("tcp://127.0.0.1:8888");
        desk
    } else {
        Desk::new(80, 12)
    };
    match row.action {
        Action::LastChat => drop(desk.keys("alt-a")),
        Action::NextChat => drop(desk.keys("alt-1")),
        Action::PageDown => drop(desk.keys("pageup")),
        Action::NewLine | Action::Send | Action::ClearText => drop(desk.keys("\"hello\"")),
        Action::OlderText => drop(desk.keys("\"one\" enter")),
        Action::NewerText => drop(desk.keys("\"one\" enter ctrl-up")),
        Action::FormCancel => {
            desk = Desk::new(80, 24);
            desk.keys("\"/connect x.y\" enter");
        }
        _ => {}
    }
    match row.place {
        Place::Reading if row.action == Action::Retry => {
            desk.keys("\"refused\" enter");
            let Some(Effect::Send(client_id, ..)) =
                desk.effects.iter().rfind(|e| matches!(e, Effect::Send(..))).cloned()
            else {
                panic!()
            };
            let error = ApiError::new(ErrorCode::Forbidden, "No.");
            desk.input(Input::Session(SessionEvent::Refused { client_id, error }));
            desk.keys("esc G");
        }
        Place::Reading if row.action == Action::Edit => drop(desk.keys("esc")),
        Place::Reading if row.action == Action::HalfDown => drop(desk.keys("esc g")),
        Place::Reading => drop(desk.keys("esc k k k")),
        Place::Chats => drop(desk.keys("esc tab g j")),
        Place::List => drop(desk.keys("ctrl-k")),
        Place::Anywhere | Place::Writing | Place::Form => {}
    }
    desk.wait(20);
    desk.effects.clear();
    desk
}

#[test]
fn every_key_of_the_table_does_something() {
    let mut idle = vec![];
    for row in crate::keys::TABLE {
        // The world has three chats.
        if row.id.strip_prefix("chat_").is_some_and(|number| number.parse::<u8>().is_ok_and(|number| number > 2)) {
            continue;
        }
        for keys in row.keys {
            let mut desk = ready_for(row);
            // With the colours: what is chosen in a list is only seen by them.
            let seen = |desk: &Desk| desk.draw().0.backend().buffer().clone();
            let before = seen(&desk);
            desk.keys(keys);
            if seen(&desk) == before && desk.effects.is_empty() {
                idle.push(format!("{} ({keys})", row.id));
            }
        }
    }
    assert_eq!(idle, Vec::<String>::new(), "these do nothing");
}

#[test]
fn what_keys_ask_of_the_server() {
    let asks = |keys: &str| {
        let mut desk = Desk::new(80, 24);
        desk.keys(keys);
        desk.asked().into_iter().map(|(_, command)| command).collect::<Vec<_>>()
    };
    assert!(asks("esc p").iter().any(|c| matches!(c, Command::PinMessage(m) if m.message_id.as_str() == "m7")));
    let unread = |c: &Command| matches!(c, Command::SetChatSettings(s) if s.marked_unread == Some(true));
    assert!(asks("esc u").iter().any(unread));
    assert!(asks("esc tab j u").iter().any(unread));
    assert!(asks("esc tab A").iter().any(|c| matches!(c, Command::SetChatSettings(s) if s.archived == Some(true))));
    let mut desk = Desk::new(80, 24);
    desk.keys("esc : \"la\"").sees("/later");
    desk.keys("ctrl-u esc tab /").sees("Go to");
    desk.keys("esc ctrl-l ctrl-z");
    assert!(desk.effects.contains(&Effect::Redraw) && desk.effects.contains(&Effect::Suspend));
}

#[test]
fn help_is_made_from_the_table() {
    let mut desk = Desk::new(80, 24);
    desk.keys("esc ?").sees("Keys and commands").keys("G").sees("/quit").keys("q").sees("see you at noon");
}

/// Words meant to harm a terminal, in every place where words of others stand.
#[test]
fn hostile_words_reach_no_cell() {
    let evil = "\u{1b}[2J\u{1b}]0;x\u{7}\u{9b}31m\u{202e}abc\u{2066}\u{200b}\u{feff}e\u{301}\u{301}\u{301}\u{301}\u{301}\u{301}\u{301}\r\u{8}\u{e0041}";
    let mut desk = Desk::new(120, 40);
    let peer = json!({"id": 9, "username": evil, "display_name": evil, "created_at": "2026-01-01T00:00:00.000Z", "status_text": evil});
    let chat = json!({"id": "bad", "type": "direct", "name": "", "created_at": "2026-11-25T11:00:00.000Z", "rev": 0, "last_seq": 2,
        "member_count": 2, "role": "member", "read_seq": 0, "peer": peer, "description": evil, "permissions": ["write"]});
    desk.frame(&json!({"type": "chat_joined", "account_rev": 6, "chat": chat}));
    let mut first = message(1, 4, "11:30", evil);
    first["sender_username"] = json!(evil);
    first["reactions"] = json!({(evil): [1]});
    let mut second = message(
        2,
        4,
        "11:31",
        &format!("```{evil}\n{evil}\n```\n> {evil}\nhttps://a.b/{evil} [x{evil}](https://c.d/{evil})"),
    );
    second["reply_to"] = json!("m1");
    desk.history("bad", &[first, second]);
    desk.frame(&json!({"type": "typing", "chat_id": "bad", "user_id": 4, "username": evil, "active": true}));
    for keys in ["alt-a", "esc k r", "ctrl-k", "esc esc esc y /", "esc", "esc"] {
        desk.keys(keys);
        let (terminal, links) = desk.draw();
        for cell in terminal.backend().buffer().content() {
            let harmless = |c: char| !c.is_control() && !crate::text::is_hidden(c);
            assert!(cell.symbol().chars().all(harmless), "{:?}", cell.symbol());
            assert!(cell.symbol().chars().count() <= 16, "{:?}", cell.symbol());
        }
        assert!(links.iter().all(|link| link.target.bytes().all(|byte| byte.is_ascii_graphic())));
    }
    for effect in &desk.effects {
        if let Effect::Title(text) | Effect::Notice(text, _) = effect {
            assert!(crate::text::is_clean(text), "{text:?}");
        }
    }
}

/// Words of others: anything at all, and often what acts on a terminal.
fn any_words() -> impl Strategy<Value = String> {
    "(\\PC|[a-z *_`>\n]|[\u{0}-\u{1f}\u{7f}-\u{9f}]|[\u{200b}-\u{206f}\u{300}-\u{36f}\u{fe00}-\u{fe0f}\u{e0000}-\u{e007f}]){0,40}"
}

fn any_key() -> impl Strategy<Value = Key> {
    let all = crate::keys::TABLE.iter().flat_map(|row| row.keys.iter().chain(row.vi).chain(row.emacs));
    let named: Vec<Key> = all.flat_map(|keys| keys.split(' ')).map(|key| key.parse().unwrap()).collect();
    let written = "[a-zA-Zа-я0-9/@#:`*>|_ ]".prop_map(|text| text.parse().unwrap_or_else(|_| "space".parse().unwrap()));
    prop_oneof![3 => proptest::sample::select(named), 2 => written]
}

fn any_input() -> impl Strategy<Value = Vec<Key>> {
    proptest::collection::vec(any_key(), 0..40)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 128, ..ProptestConfig::default() })]

    /// Any key at any time in any size, and a resize between any two of them.
    #[test]
    fn no_size_and_no_key_panics(
        sizes in proptest::collection::vec((1u16..=140, 1u16..=50), 1..6),
        keys in any_input(),
        preset in proptest::sample::select(vec![Preset::Default, Preset::Vi, Preset::Emacs]),
        signed_in in proptest::bool::weighted(0.9),
        ascii in any::<bool>(),
    ) {
        let mut desk = if signed_in {
            Desk::with(sizes[0].0, sizes[0].1, Language::Ru, preset, ascii)
        } else {
            let mut desk = Desk::bare(sizes[0].0, sizes[0].1, Language::En, preset, ascii);
            desk.app.open_sign_in("");
            desk
        };
        for (number, key) in keys.into_iter().enumerate() {
            desk.input(Input::Key(key));
            let (width, height) = sizes[number % sizes.len()];
            desk.input(Input::Resize(width, height));
            match number % 11 {
                3 if signed_in => desk.offline(),
                5 if signed_in => desk.hear("general", message(100 + number as i64, 2, "12:00", "meanwhile 世界")),
                7 if signed_in => desk.online(),
                9 => drop(desk.wait(3)),
                _ => {}
            }
            drop(desk.screen());
        }
    }

    /// Whatever others write, wherever it is shown, no cell and no title acts on the terminal.
    #[test]
    fn words_of_others_cannot_touch_the_terminal(words in any_words(), more in any_words(), width in 20u16..120) {
        let mut desk = Desk::new(width, 24);
        let peer = json!({"id": 9, "username": words, "display_name": more, "created_at": "2026-01-01T00:00:00.000Z"});
        let chat = json!({"id": "other", "type": "direct", "name": "", "created_at": "2026-11-25T11:00:00.000Z", "rev": 0,
            "last_seq": 2, "member_count": 2, "role": "member", "read_seq": 0, "peer": peer, "description": more});
        desk.frame(&json!({"type": "chat_joined", "account_rev": 6, "chat": chat}));
        let mut first = message(1, 4, "11:30", &words);
        first["sender_username"] = json!(more);
        first["reactions"] = json!({(more.clone()): [1]});
        let mut second = message(2, 4, "11:31", &format!("{more}\n```{words}\n{more}\n```"));
        second["reply_to"] = json!("m1");
        desk.history("other", &[first, second]);
        for keys in ["alt-a", "esc k r", "ctrl-k"] {
            desk.keys(keys);
            let (terminal, links) = desk.draw();
            for cell in terminal.backend().buffer().content() {
                prop_assert!(crate::text::is_clean(cell.symbol()), "{:?}", cell.symbol());
                prop_assert!(!cell.symbol().chars().any(|c| c.is_control() || vestnik_proto::names::is_unsafe(c)));
            }
            prop_assert!(links.iter().all(|link| link.target.bytes().all(|byte| byte.is_ascii_graphic())));
        }
        for effect in &desk.effects {
            if let Effect::Title(text) | Effect::Notice(text, _) = effect {
                prop_assert!(crate::text::is_clean(text), "{:?}", text);
            }
        }
    }

    #[test]
    fn every_small_size_is_drawn(width in 1u16..=12, height in 1u16..=8) {
        for keys in ["", "esc", "esc tab", "ctrl-k", "f1", "ctrl-o", "\"/x y\" enter", "esc /"] {
            let mut desk = Desk::new(width, height);
            desk.keys(keys);
            drop(desk.screen());
        }
    }
}

/// Nothing is done unless something happens: no tick changes the state or asks for the next one.
#[test]
fn it_rests() {
    let mut desk = Desk::new(80, 24);
    desk.wait(60);
    assert_eq!(desk.app.deadline(), None);
    desk.effects.clear();
    let before = desk.screen();
    desk.wait(3_600);
    assert!(desk.effects.is_empty());
    assert_eq!(desk.screen(), before);
}
