//! The event law for every command that changes something, and the vectors written from it, to which the reducers of
//! clients in other languages are held.
//!
//! `UPDATE_VECTORS=1 cargo test -p vestnik-core` writes `crates/client/vectors/*.json`; otherwise they are compared.

use std::future::Future;
use std::path::PathBuf;
use std::pin::Pin;

use vestnik_client::reducer::vectors::{Vector, load};
use vestnik_proto::command::*;
use vestnik_proto::{Answer, ChatKind, Command, MentionAll, MessageType, Role, Timestamp};

use crate::law::{Watcher, replay, verify};
use crate::world::*;

/// Watchers of one action whose vectors are kept: the others are told the same.
const KEPT: usize = 2;

/// Where a case leaves its vectors.
struct Law<'w> {
    world: &'w World,
    vectors: Vec<Vector>,
}

impl Law<'_> {
    async fn holds<T>(&mut self, name: &str, watchers: &[Watcher], action: impl Future<Output = T>) -> T {
        self.world.pass_secs(1);
        let (done, vectors) = verify(self.world, name, watchers, action).await;
        self.vectors.extend(vectors.into_iter().take(KEPT));
        done
    }

    /// A command that is allowed.
    async fn after(&mut self, name: &str, watchers: &[Watcher], who: &Person, command: Command) -> Answer {
        let world = self.world;
        self.holds(name, watchers, world.run_as(who, command)).await
    }

    /// A command in a scene, watched by everybody.
    async fn scene(&mut self, name: &str, scene: &Scene, who: &Person, command: Command) -> Answer {
        self.after(&format!("{name} in a {:?}", scene.kind).to_lowercase(), &scene.watchers(), who, command).await
    }
}

type Run = for<'l, 'w> fn(&'l mut Law<'w>) -> Pin<Box<dyn Future<Output = ()> + Send + 'l>>;

/// The cases of one file of vectors: the commands each is about, and its body.
macro_rules! cases {
    ($group:ident: $($case:ident for [$($command:literal),+];)+) => {
        mod $group {
            pub(super) const CASES: &[(&str, &[&str], super::Run)] =
                &[$((stringify!($case), &[$($command),+], |law| Box::pin(super::$case(law))),)+];

            $(mod $case {
                #[test]
                fn sqlite() {
                    crate::world::on_sqlite(|_| {}, |world| Box::pin(async move {
                        let mut law = super::super::Law { world, vectors: Vec::new() };
                        super::super::$case(&mut law).await;
                        super::super::keep(stringify!($group), stringify!($case), &law.vectors);
                    }));
                }
                #[test]
                fn postgres() {
                    crate::world::on_postgres(|_| {}, |world| Box::pin(async move {
                        super::super::$case(&mut super::super::Law { world, vectors: Vec::new() }).await;
                    }));
                }
            })+
        }
    };
}

cases! { messages:
    sending for ["message"];
    sending_where_one_only_looks_in for ["message"];
    editing for ["edit_message"];
    deleting for ["delete_message"];
    reacting for ["react", "unreact"];
    pinning for ["pin_message", "unpin_message"];
}
cases! { chats:
    creating for ["create_chat"];
    starting_a_direct_chat for ["start_direct"];
    updating for ["update_chat"];
    deleting_a_chat for ["delete_chat"];
    registering_and_setting_up for ["register"];
}
cases! { members:
    joining_and_leaving for ["join", "leave"];
    coming_by_invite for ["join", "create_invite", "revoke_invite"];
    adding_and_removing for ["add_member", "remove_member"];
    changing_roles for ["set_role"];
    blocking for ["set_role", "remove_member"];
    blocking_who_is_not_a_member for ["set_role"];
    transferring for ["transfer_ownership"];
}
cases! { personal:
    reading for ["mark_read"];
    delivering for ["mark_delivered"];
    drafting for ["set_draft"];
    setting for ["set_chat_settings"];
    preferring for ["set_preference"];
    scheduling for ["schedule_message", "update_scheduled", "cancel_scheduled"];
    sending_what_was_scheduled for ["schedule_message"];
    changing_the_profile for ["update_profile"];
    passwords_and_sessions for ["login", "refresh", "logout", "change_password", "revoke_session"];
}

const GROUPS: &[&[(&str, &[&str], Run)]] = &[messages::CASES, chats::CASES, members::CASES, personal::CASES];

#[test]
fn every_command_that_changes_something_has_a_case() {
    const READING: &[&str] = &[
        "ping",
        "get_message",
        "list_versions",
        "list_readers",
        "list_pins",
        "unread_state",
        "history",
        "sync",
        "list_chats",
        "get_chat",
        "list_rooms",
        "list_members",
        "list_invites",
        "get_invite",
        "list_scheduled",
        "get_account",
        "get_user",
        "find_users",
        "list_preferences",
        "list_sessions",
        "auth",
        "guest",
    ];
    const PASSING: &[&str] = &["typing", "set_active_chat", "presence"];
    for name in Command::NAMES {
        let quiet = READING.contains(name) || PASSING.contains(name);
        let cases = GROUPS.iter().copied().flatten().filter(|(_, commands, _)| commands.contains(name)).count();
        assert!(quiet != (cases > 0), "{name}: a command either changes nothing or has a case ({cases})");
    }
}

fn vectors_dir() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../client/vectors")
}

/// Writes the vectors of a case down, or compares them with what was written.
#[expect(clippy::disallowed_methods, reason = "how a person asks for the files to be written anew")]
fn keep(group: &str, case: &str, vectors: &[Vector]) {
    let path = vectors_dir().join(format!("{group}.{case}.json"));
    let lines: Vec<String> = vectors.iter().map(|vector| serde_json::to_string(vector).unwrap()).collect();
    let text = format!("[\n{}\n]\n", lines.join(",\n"));
    assert_eq!(load(&text).unwrap(), vectors, "a vector survives its file");
    if std::env::var_os("UPDATE_VECTORS").is_some() {
        std::fs::create_dir_all(vectors_dir()).unwrap();
        std::fs::write(&path, text).unwrap();
        return;
    }
    let committed = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(
        committed == text,
        "{} is not what the server tells. When that is meant, run UPDATE_VECTORS=1 cargo test -p vestnik-core law_cases",
        path.display()
    );
}

#[test]
fn there_are_no_vectors_of_cases_that_are_gone() {
    for entry in std::fs::read_dir(vectors_dir()).into_iter().flatten() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        let known = ["messages", "chats", "members", "personal"]
            .iter()
            .zip(GROUPS)
            .any(|(group, cases)| cases.iter().any(|(case, ..)| name == format!("{group}.{case}.json")));
        assert!(known || !name.ends_with(".json"), "{name} is of no case: remove it");
    }
}

async fn sending(law: &mut Law<'_>) {
    let world = law.world;
    for kind in [ChatKind::Group, ChatKind::Direct, ChatKind::Channel] {
        let scene = world.scene_named(kind, &format!("-{kind:?}").to_lowercase()).await;
        let (chat, watchers) = (&scene.chat, scene.watchers());
        let first = law.holds("a message", &watchers, world.say(&scene.owner, chat, "Привет, мир 👋")).await;
        let rich = SendMessage {
            reply_to: Some(id_of(&first)),
            mentions: vec![scene.member.id],
            message_type: MessageType::Emote,
            ..message(chat, &format!("@{} and @room, look", scene.admin.name))
        };
        law.holds("a message with everything", &watchers, world.say_command(&scene.owner, rich)).await.unwrap();
        let seen = world.message(&scene.owner, chat, 2).await;
        assert_eq!(seen.mention_all, (kind != ChatKind::Direct).then_some(MentionAll::Room));
        law.holds("several messages", &watchers, async {
            for n in 0..3 {
                world.say(&scene.owner, chat, &format!("number {n}")).await;
            }
        })
        .await;
    }
}

async fn sending_where_one_only_looks_in(law: &mut Law<'_>) {
    let world = law.world;
    let scene = world.scene(ChatKind::Room).await;
    let mut watchers = scene.watchers();
    watchers.rotate_right(1);
    law.holds("a visitor's message", &watchers, world.say(&scene.visitor, &scene.chat, "hi from outside")).await;
    law.holds("a member's message", &watchers, world.say(&scene.member, &scene.chat, "hi")).await;
    law.scene("the visitor joins", &scene, &scene.visitor, join_room(&scene.chat)).await;
}

async fn editing(law: &mut Law<'_>) {
    let world = law.world;
    let scene = world.scene(ChatKind::Group).await;
    let sent = world.say(&scene.member, &scene.chat, "first text @mira").await;
    let id = id_of(&sent);
    world.say(&scene.owner, &scene.chat, "something else").await;
    law.scene("an edit", &scene, &scene.member, edit(&scene.chat, &id, "second text @here @adam")).await;
    law.scene("an edit again", &scene, &scene.member, edit(&scene.chat, &id, "third text")).await;
    law.scene("an edit that changes nothing", &scene, &scene.member, edit(&scene.chat, &id, "third text")).await;
}

async fn deleting(law: &mut Law<'_>) {
    let world = law.world;
    let scene = world.scene(ChatKind::Group).await;
    let chat = &scene.chat;
    let first = id_of(&world.say(&scene.member, chat, "a secret for @adam").await);
    let second = SendMessage { reply_to: Some(first.clone()), ..message(chat, "@room an answer") };
    let second = id_of(&world.say_command(&scene.owner, second).await.unwrap());
    world.run_as(&scene.member, edit(chat, &first, "another secret")).await;
    world.run_as(&scene.admin, Command::React(react(chat, &first, "👍"))).await;
    world.run_as(&scene.owner, Command::PinMessage(message_ref(chat, &first))).await;
    let watchers = scene.watchers();
    let from = crate::law::read_afresh(world, &watchers[0]).await;
    law.scene("one's own", &scene, &scene.member, Command::DeleteMessage(message_ref(chat, &first))).await;
    law.scene("another's", &scene, &scene.admin, Command::DeleteMessage(message_ref(chat, &second))).await;
    // Once more from the chat's beginning: the replay has edits and reactions of what is a stub by now.
    let mut state = from;
    let known = state.chats.get_mut(chat).unwrap();
    (known.rev, known.last_seq, known.info.read_seq, known.member_count) = (0, 0, 0, 0);
    known.messages.clear();
    known.members.clear();
    let (folded, _, events) = replay(world, &watchers[0], state.clone()).await;
    assert!(folded.chats[chat].messages.values().all(|message| message.deleted && message.content.is_empty()));
    assert_eq!(folded.chats[chat].member_count, 4);
    law.vectors.push(Vector::record("a log replayed after its messages were deleted", state, events));
}

async fn reacting(law: &mut Law<'_>) {
    let world = law.world;
    let scene = world.scene(ChatKind::Channel).await;
    let chat = &scene.chat;
    let id = id_of(&world.say(&scene.owner, chat, "news").await);
    let (on, off) =
        (|emoji| Command::React(react(chat, &id, emoji)), |emoji| Command::Unreact(react(chat, &id, emoji)));
    law.scene("a reaction", &scene, &scene.member, on("👍")).await;
    law.scene("another's", &scene, &scene.owner, on("👍")).await;
    law.scene("the same again", &scene, &scene.owner, on("👍")).await;
    law.scene("another emoji", &scene, &scene.admin, on(":party_parrot:")).await;
    law.scene("off and on again", &scene, &scene.member, off("👍")).await;
    law.scene("back on, at the end", &scene, &scene.member, on("👍")).await;
    law.scene("the last of an emoji", &scene, &scene.admin, off(":party_parrot:")).await;
    law.scene("off what is not on", &scene, &scene.admin, off("🎉")).await;
}

async fn pinning(law: &mut Law<'_>) {
    let world = law.world;
    let scene = world.scene(ChatKind::Room).await;
    let id = id_of(&world.say(&scene.member, &scene.chat, "keep this").await);
    let pin = message_ref(&scene.chat, &id);
    law.scene("a pin", &scene, &scene.admin, Command::PinMessage(pin.clone())).await;
    law.scene("a pin again", &scene, &scene.admin, Command::PinMessage(pin.clone())).await;
    law.scene("an unpin", &scene, &scene.owner, Command::UnpinMessage(pin)).await;
}

async fn creating(law: &mut Law<'_>) {
    let world = law.world;
    let scene = world.scene(ChatKind::Group).await;
    for kind in [ChatKind::Group, ChatKind::Channel, ChatKind::Room] {
        let name = format!("A new {kind:?}");
        let command = create_chat(kind, &name, &[&scene.member, &scene.visitor, &scene.member, &scene.owner]);
        let chat = chat_of(law.scene(&format!("a new {kind:?}"), &scene, &scene.owner, command).await);
        assert_eq!((chat.member_count, chat.role, chat.rev), (3, Some(Role::Owner), 4));
    }
}

async fn starting_a_direct_chat(law: &mut Law<'_>) {
    let world = law.world;
    let scene = world.scene(ChatKind::Group).await;
    let start = |whom: &Person| Command::StartDirect(StartDirect { username: whom.name.clone() });
    let first = chat_of(law.scene("a first direct chat", &scene, &scene.owner, start(&scene.member)).await);
    let again = chat_of(law.scene("the same from the other", &scene, &scene.member, start(&scene.owner)).await);
    assert_eq!((first.id.clone(), again.peer.unwrap().id), (again.id, scene.owner.id));
    let mine = chat_of(law.scene("one with oneself", &scene, &scene.owner, start(&scene.owner)).await);
    assert_eq!((mine.member_count, mine.peer.unwrap().id), (1, scene.owner.id));
}

async fn updating(law: &mut Law<'_>) {
    let world = law.world;
    let scene = world.scene(ChatKind::Room).await;
    let update = |name: Option<&str>, about: Option<&str>| {
        Command::UpdateChat(UpdateChat {
            chat_id: scene.chat.clone(),
            name: name.map(str::to_owned),
            description: about.map(str::to_owned),
        })
    };
    law.scene("a new name", &scene, &scene.admin, update(Some("Крыша"), None)).await;
    law.scene("a new description", &scene, &scene.owner, update(None, Some("two\nlines"))).await;
    law.scene("nothing new", &scene, &scene.owner, update(Some("Крыша"), Some("two\nlines"))).await;
}

async fn deleting_a_chat(law: &mut Law<'_>) {
    let world = law.world;
    for kind in [ChatKind::Group, ChatKind::Room] {
        let scene = world.scene_named(kind, &format!("-{kind:?}").to_lowercase()).await;
        world.say(&scene.owner, &scene.chat, "to be gone").await;
        world.run_as(&scene.member, draft(&scene.chat, "unfinished")).await;
        world.run_as(&scene.member, schedule(&scene.chat, "later", world.now().plus_secs(3_600))).await;
        let delete = Command::DeleteChat(chat_ref(&scene.chat));
        law.scene("the whole chat", &scene, &scene.owner, delete).await;
    }
}

async fn registering_and_setting_up(law: &mut Law<'_>) {
    let world = law.world;
    let scene = world.scene(ChatKind::Group).await;
    law.holds("a new account joins general", &scene.watchers(), world.register("newcomer")).await.unwrap();
    let setup = vestnik_proto::SetupRequest {
        token: world.core.setup_token().await.unwrap().unwrap(),
        username: "boss".to_owned(),
        password: PASSWORD.to_owned(),
    };
    law.holds("the owner's account is made", &scene.watchers(), world.core.setup(setup, &here())).await.unwrap();
    let code = code_of(world.run_as(&scene.owner, Command::CreateInvite(invite(&scene.chat))).await);
    let by_invite = Register { invite: Some(code), ..registration("guestofhonour", PASSWORD) };
    law.holds("a new account by an invite", &scene.watchers(), world.core.register(by_invite, &here())).await.unwrap();
    let made = world.core.admin_create_user("made".into(), PASSWORD.into(), vestnik_proto::ServerRole::User);
    law.holds("an account made by the administrator", &scene.watchers(), made).await.unwrap();
}

async fn joining_and_leaving(law: &mut Law<'_>) {
    let world = law.world;
    let scene = world.scene(ChatKind::Room).await;
    world.say(&scene.owner, &scene.chat, "before").await;
    let mut watchers = scene.watchers();
    watchers.rotate_right(1);
    let chat = chat_of(law.after("joining a room", &watchers, &scene.visitor, join_room(&scene.chat)).await);
    assert_eq!((chat.role, chat.unread), (Some(Role::Member), 0), "what was said before one came is not unread");
    law.after("joining again", &watchers, &scene.visitor, join_room(&scene.chat)).await;
    world.say(&scene.owner, &scene.chat, "during").await;
    world.run_as(&scene.visitor, draft(&scene.chat, "unfinished")).await;
    watchers[0].view = None;
    let leave = || Command::Leave(chat_ref(&scene.chat));
    law.after("leaving a room", &watchers, &scene.visitor, leave()).await;
    world.say(&scene.owner, &scene.chat, "meanwhile").await;
    law.after("joining a room from afar", &watchers, &scene.visitor, join_room(&scene.chat)).await;
    law.after("a viewer leaves", &watchers, &scene.viewer, leave()).await;
    law.after("an admin leaves", &watchers, &scene.admin, leave()).await;
    law.holds("leaving and coming back", &watchers, async {
        world.run_as(&scene.member, leave()).await;
        world.say(&scene.owner, &scene.chat, "between").await;
        world.run_as(&scene.member, join_room(&scene.chat)).await;
        world.say(&scene.owner, &scene.chat, "after").await;
    })
    .await;
}

async fn coming_by_invite(law: &mut Law<'_>) {
    let world = law.world;
    let scene = world.scene(ChatKind::Group).await;
    world.say(&scene.owner, &scene.chat, "before").await;
    let viewers = CreateInvite { role: Some(Role::Viewer), max_uses: Some(1), ..invite(&scene.chat) };
    let code = code_of(law.scene("making an invite", &scene, &scene.admin, Command::CreateInvite(viewers)).await);
    let mut watchers = scene.watchers();
    watchers.rotate_right(1);
    let chat = chat_of(law.after("coming by an invite", &watchers, &scene.visitor, join_by(&code)).await);
    assert_eq!(chat.role, Some(Role::Viewer));
    let code = code_of(world.run_as(&scene.admin, Command::CreateInvite(invite(&scene.chat))).await);
    law.scene("a member by an invite", &scene, &scene.member, join_by(&code)).await;
    let revoke = Command::RevokeInvite(RevokeInvite { chat_id: scene.chat.clone(), code });
    law.scene("revoking an invite", &scene, &scene.owner, revoke).await;
}

async fn adding_and_removing(law: &mut Law<'_>) {
    let world = law.world;
    let scene = world.scene(ChatKind::Group).await;
    world.say(&scene.owner, &scene.chat, "before").await;
    let mut watchers = scene.watchers();
    watchers.rotate_right(1);
    law.after("being added", &watchers, &scene.admin, add_member(&scene.chat, &scene.visitor, Some(Role::Viewer)))
        .await;
    let remove = |whom| Command::RemoveMember(member_ref(&scene.chat, whom));
    world.run_as(&scene.visitor, draft(&scene.chat, "unfinished")).await;
    law.after("being removed", &watchers, &scene.admin, remove(&scene.visitor)).await;
    law.after("being added again", &watchers, &scene.owner, add_member(&scene.chat, &scene.visitor, None)).await;
    law.after("an admin is removed", &watchers, &scene.owner, remove(&scene.admin)).await;
    law.after("an admin is added", &watchers, &scene.owner, add_member(&scene.chat, &scene.admin, Some(Role::Admin)))
        .await;
}

async fn changing_roles(law: &mut Law<'_>) {
    let world = law.world;
    let scene = world.scene(ChatKind::Channel).await;
    for role in [Role::Viewer, Role::Admin, Role::Admin, Role::Member] {
        law.scene(&format!("becoming {role:?}"), &scene, &scene.owner, set_role(&scene.chat, &scene.member, role))
            .await;
    }
}

async fn blocking(law: &mut Law<'_>) {
    let world = law.world;
    for kind in [ChatKind::Group, ChatKind::Room] {
        let scene = world.scene_named(kind, &format!("-{kind:?}").to_lowercase()).await;
        let chat = &scene.chat;
        world.say(&scene.owner, chat, "before").await;
        world.run_as(&scene.member, draft(chat, "unfinished")).await;
        let favourite = SetChatSettings { favourite: Some(true), ..settings(chat) };
        world.run_as(&scene.member, Command::SetChatSettings(favourite)).await;
        law.scene("being blocked", &scene, &scene.admin, set_role(chat, &scene.member, Role::Blocked)).await;
        law.holds("what is said to the others", &scene.watchers(), world.say(&scene.owner, chat, "among us")).await;
        law.scene("being unblocked", &scene, &scene.admin, set_role(chat, &scene.member, Role::Member)).await;
        law.scene("one blocked before all came", &scene, &scene.owner, set_role(chat, &scene.blocked, Role::Viewer))
            .await;
        law.scene("being blocked again", &scene, &scene.owner, set_role(chat, &scene.blocked, Role::Blocked)).await;
        law.scene(
            "a blocked one is removed",
            &scene,
            &scene.owner,
            Command::RemoveMember(member_ref(chat, &scene.blocked)),
        )
        .await;
    }
}

async fn blocking_who_is_not_a_member(law: &mut Law<'_>) {
    let world = law.world;
    let scene = world.scene(ChatKind::Room).await;
    let mut watchers = scene.watchers();
    watchers.rotate_right(1);
    let (chat, visitor) = (&scene.chat, &scene.visitor);
    law.after("a visitor is blocked", &watchers, &scene.admin, set_role(chat, visitor, Role::Blocked)).await;
    law.holds("what is said to the others", &watchers, world.say(&scene.owner, chat, "among us")).await;
    law.after("a visitor is unblocked", &watchers, &scene.admin, set_role(chat, visitor, Role::Member)).await;
}

async fn transferring(law: &mut Law<'_>) {
    let world = law.world;
    let scene = world.scene(ChatKind::Group).await;
    let transfer = |whom| Command::TransferOwnership(member_ref(&scene.chat, whom));
    law.scene("the chat is given away", &scene, &scene.owner, transfer(&scene.member)).await;
    law.scene("and back", &scene, &scene.member, transfer(&scene.owner)).await;
}

async fn reading(law: &mut Law<'_>) {
    let world = law.world;
    let scene = world.scene(ChatKind::Group).await;
    for n in 0..4 {
        world.say(&scene.owner, &scene.chat, &format!("number {n} @mira")).await;
    }
    law.scene("reading", &scene, &scene.member, mark_read(&scene.chat, 2)).await;
    law.scene("reading backwards", &scene, &scene.member, mark_read(&scene.chat, 1)).await;
    let unread = SetChatSettings { marked_unread: Some(true), ..settings(&scene.chat) };
    law.scene("marking unread", &scene, &scene.member, Command::SetChatSettings(unread)).await;
    law.scene("reading what was marked unread", &scene, &scene.member, mark_read(&scene.chat, 2)).await;
    law.scene("reading all", &scene, &scene.viewer, mark_read(&scene.chat, i64::MAX)).await;
    law.holds("sending is reading", &scene.watchers(), world.say(&scene.member, &scene.chat, "mine")).await;
}

async fn delivering(law: &mut Law<'_>) {
    let world = law.world;
    for kind in [ChatKind::Group, ChatKind::Direct, ChatKind::Room] {
        let scene = world.scene_named(kind, &format!("-{kind:?}").to_lowercase()).await;
        for n in 0..3 {
            world.say(&scene.owner, &scene.chat, &format!("number {n}")).await;
        }
        let mut watchers = scene.watchers();
        watchers.swap(0, 1);
        let name = |what: &str| format!("{what} in a {kind:?}").to_lowercase();
        law.after(&name("receiving"), &watchers, &scene.member, mark_delivered(&scene.chat, 2)).await;
        law.after(&name("receiving less"), &watchers, &scene.member, mark_delivered(&scene.chat, 1)).await;
        law.after(&name("reading what was received"), &watchers, &scene.member, mark_read(&scene.chat, 1)).await;
        law.after(&name("reading more"), &watchers, &scene.member, mark_read(&scene.chat, 3)).await;
        law.after(&name("receiving what was read"), &watchers, &scene.member, mark_delivered(&scene.chat, 3)).await;
    }
}

async fn drafting(law: &mut Law<'_>) {
    let world = law.world;
    let scene = world.scene(ChatKind::Group).await;
    let id = id_of(&world.say(&scene.owner, &scene.chat, "a question").await);
    let reply = SetDraft { chat_id: scene.chat.clone(), content: "an ans".to_owned(), reply_to: Some(id) };
    law.scene("a draft", &scene, &scene.member, Command::SetDraft(reply.clone())).await;
    law.scene("the same draft", &scene, &scene.member, Command::SetDraft(reply)).await;
    law.scene("a longer draft", &scene, &scene.member, draft(&scene.chat, "an answer")).await;
    law.scene("no draft", &scene, &scene.member, draft(&scene.chat, "")).await;
}

async fn setting(law: &mut Law<'_>) {
    let world = law.world;
    let scene = world.scene(ChatKind::Group).await;
    let mute = SetChatSettings {
        muted_until: Some(Some(Timestamp::from_secs(1_900_000_000))),
        archived: Some(true),
        favourite: Some(true),
        ..settings(&scene.chat)
    };
    law.scene("settings", &scene, &scene.member, Command::SetChatSettings(mute.clone())).await;
    law.scene("the same settings", &scene, &scene.member, Command::SetChatSettings(mute)).await;
    let unmute = SetChatSettings { muted_until: Some(None), ..settings(&scene.chat) };
    law.scene("unmuting", &scene, &scene.member, Command::SetChatSettings(unmute)).await;
}

async fn preferring(law: &mut Law<'_>) {
    let world = law.world;
    let scene = world.scene(ChatKind::Group).await;
    law.scene("a preference", &scene, &scene.member, prefer("theme", Some("dark"))).await;
    law.scene("another", &scene, &scene.member, prefer("chats.folders", Some("[\"работа\"]"))).await;
    law.scene("another value", &scene, &scene.member, prefer("theme", Some("light"))).await;
    law.scene("the same value", &scene, &scene.member, prefer("theme", Some("light"))).await;
    law.scene("none any more", &scene, &scene.member, prefer("theme", None)).await;
    law.scene("none as before", &scene, &scene.member, prefer("theme", None)).await;
}

async fn scheduling(law: &mut Law<'_>) {
    let world = law.world;
    let scene = world.scene(ChatKind::Group).await;
    let soon = world.now().plus_secs(600);
    let id = scheduled_id(
        law.scene("a scheduled message", &scene, &scene.member, schedule(&scene.chat, "later", soon)).await,
    );
    let update = UpdateScheduled {
        scheduled_id: id.clone(),
        content: Some("even later".into()),
        send_at: Some(soon.plus_secs(60)),
    };
    law.scene("changing it", &scene, &scene.member, Command::UpdateScheduled(update)).await;
    law.scene("cancelling it", &scene, &scene.member, Command::CancelScheduled(ScheduledRef { scheduled_id: id }))
        .await;
}

async fn sending_what_was_scheduled(law: &mut Law<'_>) {
    let world = law.world;
    let scene = world.scene(ChatKind::Group).await;
    let soon = world.now().plus_secs(600);
    world.run_as(&scene.member, schedule(&scene.chat, "later @adam", soon)).await;
    world.run_as(&scene.admin, schedule(&scene.chat, "never", soon)).await;
    law.scene("a role that may not send", &scene, &scene.owner, set_role(&scene.chat, &scene.admin, Role::Viewer))
        .await;
    world.pass_secs(601);
    law.holds("its time has come", &scene.watchers(), world.core.run_jobs()).await.unwrap();
    assert_eq!(world.message(&scene.owner, &scene.chat, 1).await.content, "later @adam");
}

async fn changing_the_profile(law: &mut Law<'_>) {
    let world = law.world;
    let scene = world.scene(ChatKind::Group).await;
    world.direct(&scene.owner, &scene.member).await;
    world.direct(&scene.member, &scene.member).await;
    let mut watchers = scene.watchers();
    watchers.swap(0, 1);
    let profile = UpdateProfile {
        display_name: Some("Мира".into()),
        bio: Some("about\nme".into()),
        status_text: Some(Some("away".into())),
        status_emoji: Some(Some("🌴".into())),
        email: Some(Some("mira@example.org".into())),
    };
    law.after("a new profile", &watchers, &scene.member, Command::UpdateProfile(profile.clone())).await;
    law.after("the same profile", &watchers, &scene.member, Command::UpdateProfile(profile)).await;
    let clear = UpdateProfile { status_text: Some(None), status_emoji: Some(None), ..UpdateProfile::default() };
    law.after("no status", &watchers, &scene.member, Command::UpdateProfile(clear)).await;
}

async fn passwords_and_sessions(law: &mut Law<'_>) {
    let world = law.world;
    let scene = world.scene(ChatKind::Group).await;
    let watchers = scene.watchers();
    let signed_in = law.holds("signing in", &watchers, world.login("mira", PASSWORD)).await.unwrap();
    let refresh = Refresh { refresh_token: signed_in.answer.refresh_token.clone().unwrap() };
    law.holds("renewing", &watchers, world.core.refresh(refresh, &here())).await.unwrap();
    let new = ChangePassword { old_password: PASSWORD.into(), new_password: "another horse".into() };
    law.scene("a new password", &scene, &scene.member, Command::ChangePassword(new)).await;
    let signed_in = world.login("mira", "another horse").await.unwrap();
    let revoke = RevokeSession { session_id: signed_in.answer.session_id.unwrap() };
    law.scene("ending a session", &scene, &scene.member, Command::RevokeSession(revoke)).await;
    let last = world.login("mira", "another horse").await.unwrap();
    law.holds("signing out", &watchers, world.core.logout(&last.actor)).await.unwrap();
}
