//! What a chat looks like as rows of text: messages with their day lines, names, quotes, reactions
//! and marks, and which of them fill a screen. Knows no colours and changes nothing, so that both
//! the keys (to scroll) and the screen (to draw) ask it.

mod code;
pub mod look;
pub mod markdown;
pub mod wrap;

use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use vestnik_client::reducer::ChatState;
use vestnik_proto::command::SendMessage;
use vestnik_proto::{ApiError, ClientId, Message, MessageId, MessageType, Timestamp, UserId};

use crate::i18n::{Language, Text};
use crate::text;
use look::{Ink, Look, Piece, Row};
use wrap::{fit, wrap};

/// Messages of one person within this time stand under one name. Seconds.
const TOGETHER_SECS: i64 = 5 * 60;
/// Different colours of names.
pub const NAME_INKS: u8 = 6;

/// A message that has not come back from the server yet.
#[derive(Clone, Debug, PartialEq)]
pub struct Waiting {
    /// The key of its entry in the outbox.
    pub client_id: ClientId,
    /// What it says.
    pub message: SendMessage,
    /// When it was written.
    pub created: Timestamp,
    /// Why it was refused, when it was.
    pub refused: Option<ApiError>,
    /// Its number, once the server told it.
    pub seq: Option<i64>,
}

/// A change of a message that has not come back from the server yet.
#[derive(Clone, Debug, PartialEq)]
pub struct Changing {
    /// The key of its entry in the outbox.
    pub client_id: ClientId,
    /// Which message.
    pub message_id: MessageId,
    /// Its new text; `None` when it is to be deleted.
    pub content: Option<String>,
}

/// One message in the feed: what keys select.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Spot {
    /// A message of the chat by its number.
    Seq(i64),
    /// The n-th of those that wait.
    Waiting(usize),
}

/// What stands at the edge of the screen.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Anchor {
    /// The newest message at the lower edge.
    #[default]
    Newest,
    /// This row of this message at the upper edge.
    Top(Spot, usize),
}

/// A row of the screen and whose it is.
#[derive(Clone, Debug)]
pub struct Shown {
    /// Whose.
    pub spot: Spot,
    /// Which of its rows.
    pub line: usize,
    /// The row.
    pub row: Row,
    /// Whether it is part of the message and not of what stands above it.
    pub of_message: bool,
}

/// A chat to be shown.
#[derive(Clone, Copy)]
pub struct Feed<'a> {
    /// Which.
    pub chat: &'a ChatState,
    /// Who looks.
    pub me: Option<UserId>,
    /// Their username.
    pub my_name: &'a str,
    /// What waits to be sent.
    pub waiting: &'a [Waiting],
    /// What waits to be changed.
    pub changing: &'a [Changing],
    /// Up to here everything was read when the chat was opened.
    pub read_before: Option<i64>,
    /// The selected message, whose hidden text is shown.
    pub selected: Option<Spot>,
    /// Columns.
    pub width: usize,
    /// Where days begin.
    pub zone: &'a TimeZone,
    /// The moment, to name today.
    pub now: Timestamp,
    /// The language.
    pub language: Language,
    /// Whether only ASCII is drawn.
    pub ascii: bool,
}

impl Feed<'_> {
    /// The newest message.
    pub fn newest(&self) -> Option<Spot> {
        match self.waiting.len() {
            0 => self.chat.messages.last_key_value().map(|(&seq, _)| Spot::Seq(seq)),
            count => Some(Spot::Waiting(count - 1)),
        }
    }

    /// The oldest one loaded.
    pub fn oldest(&self) -> Option<Spot> {
        let first = self.chat.messages.first_key_value().map(|(&seq, _)| Spot::Seq(seq));
        first.or_else(|| (!self.waiting.is_empty()).then_some(Spot::Waiting(0)))
    }

    /// The message before.
    pub fn before(&self, spot: Spot) -> Option<Spot> {
        match spot {
            Spot::Seq(seq) => self.chat.messages.range(..seq).next_back().map(|(&seq, _)| Spot::Seq(seq)),
            Spot::Waiting(0) => self.chat.messages.last_key_value().map(|(&seq, _)| Spot::Seq(seq)),
            Spot::Waiting(number) => Some(Spot::Waiting(number.min(self.waiting.len()) - 1)),
        }
    }

    /// The message after.
    pub fn after(&self, spot: Spot) -> Option<Spot> {
        let waiting = |number| (number < self.waiting.len()).then_some(Spot::Waiting(number));
        match spot {
            Spot::Seq(seq) => {
                let next = self.chat.messages.range(seq + 1..).next().map(|(&seq, _)| Spot::Seq(seq));
                next.or_else(|| waiting(0))
            }
            Spot::Waiting(number) => waiting(number + 1),
        }
    }

    /// The nearest message there is, when this one is not (any more).
    pub fn nearest(&self, spot: Spot) -> Option<Spot> {
        match spot {
            Spot::Seq(seq) if self.chat.messages.contains_key(&seq) => Some(spot),
            Spot::Waiting(number) if number < self.waiting.len() => Some(spot),
            Spot::Seq(_) => self.after(spot).or_else(|| self.before(spot)),
            Spot::Waiting(_) => self.newest(),
        }
    }

    /// The rows of one message and how many of them stand above it: a day line and such.
    pub fn rows(&self, spot: Spot) -> (Vec<Row>, usize) {
        match spot {
            Spot::Seq(seq) => match self.chat.messages.get(&seq) {
                Some(message) => self.message_rows(message),
                None => (vec![Row::default()], 0),
            },
            Spot::Waiting(number) => match self.waiting.get(number) {
                Some(waiting) => self.waiting_rows(number, waiting),
                None => (vec![Row::default()], 0),
            },
        }
    }

    /// What fills a screen of this height, from above.
    pub fn window(&self, anchor: Anchor, height: usize) -> Vec<Shown> {
        if let Anchor::Top(spot, line) = anchor
            && let Some(near) = self.nearest(spot)
        {
            let line = if near == spot { line } else { 0 };
            let mut shown = Vec::new();
            let mut at = Some(near);
            let mut skip = line;
            while let Some(spot) = at.filter(|_| shown.len() < height) {
                self.push_rows(spot, &mut shown, skip);
                skip = 0;
                at = self.after(spot);
            }
            if shown.len() >= height {
                shown.truncate(height);
                return shown;
            }
            // Shorter than the screen: the newest message stands at the lower edge.
        }
        let mut blocks = Vec::new();
        let (mut count, mut at) = (0, self.newest());
        while let Some(spot) = at.filter(|_| count < height) {
            let mut block = Vec::new();
            self.push_rows(spot, &mut block, 0);
            count += block.len();
            blocks.push(block);
            at = self.before(spot);
        }
        let mut shown: Vec<Shown> = blocks.into_iter().rev().flatten().collect();
        shown.drain(..shown.len().saturating_sub(height));
        shown
    }

    fn push_rows(&self, spot: Spot, shown: &mut Vec<Shown>, skip: usize) {
        let (rows, above) = self.rows(spot);
        let rows = rows.into_iter().enumerate().skip(skip);
        shown.extend(rows.map(|(line, row)| Shown { spot, line, row, of_message: line >= above }));
    }

    /// The place some rows further up; the first row when there are not so many.
    pub fn up(&self, mut spot: Spot, mut line: usize, mut rows: usize) -> (Spot, usize) {
        loop {
            if line >= rows {
                return (spot, line - rows);
            }
            rows -= line;
            match self.before(spot) {
                Some(before) => {
                    spot = before;
                    line = self.rows(spot).0.len();
                }
                None => return (spot, 0),
            }
        }
    }

    /// The place some rows further down; `None` beyond the last row.
    pub fn down(&self, mut spot: Spot, line: usize, rows: usize) -> Option<(Spot, usize)> {
        let mut line = line + rows;
        loop {
            let height = self.rows(spot).0.len();
            if line < height {
                return Some((spot, line));
            }
            line -= height;
            spot = self.after(spot)?;
        }
    }

    /// Where to begin so that a message is seen whole, or its beginning, moving as little as possible.
    pub fn reveal(&self, anchor: Anchor, spot: Spot, height: usize) -> Anchor {
        let window = self.window(anchor, height);
        let lines: Vec<usize> = window.iter().filter(|shown| shown.spot == spot).map(|shown| shown.line).collect();
        let rows = self.rows(spot).0.len();
        if lines.first() == Some(&0) && lines.len() == rows.min(height) {
            return anchor;
        }
        let below = lines.first() == Some(&0) || window.last().is_some_and(|last| last.spot < spot);
        if below && rows < height {
            let (top, line) = self.up(spot, rows - 1, height - 1);
            return self.settle(Anchor::Top(top, line), height);
        }
        self.settle(Anchor::Top(spot, 0), height)
    }

    /// An anchor from which the newest message is seen at the lower edge is that one, so that what
    /// comes is seen too.
    pub fn settle(&self, anchor: Anchor, height: usize) -> Anchor {
        match anchor {
            Anchor::Top(spot, line) if self.down(spot, line, height).is_none() => Anchor::Newest,
            other => other,
        }
    }

    /// The day and time of a moment here.
    pub fn local(&self, moment: Timestamp) -> DateTime {
        local(self.zone, moment)
    }

    fn message_rows(&self, message: &Message) -> (Vec<Row>, usize) {
        let before = self.chat.messages.range(..message.seq).next_back().map(|(_, message)| message);
        let mut rows = Vec::new();
        let new = self.is_first_new(message, before);
        let day = self.local(message.timestamp).date();
        let other_day = before.is_none_or(|before| self.local(before.timestamp).date() != day);
        let missing = message.seq - before.map_or(0, |before| before.seq) - 1;
        if missing > 0 {
            rows.push(self.line(&self.language.fill(Text::NotLoaded, &[&missing.to_string()]), Ink::Dim, ' '));
        }
        if other_day {
            rows.push(self.line(&self.language.day(day, self.local(self.now).date()), Ink::Dim, self.dash()));
        }
        if new {
            rows.push(self.line(self.language.text(Text::NewLine), Ink::Accent, self.dash()));
        }
        let above = rows.len();
        let joined = !other_day
            && !new
            && missing == 0
            && message.reply_to.is_none()
            && message.message_type == MessageType::Text
            && before.is_some_and(|before| {
                before.sender_id == message.sender_id
                    && before.message_type == MessageType::Text
                    && message.timestamp.as_secs() - before.timestamp.as_secs() < TOGETHER_SECS
            });
        let mut tail = Vec::new();
        let changing = self.changing.iter().rev().find(|changing| changing.message_id == message.id);
        if message.edited {
            tail.push(Piece::of(format!(" {}", self.language.text(Text::Edited)), Ink::Dim));
        }
        if message.pinned {
            tail.push(Piece::of(if self.ascii { " [pin]" } else { " 📌" }, Ink::Accent));
        }
        if changing.is_some() {
            tail.push(Piece::of(if self.ascii { " ..." } else { " ◷" }, Ink::Dim));
        } else if self.me == Some(message.sender_id) && !message.deleted {
            tail.push(self.tick(message.seq));
        }
        let name = self.name(message.sender_id, &message.sender_username);
        let time = self.local(message.timestamp);
        let content = match changing {
            Some(Changing { content: Some(content), .. }) => content,
            _ => &message.content,
        };
        let deleted = message.deleted || matches!(changing, Some(Changing { content: None, .. }));
        let text = if deleted {
            let by_other = message.deleted_by.is_some_and(|by| by != message.sender_id);
            let text = self.language.text(if by_other { Text::DeletedByModerator } else { Text::DeletedMessage });
            Err(Piece::new(text, Look { italic: true, ..Look::of(Ink::Dim) }))
        } else {
            Ok(content.as_str())
        };
        let emote = message.message_type == MessageType::Emote;
        if !emote && !joined {
            rows.push(self.head(name.clone(), time));
        }
        if let Some(reply_to) = message.reply_to.as_ref().filter(|_| !deleted) {
            rows.push(self.quote(reply_to));
        }
        let spoilers = self.selected == Some(Spot::Seq(message.seq));
        let lead = if emote { self.emote_lead(name, time) } else { Vec::new() };
        self.body(&mut rows, &lead, text, tail, spoilers);
        if !message.reactions.is_empty() && !deleted {
            self.reactions(&mut rows, message);
        }
        (rows, above)
    }

    fn waiting_rows(&self, number: usize, waiting: &Waiting) -> (Vec<Row>, usize) {
        let mut rows = Vec::new();
        let joined = number > 0 && waiting.message.reply_to.is_none();
        let me = self.me.unwrap_or(UserId(0));
        let emote = waiting.message.message_type == MessageType::Emote;
        let time = self.local(waiting.created);
        if !joined && !emote {
            rows.push(self.head(self.name(me, self.my_name), time));
        }
        if let Some(reply_to) = &waiting.message.reply_to {
            rows.push(self.quote(reply_to));
        }
        let tick = match (&waiting.refused, self.ascii) {
            (Some(_), false) => Piece::of(" ✗", Ink::Warn),
            (Some(_), true) => Piece::of(" x", Ink::Warn),
            (None, false) => Piece::of(" ◷", Ink::Dim),
            (None, true) => Piece::of(" ...", Ink::Dim),
        };
        let lead = if emote { self.emote_lead(self.name(me, self.my_name), time) } else { Vec::new() };
        self.body(&mut rows, &lead, Ok(&waiting.message.content), vec![tick], true);
        if let Some(error) = &waiting.refused {
            let why = self.language.fill(Text::RefusedHint, &[&self.language.refusal(error)]);
            rows.extend(wrap(&[Piece::of(why, Ink::Warn)], self.width, &[], &[]));
        }
        (rows, 0)
    }

    /// How far a message of mine has come: stored, received by somebody, read by somebody.
    fn tick(&self, seq: i64) -> Piece {
        let others = || self.chat.members.values().filter(|member| Some(member.user_id) != self.me);
        let read = others().any(|member| member.read_seq >= seq);
        let received = others().any(|member| member.delivered_seq >= seq);
        match (read, received, self.ascii) {
            (true, _, false) => Piece::new(" ✓✓", Look::bold(Ink::Good)),
            (true, _, true) => Piece::new(" VV", Look::bold(Ink::Good)),
            (false, true, false) => Piece::of(" ✓✓", Ink::Dim),
            (false, true, true) => Piece::of(" vv", Ink::Dim),
            (false, false, false) => Piece::of(" ✓", Ink::Dim),
            (false, false, true) => Piece::of(" v", Ink::Dim),
        }
    }

    /// The text of a message with the marks at its end. `Err` is what stands for a text that is gone.
    fn body(
        &self,
        rows: &mut Vec<Row>,
        lead: &[Piece],
        text: Result<&str, Piece>,
        mut tail: Vec<Piece>,
        spoilers: bool,
    ) {
        let reading = markdown::Reading { me: self.my_name, spoilers, ascii: self.ascii };
        let mut blocks = match text {
            Ok(text) => markdown::blocks(text, reading),
            Err(gone) => vec![markdown::Block { pieces: vec![gone], ..Default::default() }],
        };
        if let Some(first) = blocks.first_mut() {
            first.pieces.splice(..0, lead.iter().cloned());
        }
        if let Some(last) = blocks.last_mut() {
            // Not in the code, where the marks would seem to belong to it.
            if last.pieces.iter().any(|piece| piece.look.ink == Ink::Code) && !last.first.is_empty() {
                blocks.push(markdown::Block { pieces: std::mem::take(&mut tail), ..Default::default() });
            } else {
                last.pieces.append(&mut tail);
            }
        }
        for block in blocks {
            rows.extend(wrap(&block.pieces, self.width, &block.first, &block.rest));
        }
    }

    fn reactions(&self, rows: &mut Vec<Row>, message: &Message) {
        let mut pieces = Vec::new();
        for (emoji, users) in &message.reactions {
            let mine = self.me.is_some_and(|me| users.contains(&me));
            let look = if mine { Look::bold(Ink::Accent) } else { Look::of(Ink::Dim) };
            // A space without a break, so that a count stays with its emoji.
            pieces.push(Piece::new(format!("{}\u{a0}{}", text::line(emoji), users.len()), look));
            pieces.push(Piece::of("  ", Ink::Plain));
        }
        pieces.pop();
        rows.extend(wrap(&pieces, self.width, &[], &[]));
    }

    fn head(&self, mut name: Vec<Piece>, time: DateTime) -> Row {
        name.push(Piece::of(format!("  {}", clock(time)), Ink::Dim));
        fit_row(name, self.width)
    }

    fn emote_lead(&self, name: Vec<Piece>, time: DateTime) -> Vec<Piece> {
        let mut lead = vec![Piece::of(format!("{} * ", clock(time)), Ink::Dim)];
        lead.extend(name);
        lead.push(Piece::of(" ", Ink::Plain));
        lead
    }

    /// A person's name as it is shown; with the username, when that is another one.
    pub fn name(&self, user_id: UserId, username: &str) -> Vec<Piece> {
        let shown = self.chat.members.get(&user_id).map(|member| member.display_name.as_str());
        let shown = shown.filter(|name| !name.trim().is_empty()).unwrap_or(username);
        let mut pieces = vec![Piece::new(text::line(shown), Look::bold(name_ink(user_id)))];
        if vestnik_proto::names::fold(shown) != vestnik_proto::names::fold(username) {
            pieces.push(Piece::of(format!(" @{}", text::line(username)), Ink::Dim));
        }
        pieces
    }

    /// What a message answers, on one row.
    fn quote(&self, reply_to: &MessageId) -> Row {
        let bar = Piece::of(if self.ascii { "| " } else { "┃ " }, Ink::Dim);
        let quoted = self.chat.messages.values().find(|message| message.id == *reply_to);
        let mut pieces = vec![bar];
        match quoted {
            Some(message) => {
                pieces.push(Piece::of(text::line(&message.sender_username), name_ink(message.sender_id)));
                let content = if message.deleted {
                    self.language.text(Text::DeletedMessage).to_owned()
                } else {
                    one_line(&message.content)
                };
                pieces.push(Piece::of(format!(" {content}"), Ink::Quote));
            }
            None => pieces.push(Piece::of(self.language.text(Text::QuoteNotLoaded), Ink::Quote)),
        }
        fit_row(pieces, self.width)
    }

    /// A text in the middle of a line.
    fn line(&self, text: &str, ink: Ink, dash: char) -> Row {
        let text = format!(" {text} ");
        let room = self.width.saturating_sub(unicode_width::UnicodeWidthStr::width(text.as_str()));
        let left = room / 2;
        let dashes = |count| dash.to_string().repeat(count);
        fit_row(vec![Piece::of(format!("{}{text}{}", dashes(left), dashes(room - left)), ink)], self.width)
    }

    fn dash(&self) -> char {
        if self.ascii { '-' } else { '─' }
    }

    /// Whether the line "new" stands before a message.
    fn is_first_new(&self, message: &Message, before: Option<&Message>) -> bool {
        let Some(read) = self.read_before else { return false };
        message.seq > read && before.is_none_or(|before| before.seq <= read)
    }
}

/// The colour of a person's name.
pub fn name_ink(user_id: UserId) -> Ink {
    // Numbers are given one after the other; this spreads neighbours.
    let number = user_id.0.unsigned_abs().wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 32;
    Ink::Name(u8::try_from(number % u64::from(NAME_INKS)).unwrap_or(0))
}

/// The first line of a text that has something, clean.
pub fn one_line(content: &str) -> String {
    let line = content.lines().find(|line| !line.trim().is_empty() && !line.starts_with("```")).unwrap_or_default();
    text::line(line.trim())
}

/// The day and time of a moment in a zone.
pub fn local(zone: &TimeZone, moment: Timestamp) -> DateTime {
    zone.to_datetime(jiff::Timestamp::from_millisecond(moment.as_millis()).unwrap_or_default())
}

/// Hour and minute.
pub fn clock(time: DateTime) -> String {
    format!("{:02}:{:02}", time.hour(), time.minute())
}

/// Pieces on one row, cut where it ends.
pub fn fit_row(pieces: Vec<Piece>, width: usize) -> Row {
    let mut row = Row::default();
    let mut left = width;
    for piece in pieces {
        let text = fit(&piece.text, left, "…");
        let cut = text != piece.text;
        left = left.saturating_sub(unicode_width::UnicodeWidthStr::width(text.as_str()));
        row.pieces.push(Piece { text, ..piece });
        if cut {
            break;
        }
    }
    row
}
