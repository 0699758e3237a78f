//! Messages: what may be sent, changed, deleted, reacted to and pinned.

use sqlx::Row as _;
use vestnik_proto::command::*;
use vestnik_proto::{Answer, ChatKind, Command, ErrorCode, MentionAll, MessageId, MessageVersion, Role, UserId};

use crate::world::*;

async fn versions(world: &World, who: &Person, command: MessageRef) -> Vec<MessageVersion> {
    match world.run_as(who, Command::ListVersions(command)).await {
        Answer::Versions { versions } => versions,
        other => panic!("{other:?}"),
    }
}

world!(how_long_a_message_may_be, |world| {
    let scene = world.scene(ChatKind::Group).await;
    let send = async |text: &str| world.say_command(&scene.member, message(&scene.chat, text)).await;
    for letter in ["a", "я", "漢", "👋"] {
        let longest = letter.repeat(4_000);
        let ack = send(&longest).await.unwrap();
        assert_eq!(world.message(&scene.owner, &scene.chat, ack.seq.unwrap()).await.content, longest);
        let refused = send(&letter.repeat(4_001)).await.unwrap_err();
        assert_eq!((refused.code, refused.field.as_deref()), (ErrorCode::MessageTooLong, Some("content")));
        let id = id_of(&ack);
        assert_eq!(
            world.code(&scene.member, edit(&scene.chat, &id, &letter.repeat(4_001))).await,
            ErrorCode::MessageTooLong
        );
    }
    for empty in ["", " ", "\n\t ", "\u{3000}", "a\0b"] {
        let refused = send(empty).await.unwrap_err();
        assert_eq!((refused.code, refused.field.as_deref()), (ErrorCode::Invalid, Some("content")), "{empty:?}");
    }
    // Text is kept as it was written.
    for text in
        ["  two  spaces  ", "a\u{202e}b", "'; DROP TABLE messages; --", "%_\\\"", "{rows $1: a TEXT}", "\u{feff}"]
    {
        let ack = send(text).await.unwrap();
        assert_eq!(world.message(&scene.owner, &scene.chat, ack.seq.unwrap()).await.content, text);
    }
});

world!(a_shorter_limit_may_be_set, |config| config.message_chars = 5, |world| {
    let scene = world.scene(ChatKind::Group).await;
    world.say(&scene.member, &scene.chat, "пятер").await;
    assert_eq!(
        world.code(&scene.member, Command::Message(message(&scene.chat, "шестеро"))).await,
        ErrorCode::MessageTooLong
    );
    let later = schedule(&scene.chat, "шестеро", world.now().plus_secs(60));
    assert_eq!(world.code(&scene.member, later).await, ErrorCode::MessageTooLong);
    assert_eq!(world.code(&scene.member, draft(&scene.chat, "шестеро")).await, ErrorCode::Invalid);
    assert_eq!(world.core.client_config(false).chat_message_max_length, 5);
});

world!(a_reply_answers_what_is_in_the_chat, |world| {
    let scene = world.scene(ChatKind::Group).await;
    let elsewhere = world.create(&scene.member, ChatKind::Group, "Elsewhere").await;
    let first = id_of(&world.say(&scene.owner, &scene.chat, "a question").await);
    let other = id_of(&world.say(&scene.member, &elsewhere, "elsewhere").await);
    let reply = |id: &MessageId| SendMessage { reply_to: Some(id.clone()), ..message(&scene.chat, "an answer") };
    let ack = world.say_command(&scene.member, reply(&first)).await.unwrap();
    assert_eq!(world.message(&scene.owner, &scene.chat, ack.seq.unwrap()).await.reply_to, Some(first.clone()));
    let (key, _) = first.decode().unwrap();
    for wrong in
        [other, MessageId::encode(key, 99), MessageId::encode(key, 0), "".into(), "nonsense".into(), "3-u".into()]
    {
        let refused = world.say_command(&scene.member, reply(&wrong)).await.unwrap_err();
        assert_eq!((refused.code, refused.field.as_deref()), (ErrorCode::Invalid, Some("reply_to")), "{wrong:?}");
    }
    // What was deleted may still be answered: its stub is there.
    world.run_as(&scene.owner, Command::DeleteMessage(message_ref(&scene.chat, &first))).await;
    world.say_command(&scene.member, reply(&first)).await.unwrap();
});

world!(whom_a_message_mentions, |world| {
    let scene = world.scene(ChatKind::Group).await;
    let mentioned = async |who: &Person, text: &str, listed: Vec<UserId>| {
        let command = SendMessage { mentions: listed, ..message(&scene.chat, text) };
        let ack = world.say_command(who, command).await.unwrap();
        let message = world.message(&scene.owner, &scene.chat, ack.seq.unwrap()).await;
        (message.mentions, message.mention_all)
    };
    let (mira, adam, vera) = (scene.member.id, scene.admin.id, scene.viewer.id);
    let owner = &scene.owner;
    assert_eq!(mentioned(owner, "@Mira, @ADAM: look. mail me@vera.example", vec![]).await, (vec![adam, mira], None));
    assert_eq!(mentioned(owner, "@mira @mira", vec![mira, vera]).await, (vec![mira, vera], None));
    let strangers = vec![scene.visitor.id, scene.blocked.id, UserId(0), UserId(-1), UserId(i64::MAX)];
    assert_eq!(mentioned(owner, "@sam @boris @nobody", strangers).await, (vec![], None));
    // Who may call all.
    assert_eq!(mentioned(owner, "@here", vec![]).await.1, Some(MentionAll::Here));
    assert_eq!(mentioned(owner, "@here @room", vec![]).await.1, Some(MentionAll::Room));
    assert_eq!(mentioned(&scene.member, "@Here", vec![]).await.1, Some(MentionAll::Here));
    assert_eq!(mentioned(&scene.member, "@room", vec![]).await.1, None);
    assert_eq!(mentioned(&scene.member, "@here @room", vec![]).await.1, Some(MentionAll::Here));
    // At most fifty are listed.
    let many = |n: i64| SendMessage { mentions: (1..=n).map(UserId).collect(), ..message(&scene.chat, "all of you") };
    world.say_command(owner, many(50)).await.unwrap();
    let refused = world.say_command(owner, many(51)).await.unwrap_err();
    assert_eq!((refused.code, refused.field.as_deref()), (ErrorCode::Invalid, Some("mentions")));
    // What is counted as a mention of one who has not read.
    assert_eq!(world.chat(&scene.viewer, &scene.chat).await.mentions, 6);
    assert_eq!(world.chats(&scene.viewer).await.iter().map(|chat| chat.mentions).sum::<i64>(), 6);
    world.run_as(&scene.viewer, mark_read(&scene.chat, i64::MAX)).await;
    assert_eq!(world.chat(&scene.viewer, &scene.chat).await.mentions, 0);
});

world!(only_ones_own_is_edited, |world| {
    let scene = world.scene(ChatKind::Group).await;
    let sent = world.say(&scene.member, &scene.chat, "first").await;
    let id = id_of(&sent);
    for who in [&scene.owner, &scene.admin, &scene.viewer] {
        assert_eq!(world.code(who, edit(&scene.chat, &id, "forged")).await, ErrorCode::Forbidden);
    }
    for empty in ["", " ", "a\0b"] {
        assert_eq!(world.code(&scene.member, edit(&scene.chat, &id, empty)).await, ErrorCode::Invalid);
    }
    world.pass_secs(5);
    let edited = ack_of(world.run_as(&scene.member, edit(&scene.chat, &id, "second")).await);
    assert_eq!((edited.seq, edited.rev), (sent.seq, sent.rev + 1));
    world.pass_secs(5);
    world.run_as(&scene.member, edit(&scene.chat, &id, "third")).await;
    let unchanged = ack_of(world.run_as(&scene.member, edit(&scene.chat, &id, "third")).await);
    assert_eq!(unchanged.rev, sent.rev + 2, "nothing new in the log");
    let texts = versions(world, &scene.viewer, message_ref(&scene.chat, &id)).await;
    let since: Vec<i64> = texts.iter().map(|version| version.timestamp.as_secs() - sent.timestamp.as_secs()).collect();
    assert_eq!(texts.iter().map(|version| version.content.as_str()).collect::<Vec<_>>(), ["first", "second", "third"]);
    assert_eq!(since, [0, 5, 10]);
    // Not one's own any more to change, once one may not write.
    world.set_role(&scene.owner, &scene.chat, &scene.member, Role::Viewer).await;
    assert_eq!(world.code(&scene.member, edit(&scene.chat, &id, "fourth")).await, ErrorCode::Forbidden);
    assert_eq!(
        world.code(&scene.member, Command::DeleteMessage(message_ref(&scene.chat, &id))).await,
        ErrorCode::Forbidden
    );
});

world!(messages_that_are_not_there, |world| {
    let scene = world.scene(ChatKind::Group).await;
    let other = world.create(&scene.member, ChatKind::Group, "Elsewhere").await;
    let elsewhere = id_of(&world.say(&scene.member, &other, "elsewhere").await);
    let here = id_of(&world.say(&scene.member, &scene.chat, "here").await);
    let (key, _) = here.decode().unwrap();
    let gone = id_of(&world.say(&scene.member, &scene.chat, "gone").await);
    world.run_as(&scene.member, Command::DeleteMessage(message_ref(&scene.chat, &gone))).await;
    for id in [
        elsewhere,
        MessageId::encode(key, 77),
        MessageId::encode(key, i64::MAX),
        "x".into(),
        "a\0-1".into(),
        gone.clone(),
    ] {
        let reference = message_ref(&scene.chat, &id);
        for command in [
            edit(&scene.chat, &id, "x"),
            Command::DeleteMessage(reference.clone()),
            Command::React(react(&scene.chat, &id, "👍")),
            Command::Unreact(react(&scene.chat, &id, "👍")),
            Command::ListVersions(reference.clone()),
        ] {
            let name = command.name();
            assert_eq!(world.code(&scene.member, command).await, ErrorCode::NotFound, "{name} {id}");
        }
        assert_eq!(world.code(&scene.owner, Command::PinMessage(reference.clone())).await, ErrorCode::NotFound);
        if id != gone {
            assert_eq!(world.code(&scene.owner, Command::GetMessage(reference.clone())).await, ErrorCode::NotFound);
            assert_eq!(world.code(&scene.owner, Command::ListReaders(reference)).await, ErrorCode::NotFound);
        }
    }
    let Answer::Message { message } =
        world.run_as(&scene.owner, Command::GetMessage(message_ref(&scene.chat, &gone))).await
    else {
        panic!()
    };
    assert!(message.deleted && message.content.is_empty());
});

world!(nothing_is_left_of_a_deleted_message, |world| {
    const SECRET: &str = "xyzzyplugh";
    let scene = world.scene(ChatKind::Group).await;
    let chat = &scene.chat;
    let first = with_id(client_id(1), Command::Message(message(chat, &format!("{SECRET} @room"))));
    let id = id_of(&ack_of(world.core.execute(&scene.member.actor, first).await.unwrap()));
    let again = with_id(client_id(2), edit(chat, &id, &format!("another {SECRET}")));
    world.core.execute(&scene.member.actor, again).await.unwrap();
    world.run_as(&scene.member, edit(chat, &id, &format!("{SECRET} once more"))).await;
    world.run_as(&scene.owner, Command::React(react(chat, &id, "👍"))).await;
    world.run_as(&scene.owner, Command::PinMessage(message_ref(chat, &id))).await;
    let answer = SendMessage { reply_to: Some(id.clone()), ..message(chat, "what?") };
    world.say_command(&scene.owner, answer).await.unwrap();
    // Whoever comes or goes now must not carry it away into their stream, nor an answer kept for repeats.
    world.add(&scene.owner, chat, &scene.visitor, Role::Member).await;
    let start = Command::StartDirect(StartDirect { username: "sam".into() });
    world.core.execute(&scene.member.actor, with_id(client_id(3), start)).await.unwrap();
    let settings = SetChatSettings { archived: Some(true), ..settings(chat) };
    world.core.execute(&scene.member.actor, with_id(client_id(4), Command::SetChatSettings(settings))).await.unwrap();
    assert!(found(world, SECRET).await >= 3, "the search finds what is there");
    world.run_as(&scene.admin, Command::DeleteMessage(message_ref(chat, &id))).await;
    assert_eq!(found(world, SECRET).await, 0);
    let stub = world.message(&scene.viewer, chat, 1).await;
    assert_eq!(
        (stub.deleted, stub.deleted_by, stub.mention_all, stub.pinned),
        (true, Some(scene.admin.id), None, false)
    );
    assert!(stub.reactions.is_empty() && stub.mentions.is_empty() && stub.edited_at.is_none());
    assert_eq!(world.chat(&scene.viewer, chat).await.mentions, 0);
});

/// In how many columns of how many rows of the whole database a word stands.
async fn found(world: &World, word: &str) -> usize {
    let mut conn = world.raw().await;
    let tables = match world.store.engine() {
        vestnik_store::Engine::Sqlite => "SELECT name, '' FROM sqlite_master WHERE type = 'table'",
        vestnik_store::Engine::Postgres => {
            "SELECT CAST(tablename AS TEXT), '' FROM pg_tables WHERE schemaname = 'public'"
        }
    };
    let tables: Vec<(String, String)> = sqlx::query_as(tables).fetch_all(&mut conn).await.unwrap();
    let mut count = 0;
    for (table, _) in tables {
        let rows =
            sqlx::query(sqlx::AssertSqlSafe(format!("SELECT * FROM {table}"))).fetch_all(&mut conn).await.unwrap();
        for row in rows {
            for column in 0..row.len() {
                count += usize::from(row.try_get::<String, _>(column).is_ok_and(|text| text.contains(word)));
            }
        }
    }
    count
}

world!(reactions_are_emoji_and_not_too_many, |world| {
    let scene = world.scene(ChatKind::Group).await;
    let chat = &scene.chat;
    let id = id_of(&world.say(&scene.owner, chat, "news").await);
    let on = |emoji: &str| Command::React(react(chat, &id, emoji));
    for bad in ["", "a", "да", "👍 ", "::", "a\0", &"👍".repeat(17)] {
        let refused = world.refused(&scene.member, on(bad)).await;
        assert_eq!((refused.code, refused.field.as_deref()), (ErrorCode::Invalid, Some("emoji")), "{bad:?}");
    }
    for n in 0..12 {
        world.run_as(&scene.member, on(&format!(":mira{n}:"))).await;
    }
    assert_eq!(world.code(&scene.member, on("👍")).await, ErrorCode::Conflict);
    world.run_as(&scene.member, on(":mira0:")).await;
    world.run_as(&scene.member, Command::Unreact(react(chat, &id, ":mira0:"))).await;
    world.run_as(&scene.member, on("👍")).await;
    // Fifty different ones on one message, whoever put them on.
    for person in 0..4 {
        let who = world.person(&format!("person{person}")).await;
        world.add(&scene.owner, chat, &who, Role::Member).await;
        for n in 0..if person == 3 { 2 } else { 12 } {
            world.run_as(&who, on(&format!(":p{person}n{n}:"))).await;
        }
    }
    assert_eq!(world.message(&scene.owner, chat, 1).await.reactions.len(), 50);
    assert_eq!(world.code(&scene.admin, on("🎉")).await, ErrorCode::Conflict);
    world.run_as(&scene.admin, on("👍")).await;
    assert_eq!(world.message(&scene.owner, chat, 1).await.reactions["👍"], [scene.member.id, scene.admin.id]);
});

world!(a_hundred_messages_are_pinned_at_most, |world| {
    let scene = world.scene(ChatKind::Group).await;
    let mut ids = Vec::new();
    for n in 0..101 {
        ids.push(id_of(&world.say(&scene.owner, &scene.chat, &format!("number {n}")).await));
    }
    let pin = |id: &MessageId| Command::PinMessage(message_ref(&scene.chat, id));
    for id in &ids[..100] {
        world.pass_millis(1);
        world.run_as(&scene.admin, pin(id)).await;
    }
    assert_eq!(world.code(&scene.admin, pin(&ids[100])).await, ErrorCode::Conflict);
    world.run_as(&scene.admin, pin(&ids[0])).await;
    world.run_as(&scene.admin, Command::UnpinMessage(message_ref(&scene.chat, &ids[0]))).await;
    world.pass_millis(1);
    world.run_as(&scene.admin, pin(&ids[100])).await;
    let Answer::Pins { messages } = world.run_as(&scene.viewer, Command::ListPins(chat_ref(&scene.chat))).await else {
        panic!()
    };
    assert_eq!(messages.len(), 100);
    assert_eq!((&messages[0].id, &messages[99].id), (&ids[100], &ids[1]), "the latest pinned first");
});

world!(who_has_read_a_message, |world| {
    let scene = world.scene(ChatKind::Group).await;
    let id = id_of(&world.say(&scene.owner, &scene.chat, "news").await);
    let readers = async || match world.run_as(&scene.viewer, Command::ListReaders(message_ref(&scene.chat, &id))).await
    {
        Answer::Readers { readers } => readers.into_iter().map(|reader| reader.username).collect::<Vec<_>>(),
        other => panic!("{other:?}"),
    };
    assert_eq!(readers().await, [""; 0]);
    world.run_as(&scene.member, mark_read(&scene.chat, 1)).await;
    world.say(&scene.admin, &scene.chat, "seen").await;
    assert_eq!(readers().await, ["adam", "mira"]);
});

world!(messages_at_once_get_dense_numbers, |world| {
    let scene = world.scene(ChatKind::Group).await;
    let mut pending = Vec::new();
    for n in 0..200 {
        let who = if n % 2 == 0 { &scene.member } else { &scene.owner };
        pending.push(world.core.send(&who.actor, None, message(&scene.chat, &format!("number {n}"))).await.unwrap());
    }
    let mut last = 0;
    for (n, pending) in pending.into_iter().enumerate() {
        let ack = pending.await.unwrap();
        assert_eq!(ack.seq, Some(n as i64 + 1), "in the order of the calls");
        assert!(ack.rev > last);
        last = ack.rev;
    }
    assert_eq!(world.message(&scene.owner, &scene.chat, 138).await.content, "number 137");
});

world!(sending_reads_nothing, |world| {
    let scene = world.scene(ChatKind::Group).await;
    world.say(&scene.member, &scene.chat, "the chat is in use now").await;
    let reads = || world.store.stats().reads.load(std::sync::atomic::Ordering::Relaxed);
    let before = reads();
    for n in 0..20 {
        world.say(&scene.member, &scene.chat, &format!("{n}")).await;
        let forbidden = world.core.send(&scene.viewer.actor, None, message(&scene.chat, "x")).await;
        assert_eq!(forbidden.unwrap_err().code, ErrorCode::Forbidden);
    }
    assert_eq!(reads(), before, "rights and members are known");
});
