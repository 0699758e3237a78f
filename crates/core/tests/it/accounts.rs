//! Accounts: names, passwords, who may register, the owner's setup.

use vestnik_core::{Actor, CoreConfig, PasswordCost};
use vestnik_proto::command::*;
use vestnik_proto::{
    Answer, ApiError, ChatId, ChatKind, Command, ErrorCode, Registration, Role, ServerRole, SetupRequest,
};

use crate::world::*;

fn setup(token: &str, username: &str) -> SetupRequest {
    SetupRequest { token: token.to_owned(), username: username.to_owned(), password: PASSWORD.to_owned() }
}

world!(names_that_are_one_clash, |world| {
    for first in ["Анна", "paypal", "Straße", "kirk"] {
        world.register(first).await.unwrap();
    }
    for (again, why) in [
        ("анна", "case"),
        ("АННА", "case"),
        ("раураl", "looks alike in Cyrillic, but for its l"),
        ("раура1", "looks alike"),
        ("PAYPAL", "case"),
        ("strasse", "case folding"),
        ("ｋｉｒｋ", "full width"),
        ("Kirk", "the Kelvin sign"),
    ] {
        let refused = world.register(again).await.map(|_| ()).unwrap_err();
        assert!(matches!(refused.code, ErrorCode::Conflict | ErrorCode::Invalid), "{again} ({why}): {refused}");
    }
    assert_eq!(world.register("анна").await.unwrap_err().code, ErrorCode::Conflict);
    assert_eq!(world.register("раура1").await.unwrap_err().code, ErrorCode::Conflict);
    assert_eq!(world.register("раураl").await.unwrap_err().code, ErrorCode::Invalid, "two scripts in one name");
});

world!(names_that_may_not_be, |world| {
    let long = "я".repeat(51);
    for bad in
        ["", " ", "here", "ROOM", "All", "guest", "a b", "-a", "a.", "aнна", "a\0b", "a\u{202e}b", "@anna", &long]
    {
        let refused = world.register(bad).await.map(|_| ()).unwrap_err();
        assert_eq!((refused.code, refused.field.as_deref()), (ErrorCode::Invalid, Some("username")), "{bad:?}");
    }
    let longest = "я".repeat(50);
    assert_eq!(world.register(&longest).await.unwrap().answer.username, longest);
    assert_eq!(world.register("  Борис ").await.unwrap().answer.username, "Борис");
});

world!(passwords_are_held_to_the_rules, |world| {
    let register = |password: &str| registration("anna-maria", password);
    for bad in
        ["", "1234567", "абвгдеё", "password", "PassWord", "йцукенгш", "anna-maria", "Anna-Maria", &"x".repeat(257)]
    {
        let refused = world.core.register(register(bad), &here()).await.map(|_| ()).unwrap_err();
        assert_eq!((refused.code, refused.field.as_deref()), (ErrorCode::Invalid, Some("password")), "{bad:?}");
    }
    let longest = "x".repeat(256);
    world.core.register(register(&longest), &here()).await.unwrap();
    world.login("anna-maria", &longest).await.unwrap();
    let rules = world.core.password_rules();
    assert_eq!((rules.min_length, rules.max_bytes, rules.rules.len()), (8, 256, 3));
});

world!(an_account_is_made_with_what_was_given, |world| {
    let register = Register {
        email: Some(" anna@example.org ".into()),
        device: Some("Phone\n1".into()),
        ..registration("anna", PASSWORD)
    };
    let signed_in = world.core.register(register, &here()).await.unwrap();
    let anna = person(&signed_in);
    assert_eq!((signed_in.answer.expires_in, signed_in.answer.guest), (900, false));
    assert_eq!(signed_in.expires_at, world.now().plus_secs(900));
    let account = world.account(&anna).await;
    assert_eq!(account.email.as_deref(), Some("anna@example.org"));
    assert_eq!((account.user.display_name.as_str(), account.server_role), ("anna", ServerRole::User));
    let chats = world.chats(&anna).await;
    assert_eq!((chats.len(), chats[0].id.as_str(), chats[0].role), (1, "general", Some(Role::Member)));
    for bad in [
        "anna",
        "@example.org",
        "anna@",
        "anna@example",
        "anna@.org",
        "anna@org.",
        "a b@c.d",
        "a@b@c.d",
        &format!("{}@example.org", "a".repeat(100)),
    ] {
        let register = Register { email: Some(bad.to_owned()), ..registration("bella", PASSWORD) };
        let refused = world.core.register(register, &here()).await.map(|_| ()).unwrap_err();
        assert_eq!((refused.code, refused.field.as_deref()), (ErrorCode::Invalid, Some("email")), "{bad}");
    }
});

world!(the_wrong_name_and_the_wrong_password_are_answered_alike, |world| {
    world.person("anna").await;
    for attempt in 1..=6 {
        let known = world.login("anna", "not the password").await.map(|_| ()).unwrap_err();
        let unknown = world.login("nobody", "not the password").await.map(|_| ()).unwrap_err();
        assert_eq!(known, unknown, "attempt {attempt}");
        let expected = if attempt < 5 { ErrorCode::InvalidCredentials } else { ErrorCode::AccountLocked };
        assert_eq!(known.code, expected, "attempt {attempt}");
    }
    for (name, password) in [("anna", "x".repeat(300)), ("x\0y", PASSWORD.to_owned())] {
        let code = world.login(name, &password).await.unwrap_err().code;
        assert!(matches!(code, ErrorCode::InvalidCredentials | ErrorCode::AccountLocked));
    }
    assert_eq!(world.login(&"я".repeat(300), PASSWORD).await.unwrap_err().code, ErrorCode::InvalidCredentials);
});

world!(five_failures_lock_a_name_for_half_an_hour, |world| {
    world.person("anna").await;
    for _ in 0..5 {
        // In any case of letters: it is one name.
        world.login("ANNA", "wrong wrong").await.unwrap_err();
    }
    world.pass_secs(60);
    let locked = world.login("anna", PASSWORD).await.map(|_| ()).unwrap_err();
    assert_eq!(
        (locked.code, locked.retry_after_ms),
        (ErrorCode::AccountLocked, Some(29 * 60 * 1_000)),
        "even the right one"
    );
    world.pass_secs(29 * 60 - 1);
    assert_eq!(world.login("anna", PASSWORD).await.unwrap_err().code, ErrorCode::AccountLocked);
    world.pass_secs(1);
    assert_eq!(
        world.login("anna", "wrong wrong").await.unwrap_err().code,
        ErrorCode::InvalidCredentials,
        "counted anew"
    );
    world.login("anna", PASSWORD).await.unwrap();
    // A success in between forgets the failures.
    for _ in 0..3 {
        for _ in 0..4 {
            assert_eq!(world.login("anna", "wrong wrong").await.unwrap_err().code, ErrorCode::InvalidCredentials);
        }
        world.login("anna", PASSWORD).await.unwrap();
    }
    // A new password from the administrator unlocks.
    for _ in 0..5 {
        world.login("anna", "wrong wrong").await.unwrap_err();
    }
    world.core.admin_reset_password("Anna", "a new horse".into()).await.unwrap();
    world.login("anna", "a new horse").await.unwrap();
});

world!(a_lock_outlives_a_restart, |world| {
    world.person("anna").await;
    for _ in 0..5 {
        world.login("anna", "wrong wrong").await.unwrap_err();
    }
    world.restart().await;
    assert_eq!(world.login("anna", PASSWORD).await.unwrap_err().code, ErrorCode::AccountLocked);
});

world!(registering_by_invite_only, |config| config.registration = Registration::Invite, |world| {
    let refused = world.register("anna").await.map(|_| ()).unwrap_err();
    assert_eq!(refused.code, ErrorCode::Forbidden);
    world.core.admin_create_user("owner".into(), PASSWORD.into(), ServerRole::User).await.unwrap();
    let owner = person(&world.login("owner", PASSWORD).await.unwrap());
    let chat = world.create(&owner, ChatKind::Group, "Ours").await;
    let once = CreateInvite { max_uses: Some(1), ..invite(&chat) };
    let code = code_of(world.run_as(&owner, Command::CreateInvite(once)).await);
    let by = |name: &str, code: &str| Register { invite: Some(code.to_owned()), ..registration(name, PASSWORD) };
    assert_eq!(world.core.register(by("anna", "wrong"), &here()).await.unwrap_err().code, ErrorCode::NotFound);
    assert_eq!(world.core.register(by("a b", &code), &here()).await.unwrap_err().code, ErrorCode::Invalid);
    let anna = person(&world.core.register(by("anna", &code), &here()).await.unwrap());
    assert_eq!(world.chat(&anna, &chat).await.role, Some(Role::Member));
    assert_eq!(
        world.core.register(by("bella", &code), &here()).await.unwrap_err().code,
        ErrorCode::NotFound,
        "used up"
    );
});

world!(registering_is_closed, |config| config.registration = Registration::Closed, |world| {
    assert_eq!(world.register("anna").await.unwrap_err().code, ErrorCode::Forbidden);
    let anna = world.core.admin_create_user("anna".into(), PASSWORD.into(), ServerRole::Admin).await.unwrap();
    assert_eq!(person(&world.login("anna", PASSWORD).await.unwrap()).id, anna.id);
    let config = world.core.client_config(true);
    assert_eq!((config.registration, config.guests, config.setup_required), (Registration::Closed, true, true));
});

world!(the_owner_is_made_once, |world| {
    let token = world.core.setup_token().await.unwrap().unwrap();
    assert_eq!(world.core.setup_token().await.unwrap().as_ref(), Some(&token), "the same until the next start");
    let wrong = world.core.setup(setup("wrong", "boss"), &here()).await.map(|_| ()).unwrap_err();
    assert_eq!(wrong.code, ErrorCode::Forbidden);
    assert_eq!(world.core.setup(setup(&token, "a b"), &here()).await.unwrap_err().code, ErrorCode::Invalid);
    let boss = person(&world.core.setup(setup(&token, "boss"), &here()).await.unwrap());
    assert_eq!(world.account(&boss).await.server_role, ServerRole::Owner);
    assert_eq!(world.chat(&boss, &"general".into()).await.role, Some(Role::Owner));
    assert_eq!(world.core.setup_token().await.unwrap(), None);
    let again = world.core.setup(setup(&token, "other"), &here()).await.map(|_| ()).unwrap_err();
    assert_eq!(again.code, ErrorCode::Forbidden);
    world.restart().await;
    assert_eq!(world.core.setup_token().await.unwrap(), None);
    let second = world.core.admin_create_user("second".into(), PASSWORD.into(), ServerRole::Owner).await;
    assert_eq!(second.unwrap_err().code, ErrorCode::Forbidden, "there is one owner");
});

world!(the_administrators_commands, |world| {
    let token = world.core.setup_token().await.unwrap().unwrap();
    let boss = person(&world.core.setup(setup(&token, "boss"), &here()).await.unwrap());
    let anna = world.person("anna").await;
    assert_eq!(world.core.admin_set_role("nobody", ServerRole::Admin).await.unwrap_err().code, ErrorCode::NotFound);
    assert_eq!(world.core.admin_set_role("boss", ServerRole::User).await.unwrap_err().code, ErrorCode::Conflict);
    world.core.admin_set_role("ANNA", ServerRole::Admin).await.unwrap();
    assert_eq!(world.account(&anna).await.server_role, ServerRole::Admin);
    world.core.admin_set_role("anna", ServerRole::Owner).await.unwrap();
    assert_eq!(world.account(&anna).await.server_role, ServerRole::Owner);
    assert_eq!(world.account(&boss).await.server_role, ServerRole::Admin, "there is one owner");
    assert_eq!(world.core.admin_reset_password("boss", "short".into()).await.unwrap_err().code, ErrorCode::Invalid);
    assert_eq!(world.core.admin_reset_password("a\0b", PASSWORD.into()).await.unwrap_err().code, ErrorCode::NotFound);
});

world!(people_are_found_by_the_beginning_of_a_name, |world| {
    let anna = world.person("Анна").await;
    world.person("Антон").await;
    world.person("boris").await;
    let name = UpdateProfile { display_name: Some("Анфиса".into()), ..UpdateProfile::default() };
    world.run_as(&world.person("fisa").await, Command::UpdateProfile(name)).await;
    let find = async |q: &str, limit| {
        let command = Command::FindUsers(FindUsers { q: q.to_owned(), limit });
        match world.run_as(&anna, command).await {
            Answer::Users { users } => users.into_iter().map(|user| user.username).collect::<Vec<_>>(),
            other => panic!("{other:?}"),
        }
    };
    assert_eq!(find("ан", None).await, ["fisa", "Анна", "Антон"]);
    assert_eq!(find("АНТ", Some(0)).await, ["Антон"]);
    assert_eq!(find("%", None).await, [""; 0]);
    assert_eq!(find("", Some(2)).await.len(), 2);
    let code = world.code(&anna, Command::FindUsers(FindUsers { q: "a".repeat(101), limit: None })).await;
    assert_eq!(code, ErrorCode::Invalid);
    for (name, found) in [("BORIS", true), ("nobody", false), ("a\0", false)] {
        let answer = world.run(&anna.actor, Command::GetUser(GetUser { username: name.into() })).await;
        assert_eq!(answer.map_err(|error| error.code).is_ok(), found);
    }
});

world!(profiles_are_held_to_their_limits, |world| {
    let anna = world.person("anna").await;
    let set = |profile: UpdateProfile| Command::UpdateProfile(profile);
    let none = UpdateProfile::default;
    let field = async |profile| {
        let refused: ApiError = world.refused(&anna, set(profile)).await;
        assert_eq!(refused.code, ErrorCode::Invalid);
        refused.field.unwrap()
    };
    assert_eq!(field(UpdateProfile { display_name: Some("я".repeat(101)), ..none() }).await, "display_name");
    assert_eq!(field(UpdateProfile { bio: Some("я".repeat(1_001)), ..none() }).await, "bio");
    assert_eq!(field(UpdateProfile { status_text: Some(Some("я".repeat(101))), ..none() }).await, "status_text");
    assert_eq!(field(UpdateProfile { status_emoji: Some(Some("no".into())), ..none() }).await, "status_emoji");
    assert_eq!(field(UpdateProfile { email: Some(Some("no".into())), ..none() }).await, "email");
    let all = UpdateProfile {
        display_name: Some(" \u{202e}Anna\n ".into()),
        bio: Some("\u{0}one\ntwo\u{7} ".into()),
        status_text: Some(Some("here".into())),
        status_emoji: Some(Some("🌴".into())),
        email: Some(Some("a@b.c".into())),
    };
    world.run_as(&anna, set(all)).await;
    let account = world.account(&anna).await;
    let user = account.user;
    assert_eq!((user.display_name.as_str(), user.bio.as_str()), ("Anna", "one\ntwo"));
    assert_eq!((user.status_text.as_deref(), user.status_emoji.as_deref()), (Some("here"), Some("🌴")));
    let cleared = UpdateProfile {
        display_name: Some("\u{200e} \u{200e}".into()),
        status_text: Some(Some(String::new())),
        email: Some(None),
        ..none()
    };
    world.run_as(&anna, set(cleared)).await;
    let account = world.account(&anna).await;
    assert_eq!((account.user.display_name.as_str(), account.user.status_text, account.email), ("anna", None, None));
    assert_eq!(account.user.status_emoji.as_deref(), Some("🌴"), "what was not named stays");
});

world!(when_people_were_seen_is_noted, |world| {
    let anna: Person = world.person("anna").await;
    assert_eq!(world.core.last_seen(&[anna.id]).await, [(anna.id, None)]);
    world.core.seen(anna.id).await;
    assert_eq!(world.core.last_seen(&[anna.id]).await, [(anna.id, Some(world.now()))]);
});

world!(wrong_settings_are_refused_at_the_start, |world| {
    let short = CoreConfig { token_secret: Some(b"short".to_vec()), ..world.config.clone() };
    assert!(world.core_with(short).await.is_err());
    let cost =
        CoreConfig { password_cost: PasswordCost { memory_kib: 1, passes: 0, lanes: 1 }, ..world.config.clone() };
    assert!(world.core_with(cost).await.is_err());
    assert!(world.core.ready().await);
    assert!(format!("{:?}", world.core).contains("Core"));
});

world!(general_is_made_once, |world| {
    let token = world.core.setup_token().await.unwrap().unwrap();
    let boss = person(&world.core.setup(setup(&token, "boss"), &here()).await.unwrap());
    let general = ChatId::from("general");
    world.run_as(&boss, Command::DeleteChat(chat_ref(&general))).await;
    world.restart().await;
    assert_eq!(
        world.run(&Actor::Guest, Command::GetChat(chat_ref(&general))).await.unwrap_err().code,
        ErrorCode::NotFound
    );
    let anna = world.person("anna").await;
    assert!(world.chats(&anna).await.is_empty(), "there is nothing to join");
});
