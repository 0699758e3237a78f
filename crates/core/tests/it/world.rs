//! What the tests stand on: core over a fresh database, a clock and chance that are set, and a sink that remembers.

use std::future::Future;
use std::panic::{AssertUnwindSafe, resume_unwind};
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use futures_util::FutureExt as _;
use parking_lot::Mutex;
use rand::rngs::StdRng;
use rand::{Rng as _, SeedableRng as _};
use sqlx::{AnyConnection, Connection as _, Executor as _};
use vestnik_core::{Actor, Clock, Core, CoreConfig, Notice, Origin, PasswordCost, Ports, Rng, SignedIn, Sink};
use vestnik_proto::command::*;
use vestnik_proto::frame::{Ack, HistoryPage};
use vestnik_proto::{
    Account, Answer, ApiError, Chat, ChatId, ChatKind, ClientFrame, ClientId, Command, ErrorCode, Member, Message,
    MessageId, MessageType, Role, Timestamp, UserId,
};
use vestnik_store::{ChatKey, Store, StoreConfig, StoreError};

/// A test's body for both engines: `world!(name, |world| { … })`, or with settings
/// `world!(name, |config| config.guests = false, |world| { … })`.
macro_rules! world {
    ($name:ident, |$world:ident| $body:block) => {
        world!($name, |_config| {}, |$world| $body);
    };
    ($name:ident, |$config:ident| $set:expr, |$world:ident| $body:block) => {
        mod $name {
            use super::*;

            async fn run($world: &mut $crate::world::World) $body

            fn set($config: &mut vestnik_core::CoreConfig) {
                $set;
            }

            #[test]
            fn sqlite() {
                $crate::world::on_sqlite(set, |world| Box::pin(run(world)));
            }
            #[test]
            fn postgres() {
                $crate::world::on_postgres(set, |world| Box::pin(run(world)));
            }
        }
    };
}

/// A clock that stands still until it is moved.
#[derive(Debug)]
pub struct MockClock(Mutex<Timestamp>);

impl Clock for MockClock {
    fn now(&self) -> Timestamp {
        *self.0.lock()
    }
}

/// Chance that repeats itself, and can be kept waiting for.
struct Seeded(Mutex<StdRng>, Mutex<Option<Gate>>);

/// Whom to tell that somebody waits, and what they wait for.
type Gate = (tokio::sync::oneshot::Sender<()>, std::sync::mpsc::Receiver<()>);

impl Rng for Seeded {
    fn fill(&self, bytes: &mut [u8]) {
        if let Some((entered, open)) = self.1.lock().take() {
            entered.send(()).unwrap();
            open.recv().unwrap();
        }
        self.0.lock().fill_bytes(bytes);
    }
}

/// Remembers every notice.
#[derive(Debug, Default)]
struct Recorder(Mutex<Vec<Notice>>);

impl Sink for Recorder {
    fn publish(&self, notice: Notice) {
        self.0.lock().push(notice);
    }
}

/// Core and all that is around it.
pub struct World {
    pub core: Core,
    pub store: Store,
    pub config: CoreConfig,
    clock: Arc<MockClock>,
    rng: Arc<Seeded>,
    sink: Arc<Recorder>,
    store_config: StoreConfig,
}

pub type Set = fn(&mut CoreConfig);
pub type Body = for<'w> fn(&'w mut World) -> Running<'w>;
pub type Running<'w> = Pin<Box<dyn Future<Output = ()> + Send + 'w>>;

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().expect("a runtime")
}

pub fn on_sqlite(set: Set, body: Body) {
    with_sqlite(set, body);
}

/// Runs a body that has something of its own, on SQLite with the usual settings.
pub fn with_world(body: impl for<'w> FnOnce(&'w mut World) -> Running<'w>) {
    with_sqlite(|_| {}, body);
}

fn with_sqlite(set: Set, body: impl for<'w> FnOnce(&'w mut World) -> Running<'w>) {
    let dir = tempfile::tempdir().unwrap();
    let url = format!("sqlite:{}/vestnik.db", dir.path().display());
    let failed = runtime().block_on(run(url, set, body));
    drop(dir);
    failed.unwrap_or_else(|panic| resume_unwind(panic));
}

pub fn on_postgres(set: Set, body: Body) {
    static NEXT: AtomicU64 = AtomicU64::new(1);
    let Some(server) = postgres_server() else { return };
    let (host, _) = server.rsplit_once('/').expect("VESTNIK_TEST_PG names a database");
    let name = format!("vestnik_core_{}_{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed));
    runtime().block_on(async {
        execute(&server, format!("CREATE DATABASE {name}")).await;
        let failed = run(format!("{host}/{name}"), set, body).await;
        execute(&server, format!("DROP DATABASE {name} WITH (FORCE)")).await;
        failed.unwrap_or_else(|panic| resume_unwind(panic));
    });
}

/// The server to make databases on; on a CI machine there must be one.
#[expect(clippy::disallowed_methods, reason = "the one place where the tests learn of their surroundings")]
fn postgres_server() -> Option<String> {
    let server = std::env::var("VESTNIK_TEST_PG").ok();
    if server.is_none() {
        assert!(
            std::env::var_os("CI").is_none(),
            "VESTNIK_TEST_PG is not set, so nothing was tested on PostgreSQL. Run the tests through scripts/with-postgres."
        );
        println!("skipped: VESTNIK_TEST_PG is not set");
    }
    server
}

async fn execute(server: &str, sql: String) {
    sqlx::any::install_default_drivers();
    let mut conn = AnyConnection::connect(server).await.expect("the server of VESTNIK_TEST_PG answers");
    conn.execute(sqlx::raw_sql(sqlx::AssertSqlSafe(sql))).await.unwrap();
    conn.close().await.unwrap();
}

async fn run(
    url: String,
    set: Set,
    body: impl for<'w> FnOnce(&'w mut World) -> Running<'w>,
) -> std::thread::Result<()> {
    let mut config = CoreConfig {
        password_cost: PasswordCost { memory_kib: 8, passes: 1, lanes: 1 },
        messages_per_second: 0,
        commands_per_second: 0,
        sign_ins_per_minute: 0,
        ..CoreConfig::default()
    };
    set(&mut config);
    let mut world = World::open(StoreConfig { max_readers: 3, lanes: 2, ..StoreConfig::new(url) }, config).await;
    let result = AssertUnwindSafe(body(&mut world)).catch_unwind().await;
    world.store.clone().close().await;
    result
}

/// Someone with an account.
#[derive(Clone, Debug)]
pub struct Person {
    pub actor: Actor,
    pub id: UserId,
    pub name: String,
}

pub const PASSWORD: &str = "correct horse";

/// An address on the machine itself.
pub fn here() -> Origin {
    Origin { ip: [127, 0, 0, 1].into(), agent: Some("Tests/1.0".to_owned()) }
}

/// An address elsewhere.
pub fn elsewhere() -> Origin {
    Origin { ip: [192, 0, 2, 7].into(), agent: None }
}

pub fn client_id(n: u64) -> ClientId {
    ClientId::from_u64_pair(7, n)
}

pub fn with_id(client_id: ClientId, command: Command) -> ClientFrame {
    ClientFrame { client_id: Some(client_id), ..ClientFrame::new(command) }
}

impl World {
    async fn open(store_config: StoreConfig, config: CoreConfig) -> Self {
        let clock = Arc::new(MockClock(Mutex::new(Timestamp::from_secs(1_790_000_000))));
        let rng = Arc::new(Seeded(Mutex::new(StdRng::seed_from_u64(1)), Mutex::default()));
        let sink = Arc::new(Recorder::default());
        let store = Store::open(&store_config).await.expect("a fresh database opens");
        let ports = Ports { store: store.clone(), clock: clock.clone(), rng: rng.clone(), sink: sink.clone() };
        let core = Core::open(config.clone(), ports).await.expect("core opens");
        Self { core, store, config, clock, rng, sink, store_config }
    }

    /// Another core over the same database, as after a restart: nothing is kept but what is stored.
    pub async fn another_core(&self) -> Core {
        self.core_with(self.config.clone()).await.expect("core opens")
    }

    pub async fn core_with(&self, config: CoreConfig) -> Result<Core, vestnik_core::OpenError> {
        Core::open(
            config,
            Ports {
                store: self.store.clone(),
                clock: self.clock.clone(),
                rng: self.rng.clone(),
                sink: self.sink.clone(),
            },
        )
        .await
    }

    /// Closes the store and opens it and core again.
    pub async fn restart(&mut self) {
        self.store.clone().close().await;
        self.store = Store::open(&self.store_config).await.unwrap();
        self.core = self.another_core().await;
    }

    pub fn now(&self) -> Timestamp {
        self.clock.now()
    }

    pub fn pass_millis(&self, millis: i64) {
        let mut now = self.clock.0.lock();
        *now = now.plus_millis(millis);
    }

    pub fn pass_secs(&self, secs: i64) {
        self.pass_millis(secs * 1_000);
    }

    /// The notices since the last time. An ack leaves before the others are told, so this waits for the writer.
    pub async fn notices(&self) -> Vec<Notice> {
        for lane in 0..i64::from(self.store_config.lanes) {
            let noted = self.store.write(ChatKey(lane), |_| Box::pin(async { Ok::<_, StoreError>(()) })).await;
            noted.unwrap();
        }
        std::mem::take(&mut *self.sink.0.lock())
    }

    /// A connection past the store.
    pub async fn raw(&self) -> AnyConnection {
        AnyConnection::connect(&self.store_config.url).await.unwrap()
    }

    /// Keeps whoever next needs chance waiting, as a thread that hashes a new password: until the sender is used.
    pub fn hold_chance(&self) -> (tokio::sync::oneshot::Receiver<()>, std::sync::mpsc::Sender<()>) {
        let (enter, entered) = tokio::sync::oneshot::channel();
        let (open, opened) = std::sync::mpsc::channel();
        *self.rng.1.lock() = Some((enter, opened));
        (entered, open)
    }

    // Accounts.

    pub async fn register(&self, name: &str) -> Result<SignedIn, ApiError> {
        self.core.register(registration(name, PASSWORD), &here()).await
    }

    pub async fn login(&self, name: &str, password: &str) -> Result<SignedIn, ApiError> {
        let login = Login { username: name.to_owned(), password: password.to_owned(), code: None, device: None };
        self.core.login(login, &here()).await
    }

    pub async fn person(&self, name: &str) -> Person {
        let signed_in = self.register(name).await.unwrap();
        person(&signed_in)
    }

    // Commands.

    pub async fn run(&self, actor: &Actor, command: Command) -> Result<Answer, ApiError> {
        self.core.execute(actor, ClientFrame::new(command)).await
    }

    pub async fn run_as(&self, who: &Person, command: Command) -> Answer {
        let name = command.name();
        self.run(&who.actor, command).await.unwrap_or_else(|error| panic!("{} may {name}: {error}", who.name))
    }

    /// The error of a command that must be refused.
    pub async fn refused(&self, who: &Person, command: Command) -> ApiError {
        let name = command.name();
        self.run(&who.actor, command).await.map(|answer| panic!("{} may not {name}: {answer:?}", who.name)).unwrap_err()
    }

    pub async fn code(&self, who: &Person, command: Command) -> ErrorCode {
        self.refused(who, command).await.code
    }

    pub async fn say(&self, who: &Person, chat: &ChatId, text: &str) -> Ack {
        self.say_command(who, message(chat, text)).await.unwrap()
    }

    pub async fn say_command(&self, who: &Person, command: SendMessage) -> Result<Ack, ApiError> {
        self.core.send(&who.actor, None, command).await?.await
    }

    pub async fn message(&self, who: &Person, chat: &ChatId, seq: i64) -> Message {
        let page = self.history(who, History { around: Some(seq), ..History::newest(chat.clone(), 200) }).await;
        page.messages.into_iter().find(|message| message.seq == seq).expect("the message is there")
    }

    pub async fn history(&self, who: &Person, command: History) -> HistoryPage {
        match self.run_as(who, Command::History(command)).await {
            Answer::History(page) => page,
            other => panic!("{other:?}"),
        }
    }

    pub async fn chat(&self, who: &Person, chat: &ChatId) -> Chat {
        chat_of(self.run_as(who, Command::GetChat(chat_ref(chat))).await)
    }

    pub async fn chats(&self, who: &Person) -> Vec<Chat> {
        match self.run_as(who, Command::ListChats(Empty {})).await {
            Answer::Chats { chats, .. } => chats,
            other => panic!("{other:?}"),
        }
    }

    pub async fn members(&self, who: &Person, chat: &ChatId) -> Vec<Member> {
        match self.run_as(who, list_members(chat)).await {
            Answer::Members { members, .. } => members,
            other => panic!("{other:?}"),
        }
    }

    pub async fn account(&self, who: &Person) -> Account {
        match self.run_as(who, Command::GetAccount(Empty {})).await {
            Answer::Account { account } => account,
            other => panic!("{other:?}"),
        }
    }

    pub async fn create(&self, who: &Person, kind: ChatKind, name: &str) -> ChatId {
        chat_of(self.run_as(who, create_chat(kind, name, &[])).await).id
    }

    pub async fn direct(&self, who: &Person, with: &Person) -> ChatId {
        chat_of(self.run_as(who, Command::StartDirect(StartDirect { username: with.name.clone() })).await).id
    }

    pub async fn add(&self, who: &Person, chat: &ChatId, whom: &Person, role: Role) {
        self.run_as(who, add_member(chat, whom, Some(role))).await;
    }

    pub async fn set_role(&self, who: &Person, chat: &ChatId, whom: &Person, role: Role) {
        self.run_as(who, set_role(chat, whom, role)).await;
    }

    /// A chat of this kind with a member of each role, one who was blocked, and one who is not in it.
    pub async fn scene(&self, kind: ChatKind) -> Scene {
        self.scene_named(kind, "").await
    }

    /// As [`World::scene`], everybody's name with an ending, for several scenes in one world.
    pub async fn scene_named(&self, kind: ChatKind, ending: &str) -> Scene {
        let mut people = Vec::new();
        for name in ["olga", "adam", "mira", "vera", "boris", "sam"] {
            people.push(self.person(&format!("{name}{ending}")).await);
        }
        let [owner, admin, member, viewer, blocked, visitor] =
            <[Person; 6]>::try_from(people).expect("there are six of them");
        let chat = if kind == ChatKind::Direct {
            self.direct(&owner, &member).await
        } else {
            let chat = self.create(&owner, kind, &format!("The {kind:?}{ending}")).await;
            self.add(&owner, &chat, &admin, Role::Admin).await;
            self.add(&owner, &chat, &member, Role::Member).await;
            self.add(&owner, &chat, &viewer, Role::Viewer).await;
            self.add(&owner, &chat, &blocked, Role::Member).await;
            self.set_role(&owner, &chat, &blocked, Role::Blocked).await;
            chat
        };
        Scene { kind, chat, owner, admin, member, viewer, blocked, visitor }
    }
}

/// A chat and people of every standing. In a direct chat only `owner` and `member` are in it, as members.
#[derive(Clone, Debug)]
pub struct Scene {
    pub kind: ChatKind,
    pub chat: ChatId,
    pub owner: Person,
    pub admin: Person,
    pub member: Person,
    pub viewer: Person,
    pub blocked: Person,
    pub visitor: Person,
}

pub fn person(signed_in: &SignedIn) -> Person {
    let id = signed_in.answer.user_id.expect("someone with an account");
    Person { actor: signed_in.actor.clone(), id, name: signed_in.answer.username.clone() }
}

pub fn registration(name: &str, password: &str) -> Register {
    Register { username: name.to_owned(), password: password.to_owned(), email: None, invite: None, device: None }
}

pub fn chat_of(answer: Answer) -> Chat {
    match answer {
        Answer::Chat { chat } => *chat,
        other => panic!("{other:?}"),
    }
}

pub fn ack_of(answer: Answer) -> Ack {
    match answer {
        Answer::Ack(ack) => ack,
        other => panic!("{other:?}"),
    }
}

pub fn message(chat: &ChatId, text: &str) -> SendMessage {
    SendMessage {
        chat_id: chat.clone(),
        content: text.to_owned(),
        message_type: MessageType::Text,
        reply_to: None,
        mentions: Vec::new(),
    }
}

pub fn chat_ref(chat: &ChatId) -> ChatRef {
    ChatRef { chat_id: chat.clone() }
}

pub fn message_ref(chat: &ChatId, message_id: &MessageId) -> MessageRef {
    MessageRef { chat_id: chat.clone(), message_id: message_id.clone() }
}

pub fn id_of(ack: &Ack) -> MessageId {
    ack.message_id.clone().expect("about a message")
}

pub fn create_chat(kind: ChatKind, name: &str, members: &[&Person]) -> Command {
    Command::CreateChat(CreateChat {
        kind,
        name: name.to_owned(),
        description: String::new(),
        slug: None,
        members: members.iter().map(|person| person.name.clone()).collect(),
    })
}

pub fn add_member(chat: &ChatId, whom: &Person, role: Option<Role>) -> Command {
    Command::AddMember(AddMember { chat_id: chat.clone(), username: whom.name.clone(), role })
}

pub fn set_role(chat: &ChatId, whom: &Person, role: Role) -> Command {
    Command::SetRole(SetRole { chat_id: chat.clone(), user_id: whom.id, role })
}

pub fn member_ref(chat: &ChatId, whom: &Person) -> MemberRef {
    MemberRef { chat_id: chat.clone(), user_id: whom.id }
}

pub fn list_members(chat: &ChatId) -> Command {
    Command::ListMembers(ListMembers { chat_id: chat.clone(), cursor: None, limit: Some(200) })
}

pub fn edit(chat: &ChatId, message_id: &MessageId, text: &str) -> Command {
    Command::EditMessage(EditMessage {
        chat_id: chat.clone(),
        message_id: message_id.clone(),
        content: text.to_owned(),
        mentions: Vec::new(),
    })
}

pub fn react(chat: &ChatId, message_id: &MessageId, emoji: &str) -> React {
    React { chat_id: chat.clone(), message_id: message_id.clone(), emoji: emoji.to_owned() }
}

pub fn mark_delivered(chat: &ChatId, seq: i64) -> Command {
    Command::MarkDelivered(MarkDelivered { chat_id: chat.clone(), seq })
}

pub fn prefer(name: &str, value: Option<&str>) -> Command {
    Command::SetPreference(SetPreference { name: name.into(), value: value.map(Into::into) })
}

pub fn mark_read(chat: &ChatId, seq: i64) -> Command {
    Command::MarkRead(MarkRead { chat_id: chat.clone(), seq })
}

pub fn draft(chat: &ChatId, text: &str) -> Command {
    Command::SetDraft(SetDraft { chat_id: chat.clone(), content: text.to_owned(), reply_to: None })
}

pub fn settings(chat: &ChatId) -> SetChatSettings {
    SetChatSettings { chat_id: chat.clone(), muted_until: None, archived: None, favourite: None, marked_unread: None }
}

pub fn schedule(chat: &ChatId, text: &str, send_at: Timestamp) -> Command {
    Command::ScheduleMessage(ScheduleMessage {
        chat_id: chat.clone(),
        content: text.to_owned(),
        message_type: MessageType::Text,
        reply_to: None,
        send_at,
    })
}

pub fn invite(chat: &ChatId) -> CreateInvite {
    CreateInvite { chat_id: chat.clone(), expires_in: None, max_uses: None, role: None }
}

pub fn join_room(chat: &ChatId) -> Command {
    Command::Join(Join { chat_id: Some(chat.clone()), invite: None })
}

pub fn join_by(code: &str) -> Command {
    Command::Join(Join { chat_id: None, invite: Some(code.to_owned()) })
}

pub fn code_of(answer: Answer) -> String {
    match answer {
        Answer::Invite { invite } => invite.code,
        other => panic!("{other:?}"),
    }
}

pub fn scheduled_id(answer: Answer) -> String {
    match answer {
        Answer::Scheduled { scheduled } => scheduled.id,
        other => panic!("{other:?}"),
    }
}
