//! Cheap reading and writing of the few frames that are counted by the million.
//!
//! A decoder would cost the generator more than the server spends, so these are searches for a
//! known piece of text. Everything that is not counted by the million goes through `vestnik_proto`.

use std::io::Write;

use memchr::memmem::Finder;
use uuid::Uuid;

/// Which message of which sender: what a content begins with, as `~<tag>.<index>~`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Mark {
    /// The sender, or the run.
    pub tag: u32,
    /// The how-manieth of it, from 0.
    pub index: u32,
}

impl Mark {
    /// The index of a run's very last message, which is not counted.
    pub const LAST: u32 = u32::MAX;

    /// The very last message of the run with this tag, which is below 2^29. Its own tag keeps it
    /// from being taken for one of the run.
    pub fn last_of(tag: u32) -> Self {
        Self { tag: tag | 1 << 29, index: Self::LAST }
    }

    /// The mark a content begins with.
    pub fn of_content(content: &str) -> Option<Self> {
        Self::read(content.as_bytes().strip_prefix(b"~")?)
    }

    /// Reads what stands after the first `~`.
    fn read(text: &[u8]) -> Option<Self> {
        let (tag, rest) = number(text)?;
        let (index, _) = number(rest.strip_prefix(b".")?)?;
        Some(Self { tag: u32::try_from(tag).ok()?, index: u32::try_from(index).ok()? })
    }
}

/// How far into a frame the type of an event may stand: after `chat_id` and `rev`.
const TYPE_WITHIN: usize = 256;

/// What a frame is, as far as counting needs to know.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Seen {
    /// A `new_message` of the generator.
    Message(Mark),
    /// An `ack`.
    Ack,
    /// An `error`.
    Error,
    /// A `pong`.
    Pong,
    /// An XMPP server has handled so many stanzas (`<a h='...'/>`).
    Handled(u64),
    /// An XMPP server asks how many stanzas came (`<r/>`).
    Asked,
    /// Anything else.
    Other,
}

/// The searches, prepared once.
#[derive(Clone, Debug)]
pub struct Scanner {
    kind: Finder<'static>,
    content: Finder<'static>,
    id: Finder<'static>,
    rev: Finder<'static>,
    seq: Finder<'static>,
    body: Finder<'static>,
    handled: Finder<'static>,
}

impl Default for Scanner {
    fn default() -> Self {
        Self {
            kind: Finder::new(br#""type":"new_message""#),
            content: Finder::new(br#""content":"~"#),
            id: Finder::new(br#""id":""#),
            rev: Finder::new(br#""rev":"#),
            seq: Finder::new(br#""seq":"#),
            body: Finder::new(b"<body>~"),
            handled: Finder::new(b" h="),
        }
    }
}

impl Scanner {
    /// What this frame is.
    pub fn see(&self, frame: &[u8]) -> Seen {
        if frame.starts_with(br#"{"type":"ack""#) {
            return Seen::Ack;
        }
        if frame.starts_with(br#"{"type":"error""#) {
            return Seen::Error;
        }
        if frame.starts_with(br#"{"type":"pong""#) {
            return Seen::Pong;
        }
        if frame.starts_with(b"<") {
            return self.see_stanza(frame);
        }
        let head = &frame[..frame.len().min(TYPE_WITHIN)];
        let Some(at) = self.kind.find(head) else { return Seen::Other };
        self.mark(&frame[at..]).map_or(Seen::Other, Seen::Message)
    }

    /// What this stanza is.
    fn see_stanza(&self, stanza: &[u8]) -> Seen {
        let after = |key: &Finder<'_>| Some(&stanza[key.find(stanza)? + key.needle().len()..]);
        if stanza.starts_with(b"<message") {
            return after(&self.body).and_then(Mark::read).map_or(Seen::Other, Seen::Message);
        }
        if stanza.starts_with(b"<a ") {
            // The number is quoted.
            let handled = after(&self.handled).and_then(|rest| number(rest.get(1..)?));
            return handled.map_or(Seen::Other, |(count, _)| Seen::Handled(count));
        }
        if stanza.starts_with(b"<r ") || stanza.starts_with(b"<r/") { Seen::Asked } else { Seen::Other }
    }

    /// The first [`Mark`] in this text.
    fn mark(&self, text: &[u8]) -> Option<Mark> {
        let at = self.content.find(text)? + self.content.needle().len();
        Mark::read(&text[at..])
    }

    /// The command's `id` that an answer repeats, when the generator chose a number for it.
    pub fn answered(&self, frame: &[u8]) -> Option<u64> {
        // The server appends the id at the very end; message ids stand before it.
        let tail = &frame[frame.len().saturating_sub(32)..];
        let at = memchr::memmem::rfind(tail, self.id.needle())? + self.id.needle().len();
        Some(number(&tail[at..])?.0)
    }

    /// The event's place in the chat's log.
    pub fn rev(&self, frame: &[u8]) -> Option<i64> {
        following(&self.rev, frame)
    }

    /// The first message's number.
    pub fn seq(&self, frame: &[u8]) -> Option<i64> {
        following(&self.seq, frame)
    }
}

/// The number that stands after the first `key`.
fn following(key: &Finder<'_>, frame: &[u8]) -> Option<i64> {
    let at = key.find(frame)? + key.needle().len();
    i64::try_from(number(&frame[at..])?.0).ok()
}

/// The decimal number a text begins with, and what comes after it.
fn number(text: &[u8]) -> Option<(u64, &[u8])> {
    let digits = text.iter().take(19).take_while(|byte| byte.is_ascii_digit()).count();
    if digits == 0 {
        return None;
    }
    let value = text[..digits].iter().fold(0u64, |value, byte| value * 10 + u64::from(byte - b'0'));
    Some((value, &text[digits..]))
}

/// Writes the content of a message: its mark, then `x` up to `chars` characters.
fn push_content(out: &mut Vec<u8>, mark: Mark, padding: &str, chars: usize) {
    let from = out.len();
    write!(out, "~{}.{}~", mark.tag, mark.index).expect("a Vec takes every write");
    let each = padding.len().max(1);
    let used = out.len() - from;
    for _ in used..chars.max(used) {
        out.extend_from_slice(padding.as_bytes());
    }
    debug_assert!(each <= 4, "the padding is one character");
}

/// How messages look.
#[derive(Clone, Copy, Debug)]
pub struct Body {
    /// Characters of a content, its mark included.
    pub chars: usize,
    /// The character that fills it up; needs no escape in JSON.
    pub padding: &'static str,
    /// Whether each message carries a `client_id`, as real clients do.
    pub client_ids: bool,
}

impl Body {
    /// A text of one-byte characters.
    pub fn ascii(chars: usize, client_ids: bool) -> Self {
        Self { chars, padding: "x", client_ids }
    }

    /// Appends the `message` command; `id` is the number an ack will repeat.
    pub fn push_command(self, out: &mut Vec<u8>, chat: &str, mark: Mark, run: u64) {
        write!(out, r#"{{"type":"message","chat_id":"{chat}","content":""#).expect("a Vec takes every write");
        push_content(out, mark, self.padding, self.chars);
        write!(out, r#"","id":"{}""#, mark.index).expect("a Vec takes every write");
        if self.client_ids {
            out.extend_from_slice(br#","client_id":""#);
            let mut text = [0; uuid::fmt::Hyphenated::LENGTH];
            out.extend_from_slice(client_id(run, mark).hyphenated().encode_lower(&mut text).as_bytes());
            out.push(b'"');
        }
        out.push(b'}');
    }

    /// Appends what the raw server is given to fan out: of the shape and size of the event that
    /// the real server makes of [`Body::push_command`].
    pub fn push_event(self, out: &mut Vec<u8>, mark: Mark) {
        write!(
            out,
            r#"{{"chat_id":"raw","rev":{0},"type":"new_message","message":{{"id":"4-{0}","seq":{0},"sender_id":100,"sender_username":"bench-00000000-0","content":""#,
            mark.index
        )
        .expect("a Vec takes every write");
        push_content(out, mark, self.padding, self.chars);
        out.extend_from_slice(
            br#"","message_type":"text","timestamp":"2026-01-01T00:00:00.000Z","reply_to":null,"mentions":[],"reactions":{},"edited":false,"edited_at":null,"deleted":false}}"#,
        );
    }
}

impl Body {
    /// Appends an XMPP message.
    pub fn push_stanza(self, out: &mut Vec<u8>, to: &str, kind: &str, mark: Mark) {
        write!(out, "<message to='{to}' type='{kind}'><body>").expect("a Vec takes every write");
        push_content(out, mark, self.padding, self.chars);
        out.extend_from_slice(b"</body></message>");
    }

    /// Appends what NATS is told to hand to the subscribers: [`Body::push_event`].
    pub fn push_publish(self, out: &mut Vec<u8>, subject: &str, mark: Mark) {
        let mut event = Vec::new();
        self.push_event(&mut event, mark);
        write!(out, "PUB {subject} {}\r\n", event.len()).expect("a Vec takes every write");
        out.append(&mut event);
        out.push(b'\r');
    }

    /// Appends what the raw server with a disk is told: the pair, the number its ack repeats, and
    /// [`Body::push_event`].
    pub fn push_pair(self, out: &mut Vec<u8>, pair: &str, mark: Mark) {
        write!(out, "{pair} {} ", mark.index).expect("a Vec takes every write");
        self.push_event(out, mark);
    }
}

/// The idempotency key of a message: the same for the same message of the same run, so that a
/// repetition after a crash is one.
pub fn client_id(run: u64, mark: Mark) -> Uuid {
    let mut bytes = [0; 16];
    bytes[..8].copy_from_slice(&run.to_be_bytes());
    bytes[8..12].copy_from_slice(&mark.tag.to_be_bytes());
    bytes[12..].copy_from_slice(&mark.index.to_be_bytes());
    // Version and variant overwrite four bits of the run, which is random, and the two highest of
    // the tag, which are never set.
    uuid::Builder::from_custom_bytes(bytes).into_uuid()
}

#[cfg(test)]
mod tests {
    use super::*;
    use vestnik_proto::{Answer, ClientFrame, Command, Timestamp, frame};

    const MARK: Mark = Mark { tag: 7, index: 1234 };

    #[test]
    fn a_command_is_what_the_server_reads() {
        for client_ids in [true, false] {
            let mut out = Vec::new();
            Body::ascii(100, client_ids).push_command(&mut out, "general", MARK, 99);
            let read = ClientFrame::decode(&out).unwrap();
            assert_eq!(read.id.as_deref(), Some("1234"));
            assert_eq!(read.client_id, client_ids.then(|| client_id(99, MARK)));
            let Command::Message(message) = read.command else { panic!("not a message") };
            assert_eq!((message.content.chars().count(), message.chat_id.as_str()), (100, "general"));
            assert!(message.content.starts_with("~7.1234~xx"));
        }
        let mut out = Vec::new();
        Body { chars: 50, padding: "🙂", client_ids: false }.push_command(&mut out, "a", MARK, 0);
        let Command::Message(message) = ClientFrame::decode(&out).unwrap().command else { panic!("not a message") };
        assert_eq!(message.content.chars().count(), 50);
    }

    #[test]
    fn an_event_is_seen_with_its_mark() {
        let mut out = Vec::new();
        Body::ascii(100, true).push_event(&mut out, MARK);
        let text = std::str::from_utf8(&out).unwrap();
        assert!(matches!(
            frame::ReceivedFrame::decode(text).unwrap().unwrap().frame,
            vestnik_proto::ServerFrame::Chat(_)
        ));
        let scanner = Scanner::default();
        assert_eq!(scanner.see(&out), Seen::Message(MARK));
        assert_eq!((scanner.rev(&out), scanner.seq(&out)), (Some(1234), Some(1234)));
    }

    #[test]
    fn answers_are_told_apart() {
        let scanner = Scanner::default();
        let pong = frame::encode(&Answer::Pong { timestamp: Timestamp::from_millis(0) }, Some("17"));
        assert_eq!((scanner.see(&pong), scanner.answered(&pong)), (Seen::Pong, Some(17)));
        let ack = br#"{"type":"ack","chat_id":"a","rev":3,"message_id":"4-3","seq":3,"timestamp":"x","id":"12"}"#;
        assert_eq!((scanner.see(ack), scanner.answered(ack)), (Seen::Ack, Some(12)));
        assert_eq!(scanner.see(br#"{"type":"error","code":"invalid","message":""}"#), Seen::Error);
        // Somebody's text that looks like an event is none.
        assert_eq!(scanner.see(br#"{"type":"history","messages":[{"content":"~1.2~"}]}"#), Seen::Other);
        assert_eq!(scanner.see(b""), Seen::Other);
        assert_eq!(scanner.answered(b"{}"), None);
    }

    #[test]
    fn stanzas_are_told_apart() {
        let scanner = Scanner::default();
        let mut out = Vec::new();
        Body::ascii(50, true).push_stanza(&mut out, "a@b", "chat", MARK);
        assert_eq!(scanner.see(&out), Seen::Message(MARK));
        assert_eq!(scanner.see(b"<message to='a'><body>hello</body></message>"), Seen::Other);
        assert_eq!(scanner.see(b"<a xmlns='urn:xmpp:sm:3' h='12'/>"), Seen::Handled(12));
        assert_eq!(scanner.see(b"<a h=\"7\" xmlns='urn:xmpp:sm:3'/>"), Seen::Handled(7));
        assert_eq!(scanner.see(b"<a h="), Seen::Other);
        assert_eq!(scanner.see(b"<r xmlns='urn:xmpp:sm:3'/>"), Seen::Asked);
        assert_eq!(scanner.see(b"<presence/>"), Seen::Other);
    }

    #[test]
    fn what_nats_is_told_has_its_length() {
        let mut out = Vec::new();
        Body::ascii(50, true).push_publish(&mut out, "room", MARK);
        let text = String::from_utf8(out).unwrap();
        let (head, payload) = text.split_once("\r\n").unwrap();
        assert_eq!(head, format!("PUB room {}", payload.len() - 1));
        assert!(payload.ends_with("}\r"));
    }

    #[test]
    fn a_content_has_its_mark() {
        assert_eq!(Mark::of_content("~7.1234~xx"), Some(MARK));
        assert_eq!(Mark::of_content("hello"), None);
    }

    #[test]
    fn marks_and_keys_are_one_to_one() {
        let mut keys = std::collections::HashSet::new();
        for tag in [0, 1, 2, 1 << 20] {
            for index in [0, 1, 1 << 16, u32::MAX] {
                assert!(keys.insert(client_id(5, Mark { tag, index })));
            }
        }
        assert_eq!(Scanner::default().mark(br#""content":"~99999999999.1~"#), None);
    }
}
