//! The one table of commands that begin with a slash. Completion, the help and
//! `docs/terminal.md` come from it.

macro_rules! commands {
    ($($name:ident = $id:literal $(| $alias:literal)*, $args:literal, $ru_args:literal, $en:literal, $ru:literal;)+) => {
        /// Every command.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Verb {
            $(#[doc = $en] $name,)+
        }

        /// A row of the table.
        #[derive(Debug)]
        pub struct CommandRow {
            /// Which.
            pub verb: Verb,
            /// Its name.
            pub name: &'static str,
            /// Other names.
            pub aliases: &'static [&'static str],
            /// What follows the name, in English and Russian.
            pub args: (&'static str, &'static str),
            /// What it does, in English and Russian.
            pub what: (&'static str, &'static str),
        }

        /// The table.
        pub const COMMANDS: &[CommandRow] = &[$(CommandRow {
            verb: Verb::$name,
            name: $id,
            aliases: &[$($alias),*],
            args: ($args, $ru_args),
            what: ($en, $ru),
        },)+];
    };
}

commands! {
    Help = "help" | "shortcuts" | "keys" | "?", "", "", "All keys and commands", "Все клавиши и команды";
    Join = "join" | "j", "ROOM | INVITE", "КОМНАТА | ПРИГЛАШЕНИЕ", "Enter a room, or a chat by an invite", "Войти в комнату или в чат по приглашению";
    Leave = "leave" | "part", "", "", "Leave this chat", "Покинуть этот чат";
    Rooms = "rooms", "[WORDS]", "[СЛОВА]", "Find public rooms", "Найти открытые комнаты";
    New = "new", "group|channel|room NAME", "group|channel|room НАЗВАНИЕ", "Make a group, channel or room", "Создать группу, канал или комнату";
    Msg = "msg" | "query", "@NAME [TEXT]", "@ИМЯ [ТЕКСТ]", "Write to a person", "Написать человеку";
    Invite = "invite", "[@NAME]", "[@ИМЯ]", "Add a person; alone: make an invite and copy it", "Добавить человека; без имени — создать приглашение и скопировать его";
    Kick = "kick", "@NAME", "@ИМЯ", "Take a person out of this chat", "Исключить человека из чата";
    Ban = "ban" | "block", "@NAME", "@ИМЯ", "Block a person in this chat", "Заблокировать человека в чате";
    Unban = "unban" | "unblock", "@NAME", "@ИМЯ", "Let a blocked person back", "Разблокировать человека";
    Role = "role", "@NAME admin|member|viewer", "@ИМЯ admin|member|viewer", "Change what a person may do here", "Изменить роль человека";
    Topic = "topic", "TEXT", "ТЕКСТ", "Say what this chat is about", "Описание этого чата";
    Rename = "rename", "NAME", "НАЗВАНИЕ", "Give this chat another name", "Переименовать этот чат";
    Delete = "delete", "", "", "Delete the selected message, or my last one", "Удалить выбранное или своё последнее сообщение";
    Edit = "edit", "[TEXT]", "[ТЕКСТ]", "Edit the selected message, or my last one", "Изменить выбранное или своё последнее сообщение";
    Reply = "reply", "[TEXT]", "[ТЕКСТ]", "Reply to the selected message, or the last one", "Ответить на выбранное или последнее сообщение";
    React = "react", "EMOJI", "ЭМОДЗИ", "React to the selected message, or the last one", "Отреагировать на выбранное или последнее сообщение";
    Pin = "pin", "", "", "Pin or unpin the selected message", "Закрепить или открепить выбранное сообщение";
    Pins = "pins", "", "", "What is pinned here", "Закреплённые сообщения";
    Link = "link", "", "", "Copy a link to the selected message", "Скопировать ссылку на выбранное сообщение";
    Readers = "readers", "", "", "Who has read the selected message", "Кто прочёл выбранное сообщение";
    Me = "me", "TEXT", "ТЕКСТ", "An action in the third person", "Действие от третьего лица";
    Shrug = "shrug", "[TEXT]", "[ТЕКСТ]", "Adds ¯\\_(ツ)_/¯", "Добавляет ¯\\_(ツ)_/¯";
    Code = "code", "[LANGUAGE]", "[ЯЗЫК]", "Begin a block of code", "Начать блок кода";
    Spoiler = "spoiler", "TEXT", "ТЕКСТ", "A text that is hidden until selected", "Текст, скрытый до выбора";
    Later = "later" | "schedule", "WHEN TEXT", "КОГДА ТЕКСТ", "Send later: 18:30, 2h, 2026-12-01T09:00", "Отправить позже: 18:30, 2h, 2026-12-01T09:00";
    Scheduled = "scheduled", "", "", "What waits for its time; Enter cancels it", "Что ждёт своего времени; Enter отменяет";
    Search = "search", "WORDS", "СЛОВА", "Search in all chats kept here", "Искать во всех чатах, что хранятся здесь";
    Date = "date", "2026-11-25", "2026-11-25", "Jump to a date", "Перейти к дате";
    Members = "members" | "who", "", "", "Show or hide the members", "Показать или скрыть участников";
    Mute = "mute", "[2h]", "[2h]", "No notices from this chat, for a time or for good", "Без уведомлений из этого чата — на время или насовсем";
    Unmute = "unmute", "", "", "Notices from this chat again", "Снова уведомлять об этом чате";
    Favourite = "favourite" | "fav", "", "", "Keep this chat at the top or not", "Держать этот чат наверху или нет";
    Archive = "archive", "", "", "Put this chat away or bring it back", "Убрать чат в архив или вернуть";
    Unread = "unread", "", "", "Show this chat as unread", "Отметить чат непрочитанным";
    Nick = "nick" | "name", "NAME", "ИМЯ", "The name others see", "Имя, которое видят другие";
    Status = "status", "[EMOJI] [TEXT]", "[ЭМОДЗИ] [ТЕКСТ]", "A line about what I do; alone: none", "Строка о том, чем занят; без текста — убрать";
    Away = "away", "", "", "I am away", "Меня нет на месте";
    Dnd = "dnd", "", "", "Do not disturb: no notices", "Не беспокоить: без уведомлений";
    Back = "back" | "online", "", "", "I am here again", "Я снова здесь";
    Connect = "connect" | "login", "[SERVER]", "[СЕРВЕР]", "Sign in to another account or server", "Войти под другой учётной записью или на другой сервер";
    Accounts = "accounts", "", "", "Switch between accounts", "Переключить учётную запись";
    Logout = "logout", "", "", "End this session here and on the server", "Завершить сеанс здесь и на сервере";
    Quit = "quit" | "q" | "exit", "", "", "Leave the program", "Выйти из программы";
}

/// The row of a command by one of its names.
pub fn find(name: &str) -> Option<&'static CommandRow> {
    COMMANDS.iter().find(|row| row.name == name || row.aliases.contains(&name))
}

/// A command of the line client: one of the table above, or one that only lines need.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LineVerb {
    /// As on the full screen.
    Both(Verb),
    /// The chats, or those with something unread.
    Chats,
    /// Another chat.
    Chat,
    /// The next unread chat.
    Next,
    /// The newest messages.
    History,
    /// Older ones than those read last.
    Older,
    /// Newer ones than those read last.
    Newer,
    /// Everything about a message.
    Say,
    /// The hidden text of a message.
    Reveal,
    /// Where one is.
    Where,
    /// Fewest announcements.
    Quiet,
    /// The usual announcements.
    Normal,
    /// All announcements.
    Chatty,
    /// The unfinished message of this chat.
    Draft,
    /// All unfinished messages.
    Drafts,
    /// Sends the unfinished message.
    Finish,
    /// Begins a message of several lines.
    Lines,
    /// Sends it.
    End,
    /// Gives it up.
    Cancel,
    /// Agrees to what was asked.
    Yes,
}

/// A row of the line client's table.
#[derive(Clone, Copy, Debug)]
pub struct LineRow {
    /// Which.
    pub verb: LineVerb,
    /// Its name.
    pub name: &'static str,
    /// Other names.
    pub aliases: &'static [&'static str],
    /// What follows the name, in English and Russian.
    pub args: (&'static str, &'static str),
    /// What it does, in English and Russian.
    pub what: (&'static str, &'static str),
}

macro_rules! line_rows {
    ($($verb:ident = $name:literal $(| $alias:literal)*, $args:literal, $ru_args:literal, $en:literal, $ru:literal;)+) => {
        &[$(LineRow {
            verb: LineVerb::$verb,
            name: $name,
            aliases: &[$($alias),*],
            args: ($args, $ru_args),
            what: ($en, $ru),
        },)+]
    };
}

/// What only lines need.
const ONLY_LINES: &[LineRow] = line_rows! {
    Chats = "chats" | "list", "[unread]", "[unread]", "My chats with their numbers, or only the unread ones", "Мои чаты с номерами или только непрочитанные";
    Chat = "chat" | "go" | "switch", "NUMBER | NAME | @NAME", "НОМЕР | НАЗВАНИЕ | @ИМЯ", "Go to a chat or a person", "Перейти в чат или к человеку";
    Next = "next", "", "", "Go to the next unread chat, mentions first", "Перейти к следующему непрочитанному чату, сначала с упоминаниями";
    History = "history", "[COUNT]", "[СКОЛЬКО]", "The newest messages", "Последние сообщения";
    Older = "older", "[COUNT]", "[СКОЛЬКО]", "Messages before those read last", "Сообщения раньше прочитанных";
    Newer = "newer", "[COUNT]", "[СКОЛЬКО]", "Messages after those read last", "Сообщения позже прочитанных";
    Say = "say", "[N]", "[N]", "Everything about message N: who, when, text line by line, reactions, how far it has come", "Всё о сообщении N: кто, когда, текст по строкам, реакции, дошло ли";
    Reveal = "reveal", "[N]", "[N]", "Read the hidden text of message N", "Прочесть скрытый текст сообщения N";
    Where = "where", "", "", "Where I am, and whether there is a connection", "Где я и есть ли соединение";
    Quiet = "quiet", "", "", "Announce only messages here and those to me", "Сообщать только о сообщениях здесь и обращённых ко мне";
    Normal = "normal", "", "", "Announce other chats, edits and reactions, too", "Сообщать и о других чатах, правках и реакциях";
    Chatty = "chatty", "", "", "Announce everything: times, who is writing, pins", "Сообщать всё: время, кто пишет, закрепления";
    Draft = "draft", "[TEXT]", "[ТЕКСТ]", "Keep an unfinished message on all my devices; alone: read it", "Сохранить черновик для всех моих устройств; без текста — прочесть";
    Drafts = "drafts", "", "", "Chats with an unfinished message", "Чаты с черновиками";
    Finish = "finish", "[TEXT]", "[ТЕКСТ]", "Send the unfinished message, with this at its end", "Отправить черновик, дописав это в конце";
    Lines = "lines", "", "", "Begin a message of several lines", "Начать сообщение из нескольких строк";
    End = "end", "", "", "Send the lines", "Отправить эти строки";
    Cancel = "cancel", "", "", "Give the lines up", "Отказаться от этих строк";
    Yes = "yes" | "да", "", "", "Do what was asked", "Да, сделать то, о чём спросили";
};

/// What the commands of the full screen take and do in lines, where that differs.
type InLines = (Verb, (&'static str, &'static str), (&'static str, &'static str));
const IN_LINES: &[InLines] = &[
    (Verb::Help, ("[WORD]", "[СЛОВО]"), ("The commands, or those with a word", "Команды, все или с этим словом")),
    (
        Verb::Invite,
        ("[@NAME]", "[@ИМЯ]"),
        ("Add a person; alone: make an invite", "Добавить человека; без имени — создать приглашение"),
    ),
    (Verb::Delete, ("[N]", "[N]"), ("Delete message N, or my last one", "Удалить сообщение N или своё последнее")),
    (
        Verb::Edit,
        ("[N] TEXT", "[N] ТЕКСТ"),
        ("Change message N, or my last one", "Изменить сообщение N или своё последнее"),
    ),
    (
        Verb::Reply,
        ("[N] TEXT", "[N] ТЕКСТ"),
        ("Reply to message N, or the last one", "Ответить на сообщение N или последнее"),
    ),
    (
        Verb::React,
        ("[N] EMOJI", "[N] ЭМОДЗИ"),
        (
            "React to message N or the last one; once more takes it off",
            "Реакция на сообщение N или последнее; ещё раз — снять",
        ),
    ),
    (
        Verb::Pin,
        ("[N]", "[N]"),
        ("Pin or unpin message N, or the last one", "Закрепить или открепить сообщение N или последнее"),
    ),
    (Verb::Link, ("[N]", "[N]"), ("The link to message N, or the last one", "Ссылка на сообщение N или последнее")),
    (
        Verb::Readers,
        ("[N]", "[N]"),
        ("Who has read message N, or the last one", "Кто прочёл сообщение N или последнее"),
    ),
    (
        Verb::Code,
        ("[LANGUAGE]", "[ЯЗЫК]"),
        ("Begin a block of code; /end sends it", "Начать блок кода; /end отправит его"),
    ),
    (Verb::Spoiler, ("TEXT", "ТЕКСТ"), ("A text that is hidden until revealed", "Текст, скрытый до /reveal")),
    (
        Verb::Scheduled,
        ("[NUMBER]", "[НОМЕР]"),
        (
            "What waits for its time; with a number: do not send it",
            "Что ждёт своего времени; с номером — не отправлять",
        ),
    ),
    (Verb::Members, ("", ""), ("Who is in this chat", "Кто в этом чате")),
    (
        Verb::Accounts,
        ("[NUMBER]", "[НОМЕР]"),
        ("My accounts here; with a number: switch to it", "Мои учётные записи; с номером — перейти"),
    ),
];

/// The line client's table: its own commands and those of the full screen. A form to sign in needs
/// a screen.
pub fn in_lines() -> impl Iterator<Item = LineRow> {
    let both = COMMANDS.iter().filter(|row| row.verb != Verb::Connect).map(|row| {
        let other = IN_LINES.iter().find(|(verb, ..)| *verb == row.verb);
        let (args, what) = other.map_or((row.args, row.what), |(_, args, what)| (*args, *what));
        LineRow { verb: LineVerb::Both(row.verb), name: row.name, aliases: row.aliases, args, what }
    });
    ONLY_LINES.iter().copied().chain(both)
}

/// The row of a command of the line client by one of its names.
pub fn find_in_lines(name: &str) -> Option<LineRow> {
    in_lines().find(|row| row.name == name || row.aliases.contains(&name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_name_is_given_twice() {
        let names: Vec<&str> = in_lines().flat_map(|row| row.aliases.iter().copied().chain([row.name])).collect();
        let different: std::collections::BTreeSet<_> = names.iter().collect();
        assert_eq!(names.len(), different.len(), "{names:?}");
        for row in in_lines() {
            assert!(row.what.1.chars().any(|c| c > '\u{400}'), "{} is translated", row.name);
        }
    }
}
