//! What nodes that share a store ask it, and how what they keep follows what others do.

use vestnik_core::{Actor, Core, CoreConfig};
use vestnik_proto::event::MemberChange;
use vestnik_proto::{ChatEvent, ChatEventContent, ChatKind, Command, ErrorCode, Role};

use crate::world::*;

world!(what_a_connection_gets_is_told_with_its_place, |world| {
    let scene = world.scene(ChatKind::Group).await;
    world.say(&scene.owner, &scene.chat, "hello").await;
    let core = &world.core;
    let rev = world.chat(&scene.member, &scene.chat).await.rev;
    let subscribed = core.subscriptions_at(&scene.member.actor).await.unwrap();
    assert_eq!(subscribed.account_rev, world.account(&scene.member).await.account_rev);
    let mut keys: Vec<_> = subscribed.chats.iter().map(|(chat, _)| *chat).collect();
    let mut all = core.subscriptions(&scene.member.actor).await.unwrap();
    keys.sort_unstable();
    all.sort_unstable();
    assert_eq!(keys, all);
    let (chat, seen) = core.view_at(&scene.member.actor, &scene.chat).await.unwrap();
    assert!(seen == rev && subscribed.chats.contains(&(chat, rev)));
    assert!(core.subscriptions_at(&Actor::Guest).await.unwrap().chats.is_empty());
    assert_eq!(core.view_at(&Actor::Guest, &scene.chat).await.unwrap_err().code, ErrorCode::NotFound);

    // The log and the streams, from any place, as they were told.
    let events = core.events_after(chat, 0, 1_000).await.unwrap();
    assert_eq!(events.iter().map(|(rev, _)| *rev).collect::<Vec<_>>(), (1..=rev).collect::<Vec<_>>());
    assert_eq!(core.events_after(chat, rev - 1, 10).await.unwrap(), events[events.len() - 1..]);
    let account = core.account_events_after(scene.member.id, 0, 1_000).await.unwrap();
    assert_eq!(core.account_heads(&[scene.member.id]).await.unwrap(), [(scene.member.id, account.len() as i64)]);
    assert_eq!(core.membership(scene.member.id, &scene.chat).await.unwrap(), Some((chat, rev)));
    assert_eq!(core.membership(scene.visitor.id, &scene.chat).await.unwrap(), None);

    world.run_as(&scene.owner, Command::DeleteChat(chat_ref(&scene.chat))).await;
    let heads = core.chat_heads(&[chat]).await.unwrap();
    assert!(heads[0].deleted && heads[0].rev == rev + 1);
    let last = core.events_after(chat, rev, 10).await.unwrap();
    let event: ChatEvent = serde_json::from_slice(&last[0].1).unwrap();
    assert!(event.chat_id == scene.chat && matches!(event.content, ChatEventContent::ChatDeleted { .. }));
    assert_eq!(core.membership(scene.member.id, &scene.chat).await.unwrap(), None);
});

world!(roles_follow_in_whichever_order_they_are_heard_of, |world| {
    let scene = world.scene(ChatKind::Group).await;
    let other = world.another_core().await;
    let say = async || other.send(&scene.member.actor, None, message(&scene.chat, "x")).await.map(drop);
    // The other node keeps who is what from now on.
    say().await.unwrap();
    let (chat, from) = world.core.view_at(&scene.owner.actor, &scene.chat).await.unwrap();
    world.set_role(&scene.owner, &scene.chat, &scene.member, Role::Viewer).await;
    world.set_role(&scene.owner, &scene.chat, &scene.member, Role::Admin).await;
    assert!(say().await.is_ok(), "it has heard of nothing");
    let events = world.core.events_after(chat, from, 10).await.unwrap();
    let events: Vec<ChatEvent> = events.iter().map(|(_, frame)| serde_json::from_slice(frame).unwrap()).collect();
    for event in events.iter().rev() {
        other.follow(chat, event.rev, &event.content);
    }
    assert!(say().await.is_ok(), "the later one stands");
    world.run_as(&scene.owner, Command::RemoveMember(member_ref(&scene.chat, &scene.member))).await;
    let gone = world.core.events_after(chat, events[1].rev, 10).await.unwrap();
    let gone: ChatEvent = serde_json::from_slice(&gone.last().unwrap().1).unwrap();
    assert!(matches!(gone.content, ChatEventContent::MemberChanged { change: MemberChange::Removed, .. }));
    other.follow(chat, gone.rev, &gone.content);
    assert_eq!(say().await.unwrap_err().code, ErrorCode::NotFound);
    // What is not heard of is read anew.
    world.add(&scene.owner, &scene.chat, &scene.member, Role::Member).await;
    assert!(say().await.is_err());
    other.forget_chats();
    say().await.unwrap();
    world.run_as(&scene.owner, Command::DeleteChat(chat_ref(&scene.chat))).await;
    let deleted = world.core.events_after(chat, gone.rev, 10).await.unwrap();
    let deleted: ChatEvent = serde_json::from_slice(&deleted.last().unwrap().1).unwrap();
    other.follow(chat, deleted.rev, &deleted.content);
    assert_eq!(say().await.unwrap_err().code, ErrorCode::NotFound);
});

world!(sessions_that_ended_elsewhere_are_refused, |world| {
    let anna = world.register("anna").await.unwrap();
    let other = world.another_core().await;
    let token = anna.answer.access_token.clone().unwrap();
    let before = world.now();
    world.pass_secs(1);
    other.authenticate(&token).unwrap();
    world.core.logout(&anna.actor).await.unwrap();
    assert!(!other.has_ended(&anna.actor));
    let session = anna.answer.session_id.clone().unwrap();
    assert_eq!(other.sessions_ended_since(before).await.unwrap(), [session]);
    assert!(other.sessions_ended_since(before).await.unwrap().is_empty(), "known by now");
    assert!(other.has_ended(&anna.actor) && other.authenticate(&token).is_err());
    let more = world.login("anna", PASSWORD).await.unwrap();
    other.session_ended(more.answer.session_id.as_deref().unwrap());
    assert!(other.has_ended(&more.actor));
});

world!(one_node_at_a_time_has_the_work, |world| {
    let other: Core = world.another_core().await;
    assert!(world.core.claim("work", "one", 15).await.unwrap());
    assert!(!other.claim("work", "other", 15).await.unwrap());
    world.core.release("work", "one").await.unwrap();
    assert!(other.claim("work", "other", 15).await.unwrap());
    world.pass_secs(16);
    assert!(world.core.claim("work", "one", 15).await.unwrap(), "its holder has died");
});

world!(attempts_to_sign_in_count_on_every_node, |world| {
    let config = CoreConfig { sign_ins_per_minute: 3, cluster: true, ..CoreConfig::default() };
    let other = world.core_with(config).await.unwrap();
    let ip = elsewhere().ip;
    for _ in 0..3 {
        other.sign_in_elsewhere(ip);
    }
    assert_eq!(other.guest(&elsewhere()).await.unwrap_err().code, ErrorCode::RateLimited);
    // The link that makes the owner is the same on all nodes.
    let third = world.core_with(CoreConfig { cluster: true, ..CoreConfig::default() }).await.unwrap();
    assert_eq!(other.setup_token().await.unwrap(), third.setup_token().await.unwrap());
});
