//! Settings of one's clients.

use std::collections::BTreeMap;

use vestnik_core::Notice;
use vestnik_proto::command::*;
use vestnik_proto::{Answer, Command, ErrorCode, limits};

use crate::world::*;

async fn listed(world: &World, who: &Person) -> BTreeMap<String, String> {
    match world.run_as(who, Command::ListPreferences(Empty {})).await {
        Answer::Preferences { preferences, .. } => preferences,
        other => panic!("{other:?}"),
    }
}

world!(a_preference_is_kept_and_told_to_its_owner_alone, |world| {
    let (anna, boris) = (world.person("anna").await, world.person("boris").await);
    world.notices().await;
    assert_eq!(world.run_as(&anna, prefer("theme", Some("dark"))).await, Answer::Ok);
    let notices = world.notices().await;
    assert!(matches!(&notices[..], [Notice::Account { user, .. }] if *user == anna.id), "{notices:?}");
    world.run_as(&anna, prefer("theme", Some("dark"))).await;
    world.run_as(&anna, prefer("sound", None)).await;
    assert!(world.notices().await.is_empty(), "nothing changed");
    assert_eq!(listed(world, &anna).await, [("theme".to_owned(), "dark".to_owned())].into());
    assert!(listed(world, &boris).await.is_empty());
    world.run_as(&anna, prefer("theme", None)).await;
    assert_eq!(world.notices().await.len(), 1);
    assert!(listed(world, &anna).await.is_empty());
});

world!(preferences_have_limits, |world| {
    let anna = world.person("anna").await;
    let longest = "я".repeat(limits::PREFERENCE_VALUE_BYTES / 2);
    world.run_as(&anna, prefer("longest", Some(&longest))).await;
    for (name, value, field) in [
        ("", Some("x"), "name"),
        ("Theme", Some("x"), "name"),
        (".theme", None, "name"),
        ("theme", Some(&*format!("{longest}.")), "value"),
        ("theme", Some("a\0b"), "value"),
    ] {
        assert_eq!(world.refused(&anna, prefer(name, value)).await.field.as_deref(), Some(field), "{name:?}");
    }
    for n in 1..limits::PREFERENCES_PER_USER {
        world.run_as(&anna, prefer(&format!("n{n}"), Some(""))).await;
    }
    assert_eq!(world.code(&anna, prefer("one-more", Some("x"))).await, ErrorCode::Conflict);
    world.run_as(&anna, prefer("n1", Some("changed"))).await;
    world.run_as(&anna, prefer("longest", None)).await;
    world.run_as(&anna, prefer("one-more", Some("x"))).await;
    assert_eq!(listed(world, &anna).await.len() as i64, limits::PREFERENCES_PER_USER);
});
