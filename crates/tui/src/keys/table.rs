//! The one table of what keys do. Dispatch, the help, `docs/terminal.md` and the configuration
//! come from it.

/// Where a binding holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Place {
    /// Everywhere.
    Anywhere,
    /// While a message is being written.
    Writing,
    /// Among the messages.
    Reading,
    /// In the list of chats.
    Chats,
    /// In a list that lies over the screen.
    List,
    /// In the form for signing in.
    Form,
}

impl Place {
    /// Every place, in the order of the help.
    pub const ALL: &[Self] = &[Self::Anywhere, Self::Writing, Self::Reading, Self::Chats, Self::List, Self::Form];
}

macro_rules! actions {
    ($($name:ident = $id:literal, $place:ident, [$($key:literal),*], vi [$($vi:literal),*], emacs [$($emacs:literal),*], $en:literal, $ru:literal;)+) => {
        /// Everything a key can do.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Action {
            $(#[doc = $en] $name,)+
        }

        /// A row of the table.
        #[derive(Debug)]
        pub struct Row {
            /// What it does.
            pub action: Action,
            /// Its name in the configuration.
            pub id: &'static str,
            /// Where it holds.
            pub place: Place,
            /// Its keys. Several presses are separated by a space.
            pub keys: &'static [&'static str],
            /// Its keys in the preset `vi`; when empty, as always.
            pub vi: &'static [&'static str],
            /// Its keys in the preset `emacs`; when empty, as always.
            pub emacs: &'static [&'static str],
            /// What it does, in English and Russian.
            pub what: (&'static str, &'static str),
        }

        /// The table.
        pub const TABLE: &[Row] = &[$(Row {
            action: Action::$name,
            id: $id,
            place: Place::$place,
            keys: &[$($key),*],
            vi: &[$($vi),*],
            emacs: &[$($emacs),*],
            what: ($en, $ru),
        },)+];
    };
}

actions! {
    // Everywhere
    Switcher = "switcher", Anywhere, ["ctrl-k"], vi [], emacs ["ctrl-x b", "ctrl-k"],
        "Go to a chat, a person, a room, a command or a date", "Перейти к чату, человеку, комнате, команде или дате";
    NextUnread = "next_unread", Anywhere, ["alt-a"], vi [], emacs [],
        "Next unread chat, mentions first", "Следующий непрочитанный чат, сначала с упоминанием";
    PreviousChat = "previous_chat", Anywhere, ["alt-up"], vi ["alt-up", "alt-k"], emacs ["alt-up", "alt-p"],
        "Previous chat in the list", "Предыдущий чат в списке";
    NextChat = "next_chat", Anywhere, ["alt-down"], vi ["alt-down", "alt-j"], emacs ["alt-down", "alt-n"],
        "Next chat in the list", "Следующий чат в списке";
    LastChat = "last_chat", Anywhere, ["alt-l"], vi [], emacs [],
        "Back to the chat before", "Вернуться в предыдущий открытый чат";
    Chat1 = "chat_1", Anywhere, ["alt-1"], vi [], emacs [], "Chat 1 of the list; 2 to 9 likewise", "Чат 1 из списка; так же с 2 по 9";
    Chat2 = "chat_2", Anywhere, ["alt-2"], vi [], emacs [], "Chat 2 of the list", "Чат 2 из списка";
    Chat3 = "chat_3", Anywhere, ["alt-3"], vi [], emacs [], "Chat 3 of the list", "Чат 3 из списка";
    Chat4 = "chat_4", Anywhere, ["alt-4"], vi [], emacs [], "Chat 4 of the list", "Чат 4 из списка";
    Chat5 = "chat_5", Anywhere, ["alt-5"], vi [], emacs [], "Chat 5 of the list", "Чат 5 из списка";
    Chat6 = "chat_6", Anywhere, ["alt-6"], vi [], emacs [], "Chat 6 of the list", "Чат 6 из списка";
    Chat7 = "chat_7", Anywhere, ["alt-7"], vi [], emacs [], "Chat 7 of the list", "Чат 7 из списка";
    Chat8 = "chat_8", Anywhere, ["alt-8"], vi [], emacs [], "Chat 8 of the list", "Чат 8 из списка";
    Chat9 = "chat_9", Anywhere, ["alt-9"], vi [], emacs [], "Chat 9 of the list", "Чат 9 из списка";
    PageUp = "page_up", Anywhere, ["pageup"], vi ["pageup", "ctrl-b"], emacs ["pageup", "alt-v"],
        "A screen up in the messages", "Сообщения: на экран вверх";
    PageDown = "page_down", Anywhere, ["pagedown"], vi ["pagedown", "ctrl-f"], emacs ["pagedown", "ctrl-v"],
        "A screen down in the messages", "Сообщения: на экран вниз";
    Details = "details", Anywhere, ["ctrl-o"], vi [], emacs ["ctrl-x d"],
        "Show or hide the members", "Показать или скрыть участников";
    Accounts = "accounts", Anywhere, ["alt-s"], vi [], emacs ["ctrl-x a"],
        "Switch to another account or server", "Сменить учётную запись или сервер";
    Help = "help", Anywhere, ["f1"], vi [], emacs ["f1", "ctrl-x ?"],
        "All keys and commands", "Все клавиши и команды";
    Redraw = "redraw", Anywhere, ["ctrl-l"], vi [], emacs [],
        "Draw the screen anew", "Перерисовать экран";
    Suspend = "suspend", Anywhere, ["ctrl-z"], vi [], emacs [],
        "To the shell; fg comes back", "В оболочку; вернуться — fg";
    Quit = "quit", Anywhere, ["ctrl-c", "ctrl-q"], vi [], emacs ["ctrl-c", "ctrl-x ctrl-c"],
        "Quit, when pressed twice", "Выйти: нажать дважды";

    // Writing
    Send = "send", Writing, ["enter"], vi [], emacs [],
        "Send; in a code block a new line", "Отправить; в блоке кода — новая строка";
    NewLine = "new_line", Writing, ["alt-enter", "shift-enter", "ctrl-j"], vi [], emacs [],
        "New line", "Новая строка";
    Normal = "normal", Writing, ["esc"], vi [], emacs ["esc", "ctrl-g"],
        "End the edit or reply, close the list; then to the messages", "Отменить правку или ответ, закрыть список; затем — к сообщениям";
    Complete = "complete", Writing, ["tab"], vi [], emacs [],
        "Complete @name, #chat, :emoji: or /command; else the next pane", "Дополнить @имя, #чат, :эмодзи: или /команду; иначе — следующая панель";
    EditLast = "edit_last", Writing, ["up"], vi [], emacs [],
        "In an empty field: edit my last message", "В пустом поле: изменить своё последнее сообщение";
    ReplyLast = "reply_last", Writing, ["shift-up"], vi [], emacs [],
        "Reply to the last message", "Ответить на последнее сообщение";
    OlderText = "older_text", Writing, ["ctrl-up"], vi [], emacs ["ctrl-up", "alt-r"],
        "What I sent before", "Отправленное раньше";
    NewerText = "newer_text", Writing, ["ctrl-down"], vi [], emacs [],
        "What I sent after that", "Отправленное позже";
    Editor = "editor", Writing, ["ctrl-e"], vi [], emacs ["ctrl-x ctrl-e"],
        "Write in $EDITOR", "Писать в $EDITOR";
    ClearText = "clear_text", Writing, ["ctrl-u"], vi [], emacs ["alt-u"],
        "Empty the field", "Очистить поле";

    // Reading
    Down = "down", Reading, ["j", "down"], vi [], emacs ["ctrl-n", "n", "down"],
        "Next message", "Следующее сообщение";
    Up = "up", Reading, ["k", "up"], vi [], emacs ["ctrl-p", "p", "up"],
        "Previous message", "Предыдущее сообщение";
    First = "first", Reading, ["g", "home"], vi ["g g", "home"], emacs ["alt-<", "home"],
        "Oldest message here; once more for older ones", "Самое старое сообщение; ещё раз — более старые";
    Last = "last", Reading, ["G", "end"], vi [], emacs ["alt->", "end"],
        "Newest message", "Самое новое сообщение";
    HalfUp = "half_up", Reading, ["ctrl-u"], vi [], emacs ["ctrl-u"],
        "Half a screen up", "На полэкрана вверх";
    HalfDown = "half_down", Reading, ["ctrl-d"], vi [], emacs [],
        "Half a screen down", "На полэкрана вниз";
    Write = "write", Reading, ["i", "a", "enter", "space"], vi ["i", "a", "o", "enter"], emacs ["i", "enter", "space"],
        "Write a message", "Писать сообщение";
    Reply = "reply", Reading, ["r"], vi [], emacs [],
        "Reply to it", "Ответить";
    Edit = "edit", Reading, ["e"], vi ["e", "c c"], emacs [],
        "Edit it, when it is mine", "Изменить своё";
    Delete = "delete", Reading, ["d", "delete"], vi ["d d", "delete"], emacs [],
        "Delete it", "Удалить";
    React = "react", Reading, ["+", "="], vi [], emacs [],
        "React to it", "Отреагировать";
    Copy = "copy", Reading, ["y"], vi ["y y"], emacs ["alt-w", "w"],
        "Copy its text", "Копировать текст";
    CopyLink = "copy_link", Reading, ["Y"], vi [], emacs [],
        "Copy a link to it", "Копировать ссылку на сообщение";
    Open = "open", Reading, ["o"], vi ["g x"], emacs ["o"],
        "Open a link in it, or what it replies to", "Открыть ссылку из него или сообщение, на которое оно отвечает";
    Pin = "pin", Reading, ["p"], vi [], emacs ["P"],
        "Pin or unpin it", "Закрепить или открепить";
    Retry = "retry", Reading, ["R"], vi [], emacs [],
        "Send again what was refused", "Отправить отвергнутое ещё раз";
    MarkUnread = "mark_unread", Reading, ["u"], vi [], emacs [],
        "Show the chat as unread", "Отметить чат непрочитанным";
    Search = "search", Reading, ["/"], vi [], emacs ["ctrl-s", "/"],
        "Search in this chat", "Искать в этом чате";
    NextHit = "next_hit", Reading, ["n"], vi [], emacs ["ctrl-alt-s"],
        "Next hit of the search", "Следующее найденное";
    PreviousHit = "previous_hit", Reading, ["N"], vi [], emacs ["ctrl-r"],
        "Previous hit of the search", "Предыдущее найденное";
    Date = "date", Reading, ["D"], vi [], emacs [],
        "Jump to a date", "Перейти к дате";
    Command = "command", Reading, [":"], vi [], emacs [":", "alt-x"],
        "Write a /command", "Написать /команду";
    ShortHelp = "short_help", Reading, ["?"], vi [], emacs [],
        "All keys and commands", "Все клавиши и команды";
    NextPane = "next_pane", Reading, ["tab"], vi ["tab", "ctrl-w"], emacs ["tab", "ctrl-x o"],
        "Next pane", "Следующая панель";
    PreviousPane = "previous_pane", Reading, ["shift-tab"], vi [], emacs [],
        "Previous pane", "Предыдущая панель";
    Leave = "close", Reading, ["esc", "q"], vi ["esc"], emacs ["esc", "ctrl-g", "q"],
        "To the newest message, and write", "К новейшему сообщению и писать";

    // The list of chats
    ChatDown = "chat_down", Chats, ["j", "down"], vi [], emacs ["ctrl-n", "n", "down"],
        "Next chat", "Следующий чат";
    ChatUp = "chat_up", Chats, ["k", "up"], vi [], emacs ["ctrl-p", "p", "up"],
        "Previous chat", "Предыдущий чат";
    ChatFirst = "chat_first", Chats, ["g", "home"], vi ["g g", "home"], emacs ["alt-<", "home"],
        "First chat", "Первый чат";
    ChatLast = "chat_last", Chats, ["G", "end"], vi [], emacs ["alt->", "end"],
        "Last chat", "Последний чат";
    ChatOpen = "chat_open", Chats, ["enter", "l", "right", "i"], vi [], emacs ["enter", "right"],
        "Open it", "Открыть";
    ChatFavourite = "chat_favourite", Chats, ["f"], vi [], emacs [],
        "Keep it at the top or not", "Держать наверху или нет";
    ChatMute = "chat_mute", Chats, ["m"], vi [], emacs [],
        "Mute or unmute it", "Заглушить или включить звук";
    ChatArchive = "chat_archive", Chats, ["A"], vi [], emacs [],
        "Put it away or bring it back", "Убрать в архив или вернуть";
    ChatUnread = "chat_unread", Chats, ["u"], vi [], emacs [],
        "Show it as unread", "Отметить непрочитанным";
    ChatSearch = "chat_search", Chats, ["/"], vi [], emacs ["/", "ctrl-s"],
        "Find a chat", "Найти чат";
    ChatHelp = "chat_help", Chats, ["?"], vi [], emacs [],
        "All keys and commands", "Все клавиши и команды";
    ChatNextPane = "chat_next_pane", Chats, ["tab"], vi ["tab", "ctrl-w"], emacs ["tab", "ctrl-x o"],
        "Next pane", "Следующая панель";
    ChatPreviousPane = "chat_previous_pane", Chats, ["shift-tab"], vi [], emacs [],
        "Previous pane", "Предыдущая панель";
    ChatLeave = "chat_close", Chats, ["esc", "q"], vi [], emacs ["esc", "ctrl-g", "q"],
        "Back to writing", "Назад, писать";

    // A list over the screen
    ListDown = "list_down", List, ["down", "ctrl-n"], vi ["down", "ctrl-n", "ctrl-j"], emacs [],
        "Next line", "Следующая строка";
    ListUp = "list_up", List, ["up", "ctrl-p"], vi [], emacs [],
        "Previous line", "Предыдущая строка";
    ListTake = "list_take", List, ["enter", "tab"], vi [], emacs [],
        "Take it", "Выбрать";
    ListClose = "list_close", List, ["esc"], vi [], emacs ["esc", "ctrl-g"],
        "Close", "Закрыть";

    // The form
    FieldDown = "field_down", Form, ["down", "tab"], vi [], emacs ["down", "tab", "ctrl-n"],
        "Next field", "Следующее поле";
    FieldUp = "field_up", Form, ["up", "shift-tab"], vi [], emacs ["up", "shift-tab", "ctrl-p"],
        "Previous field", "Предыдущее поле";
    FormSend = "form_send", Form, ["enter"], vi [], emacs [],
        "Sign in, or take the account", "Войти или выбрать учётную запись";
    FormToggle = "form_toggle", Form, ["ctrl-t"], vi [], emacs [],
        "Between signing in and a new account", "Вход или новая учётная запись";
    FormCancel = "form_cancel", Form, ["esc"], vi [], emacs ["esc", "ctrl-g"],
        "Back", "Назад";
}
