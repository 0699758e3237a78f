//! Lines of a pipe become messages: what is available together goes together.

use std::collections::VecDeque;

/// The longest message made of a pipe. Characters; well below the usual limit of 4,000.
const MESSAGE_CHARS: usize = 3_500;
/// The longest unfinished line kept, in bytes; a longer one is cut.
const LINE_BYTES: usize = MESSAGE_CHARS * 4;

/// Collects bytes and gives messages.
#[derive(Debug, Default)]
pub struct Batch {
    /// A line whose end has not come.
    unfinished: Vec<u8>,
    /// Lines, none longer than a message.
    lines: VecDeque<String>,
}

impl Batch {
    /// Takes what was read.
    pub fn push(&mut self, bytes: &[u8]) {
        for part in bytes.split_inclusive(|&byte| byte == b'\n') {
            self.unfinished.extend_from_slice(part);
            if part.ends_with(b"\n") {
                self.end_line();
            } else {
                self.cut_line();
            }
        }
    }

    /// The input has ended: what has no line end is a line too.
    pub fn finish(&mut self) {
        if !self.unfinished.is_empty() {
            self.end_line();
        }
    }

    fn end_line(&mut self) {
        let bytes = std::mem::take(&mut self.unfinished);
        let text = String::from_utf8_lossy(bytes.strip_suffix(b"\n").unwrap_or(&bytes));
        self.lines.extend(pieces(&crate::text::from_terminal(&text)));
    }

    /// Cuts an unfinished line that has become too long, between characters.
    fn cut_line(&mut self) {
        while self.unfinished.len() > LINE_BYTES {
            let is_start = |at: &usize| self.unfinished[*at] & 0xc0 != 0x80;
            let at = (LINE_BYTES - 3..=LINE_BYTES).rev().find(is_start).unwrap_or(LINE_BYTES);
            let rest = self.unfinished.split_off(at);
            self.end_line();
            self.unfinished = rest;
        }
    }

    /// Whether there is a complete line.
    pub fn has_lines(&self) -> bool {
        !self.lines.is_empty()
    }

    /// The next message: as many lines as fit. `None` when there is none; lines that are blank
    /// at a message's edge are left out, for a message may not be blank.
    pub fn next_message(&mut self) -> Option<String> {
        while self.lines.front().is_some_and(|line| line.trim().is_empty()) {
            self.lines.pop_front();
        }
        let mut message = self.lines.pop_front()?;
        let mut chars = message.chars().count();
        while let Some(line) = self.lines.front() {
            chars += 1 + line.chars().count();
            if chars > MESSAGE_CHARS {
                break;
            }
            message.push('\n');
            message.push_str(line);
            self.lines.pop_front();
        }
        message.truncate(message.trim_end().len());
        Some(message)
    }
}

/// A line in pieces that fit a message.
fn pieces(line: &str) -> Vec<String> {
    let mut pieces = vec![];
    let mut rest = line;
    while let Some((at, _)) = rest.char_indices().nth(MESSAGE_CHARS) {
        pieces.push(rest[..at].to_owned());
        rest = &rest[at..];
    }
    pieces.push(rest.to_owned());
    pieces
}

#[cfg(test)]
mod tests {
    use super::*;

    fn messages(chunks: &[&[u8]]) -> Vec<String> {
        let mut batch = Batch::default();
        chunks.iter().for_each(|chunk| batch.push(chunk));
        batch.finish();
        std::iter::from_fn(|| batch.next_message()).collect()
    }

    #[test]
    fn lines_available_together_are_one_message() {
        assert_eq!(messages(&[b"one\ntwo\n", b"three"]), ["one\ntwo\nthree"]);
        let mut batch = Batch::default();
        batch.push(b"one\ntw");
        assert_eq!(
            (batch.next_message().as_deref(), batch.has_lines()),
            (Some("one"), false),
            "an end must come first"
        );
        batch.push(b"o\n");
        assert_eq!(batch.next_message().as_deref(), Some("two"));
    }

    #[test]
    fn nothing_gives_nothing() {
        assert!(messages(&[]).is_empty());
        assert!(messages(&[b"\n \n\t\n"]).is_empty());
        assert_eq!(messages(&[b"\n\na\n\nb\n\n"]), ["a\n\nb"], "blank lines inside stay");
    }

    #[test]
    fn every_character_comes_through_in_order_and_fits() {
        let lines: Vec<String> = (0..2_000).map(|number| format!("строка {number} 👍")).collect();
        let long = "ж".repeat(9_000);
        let input = format!("{}\n{long}\nend", lines.join("\n"));
        // Read in pieces that cut characters.
        let chunks: Vec<&[u8]> = input.as_bytes().chunks(777).collect();
        let got = messages(&chunks);
        assert!(got.iter().all(|message| message.chars().count() <= MESSAGE_CHARS));
        assert!(got.len() < 20, "{} messages", got.len());
        assert_eq!(got.concat().replace('\n', ""), input.replace('\n', ""));
    }

    #[test]
    fn a_line_without_end_stays_bounded() {
        let mut batch = Batch::default();
        for _ in 0..1_000 {
            batch.push("жж".repeat(500).as_bytes());
            while batch.next_message().is_some() {}
            assert!(batch.unfinished.len() <= LINE_BYTES);
        }
        assert_eq!(messages(&[b"\xff\xfe ok"]), ["\u{fffd}\u{fffd} ok"]);
    }
}
