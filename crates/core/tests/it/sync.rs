//! Catching up: where events are enough, where a fresh start is needed, and what is gone.

use vestnik_client::reducer::State;
use vestnik_core::{AccountSync, Actor, ChatBehind, ChatSync};
use vestnik_proto::command::*;
use vestnik_proto::{ChatId, ChatKind, Command, ErrorCode, limits};

use crate::law::{Watcher, read_afresh, replay};
use crate::world::*;

fn at(chats: &[(&ChatId, i64)], account: Option<i64>) -> Sync {
    Sync { chats: chats.iter().map(|(id, rev)| ((*id).clone(), *rev)).collect(), account }
}

async fn behind(world: &World, who: &Person, chat: &ChatId, have: i64) -> ChatBehind {
    world.core.sync_plan(&who.actor, &at(&[(chat, have)], None)).await.unwrap().behind.remove(0)
}

world!(far_behind_or_ahead_is_a_fresh_start, |config| config.sync_events = 20, |world| {
    let scene = world.scene(ChatKind::Group).await;
    for n in 0..60 {
        world.say(&scene.owner, &scene.chat, &format!("number {n}")).await;
    }
    let rev = world.chat(&scene.member, &scene.chat).await.rev;
    let sync = async |have| {
        world.core.sync_chat(&scene.member.actor, &behind(world, &scene.member, &scene.chat, have).await).await.unwrap()
    };
    assert!(matches!(sync(rev - 20).await, ChatSync::Events { rev: to, frames } if to == rev && frames.len() == 20));
    for have in [rev - 21, 0, -1, i64::MIN, rev + 1, i64::MAX] {
        let ChatSync::Reset { rev: to, frame } = sync(have).await else { panic!("{have}") };
        assert_eq!(to, rev);
        let mut state = State::new(Some(scene.member.id));
        let frame = vestnik_proto::frame::ReceivedFrame::decode(std::str::from_utf8(&frame).unwrap()).unwrap().unwrap();
        state.apply(&frame.frame);
        let chat = &state.chats[&scene.chat];
        assert_eq!((chat.rev, chat.last_seq, chat.messages.len(), chat.has_older()), (rev, 60, 50, true));
        assert_eq!((chat.unread(), chat.member_count), (60, 4));
    }
    let current = world.core.sync_plan(&scene.member.actor, &at(&[(&scene.chat, rev)], None)).await.unwrap();
    assert_eq!((current.current[&scene.chat], current.behind.len(), current.gone.len()), (rev, 0, 0));
    // A client from a time before all that comes to the present.
    let watcher = Watcher::new(&scene.member);
    let (state, restarted, _) = replay(world, &watcher, State::new(Some(scene.member.id))).await;
    let afresh = read_afresh(world, &watcher).await;
    assert_eq!(state.chats.keys().collect::<Vec<_>>(), afresh.chats.keys().collect::<Vec<_>>());
    assert!(restarted.contains(&scene.chat));
    assert_eq!(state.chats[&scene.chat].last_seq, 60);
});

world!(what_is_gone_is_said_to_be_gone, |world| {
    let scene = world.scene(ChatKind::Group).await;
    let nowhere: ChatId = "nowhere".into();
    let nul: ChatId = "a\0b".into();
    let general: ChatId = "general".into();
    let plan = world
        .core
        .sync_plan(&scene.visitor.actor, &at(&[(&scene.chat, 1), (&nowhere, 1), (&nul, 1)], None))
        .await
        .unwrap();
    assert_eq!(plan.gone, [nul, scene.chat.clone(), nowhere], "not there and not to be read look alike");
    let plan = world.core.sync_plan(&Actor::Guest, &at(&[(&scene.chat, 1), (&general, 0)], None)).await.unwrap();
    assert_eq!((plan.gone, plan.behind.len()), (vec![scene.chat.clone()], 1), "a guest reads rooms");
    // Between the plan and its doing.
    let late = behind(world, &scene.member, &scene.chat, 1).await;
    world.run_as(&scene.owner, Command::RemoveMember(member_ref(&scene.chat, &scene.member))).await;
    assert!(matches!(world.core.sync_chat(&scene.member.actor, &late).await.unwrap(), ChatSync::Gone));
    world.run_as(&scene.owner, Command::DeleteChat(chat_ref(&scene.chat))).await;
    assert!(matches!(world.core.sync_chat(&scene.owner.actor, &late).await.unwrap(), ChatSync::Gone));
    assert_eq!(world.core.view(&scene.owner.actor, &scene.chat).await.unwrap_err().code, ErrorCode::NotFound);
});

world!(the_account_far_behind_or_ahead_is_a_fresh_start, |world| {
    let scene = world.scene(ChatKind::Group).await;
    for n in 0..1_001 {
        world.run_as(&scene.member, draft(&scene.chat, &format!("number {n}"))).await;
    }
    let rev = world.account(&scene.member).await.account_rev;
    let sync = async |have| world.core.sync_account(&scene.member.actor, have).await.unwrap();
    assert!(
        matches!(sync(rev - 1_000).await, AccountSync::Events { account_rev, frames } if account_rev == rev && frames.len() == 1_000)
    );
    assert!(
        matches!(sync(rev).await, AccountSync::Events { account_rev, frames } if account_rev == rev && frames.is_empty())
    );
    for have in [rev - 1_001, 0, -1, i64::MIN, rev + 1, i64::MAX] {
        assert!(matches!(sync(have).await, AccountSync::Reset { account_rev, .. } if account_rev == rev), "{have}");
    }
    assert_eq!(world.core.sync_account(&Actor::Guest, 0).await.unwrap_err().code, ErrorCode::Unauthorized);
    let watcher = Watcher::new(&scene.member);
    let (state, ..) = replay(world, &watcher, State::new(Some(scene.member.id))).await;
    assert_eq!(state.chats[&scene.chat].info.draft.as_ref().unwrap().content, "number 1000");
});

world!(one_sync_names_so_many_chats, |world| {
    let anna = world.person("anna").await;
    let sync = |n: usize| Sync { chats: (0..n).map(|n| (format!("chat{n}").into(), 1)).collect(), account: None };
    let plan = world.core.sync_plan(&anna.actor, &sync(limits::SYNC_CHATS)).await.unwrap();
    assert_eq!(plan.gone.len(), limits::SYNC_CHATS);
    let refused = world.core.sync_plan(&anna.actor, &sync(limits::SYNC_CHATS + 1)).await.unwrap_err();
    assert_eq!((refused.code, refused.field.as_deref()), (ErrorCode::Invalid, Some("chats")));
});
