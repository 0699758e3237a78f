//! What a person types: text, or a command that begins with a slash.

/// How many earlier messages `/history` shows when no number is given.
const HISTORY: u32 = 20;

/// One line a person typed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Input {
    /// Nothing.
    Empty,
    /// A message.
    Text(String),
    /// `/me`.
    Emote(String),
    /// `/join`: a room's id.
    Join(String),
    /// `/chat`: a chat's id, or a name after `@`.
    Chat(String),
    /// `/msg`: a username and the text.
    Message(String, String),
    /// `/chats`.
    Chats,
    /// `/who`.
    Who,
    /// `/history`: how many.
    History(u32),
    /// `/reply`: a message's number or id, and the text.
    Reply(String, String),
    /// `/edit`: the new text of the last own message.
    Edit(String),
    /// `/delete`: the last own message.
    Delete,
    /// `/react`: on the last message.
    React(String),
    /// `/help`.
    Help,
    /// `/quit`.
    Quit,
    /// A command that is not known. Never sent: it may be a slip with a secret in it.
    Unknown(String),
    /// A known command with a part missing: how to write it.
    Usage(&'static str),
}

impl Input {
    /// Reads a line.
    pub fn parse(line: &str) -> Self {
        let line = line.trim_end();
        let Some(command) = line.strip_prefix('/') else {
            return if line.trim().is_empty() { Self::Empty } else { Self::Text(line.to_owned()) };
        };
        if command.starts_with('/') {
            return Self::Text(command.to_owned());
        }
        let (name, rest) = split(command);
        let one = |make: fn(String) -> Self, usage| {
            if rest.is_empty() { Self::Usage(usage) } else { make(rest.to_owned()) }
        };
        let two = |make: fn(String, String) -> Self, usage| match split(rest) {
            (_, "") => Self::Usage(usage),
            (first, second) => make(first.to_owned(), second.to_owned()),
        };
        match name {
            "me" => one(Self::Emote, "/me TEXT"),
            "join" | "j" => one(|room| Self::Join(room.trim_start_matches('#').to_owned()), "/join ROOM"),
            "chat" => one(Self::Chat, "/chat ID"),
            "msg" => two(|user, text| Self::Message(user.trim_start_matches('@').to_owned(), text), "/msg @NAME TEXT"),
            "chats" => Self::Chats,
            "who" => Self::Who,
            "history" => match rest.parse() {
                Ok(count) if (1..=200).contains(&count) => Self::History(count),
                Err(_) if rest.is_empty() => Self::History(HISTORY),
                _ => Self::Usage("/history [1-200]"),
            },
            "reply" => two(|id, text| Self::Reply(id.trim_start_matches('#').to_owned(), text), "/reply N TEXT"),
            "edit" => one(Self::Edit, "/edit TEXT"),
            "delete" => Self::Delete,
            "react" => one(Self::React, "/react EMOJI"),
            "help" | "?" => Self::Help,
            "quit" | "q" | "exit" => Self::Quit,
            _ => Self::Unknown(name.to_owned()),
        }
    }
}

/// The first word, and the rest without the space around it.
fn split(text: &str) -> (&str, &str) {
    text.split_once(char::is_whitespace).map_or((text, ""), |(first, rest)| (first, rest.trim()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_text_and_commands() {
        let check = |line: &str, expected: Input| assert_eq!(Input::parse(line), expected, "{line:?}");
        check("", Input::Empty);
        check("  \n", Input::Empty);
        check(" hi there\n", Input::Text(" hi there".into()));
        check("//etc is a path", Input::Text("/etc is a path".into()));
        check("/me  waves ", Input::Emote("waves".into()));
        check("/join #general", Input::Join("general".into()));
        check("/chat @anna", Input::Chat("@anna".into()));
        check("/msg @anna  как дела?", Input::Message("anna".into(), "как дела?".into()));
        check("/msg anna", Input::Usage("/msg @NAME TEXT"));
        check("/history", Input::History(20));
        check("/history 5", Input::History(5));
        check("/history 0", Input::Usage("/history [1-200]"));
        check("/history x", Input::Usage("/history [1-200]"));
        check("/reply #12 yes", Input::Reply("12".into(), "yes".into()));
        check("/edit", Input::Usage("/edit TEXT"));
        check("/delete", Input::Delete);
        check("/react 👍", Input::React("👍".into()));
        check("/quit", Input::Quit);
    }

    #[test]
    fn an_unknown_command_is_never_text() {
        for line in ["/", "/pasword hunter2", "/Join x", "/etc/passwd"] {
            assert!(matches!(Input::parse(line), Input::Unknown(_)), "{line}");
        }
    }
}
