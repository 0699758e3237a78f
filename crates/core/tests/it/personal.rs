//! What a member keeps for themselves: how far they have read, drafts, settings.

use vestnik_core::{Audience, Notice};
use vestnik_proto::command::*;
use vestnik_proto::{Answer, ChatId, ChatKind, Command, ErrorCode, Timestamp, limits};

use crate::world::*;

async fn unread(world: &World, who: &Person, scene: &Scene) -> i64 {
    let Answer::UnreadState { dialogs, counts } = world.run_as(who, Command::UnreadState(Empty {})).await else {
        panic!()
    };
    let count = counts.get(&scene.chat).copied().unwrap_or_default();
    assert_eq!(world.chat(who, &scene.chat).await.unread, count);
    assert_eq!(dialogs, i64::from(count > 0));
    count
}

async fn read(world: &World, who: &Person, scene: &Scene, seq: i64) -> (i64, i64) {
    match world.run_as(who, mark_read(&scene.chat, seq)).await {
        Answer::MarkReadAck { seq, unread, .. } => (seq, unread),
        other => panic!("{other:?}"),
    }
}

world!(unread_is_what_others_sent_after_what_was_read, |world| {
    let scene = world.scene(ChatKind::Group).await;
    let (mira, chat) = (&scene.member, &scene.chat);
    let mine = id_of(&world.say(mira, chat, "mine").await);
    assert_eq!(unread(world, mira, &scene).await, 0, "one's own messages are read at once");
    for n in 0..3 {
        world.say(&scene.owner, chat, &format!("number {n}")).await;
    }
    assert_eq!(unread(world, mira, &scene).await, 3);
    // Nothing but messages makes unread.
    world.run_as(&scene.owner, Command::React(react(chat, &mine, "👍"))).await;
    world.run_as(&scene.owner, Command::PinMessage(message_ref(chat, &mine))).await;
    world.add(&scene.owner, chat, &scene.visitor, vestnik_proto::Role::Member).await;
    world.run_as(mira, edit(chat, &mine, "changed")).await;
    assert_eq!(unread(world, mira, &scene).await, 3);
    assert_eq!(unread(world, &scene.visitor, &scene).await, 0, "what was said before one came");
    assert_eq!(read(world, mira, &scene, 2).await, (2, 2));
    assert_eq!(read(world, mira, &scene, 1).await, (2, 2), "never backwards");
    assert_eq!(read(world, mira, &scene, 0).await, (2, 2));
    assert_eq!(read(world, mira, &scene, i64::MAX).await, (4, 0), "no further than there is");
    assert_eq!(unread(world, mira, &scene).await, 0);
    world.say(&scene.owner, chat, "one more").await;
    assert_eq!(unread(world, mira, &scene).await, 1, "nothing was read in advance");
    world.say(mira, chat, "an answer").await;
    assert_eq!(unread(world, mira, &scene).await, 0, "answering is reading");
    for absurd in [-1, i64::MIN] {
        assert_eq!(world.refused(mira, mark_read(chat, absurd)).await.field.as_deref(), Some("seq"));
    }
});

world!(reading_is_told_to_ones_devices_and_to_the_others, |world| {
    let scene = world.scene(ChatKind::Group).await;
    world.say(&scene.owner, &scene.chat, "news").await;
    world.notices().await;
    read(world, &scene.member, &scene, 1).await;
    let notices = world.notices().await;
    assert!(matches!(&notices[0], Notice::Account { user, .. } if *user == scene.member.id));
    assert!(
        matches!(&notices[1], Notice::Passing { to: Audience::Chat(_), except, .. } if *except == Some(scene.member.id))
    );
    read(world, &scene.member, &scene, 1).await;
    assert!(world.notices().await.is_empty(), "nothing moved");
});

/// How far someone has read and received, as another sees it.
async fn progress(world: &World, seen_by: &Person, chat: &ChatId, of: &Person) -> (i64, i64) {
    let list = ListMembers { chat_id: chat.clone(), cursor: None, limit: None };
    let Answer::Members { members, .. } = world.run_as(seen_by, Command::ListMembers(list)).await else { panic!() };
    let member = members.into_iter().find(|member| member.user_id == of.id).unwrap();
    (member.read_seq, member.delivered_seq)
}

world!(what_was_received_is_shown_to_the_others_of_small_chats, |world| {
    for kind in [ChatKind::Direct, ChatKind::Group, ChatKind::Channel, ChatKind::Room] {
        let scene = world.scene_named(kind, &format!("-{kind:?}").to_lowercase()).await;
        let small = matches!(kind, ChatKind::Direct | ChatKind::Group);
        for _ in 0..3 {
            world.say(&scene.owner, &scene.chat, "news").await;
        }
        world.notices().await;
        assert_eq!(world.run_as(&scene.member, mark_delivered(&scene.chat, 2)).await, Answer::Ok);
        let notices = world.notices().await;
        match &notices[..] {
            [Notice::Passing { to: Audience::Chat(_), except, .. }] if small => {
                assert_eq!(*except, Some(scene.member.id));
            }
            [] if !small => {}
            other => panic!("{kind:?}: {other:?}"),
        }
        let received = if small { 2 } else { 0 };
        assert_eq!(progress(world, &scene.owner, &scene.chat, &scene.member).await, (0, received));
        for again in [2, 1, 0] {
            world.run_as(&scene.member, mark_delivered(&scene.chat, again)).await;
        }
        assert!(world.notices().await.is_empty(), "nothing moved");
        read(world, &scene.member, &scene, 3).await;
        assert_eq!(progress(world, &scene.owner, &scene.chat, &scene.member).await, (3, 3), "reading is receiving");
        world.notices().await;
        world.run_as(&scene.member, mark_delivered(&scene.chat, i64::MAX)).await;
        assert!(world.notices().await.is_empty(), "it was there already");
        assert_eq!(world.refused(&scene.member, mark_delivered(&scene.chat, -1)).await.field.as_deref(), Some("seq"));
    }
});

world!(a_group_of_many_keeps_no_delivery_marks, |world| {
    let scene = world.scene(ChatKind::Group).await;
    world.say(&scene.owner, &scene.chat, "news").await;
    let there = world.chat(&scene.owner, &scene.chat).await.member_count;
    let mut crowd = Vec::new();
    for n in there..=limits::DELIVERY_MEMBERS {
        let person = world.person(&format!("crowd{n}")).await;
        world.add(&scene.owner, &scene.chat, &person, vestnik_proto::Role::Member).await;
        crowd.push(person);
    }
    world.run_as(&scene.member, mark_delivered(&scene.chat, 1)).await;
    assert_eq!(progress(world, &scene.owner, &scene.chat, &scene.member).await, (0, 0));
    world.run_as(&crowd[0], Command::Leave(chat_ref(&scene.chat))).await;
    world.run_as(&scene.member, mark_delivered(&scene.chat, 1)).await;
    assert_eq!(progress(world, &scene.owner, &scene.chat, &scene.member).await, (0, 1));
});

world!(only_members_keep_something, |world| {
    let scene = world.scene(ChatKind::Room).await;
    let favourite = SetChatSettings { favourite: Some(true), ..settings(&scene.chat) };
    for command in [
        mark_read(&scene.chat, 1),
        mark_delivered(&scene.chat, 1),
        draft(&scene.chat, "x"),
        Command::SetChatSettings(favourite),
    ] {
        assert_eq!(world.code(&scene.visitor, command).await, ErrorCode::Forbidden);
    }
});

world!(a_draft_is_kept_until_cleared, |world| {
    let scene = world.scene(ChatKind::Group).await;
    let chat = &scene.chat;
    let id = id_of(&world.say(&scene.owner, chat, "a question").await);
    let shown = async || world.chat(&scene.member, chat).await.draft;
    world.run_as(&scene.member, draft(chat, " half a ")).await;
    assert_eq!(shown().await.unwrap().content, " half a ");
    let reply = SetDraft { chat_id: chat.clone(), content: String::new(), reply_to: Some(id.clone()) };
    world.run_as(&scene.member, Command::SetDraft(reply)).await;
    assert_eq!(shown().await.unwrap().reply_to, Some(id));
    let at = shown().await.unwrap().updated_at;
    world.pass_secs(5);
    world.notices().await;
    let same = SetDraft { chat_id: chat.clone(), content: String::new(), reply_to: shown().await.unwrap().reply_to };
    world.run_as(&scene.member, Command::SetDraft(same)).await;
    assert!(world.notices().await.is_empty() && shown().await.unwrap().updated_at == at, "the same draft is no news");
    assert!(world.chat(&scene.owner, chat).await.draft.is_none(), "nobody else's");
    world.run_as(&scene.member, draft(chat, "")).await;
    assert_eq!(shown().await, None);
    for (bad, field) in [("x".repeat(4_001), "content"), ("a\0b".to_owned(), "content")] {
        assert_eq!(world.refused(&scene.member, draft(chat, &bad)).await.field.as_deref(), Some(field));
    }
    let wrong = SetDraft { chat_id: chat.clone(), content: "x".into(), reply_to: Some("9-9".into()) };
    assert_eq!(world.refused(&scene.member, Command::SetDraft(wrong)).await.field.as_deref(), Some("reply_to"));
});

world!(settings_are_ones_own, |world| {
    let scene = world.scene(ChatKind::Group).await;
    let set = async |command: SetChatSettings| {
        chat_of(world.run_as(&scene.member, Command::SetChatSettings(command)).await).settings
    };
    let forever = Timestamp::from_micros(i64::MAX);
    let base = || settings(&scene.chat);
    assert_eq!(set(SetChatSettings { muted_until: Some(Some(forever)), ..base() }).await.muted_until, Some(forever));
    assert_eq!(set(SetChatSettings { archived: Some(true), ..base() }).await.muted_until, Some(forever), "left alone");
    let now =
        set(SetChatSettings { muted_until: Some(None), favourite: Some(true), marked_unread: Some(true), ..base() })
            .await;
    assert_eq!((now.muted_until, now.archived, now.favourite, now.marked_unread), (None, true, true, true));
    assert!(!world.chat(&scene.owner, &scene.chat).await.settings.archived);
    read(world, &scene.member, &scene, 0).await;
    let now = world.chat(&scene.member, &scene.chat).await.settings;
    assert_eq!((now.archived, now.favourite, now.marked_unread), (true, true, false), "reading clears the mark alone");
});

world!(typing_is_told_and_not_kept, |world| {
    let scene = world.scene(ChatKind::Group).await;
    let typing = Command::Typing(Typing { chat_id: scene.chat.clone(), active: true });
    world.notices().await;
    world.run_as(&scene.member, typing.clone()).await;
    let notices = world.notices().await;
    let [Notice::Passing { to: Audience::Chat(_), except, frame }] = &notices[..] else { panic!("{notices:?}") };
    assert_eq!(*except, Some(scene.member.id));
    assert!(std::str::from_utf8(frame).unwrap().contains("\"typing\""));
    assert_eq!(world.code(&scene.viewer, typing).await, ErrorCode::Forbidden);
});
