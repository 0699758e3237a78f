//! Whatever four people do in two chats, in any order: afterwards everybody's folded state is what is read afresh.

use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use vestnik_core::Actor;
use vestnik_proto::command::*;
use vestnik_proto::{ChatId, ChatKind, ClientFrame, Command, MessageId, Role};

use crate::law::{Watcher, verify};
use crate::world::*;

/// Something one of the four does in one of the two chats.
#[derive(Clone, Debug)]
struct Step {
    who: usize,
    chat: usize,
    what: What,
}

#[derive(Clone, Debug)]
enum What {
    Say(bool),
    Edit(i64, u8),
    Delete(i64),
    React(i64, bool, u8),
    Pin(i64, bool),
    Read(i64),
    Receive(i64),
    Draft(u8),
    Settings(bool, bool),
    Add(usize, bool),
    Role(usize, u8),
    Remove(usize),
    Join,
    Leave,
    Transfer(usize),
    Rename(u8),
    Profile(u8),
    Prefer(u8),
    Direct(usize),
    Schedule(u8),
    Jobs,
}

fn step() -> impl Strategy<Value = Step> {
    let seq = || 1i64..8;
    let whom = || 0usize..4;
    let what = prop_oneof![
        8 => any::<bool>().prop_map(What::Say),
        3 => (seq(), 0u8..3).prop_map(|(seq, text)| What::Edit(seq, text)),
        2 => seq().prop_map(What::Delete),
        4 => (seq(), any::<bool>(), 0u8..2).prop_map(|(seq, on, emoji)| What::React(seq, on, emoji)),
        2 => (seq(), any::<bool>()).prop_map(|(seq, on)| What::Pin(seq, on)),
        2 => seq().prop_map(What::Read),
        2 => seq().prop_map(What::Receive),
        1 => (0u8..3).prop_map(What::Draft),
        1 => (any::<bool>(), any::<bool>()).prop_map(|(archived, unread)| What::Settings(archived, unread)),
        2 => (whom(), any::<bool>()).prop_map(|(whom, viewer)| What::Add(whom, viewer)),
        5 => (whom(), 0u8..4).prop_map(|(whom, role)| What::Role(whom, role)),
        2 => whom().prop_map(What::Remove),
        3 => Just(What::Join),
        2 => Just(What::Leave),
        1 => whom().prop_map(What::Transfer),
        1 => (0u8..3).prop_map(What::Rename),
        1 => (0u8..3).prop_map(What::Profile),
        1 => (0u8..3).prop_map(What::Prefer),
        1 => whom().prop_map(What::Direct),
        1 => (0u8..20).prop_map(What::Schedule),
        1 => Just(What::Jobs),
    ];
    // The owner of both is the first: more of what they do is allowed.
    (prop_oneof![2 => Just(0usize), 3 => 1usize..4], 0usize..2, what).prop_map(|(who, chat, what)| Step {
        who,
        chat,
        what,
    })
}

/// Does a step, allowed or not.
async fn perform(world: &World, people: &[Person], chats: &[ChatId], step: &Step) {
    world.pass_millis(700);
    let chat = &chats[step.chat];
    let id = |seq: i64| {
        // The chats were made one after the other, behind the first room.
        MessageId::encode(step.chat as i64 + 2, seq)
    };
    let actor: &Actor = &people[step.who].actor;
    let command = match step.what {
        What::Say(mention) => {
            let text = if mention { "@anna @boris @room hello" } else { "hello" };
            Command::Message(message(chat, text))
        }
        What::Edit(seq, text) => edit(chat, &id(seq), &format!("edit {text} @carla")),
        What::Delete(seq) => Command::DeleteMessage(message_ref(chat, &id(seq))),
        What::React(seq, on, emoji) => {
            let react = react(chat, &id(seq), ["👍", "🎉"][usize::from(emoji)]);
            if on { Command::React(react) } else { Command::Unreact(react) }
        }
        What::Pin(seq, true) => Command::PinMessage(message_ref(chat, &id(seq))),
        What::Pin(seq, false) => Command::UnpinMessage(message_ref(chat, &id(seq))),
        What::Read(seq) => mark_read(chat, seq),
        What::Receive(seq) => mark_delivered(chat, seq),
        What::Draft(0) => draft(chat, ""),
        What::Draft(n) => draft(chat, &format!("draft {n}")),
        What::Settings(archived, unread) => Command::SetChatSettings(SetChatSettings {
            archived: Some(archived),
            marked_unread: Some(unread),
            ..settings(chat)
        }),
        What::Add(whom, viewer) => add_member(chat, &people[whom], viewer.then_some(Role::Viewer)),
        What::Role(whom, role) => {
            let roles = [Role::Admin, Role::Member, Role::Viewer, Role::Blocked];
            set_role(chat, &people[whom], roles[usize::from(role)])
        }
        What::Remove(whom) => Command::RemoveMember(member_ref(chat, &people[whom])),
        What::Join => join_room(chat),
        What::Leave => Command::Leave(chat_ref(chat)),
        What::Transfer(whom) => Command::TransferOwnership(member_ref(chat, &people[whom])),
        What::Rename(n) => Command::UpdateChat(UpdateChat {
            chat_id: chat.clone(),
            name: Some(format!("Name {n}")),
            description: None,
        }),
        What::Profile(n) => Command::UpdateProfile(UpdateProfile {
            display_name: Some(format!("Name {n}")),
            status_text: Some((n > 0).then(|| format!("status {n}"))),
            ..UpdateProfile::default()
        }),
        What::Prefer(0) => prefer("theme", None),
        What::Prefer(n) => prefer("theme", Some(&format!("theme {n}"))),
        What::Direct(whom) => Command::StartDirect(StartDirect { username: people[whom].name.clone() }),
        What::Schedule(secs) => schedule(chat, "scheduled", world.now().plus_secs(i64::from(secs) + 1)),
        What::Jobs => {
            world.core.run_jobs().await.expect("jobs run");
            return;
        }
    };
    let name = command.name();
    if let Err(error) = world.core.execute(actor, ClientFrame::new(command)).await {
        assert_ne!(error.code, vestnik_proto::ErrorCode::Internal, "{name}: {error}");
    }
}

async fn sequence(world: &World, runs: &[Vec<Step>]) {
    let mut people = Vec::new();
    for name in ["anna", "boris", "carla", "dmitri"] {
        people.push(world.person(name).await);
    }
    let group =
        chat_of(world.run_as(&people[0], create_chat(ChatKind::Group, "Group", &[&people[1], &people[2]])).await);
    let room = chat_of(world.run_as(&people[0], create_chat(ChatKind::Room, "Room", &[&people[1]])).await);
    let chats = [group.id, room.id];
    for chat in &chats {
        let first = id_of(&world.say(&people[0], chat, "first").await);
        let number = chats.iter().position(|other| other == chat).unwrap() as i64;
        assert_eq!(first, MessageId::encode(number + 2, 1));
    }
    let watchers: Vec<Watcher> = people.iter().map(Watcher::new).collect();
    for steps in runs {
        let all = async {
            for step in steps {
                perform(world, &people, &chats, step).await;
            }
        };
        verify(world, "a random sequence", &watchers, all).await;
    }
}

#[test]
fn any_sequence_folds_to_what_is_read() {
    let mut runner =
        TestRunner::new(Config { cases: 32, max_shrink_iters: 200, failure_persistence: None, ..Config::default() });
    // Several stretches, so that the state before a stretch is of every kind too.
    let runs = proptest::collection::vec(proptest::collection::vec(step(), 1..16), 1..4);
    runner
        .run(&runs, |runs| {
            let found = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
                with_world(move |world| Box::pin(async move { sequence(world, &runs).await }));
            }));
            found.map_err(|panic| {
                let text = panic.downcast_ref::<String>().cloned().unwrap_or_else(|| "a panic".to_owned());
                TestCaseError::fail(text)
            })
        })
        .unwrap();
}
