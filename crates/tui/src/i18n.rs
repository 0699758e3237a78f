//! What the program says, in English and Russian.
//!
//! A text names its parts `{0}`, `{1}`, …; [`Language::fill`] puts them in.

use vestnik_client::net::{ClientError, ConnectFault};
use vestnik_proto::names::NameError;
use vestnik_proto::{ApiError, CloseCode, ErrorCode, Role, limits};

/// The languages the program speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Language {
    /// English.
    En,
    /// Russian.
    Ru,
}

macro_rules! texts {
    ($($name:ident = $en:literal, $ru:literal;)+) => {
        /// Everything the program says.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum Text {
            $(#[doc = $en] $name,)+
        }
        impl Text {
            /// Every text, for the test of the table.
            #[cfg(test)]
            const ALL: &[Self] = &[$(Self::$name,)+];
            const fn both(self) -> (&'static str, &'static str) {
                match self { $(Self::$name => ($en, $ru),)+ }
            }
        }
    };
}

texts! {
    // --help
    About = "Vestnik in the terminal.", "Вестник в терминале.";
    Usage = "vestnik-tui [OPTIONS] [SERVER]\n       vestnik-tui --plain [OPTIONS]",
        "vestnik-tui [ПАРАМЕТРЫ] [СЕРВЕР]\n       vestnik-tui --plain [ПАРАМЕТРЫ]";
    UsageHeading = "Usage:", "Использование:";
    Options = "Options", "Параметры";
    HelpPlain = "Line by line; always so unless on a terminal", "Построчно; вне терминала — всегда";
    HelpServer = "The server: tcp://, tls://, ws:// or wss://;\ntcp://127.0.0.1:8888 when absent",
        "Сервер: tcp://, tls://, ws:// или wss://;\nбез параметра — tcp://127.0.0.1:8888";
    HelpUser = "Who to sign in as", "Под каким именем войти";
    HelpPasswordFile = "The file with the password; else VESTNIK_PASSWORD,\nelse it is asked for",
        "Файл с паролем; иначе VESTNIK_PASSWORD,\nиначе пароль будет запрошен";
    HelpRegister = "Make the account first", "Сначала создать учётную запись";
    HelpChat = "The chat to talk in: its id, or @name of a person;\ngeneral when absent",
        "Чат: его id или @имя человека;\nбез параметра — general";
    HelpJson = "Print events, acks and errors as lines of JSON",
        "Печатать события, подтверждения и ошибки\nстроками JSON";
    HelpJsonIn = "Read commands as lines of JSON; implies --json", "Читать команды строками JSON; включает --json";
    HelpFollow = "Print new messages; go on when the input has ended",
        "Печатать новые сообщения; не завершаться\nпо окончании ввода";
    HelpNoFollow = "End when the input has ended (the default)", "Завершиться по окончании ввода (по умолчанию)";
    HelpHistory = "How many earlier messages to print first;\n20 on a terminal, else 0",
        "Сколько прежних сообщений напечатать сначала;\n20 в терминале, иначе 0";
    HelpStateDir = "Where to keep session, cache and what waits", "Где хранить сеанс, кэш и неотправленное";
    HelpCaFile = "Trust the certificates in this PEM file too", "Доверять и сертификатам из этого файла PEM";
    HelpFingerprint = "Trust exactly the certificate with this SHA-256", "Доверять лишь сертификату с этим SHA-256";
    HelpHelp = "Print help", "Показать справку";
    HelpVersion = "Print version", "Показать версию";
    AfterHelp = "What is piped in is sent as messages:\n  make test 2>&1 | vestnik-tui --plain --chat general\n\nExit codes:\n  0  done; everything sent was acknowledged\n  1  unexpected error, or something still waits to be sent\n  2  wrong usage\n  3  cannot connect\n  4  sign-in refused\n  5  some messages were refused",
        "То, что подано на ввод, отправляется сообщениями:\n  make test 2>&1 | vestnik-tui --plain --chat general\n\nКоды завершения:\n  0  готово; всё отправленное подтверждено\n  1  непредвиденная ошибка, или что-то ещё ждёт отправки\n  2  неверный вызов\n  3  не удалось соединиться\n  4  во входе отказано\n  5  часть сообщений отвергнута";
    // Starting
    NoUser = "Say who to sign in as: --user NAME.", "Укажите, под каким именем войти: --user ИМЯ.";
    NoPassword = "A password is needed for {0}. Give it by --password-file or VESTNIK_PASSWORD, or start on a terminal.",
        "Для {0} нужен пароль. Задайте его через --password-file или VESTNIK_PASSWORD либо запустите в терминале.";
    NoStateDir = "There is no home directory to keep the session in. Give one by --state-dir.",
        "Нет домашнего каталога для сеанса. Укажите каталог через --state-dir.";
    AskUser = "Username: ", "Имя пользователя: ";
    AskPassword = "Password for {0}: ", "Пароль для {0}: ";
    AskNewPassword = "New password for {0}: ", "Новый пароль для {0}: ";
    AskAgain = "Once more: ", "Ещё раз: ";
    PasswordsDiffer = "The passwords differ. Type both again.", "Пароли не совпали. Введите оба заново.";
    PasswordShort = "The password needs {0} characters or more. Choose another.",
        "В пароле должно быть не меньше {0} символов. Выберите другой.";
    PasswordLong = "The password may have {0} bytes at most. Choose another.",
        "Пароль не может быть длиннее {0} байт. Выберите другой.";
    NameEmpty = "The username is empty. Give it by --user NAME.", "Имя пользователя пусто. Укажите его: --user ИМЯ.";
    NameLong = "The username may have {0} characters at most. Choose another.",
        "Имя не может быть длиннее {0} символов. Выберите другое.";
    NameCharacters = "A username has letters, digits, '.', '_' and '-', and begins with a letter or digit. Choose another.",
        "Имя состоит из букв, цифр и знаков «.», «_», «-» и начинается с буквы или цифры. Выберите другое.";
    NameMixed = "A username has the letters of one alphabet. Choose another.",
        "В имени могут быть буквы только одного алфавита. Выберите другое.";
    NameReserved = "This username is reserved. Choose another.", "Это имя занято системой. Выберите другое.";
    NameTaken = "The username {0}, or one too much like it, is taken. Choose another; if it is yours, start without --register.",
        "Имя {0} или слишком похожее на него уже занято. Выберите другое; если оно ваше, запустите без --register.";
    RegistrationClosed = "This server does not let you make an account by yourself. Ask its owner for one, or for an invite.",
        "На этом сервере нельзя самому создать учётную запись. Попросите её или приглашение у владельца.";
    NoAccount = "The name or the password is wrong. If you have no account here yet, add --register.",
        "Неверное имя или пароль. Если учётной записи здесь ещё нет, добавьте --register.";
    BadServer = "{0} is not a server address. Write it like tcp://127.0.0.1:8888, tls://chat.example.org or wss://chat.example.org.",
        "{0} — не адрес сервера. Пишите так: tcp://127.0.0.1:8888, tls://chat.example.org или wss://chat.example.org.";
    AskCode = "Second factor: ", "Второй фактор: ";
    PlainWarning = "Warning: {0} is not encrypted; the password and the messages can be read on the way. Use tls:// or wss://.",
        "Предупреждение: {0} не шифруется; пароль и сообщения можно прочесть по пути. Используйте tls:// или wss://.";
    CannotRead = "Cannot read {0}: {1}", "Не удалось прочесть {0}: {1}";
    CannotMake = "Cannot make {0}: {1}", "Не удалось создать {0}: {1}";
    // Going on
    Online = "Connected to {0} as {1}.", "Соединение с {0} установлено, вы — {1}.";
    Lost = "{0}; trying again in {1} s.", "{0}; новая попытка через {1} с.";
    OnlineAgain = "Connected again.", "Соединение восстановлено.";
    InChat = "You are in {0}. Type to talk; /help lists the commands, /quit leaves.",
        "Вы в чате {0}. Пишите сообщения; /help — команды, /quit — выход.";
    NowIn = "You are in {0} now.", "Теперь вы в чате {0}.";
    Waits = "Not connected; this is kept and sent when the connection is back.",
        "Соединения нет; сообщение сохранено и уйдёт, когда оно восстановится.";
    Answers = "(to #{0}) ", "(на #{0}) ";
    NoSuchChat = "There is no chat {0} that you may enter. /chats lists yours.",
        "Чата {0}, куда вам можно войти, нет. /chats покажет ваши.";
    NoSuchUser = "There is no user {0} here.", "Пользователя {0} здесь нет.";
    You = "(you)", "(вы)";
    RoleOwner = "owner", "владелец";
    RoleAdmin = "admin", "админ";
    RoleMember = "member", "участник";
    RoleViewer = "viewer", "читатель";
    RoleBlocked = "blocked", "заблокирован";
    OtherChat = "[{0}] ", "[{0}] ";
    WaitingLeft = "{0} message(s) wait in the outbox and will be sent at the next start.",
        "Сообщений ждёт отправки: {0}. Они уйдут при следующем запуске.";
    Refused = "Not sent: {0}", "Не отправлено: {0}";
    SignedOut = "Signed out: {0}", "Вход больше не действует: {0}";
    UnknownCommand = "There is no command /{0}. Nothing was sent. /help lists the commands; // begins a message with a slash.",
        "Команды /{0} нет. Ничего не отправлено. /help покажет команды; // начинает сообщение с косой черты.";
    CommandUsage = "Write it like this: {0}", "Пишите так: {0}";
    NothingOfYours = "You have no message here that could be changed.", "Здесь нет вашего сообщения, которое можно изменить.";
    NoMessages = "There is no message here yet.", "Здесь пока нет сообщений.";
    NoSuchMessage = "There is no message {0} here that was shown.", "Сообщение {0} здесь не показывалось.";
    NoChats = "You are in no chat.", "Вы не состоите ни в одном чате.";
    Unread = "{0} unread", "непрочитано: {0}";
    MoreMembers = "… and more", "… и другие";
    Edited = "(edited)", "(изменено)";
    DeletedMessage = "(deleted)", "(удалено)";
    Joined = "* {0} joined", "* {0} теперь здесь";
    Left = "* {0} left", "* {0} больше не здесь";
    RoleNow = "* {0} is now {1}", "* {0}: роль теперь {1}";
    ChatGone = "* the chat was deleted", "* чат удалён";
    Renamed = "* the chat is now called {0}", "* чат теперь называется {0}";
    Reacted = "* {0}: {1} on #{2} {3}", "* {0}: {1} к #{2} {3}";
    ManyMissed = "* much was missed while away; /history shows the newest", "* пропущено много; /history покажет последнее";
    BadJson = "This line is not a command: {0}", "Эта строка — не команда: {0}";
    Help = "/join ROOM        become a member of a room and talk there\n/chat ID          talk in another chat, /chat @name with one person\n/msg @name TEXT   write to a person from where you are\n/chats            your chats\n/who              members of this chat\n/history [N]      earlier messages, with their numbers\n/reply N TEXT     answer message number N\n/edit TEXT        change your last message\n/delete           delete your last message\n/react EMOJI      react to the last message\n/me TEXT          an action in the third person\n/quit             leave the program\n//TEXT            a message that begins with a slash",
        "/join КОМНАТА     вступить в комнату и говорить там\n/chat ID          говорить в другом чате, /chat @имя — с одним человеком\n/msg @имя ТЕКСТ   написать человеку, не переходя в другой чат\n/chats            ваши чаты\n/who              участники этого чата\n/history [N]      прежние сообщения с номерами\n/reply N ТЕКСТ    ответить на сообщение номер N\n/edit ТЕКСТ       изменить своё последнее сообщение\n/delete           удалить своё последнее сообщение\n/react ЭМОДЗИ     отреагировать на последнее сообщение\n/me ТЕКСТ         действие от третьего лица\n/quit             выйти\n//ТЕКСТ           сообщение, начинающееся с косой черты";
    // The full screen
    PlaceAnywhere = "Everywhere", "Везде";
    PlaceWriting = "Writing a message", "Пишу сообщение";
    PlaceReading = "Among the messages", "Среди сообщений";
    PlaceChats = "In the list of chats", "В списке чатов";
    PlaceList = "In a list over the screen", "В списке поверх экрана";
    PlaceForm = "Signing in", "Вход";
    HelpTitle = "Keys and commands", "Клавиши и команды";
    HelpCommands = "Commands", "Команды";
    HelpFoot = "j and k move, Esc closes", "j и k — листать, Esc — закрыть";
    ModeWriting = "WRITE", "ПИШУ";
    ModeReading = "READ", "ЧИТАЮ";
    ModeChats = "CHATS", "ЧАТЫ";
    ModeList = "LIST", "СПИСОК";
    ModeForm = "SIGN IN", "ВХОД";
    Connecting = "connecting", "соединение";
    ConnectedShort = "online", "на связи";
    OfflineShort = "offline", "нет связи";
    OfflineRetry = "{0} It is tried again by itself.", "{0} Попытки повторяются сами.";
    QueueShort = "{0} waiting", "ждут: {0}";
    HintWriting = "{0} messages  {1} go to  {2} help", "{0} сообщения  {1} перейти  {2} справка";
    HintReading = "{0} write  {1} reply  {2} help", "{0} писать  {1} ответить  {2} справка";
    OneTypes = "{0} is writing…", "{0} пишет…";
    TwoType = "{0} and {1} are writing…", "{0} и {1} пишут…";
    ManyType = "{0} people are writing…", "пишут: {0}…";
    QuitAgain = "Press {0} again to quit.", "Чтобы выйти, нажмите {0} ещё раз.";
    NotLoaded = "{0} messages are not loaded", "не загружено сообщений: {0}";
    NewLine = "new", "новые";
    QuoteNotLoaded = "an earlier message", "более раннее сообщение";
    DeletedByModerator = "(deleted by a moderator)", "(удалено модератором)";
    RefusedHint = "Not sent: {0} R tries again, d gives it up.", "Не отправлено: {0} R — повторить, d — отказаться.";
    NothingUnread = "Nothing is unread.", "Непрочитанного нет.";
    NeedsConnection = "This needs a connection, and there is none now. Try again when it is back.",
        "Для этого нужна связь, а её сейчас нет. Повторите, когда она появится.";
    NotYours = "This message is not yours to change.", "Это сообщение не ваше, изменить его нельзя.";
    AskDelete = "Delete \"{0}\" for everybody?", "Удалить «{0}» у всех?";
    AskDeleteEmptied = "Nothing is left of the message. Delete it for everybody?", "От сообщения ничего не осталось. Удалить его у всех?";
    AskSendUnknown = "There is no command /{0}. Send it as text?", "Команды /{0} нет. Отправить это как текст?";
    AskLeave = "Leave {0}?", "Покинуть {0}?";
    AskSignOut = "Sign {0} out here? What was not sent stays on this computer.",
        "Завершить сеанс {0} здесь? Неотправленное останется на этом компьютере.";
    YesNo = "Enter or y: yes   Esc or n: no", "Enter или д: да   Esc или н: нет";
    Copied = "Copied.", "Скопировано.";
    CopiedThis = "Copied: {0}", "Скопировано: {0}";
    NoLinks = "There is no link in this message.", "В этом сообщении нет ссылок.";
    Opening = "Opening {0}", "Открываю {0}";
    CannotOpen = "Cannot open {0}; it was copied. Set `opener` in terminal.toml.",
        "Не удалось открыть {0}; адрес скопирован. Задайте `opener` в terminal.toml.";
    NoHits = "Nothing here has \"{0}\".", "Здесь нет «{0}».";
    NoSuchEmoji = "{0} is no emoji for a reaction. Try /react thumbsup.", "{0} не подходит для реакции. Попробуйте /react thumbsup.";
    NoSuchDate = "{0} is no date. Write it like 2026-11-25 or 25.11.", "{0} — не дата. Пишите так: 2026-11-25 или 25.11.";
    NoSuchMoment = "{0} is no time to come. Write it like 18:30, 2h or 2026-12-01T09:00.",
        "{0} — не будущее время. Пишите так: 18:30, 2h или 2026-12-01T09:00.";
    WillBeSent = "It will be sent on {0}. /scheduled lists what waits.", "Будет отправлено {0}. /scheduled покажет, что ждёт.";
    Cancelled = "It will not be sent.", "Отправлено не будет.";
    LeftChat = "You have left the chat.", "Вы покинули чат.";
    Done = "Done.", "Готово.";
    Added = "{0} is in this chat now.", "{0} теперь в этом чате.";
    SentTo = "Sent to {0}.", "Отправлено: {0}.";
    InviteMade = "Copied, for those who are to come: {0}", "Скопировано для тех, кого вы зовёте: {0}";
    NobodyRead = "Nobody has read it yet.", "Пока никто не прочёл.";
    ReadBy = "Read by {0}", "Прочли: {0}";
    NothingFound = "Nothing was found.", "Ничего не найдено.";
    NotKept = "Not sent, because it could not be kept on this computer: {0}. Make room on the disk and send it again.",
        "Не отправлено: не удалось сохранить на этом компьютере: {0}. Освободите место на диске и отправьте снова.";
    TooLong = "The message has {0} characters, and {1} is the most. Send it in parts.",
        "В сообщении {0} символов, а можно не больше {1}. Отправьте его частями.";
    Everybody = "everybody here", "все в этом чате";
    Person = "person", "человек";
    MemberCount = "members: {0}", "участников: {0}";
    KindDirect = "direct", "личный";
    KindGroup = "group", "группа";
    KindChannel = "channel", "канал";
    KindRoom = "room", "комната";
    PickSwitcher = "Go to", "Перейти";
    PickReaction = "React", "Реакция";
    PickLink = "Open", "Открыть";
    PickSearch = "Found", "Найдено";
    PickRooms = "Rooms", "Комнаты";
    PickPeople = "People", "Люди";
    PickAccounts = "Accounts", "Учётные записи";
    PickScheduled = "Scheduled; Enter cancels", "Отложенные; Enter отменяет";
    PickPins = "Pinned", "Закреплённые";
    AskSearch = "Search here", "Искать здесь";
    AskDate = "Go to the date", "Перейти к дате";
    GoToDay = "Go to {0}", "Перейти к {0}";
    FindPeople = "Find people named {0}…", "Найти людей по имени {0}…";
    AnotherAccount = "Another account or server…", "Другая учётная запись или сервер…";
    EditingBanner = "edit; {0} cancels", "правка; {0} отменяет";
    ReplyBanner = "to {0}: {1}", "ответ {0}: {1}";
    Placeholder = "Write a message, /help for commands", "Напишите сообщение; команды — /help";
    ReadOnly = "You only read here", "Здесь вы только читаете";
    NoChatsYet = "You are in no chat yet. /rooms finds public ones, /msg @name writes to a person.",
        "Вы пока ни в одном чате. /rooms найдёт открытые, /msg @имя — написать человеку.";
    EmptyChat = "Nothing was said here yet.", "Здесь пока ничего не сказано.";
    Loading = "Loading…", "Загрузка…";
    Details = "Members", "Участники";
    AboutChat = "About", "Описание";
    Muted = "muted", "без звука";
    Chats = "Chats", "Чаты";
    FormTitleIn = "Sign in to Vestnik", "Вход в Вестник";
    FormTitleNew = "New account", "Новая учётная запись";
    FormAccounts = "Accounts on this computer", "Учётные записи на этом компьютере";
    FormServer = "Server", "Сервер";
    FormName = "Name", "Имя";
    FormPassword = "Password", "Пароль";
    FormAgain = "Once more", "Ещё раз";
    FormCode = "Second factor", "Второй фактор";
    FormInvite = "Invite (if any)", "Приглашение (если есть)";
    FormHintIn = "{0} sends   {1} new account   {2} quits", "{0} — войти   {1} — новая запись   {2} — выход";
    FormHintNew = "{0} sends   {1} has one already   {2} quits", "{0} — создать   {1} — уже есть   {2} — выход";
    FormEmpty = "Fill in: {0}", "Заполните: {0}";
    FormBusy = "One moment…", "Минуту…";
    FormPlain = "This server is not encrypted: the password can be read on the way.",
        "Связь с этим сервером не шифруется: пароль можно прочесть по пути.";
    BadConfig = "{0} has a mistake: {1} The usual settings are used.", "В {0} ошибка: {1} Действуют обычные настройки.";
    BadAction = "there is no key action {0}.", "действия {0} нет.";
    BadKey = "{0} is no key. Write it like ctrl-k, alt-enter or G.", "{0} — не клавиша. Пишите так: ctrl-k, alt-enter или G.";
    KeyTwice = "the key {0} is given to {1} and to {2}.", "клавиша {0} отдана и {1}, и {2}.";
    EditorFailed = "The editor {0} did not work: {1} Set EDITOR to one that does.",
        "Редактор {0} не сработал: {1} Укажите другой в EDITOR.";
    StoreFailed = "What is kept on this computer cannot be opened: {0}. See whether the disk is full and the files are yours.",
        "Не удалось открыть сохранённое на этом компьютере: {0}. Проверьте, есть ли место на диске и ваши ли это файлы.";
    CacheFull = "What comes cannot be kept on this computer: {0}. It is fetched anew at the next start.",
        "Приходящее не удаётся сохранить на этом компьютере: {0}. При следующем запуске оно загрузится заново.";
    NameTakenForm = "The name {0}, or one too much like it, is taken. Choose another, or sign in if it is yours.",
        "Имя {0} или слишком похожее уже занято. Выберите другое или войдите, если оно ваше.";
    NoAccountForm = "The name or the password is wrong. If you have no account here yet, {0} makes one.",
        "Неверное имя или пароль. Если учётной записи здесь ещё нет, её создаст {0}.";
    HelpServerArg = "The server, as with --server", "Сервер, как и --server";
    HelpKeys = "Print all keys and commands as Markdown", "Напечатать все клавиши и команды (Markdown)";
    HelpAscii = "Draw with ASCII only", "Рисовать только знаками ASCII";
    HelpConfig = "The file with settings, else\n~/.config/vestnik/terminal.toml", "Файл настроек; иначе\n~/.config/vestnik/terminal.toml";
    FullScreenTakes = "{0} goes with --plain only. Leave it out, or add --plain.", "{0} годится лишь вместе с --plain. Уберите это или добавьте --plain.";
    Today = "today", "сегодня";
    Yesterday = "yesterday", "вчера";
    // Lines for a screen reader
    HelpInLines = "Commands line by line", "Команды в построчном режиме";
    SpYou = "you", "вы";
    SpAnswers = ", answering {0} by {1}", ", ответ на {0}, {1}";
    SpAnswersEarlier = ", answering an earlier message", ", ответ на более раннее сообщение";
    SpAction = ", action", ", действие";
    SpEdited = ", edited", ", изменено";
    SpPinned = ", pinned", ", закреплено";
    SpMentionsYou = ", mentions you", ", упоминает вас";
    SpReactions = ", reactions {0}", ", реакции {0}";
    SpDeleted = "deleted.", "удалено.";
    SpDay = "Messages of {0}:", "Сообщения за {0}:";
    SpUnreadFrom = "Unread from here:", "Непрочитанные:";
    SpHidden = "hidden text", "скрытый текст";
    SpHint = "/reveal {0} reads the hidden text.", "/reveal {0} прочтёт скрытый текст.";
    SpNothingHidden = "Nothing is hidden in message {0}.", "В сообщении {0} ничего не скрыто.";
    SpCodeBegins = "code begins", "начало кода";
    SpCodeBeginsIn = "code begins, {0}", "начало кода, {0}";
    SpCodeEnds = "code ends", "конец кода";
    SpCode = "code: {0}", "код: {0}";
    SpQuote = "quote: {0}", "цитата: {0}";
    SpItem = "item: {0}", "пункт: {0}";
    SpTaskDone = "done: {0}", "сделано: {0}";
    SpTaskOpen = "not done: {0}", "не сделано: {0}";
    SpLink = "{0} (link {1})", "{0} (ссылка {1})";
    SpStruck = "(struck out: {0})", "(зачёркнуто: {0})";
    SpSentAs = "Sent as message {0}.", "Отправлено, сообщение {0}.";
    SpEditedEvent = "{0} edited message {1}: {2}", "{0}: сообщение {1} изменено: {2}";
    SpDeletedEvent = "Message {1} by {0} was deleted.", "Сообщение {1} ({0}) удалено.";
    SpReacted = "{0} reacted with {1} to message {2}: {3}", "{0}: реакция {1} на сообщение {2}: {3}";
    SpUnreacted = "{0} took {1} off message {2}.", "{0}: реакция {1} с сообщения {2} снята.";
    SpPinnedEvent = "{0} pinned message {1}.", "{0}: сообщение {1} закреплено.";
    SpUnpinnedEvent = "{0} unpinned message {1}.", "{0}: сообщение {1} откреплено.";
    SpJoined = "{0} is in this chat now.", "{0} теперь в этом чате.";
    SpLeft = "{0} is not in this chat any more.", "{0} больше не в этом чате.";
    SpRole = "{0} is {1} here now.", "{0}: роль здесь теперь {1}.";
    SpRenamed = "The chat is called {0} now.", "Чат теперь называется {0}.";
    SpChatGone = "The chat {0} was deleted.", "Чат {0} удалён.";
    SpNewChat = "New among your chats: {0}.", "Новый чат в вашем списке: {0}.";
    SpNotIn = "You are not in {0} any more.", "Вы больше не в чате {0}.";
    SpTypes = "{0} is writing.", "{0} пишет.";
    SpWrote = "{0} wrote in {1} ({2} unread)", "{0} пишет в {1} (непрочитано: {2})";
    SpWroteMany = "{0} wrote in {1} ({2} unread)", "{0} пишут в {1} (непрочитано: {2})";
    SpWroteYou = "{0} wrote to you ({1} unread)", "{0} пишет вам (непрочитано: {1})";
    SpMentioned = "{0} mentioned you in {1} ({2} unread)", "{0} упоминает вас в {1} (непрочитано: {2})";
    SpManyMissed = "Much was missed here; /history reads the newest messages.", "Здесь пропущено много; /history прочтёт последние сообщения.";
    SpLost = "The connection is lost: {0} What you write is kept and sent when it is back.",
        "Соединение потеряно: {0} Написанное сохранится и уйдёт, когда оно восстановится.";
    SpNoConnection = "There is no connection yet: {0} You have what is kept on this computer.",
        "Соединения пока нет: {0} Доступно то, что сохранено на этом компьютере.";
    SpBack = "Connected again.", "Соединение восстановлено.";
    SpBackWaiting = "Connected again. Waiting to be sent: {0}.", "Соединение восстановлено. Ждёт отправки: {0}.";
    SpAllSent = "Everything that waited was sent.", "Всё, что ждало, отправлено.";
    SpNoOlder = "There are no older messages.", "Более старых сообщений нет.";
    SpNoNewer = "There are no newer messages.", "Более новых сообщений нет.";
    SpNoDay = "There are no messages since {0}.", "С {0} сообщений нет.";
    SpChatLine = "{0}. {1}, {2}", "{0}. {1}, {2}";
    SpOpen = ", open", ", открыт";
    SpUnread = ", {0} unread", ", непрочитано: {0}";
    SpMarkedUnread = ", marked unread", ", отмечен непрочитанным";
    SpMentions = ", mentions of you: {0}", ", упоминаний вас: {0}";
    SpMuted = ", muted", ", без уведомлений";
    SpFavourite = ", favourite", ", избранный";
    SpArchived = ", archived", ", в архиве";
    SpDraftMark = ", has a draft", ", есть черновик";
    SpNoNumber = "There is no number {0} in the list.", "Номера {0} в списке нет.";
    SpNoSuchMessage = "Message {0} was not read here. /say {0} reads it.", "Сообщение {0} здесь не читалось. /say {0} прочтёт его.";
    SpNoMessage = "There is no message {0} in this chat.", "Сообщения {0} в этом чате нет.";
    SpNoChat = "No chat is open. /chats lists yours, /rooms the public ones.", "Ни один чат не открыт. /chats — ваши, /rooms — открытые.";
    SpMessageOf = "Message {0} of {1}{2}.", "Сообщение {0} из {1}{2}.";
    SpFrom = "From {0}, {1} at {2}.", "От {0}, {1} в {2}.";
    SpAnswersFull = "Answers message {0} by {1}: {2}", "Ответ на сообщение {0}, {1}: {2}";
    SpLine = "Line {0}: {1}", "Строка {0}: {1}";
    SpWhole = "Text: {0}", "Текст: {0}";
    SpEditedAt = "Edited {0} at {1}.", "Изменено {0} в {1}.";
    SpReaction = "Reaction {0} by {1}.", "Реакция {0}: {1}.";
    SpReadBy = "Read by {0}.", "Прочли: {0}.";
    SpReceivedBy = "Received by {0}.", "Получили: {0}.";
    SpStored = "Stored by the server; nobody is known to have received it.", "Сохранено сервером; получил ли кто-нибудь, неизвестно.";
    SpDeletedBy = "Deleted by {0}.", "Удалено: {0}.";
    SpAskDelete = "Delete message {0}, {1}, for everybody? /yes deletes it.", "Удалить сообщение {0}, {1}, у всех? /yes — удалить.";
    SpAskLeave = "Leave {0}? /yes leaves.", "Покинуть {0}? /yes — покинуть.";
    SpAskLogout = "End the session of {0} here and on the server? /yes ends it.", "Завершить сеанс {0} здесь и на сервере? /yes — завершить.";
    SpNotDone = "Not done.", "Не сделано.";
    SpNothingAsked = "Nothing was asked.", "Вопроса не было.";
    SpBlock = "Write lines. /end sends them, /cancel gives them up.", "Пишите строки. /end отправит их, /cancel — отказаться.";
    SpNoBlock = "No lines were begun. /lines begins them.", "Строки не начаты. /lines начнёт их.";
    SpBlockGone = "The lines were given up.", "Строки отброшены.";
    SpDraft = "Draft: {0}", "Черновик: {0}";
    SpDraftIn = "Draft in {0}: {1}", "Черновик в {0}: {1}";
    SpNoDraft = "There is no draft.", "Черновика нет.";
    SpDraftKept = "The draft is kept. /finish sends it.", "Черновик сохранён. /finish отправит его.";
    SpQuiet = "Quiet: only messages here and those to you.", "Тихо: только сообщения здесь и обращённые к вам.";
    SpNormal = "Normal: other chats, edits and reactions, too.", "Обычно: также другие чаты, правки и реакции.";
    SpChatty = "Chatty: everything is announced.", "Подробно: сообщается всё.";
    SpWhere = "You are {0} at {1}, in {2}.", "Вы — {0} на {1}, в чате {2}.";
    SpConnected = "Connected.", "Соединение есть.";
    SpOffline = "Not connected; it is tried again by itself.", "Соединения нет; попытки повторяются сами.";
    SpWaiting = "Waiting to be sent: {0}.", "Ждёт отправки: {0}.";
    SpUnreadAll = "Other chats with something unread: {0}.", "Других непрочитанных чатов: {0}.";
    SpRoom = "#{0}, {1}, members: {2}{3}", "#{0}, {1}, участников: {2}{3}";
    SpRoomJoined = ", you are in it", ", вы в ней";
    SpScheduled = "{0}. {1} at {2}, in {3}: {4}", "{0}. {1} в {2}, в чате {3}: {4}";
    SpFound = "In {0}, {1}: {2}", "В {0}, {1}: {2}";
    SpAccount = "{0}. {1} at {2}{3}", "{0}. {1} на {2}{3}";
    SpInvite = "The invite: {0}", "Приглашение: {0}";
    SpOnlineWord = ", online", ", на связи";
    SpAwayWord = ", away", ", нет на месте";
    SpDndWord = ", not to be disturbed", ", не беспокоить";
    SpNoSuchHelp = "No command has {0}.", "Команд с {0} нет.";
    SpBegin = "You are in {0}. Type to talk; /help lists the commands, /chats your chats, /quit leaves.",
        "Вы в чате {0}. Пишите сообщения; /help — команды, /chats — ваши чаты, /quit — выход.";
    // Errors
    ErrUnauthorized = "You are not signed in any more.", "Вы больше не авторизованы.";
    ErrCredentials = "The name or the password is wrong.", "Неверное имя или пароль.";
    ErrTwoFactor = "A second factor is needed; start on a terminal to be asked for it.",
        "Нужен второй фактор; запустите в терминале, и он будет запрошен.";
    ErrLocked = "Too many failed logins. Try again in {0} min.", "Слишком много неудачных попыток. Повторите через {0} мин.";
    ErrForbidden = "You may not do this here.", "Здесь вам это нельзя.";
    ErrNotFound = "There is no such thing here, or you may not see it.", "Такого здесь нет, или оно вам не видно.";
    ErrTooLong = "The message is too long. Send it in parts.", "Сообщение слишком длинное. Отправьте его частями.";
    ErrRateLimited = "Too many requests. Wait a moment.", "Слишком много запросов. Подождите немного.";
    ErrUnavailable = "The server cannot do this now. Try again later.", "Сервер сейчас не может этого сделать. Повторите позже.";
    ErrInternal = "The server made a mistake. Its log has the details.", "На сервере произошла ошибка. Подробности в его журнале.";
    ErrServer = "The server refused: {0}", "Сервер отказал: {0}";
    ErrConnect = "Cannot connect to {0}: {1}", "Не удалось соединиться с {0}: {1}";
    ErrConnectRefused = "Nothing answers at {0}. Start the server there, or name another by --server.",
        "По адресу {0} никто не отвечает. Запустите там сервер или укажите другой через --server.";
    ErrCertificate = "The certificate of {0} is not trusted here. If the server made it itself, ask its owner for the fingerprint and give it by --fingerprint.",
        "Сертификату {0} здесь не доверяют. Если сервер создал его сам, узнайте у владельца отпечаток и передайте его через --fingerprint.";
    ErrPinned = "The certificate of {0} is not the one given by --fingerprint. Ask the owner of the server before you go on.",
        "Сертификат {0} — не тот, что указан в --fingerprint. Прежде чем продолжать, спросите владельца сервера.";
    ErrOffline = "Not connected to the server", "Нет соединения с сервером";
    ErrTimeout = "The server did not answer in time", "Сервер не ответил вовремя";
    ErrLost = "The connection was lost.", "Соединение потеряно.";
    ErrRestarting = "The server restarts.", "Сервер перезапускается.";
    ErrClosed = "The server closed the connection: {0}", "Сервер закрыл соединение: {0}";
    ErrOther = "Unexpected error: {0}", "Непредвиденная ошибка: {0}";
}

impl Language {
    /// The language of a locale name as in `LANG`.
    pub fn of_locale(locale: &str) -> Self {
        if locale.to_ascii_lowercase().starts_with("ru") { Self::Ru } else { Self::En }
    }

    /// A text without parts.
    pub const fn text(self, text: Text) -> &'static str {
        match self {
            Self::En => text.both().0,
            Self::Ru => text.both().1,
        }
    }

    /// A text with its parts put in.
    pub fn fill(self, text: Text, parts: &[&str]) -> String {
        let mut rest = self.text(text);
        let mut filled = String::with_capacity(rest.len());
        // One pass, so that braces within the parts are left alone.
        while let Some((before, after)) = rest.split_once('{') {
            filled.push_str(before);
            let part = after
                .split_once('}')
                .and_then(|(number, tail)| Some((parts.get(number.parse::<usize>().ok()?)?, tail)));
            match part {
                Some((part, tail)) => {
                    filled.push_str(part);
                    rest = tail;
                }
                None => {
                    filled.push('{');
                    rest = after;
                }
            }
        }
        filled.push_str(rest);
        filled
    }

    /// Where a key holds.
    pub const fn place(self, place: crate::keys::Place) -> Text {
        use crate::keys::Place;
        match place {
            Place::Anywhere => Text::PlaceAnywhere,
            Place::Writing => Text::PlaceWriting,
            Place::Reading => Text::PlaceReading,
            Place::Chats => Text::PlaceChats,
            Place::List => Text::PlaceList,
            Place::Form => Text::PlaceForm,
        }
    }

    /// What kind of chat it is.
    pub const fn kind(self, kind: vestnik_proto::ChatKind) -> &'static str {
        use vestnik_proto::ChatKind;
        self.text(match kind {
            ChatKind::Direct => Text::KindDirect,
            ChatKind::Group => Text::KindGroup,
            ChatKind::Channel => Text::KindChannel,
            ChatKind::Room => Text::KindRoom,
        })
    }

    /// A day, by its name when it is near, without the year when that is this one.
    pub fn day(self, day: jiff::civil::Date, today: jiff::civil::Date) -> String {
        if day == today {
            return self.text(Text::Today).to_owned();
        }
        if day.tomorrow().is_ok_and(|next| next == today) {
            return self.text(Text::Yesterday).to_owned();
        }
        let (weekdays, months) = match self {
            Self::En => (
                ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"],
                [
                    "January",
                    "February",
                    "March",
                    "April",
                    "May",
                    "June",
                    "July",
                    "August",
                    "September",
                    "October",
                    "November",
                    "December",
                ],
            ),
            Self::Ru => (
                ["понедельник", "вторник", "среда", "четверг", "пятница", "суббота", "воскресенье"],
                [
                    "января",
                    "февраля",
                    "марта",
                    "апреля",
                    "мая",
                    "июня",
                    "июля",
                    "августа",
                    "сентября",
                    "октября",
                    "ноября",
                    "декабря",
                ],
            ),
        };
        let weekday = weekdays[usize::try_from(day.weekday().to_monday_zero_offset()).unwrap_or(0) % 7];
        let month = months[usize::try_from(day.month() - 1).unwrap_or(0) % 12];
        let year = if day.year() == today.year() { String::new() } else { format!(" {}", day.year()) };
        format!("{weekday}, {} {month}{year}", day.day())
    }

    /// What a member is.
    pub const fn role(self, role: Role) -> &'static str {
        self.text(match role {
            Role::Owner => Text::RoleOwner,
            Role::Admin => Text::RoleAdmin,
            Role::Member => Text::RoleMember,
            Role::Viewer => Text::RoleViewer,
            Role::Blocked => Text::RoleBlocked,
        })
    }

    /// What is wrong with a new password, as far as that is known without the server.
    pub fn password_problem(self, password: &str) -> Option<String> {
        let (text, limit) = if password.chars().count() < limits::PASSWORD_MIN_CHARS {
            (Text::PasswordShort, limits::PASSWORD_MIN_CHARS)
        } else if password.len() > limits::PASSWORD_MAX_BYTES {
            (Text::PasswordLong, limits::PASSWORD_MAX_BYTES)
        } else {
            return None;
        };
        Some(self.fill(text, &[&limit.to_string()]))
    }

    /// What is wrong with a new username.
    pub fn name_error(self, error: &NameError) -> String {
        let text = match error {
            NameError::TooLong(most) => return self.fill(Text::NameLong, &[&most.to_string()]),
            NameError::Empty => Text::NameEmpty,
            NameError::Reserved => Text::NameReserved,
            NameError::MixedScripts => Text::NameMixed,
            NameError::Character => Text::NameCharacters,
        };
        self.text(text).to_owned()
    }

    /// Why there is no connection, with what to do about it.
    fn connect(self, address: &str, fault: ConnectFault, cause: &str) -> String {
        match fault {
            ConnectFault::Refused => self.fill(Text::ErrConnectRefused, &[address]),
            ConnectFault::Untrusted => self.fill(Text::ErrCertificate, &[address]),
            ConnectFault::NotPinned => self.fill(Text::ErrPinned, &[address]),
            ConnectFault::Other => self.fill(Text::ErrConnect, &[address, &crate::text::line(cause)]),
        }
    }

    /// What the server refused, for a person.
    pub fn refusal(self, error: &ApiError) -> String {
        let text = match error.code {
            ErrorCode::Unauthorized => Text::ErrUnauthorized,
            ErrorCode::InvalidCredentials => Text::ErrCredentials,
            ErrorCode::TwoFactorRequired => Text::ErrTwoFactor,
            ErrorCode::AccountLocked => {
                let minutes = error.retry_after_ms.unwrap_or(0).div_ceil(60_000).max(1);
                return self.fill(Text::ErrLocked, &[&minutes.to_string()]);
            }
            ErrorCode::Forbidden => Text::ErrForbidden,
            ErrorCode::NotFound => Text::ErrNotFound,
            ErrorCode::MessageTooLong | ErrorCode::TooLarge => Text::ErrTooLong,
            ErrorCode::RateLimited => Text::ErrRateLimited,
            ErrorCode::Unavailable => Text::ErrUnavailable,
            ErrorCode::Internal => Text::ErrInternal,
            // Only the server knows which rule was broken.
            ErrorCode::Invalid | ErrorCode::Conflict => {
                return self.fill(Text::ErrServer, &[&crate::text::line(&error.message)]);
            }
        };
        self.text(text).to_owned()
    }

    /// What went wrong, for a person.
    pub fn error(self, error: &ClientError) -> String {
        match error {
            ClientError::Api(error) => self.refusal(error),
            ClientError::Connect { address, fault, cause } => self.connect(address, *fault, cause),
            ClientError::Closed(closed) if closed.is(CloseCode::Restarting) => {
                self.text(Text::ErrRestarting).to_owned()
            }
            ClientError::Closed(closed) if closed.is(CloseCode::Unauthorized) => {
                self.text(Text::ErrUnauthorized).to_owned()
            }
            ClientError::Closed(closed) if closed.is(CloseCode::TooManyRequests) => {
                self.text(Text::ErrRateLimited).to_owned()
            }
            ClientError::Closed(closed) => match closed.code {
                Some(_) => self.fill(Text::ErrClosed, &[&crate::text::line(&closed.reason)]),
                None => self.text(Text::ErrLost).to_owned(),
            },
            ClientError::Offline => self.text(Text::ErrOffline).to_owned(),
            ClientError::Timeout => self.text(Text::ErrTimeout).to_owned(),
            other => self.fill(Text::ErrOther, &[&crate::text::line(&other.to_string())]),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parts(text: &str) -> Vec<&str> {
        let mut parts: Vec<_> =
            text.split('{').skip(1).filter_map(|rest| rest.split_once('}').map(|(part, _)| part)).collect();
        parts.sort_unstable();
        parts
    }

    #[test]
    fn both_languages_are_complete_and_have_the_same_parts() {
        for text in Text::ALL {
            let (en, ru) = text.both();
            assert!(!en.is_empty() && !ru.is_empty(), "{text:?}");
            assert_eq!(parts(en), parts(ru), "{text:?}");
            let letters = en.chars().any(|c| c.is_ascii_alphabetic());
            let cyrillic = |c: char| matches!(c, 'а'..='я' | 'А'..='Я' | 'ё' | 'Ё');
            assert_eq!(ru.chars().any(cyrillic), letters, "{text:?} is translated");
            assert!(!en.chars().any(cyrillic), "{text:?}");
        }
    }

    #[test]
    fn fills_parts_once() {
        assert_eq!(Language::En.fill(Text::Lost, &["{1}", "5"]), "{1}; trying again in 5 s.");
        assert_eq!(Language::En.fill(Text::Lost, &[]), "{0}; trying again in {1} s.");
    }

    #[test]
    fn every_code_has_words_in_both_languages() {
        for code in ErrorCode::ALL {
            let error = ApiError::new(*code, "Because.");
            assert_ne!(Language::En.refusal(&error), Language::Ru.refusal(&error), "{code}");
        }
    }

    #[test]
    fn locales() {
        assert_eq!(Language::of_locale("ru_RU.UTF-8"), Language::Ru);
        assert_eq!(Language::of_locale("C"), Language::En);
    }
}
