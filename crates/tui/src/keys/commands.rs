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
