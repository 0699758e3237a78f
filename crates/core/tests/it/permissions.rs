//! The table of who may do what, cell by cell through the door every command takes.

use vestnik_core::{Actor, Standing, TABLE, allows};
use vestnik_proto::command::*;
use vestnik_proto::frame::Ack;
use vestnik_proto::{
    Answer, ApiError, ChatId, ChatKind, ClientFrame, Command, ErrorCode, MentionAll, MessageId, Permission, Role,
};

use crate::world::*;

const KINDS: [ChatKind; 4] = [ChatKind::Direct, ChatKind::Group, ChatKind::Channel, ChatKind::Room];

/// A chat with messages of everybody, those too who may not write there any more.
struct Stage {
    scene: Scene,
    /// Of each standing's own person: one to edit and one to delete.
    own: Vec<(Standing, [MessageId; 2])>,
}

async fn stage(world: &World, kind: ChatKind) -> Stage {
    let scene = world.scene(kind).await;
    let mut own = Vec::new();
    for standing in standings(kind) {
        let Some(person) = scene.of(standing) else { continue };
        // For a while everybody may write.
        if kind != ChatKind::Direct && standing != Standing::Member(Role::Owner) {
            world.run(&scene.owner.actor, add_member(&scene.chat, person, None)).await.ok();
            world.set_role(&scene.owner, &scene.chat, person, Role::Admin).await;
        }
        let mut ids = Vec::new();
        for text in ["to edit", "to delete"] {
            ids.push(id_of(&world.say(person, &scene.chat, text).await));
        }
        own.push((standing, <[MessageId; 2]>::try_from(ids).unwrap()));
        match standing {
            Standing::Member(role) if kind != ChatKind::Direct && role != Role::Owner => {
                world.set_role(&scene.owner, &scene.chat, person, role).await;
            }
            Standing::Visitor => {
                world.run_as(&scene.owner, Command::RemoveMember(member_ref(&scene.chat, person))).await;
            }
            _ => {}
        }
    }
    Stage { scene, own }
}

/// The standings there can be in a chat of this kind.
fn standings(kind: ChatKind) -> Vec<Standing> {
    let there = |standing: &Standing| {
        kind != ChatKind::Direct || matches!(standing, Standing::Member(Role::Member) | Standing::Guest)
    };
    Standing::ALL.into_iter().filter(there).collect()
}

impl Scene {
    fn of(&self, standing: Standing) -> Option<&Person> {
        Some(match standing {
            Standing::Member(Role::Owner) => &self.owner,
            Standing::Member(Role::Admin) => &self.admin,
            Standing::Member(Role::Member) => &self.member,
            Standing::Member(Role::Viewer) => &self.viewer,
            Standing::Member(Role::Blocked) => &self.blocked,
            Standing::Visitor => &self.visitor,
            Standing::Guest => return None,
        })
    }
}

impl Stage {
    fn own(&self, standing: Standing, which: usize) -> MessageId {
        // A guest has none: any will do.
        let own = self.own.iter().find(|(other, _)| *other == standing).unwrap_or(&self.own[0]);
        own.1[which].clone()
    }
}

/// The command that stands for a permission.
async fn command(world: &World, stage: &Stage, standing: Standing, permission: Permission, chat: &ChatId) -> Command {
    let scene = &stage.scene;
    let direct = scene.kind == ChatKind::Direct;
    let n = world.now().as_millis();
    world.pass_millis(1);
    match permission {
        Permission::Read => Command::GetChat(chat_ref(chat)),
        Permission::ListMembers => list_members(chat),
        Permission::Write => Command::Message(message(chat, "a message")),
        Permission::EditOwn => edit(chat, &stage.own(standing, 0), &format!("edited {n}")),
        Permission::DeleteOwn => Command::DeleteMessage(message_ref(chat, &stage.own(standing, 1))),
        Permission::DeleteAny => {
            let id = id_of(&world.say(&scene.owner, &scene.chat, "of the owner").await);
            let by_owner = standing == Standing::Member(Role::Owner);
            let id = if by_owner { id_of(&world.say(&scene.admin, &scene.chat, "of an admin").await) } else { id };
            Command::DeleteMessage(message_ref(chat, &id))
        }
        Permission::React => Command::React(react(chat, &stage.own(Standing::Member(Role::Member), 0), "👍")),
        Permission::Pin => Command::PinMessage(message_ref(chat, &stage.own(Standing::Member(Role::Member), 0))),
        Permission::MentionHere => Command::Message(message(chat, "@here")),
        Permission::MentionRoom => Command::Message(message(chat, "@room")),
        Permission::Invite => Command::CreateInvite(invite(chat)),
        Permission::AddMember => add_member(chat, &world.person(&format!("spare{n}")).await, None),
        Permission::ManageMembers => {
            let spare = if direct { scene.owner.clone() } else { world.person(&format!("spare{n}")).await };
            if !direct {
                world.add(&scene.owner, &scene.chat, &spare, Role::Member).await;
            }
            set_role(chat, &spare, Role::Viewer)
        }
        Permission::EditChat => Command::UpdateChat(UpdateChat {
            chat_id: chat.clone(),
            name: Some(format!("Renamed {n}")),
            description: None,
        }),
        Permission::DeleteChat => Command::DeleteChat(chat_ref(chat)),
        Permission::TransferOwnership => Command::TransferOwnership(member_ref(
            chat,
            if standing == Standing::Member(Role::Admin) { &scene.member } else { &scene.admin },
        )),
        Permission::Join => join_room(chat),
        Permission::Leave => Command::Leave(chat_ref(chat)),
    }
}

async fn give(world: &World, actor: &Actor, command: Command) -> Result<Answer, ApiError> {
    world.core.execute(actor, ClientFrame::new(command)).await
}

/// Whether the command did what the permission is about, or why not.
async fn outcome(
    world: &World,
    stage: &Stage,
    actor: &Actor,
    given: Command,
    permission: Permission,
) -> Result<(), ApiError> {
    let answer = give(world, actor, given).await?;
    let all = match (permission, &answer) {
        (Permission::MentionHere | Permission::MentionRoom, Answer::Ack(Ack { seq: Some(seq), .. })) => {
            world.message(&stage.scene.owner, &stage.scene.chat, *seq).await.mention_all
        }
        _ => return Ok(()),
    };
    // Without the right the text is text like any other.
    match all {
        Some(MentionAll::Here) if permission == Permission::MentionHere => Ok(()),
        Some(MentionAll::Room) if permission == Permission::MentionRoom => Ok(()),
        None => Err(ApiError::new(ErrorCode::Forbidden, "not mentioned")),
        other => panic!("{other:?}"),
    }
}

async fn cell(world: &World, stage: &Stage, standing: Standing, permission: Permission) {
    let scene = &stage.scene;
    let kind = scene.kind;
    let cell = format!("{permission:?} of {standing:?} in a {kind:?}");
    let actor = scene.of(standing).map_or(Actor::Guest, |person| person.actor.clone());
    let nowhere = ChatId::from("nowhere-at-all");
    let given = command(world, stage, standing, permission, &scene.chat).await;
    let done = outcome(world, stage, &actor, given, permission).await;
    let readable = allows(kind, standing, Permission::Read);
    // Two words mean something for those who need no permission for them.
    let expected = match (permission, standing) {
        (Permission::Join, Standing::Member(role)) if role != Role::Blocked => Ok(()),
        (Permission::Leave, Standing::Member(Role::Owner)) => Err(ErrorCode::Conflict),
        _ if allows(kind, standing, permission) => Ok(()),
        (_, Standing::Guest) => {
            Err(if readable || !reads(permission) { ErrorCode::Unauthorized } else { ErrorCode::NotFound })
        }
        _ if readable => Err(ErrorCode::Forbidden),
        _ => Err(ErrorCode::NotFound),
    };
    assert_eq!(done.clone().map_err(|error| error.code), expected, "{cell}");
    if !readable {
        let elsewhere = command(world, stage, standing, permission, &nowhere).await;
        let answer = give(world, &actor, elsewhere).await.unwrap_err();
        assert_eq!(done.unwrap_err(), answer, "{cell}: nothing tells it from a chat that is not there");
        return;
    }
    if expected.is_err() {
        return;
    }
    // Back to how it was.
    match (permission, standing) {
        (Permission::Leave, Standing::Member(role)) => {
            world.add(&scene.owner, &scene.chat, scene.of(standing).unwrap(), role).await;
        }
        (Permission::Join, Standing::Visitor) => {
            world.run_as(&scene.owner, Command::RemoveMember(member_ref(&scene.chat, &scene.visitor))).await;
        }
        (Permission::TransferOwnership, _) => {
            world.run_as(&scene.admin, Command::TransferOwnership(member_ref(&scene.chat, &scene.owner))).await;
        }
        _ => {}
    }
}

/// Whether guests may give the command at all.
fn reads(permission: Permission) -> bool {
    matches!(permission, Permission::Read | Permission::ListMembers)
}

async fn table(world: &World, kind: ChatKind) {
    let stage = stage(world, kind).await;
    // What ends the chat comes last, and then by those who may.
    let (last, others): (Vec<_>, Vec<_>) =
        TABLE.iter().map(|(permission, _)| *permission).partition(|permission| *permission == Permission::DeleteChat);
    for permission in others {
        for standing in standings(kind) {
            cell(world, &stage, standing, permission).await;
        }
    }
    for permission in last {
        for standing in standings(kind).into_iter().rev() {
            cell(world, &stage, standing, permission).await;
        }
    }
}

world!(in_a_direct_chat, |world| { table(world, ChatKind::Direct).await });
world!(in_a_group, |world| { table(world, ChatKind::Group).await });
world!(in_a_channel, |world| { table(world, ChatKind::Channel).await });
world!(in_a_room, |world| { table(world, ChatKind::Room).await });

world!(a_direct_chat_is_nobody_elses, |world| {
    let scene = world.scene(ChatKind::Direct).await;
    for stranger in [&scene.visitor, &scene.admin] {
        for command in [
            Command::GetChat(chat_ref(&scene.chat)),
            Command::Message(message(&scene.chat, "let me in")),
            join_room(&scene.chat),
            Command::Typing(Typing { chat_id: scene.chat.clone(), active: true }),
            mark_read(&scene.chat, 1),
            mark_delivered(&scene.chat, 1),
            draft(&scene.chat, "let me in"),
        ] {
            assert_eq!(world.code(stranger, command).await, ErrorCode::NotFound);
        }
    }
});

world!(the_contract_word_for_word, |world| {
    // "in a channel only owner and admin write"
    let channel = world.scene_named(ChatKind::Channel, "-c").await;
    world.say(&channel.owner, &channel.chat, "news").await;
    world.say(&channel.admin, &channel.chat, "news").await;
    for who in [&channel.member, &channel.viewer] {
        assert_eq!(world.code(who, Command::Message(message(&channel.chat, "mine"))).await, ErrorCode::Forbidden);
        world.history(who, History::newest(channel.chat.clone(), 10)).await;
    }
    // "`blocked` neither reads nor writes nor learns anything new"
    for command in
        [Command::History(History::newest(channel.chat.clone(), 10)), Command::Message(message(&channel.chat, "x"))]
    {
        assert_eq!(world.code(&channel.blocked, command).await, ErrorCode::NotFound);
    }
    assert!(world.chats(&channel.blocked).await.iter().all(|chat| chat.id != channel.chat));
    // "A room is readable by everyone, guests included …, and writable by signed-in users."
    let general = ChatId::from("general");
    world.say(&channel.visitor, &general, "hello").await;
    let page = world.run(&Actor::Guest, Command::History(History::newest(general.clone(), 10))).await.unwrap();
    assert!(matches!(page, Answer::History(page) if page.messages.len() == 1));
    let refused = world.core.send(&Actor::Guest, None, message(&general, "hello")).await.map(drop).unwrap_err();
    assert_eq!(refused.code, ErrorCode::Unauthorized);
    // What one may do is told with the chat.
    for kind in KINDS {
        let scene = world.scene_named(kind, &format!("-{kind:?}-2").to_lowercase()).await;
        for standing in standings(kind) {
            let actor = scene.of(standing).map_or(Actor::Guest, |person| person.actor.clone());
            let Ok(answer) = give(world, &actor, Command::GetChat(chat_ref(&scene.chat))).await else { continue };
            let permissions = chat_of(answer).permissions;
            for (permission, _) in TABLE {
                assert_eq!(permissions.contains(permission), allows(kind, standing, *permission));
            }
        }
    }
});

world!(without_guests_nobody_looks_in, |config| config.guests = false, |world| {
    let scene = world.scene(ChatKind::Room).await;
    for command in [
        Command::GetChat(chat_ref(&scene.chat)),
        Command::GetChat(chat_ref(&"nowhere".into())),
        Command::History(History::newest(scene.chat.clone(), 10)),
        Command::ListRooms(ListRooms::default()),
    ] {
        assert_eq!(give(world, &Actor::Guest, command).await.unwrap_err().code, ErrorCode::Unauthorized);
    }
    assert_eq!(world.core.guest(&here()).await.unwrap_err().code, ErrorCode::Forbidden);
});

world!(what_belongs_to_a_connection_is_refused_here, |world| {
    let anna = world.person("anna").await;
    for command in [
        Command::Auth(Auth { token: "x".into() }),
        Command::Guest(Empty {}),
        Command::Logout(Empty {}),
        Command::Sync(Sync::default()),
        Command::SetActiveChat(SetActiveChat { chat_id: None }),
    ] {
        assert_eq!(world.code(&anna, command).await, ErrorCode::Invalid);
    }
    assert!(matches!(world.run_as(&anna, Command::Ping(Empty {})).await, Answer::Pong { .. }));
});

world!(guests_have_no_account, |world| {
    for command in [
        Command::ListChats(Empty {}),
        Command::UnreadState(Empty {}),
        Command::GetAccount(Empty {}),
        Command::ListSessions(Empty {}),
        Command::ListPreferences(Empty {}),
        prefer("theme", Some("dark")),
        Command::ListScheduled(Empty {}),
        Command::GetUser(GetUser { username: "anna".into() }),
        Command::FindUsers(FindUsers { q: "a".into(), limit: None }),
        Command::Typing(Typing { chat_id: "general".into(), active: true }),
        create_chat(ChatKind::Group, "Mine", &[]),
        draft(&"general".into(), "x"),
        Command::ListInvites(chat_ref(&"general".into())),
    ] {
        let name = command.name();
        assert_eq!(give(world, &Actor::Guest, command).await.unwrap_err().code, ErrorCode::Unauthorized, "{name}");
    }
    assert!(give(world, &Actor::Guest, Command::ListRooms(ListRooms::default())).await.is_ok());
    assert!(world.core.subscriptions(&Actor::Guest).await.unwrap().is_empty());
    assert!(world.core.view(&Actor::Guest, &"general".into()).await.is_ok());
});
