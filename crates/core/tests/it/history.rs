//! Pages of messages, whatever numbers are asked for.

use vestnik_proto::command::*;
use vestnik_proto::{ChatKind, Command, ErrorCode, Timestamp};

use crate::world::*;

fn page(scene: &Scene) -> History {
    History::newest(scene.chat.clone(), 3)
}

/// The numbers of a page's messages, and whether there are more.
async fn seqs(world: &World, scene: &Scene, command: History) -> (Vec<i64>, bool) {
    let page = world.history(&scene.viewer, command).await;
    (page.messages.iter().map(|message| message.seq).collect(), page.has_more)
}

async fn ten_messages(world: &World) -> Scene {
    let scene = world.scene(ChatKind::Group).await;
    for n in 1..=10 {
        world.pass_secs(10);
        world.say(&scene.owner, &scene.chat, &format!("number {n}")).await;
    }
    scene
}

world!(every_way_of_asking, |world| {
    let scene = ten_messages(world).await;
    let ask = async |command| seqs(world, &scene, command).await;
    let base = || page(&scene);
    let all: Vec<i64> = (1..=10).collect();
    assert_eq!(ask(base()).await, (vec![8, 9, 10], true));
    assert_eq!(ask(History { limit: None, ..base() }).await, (all.clone(), false));
    assert_eq!(ask(History { limit: Some(u32::MAX), ..base() }).await, (all.clone(), false));
    assert_eq!(ask(History { before: Some(8), ..base() }).await, (vec![5, 6, 7], true));
    assert_eq!(ask(History { before: Some(3), ..base() }).await, (vec![1, 2], false));
    assert_eq!(ask(History { before: Some(1), ..base() }).await, (vec![], false));
    assert_eq!(ask(History { after: Some(0), ..base() }).await, (vec![1, 2, 3], true));
    assert_eq!(ask(History { after: Some(7), ..base() }).await, (vec![8, 9, 10], false));
    assert_eq!(ask(History { after: Some(10), ..base() }).await, (vec![], false));
    assert_eq!(ask(History { around: Some(5), ..base() }).await, (vec![4, 5, 6], true));
    assert_eq!(ask(History { around: Some(1), ..base() }).await, (vec![1, 2, 3], false));
    assert_eq!(ask(History { around: Some(10), ..base() }).await, (vec![8, 9, 10], true));
    assert_eq!(ask(History { around: Some(5), limit: Some(1), ..base() }).await, (vec![5], true));
    assert_eq!(ask(History { around: Some(5), limit: Some(200), ..base() }).await, (all, false));
    assert_eq!(ask(History { page: Some(1), ..base() }).await, (vec![8, 9, 10], true));
    assert_eq!(ask(History { page: Some(2), ..base() }).await, (vec![5, 6, 7], true));
    assert_eq!(ask(History { page: Some(4), ..base() }).await, (vec![1], false));
    assert_eq!(ask(History { page: Some(5), ..base() }).await, (vec![], false));
});

world!(absurd_numbers, |world| {
    let scene = ten_messages(world).await;
    let ask = async |command| seqs(world, &scene, command).await;
    let base = || page(&scene);
    let newest = (vec![8, 9, 10], true);
    for absurd in [i64::MAX, i64::MAX - 1, 1 << 60] {
        assert_eq!(ask(History { before: Some(absurd), ..base() }).await, newest);
        assert_eq!(ask(History { after: Some(absurd), ..base() }).await, (vec![], false));
        assert_eq!(ask(History { around: Some(absurd), ..base() }).await, newest);
    }
    for absurd in [i64::MIN, i64::MIN + 1, -1] {
        assert_eq!(ask(History { before: Some(absurd), ..base() }).await, (vec![], false));
        assert_eq!(ask(History { after: Some(absurd), ..base() }).await, (vec![1, 2, 3], true));
        assert_eq!(ask(History { around: Some(absurd), ..base() }).await, (vec![1, 2, 3], false));
    }
    assert_eq!(ask(History { page: Some(u32::MAX), ..base() }).await, (vec![], false));
    for (wrong, field) in [
        (History { limit: Some(0), ..base() }, "limit"),
        (History { page: Some(0), ..base() }, "page"),
        (History { before: Some(1), after: Some(1), ..base() }, "before"),
        (History { around: Some(1), page: Some(1), ..base() }, "before"),
        (History { around: Some(1), page: Some(1), before_timestamp: Some(world.now()), ..base() }, "before"),
    ] {
        let refused = world.refused(&scene.viewer, Command::History(wrong)).await;
        assert_eq!((refused.code, refused.field.as_deref()), (ErrorCode::Invalid, Some(field)));
    }
});

world!(before_a_time, |world| {
    let scene = ten_messages(world).await;
    let times: Vec<Timestamp> = world
        .history(&scene.viewer, History { limit: None, ..page(&scene) })
        .await
        .messages
        .iter()
        .map(|m| m.timestamp)
        .collect();
    let ask = async |time: Timestamp, number| {
        let command = History { before_timestamp: Some(time), page: number, ..page(&scene) };
        seqs(world, &scene, command).await
    };
    assert_eq!(ask(times[4], None).await, (vec![2, 3, 4], true));
    assert_eq!(ask(times[4].plus_millis(1), None).await, (vec![3, 4, 5], true));
    assert_eq!(ask(times[4], Some(2)).await, (vec![1], false));
    assert_eq!(ask(times[0], None).await, (vec![], false));
    assert_eq!(ask(Timestamp::from_secs(0), None).await, (vec![], false));
    assert_eq!(ask(Timestamp::from_micros(i64::MAX), None).await, (vec![8, 9, 10], true));
});

world!(of_an_empty_chat, |world| {
    let scene = world.scene(ChatKind::Group).await;
    let base = || page(&scene);
    for command in [
        base(),
        History { before: Some(5), ..base() },
        History { after: Some(0), ..base() },
        History { around: Some(1), ..base() },
        History { page: Some(1), before_timestamp: Some(world.now()), ..base() },
    ] {
        assert_eq!(seqs(world, &scene, command).await, (vec![], false));
    }
});
