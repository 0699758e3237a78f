//! The markdown subset of messages, as pieces. What is not of the subset stays as it was typed.

use std::sync::Arc;

use super::code::Highlighter;
use super::look::{Ink, Look, Piece};
use crate::text;

/// How deep marks may lie in each other; deeper ones stay as typed.
const DEPTH: usize = 6;

/// One line of a message: what stands before each of its rows, and its text.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Block {
    /// Before its first row.
    pub first: Vec<Piece>,
    /// Before its further rows.
    pub rest: Vec<Piece>,
    /// The text.
    pub pieces: Vec<Piece>,
}

/// What a text is read with.
#[derive(Clone, Copy, Debug, Default)]
pub struct Reading<'a> {
    /// My username, to see mentions of me.
    pub me: &'a str,
    /// Whether hidden text is shown.
    pub spoilers: bool,
    /// Whether only ASCII may be drawn.
    pub ascii: bool,
}

/// Reads a message.
pub fn blocks(content: &str, reading: Reading<'_>) -> Vec<Block> {
    let bar = if reading.ascii { "| " } else { "▏ " };
    let mut blocks = Vec::new();
    let mut code: Option<Highlighter> = None;
    for line in content.split('\n') {
        let line = line.strip_suffix('\r').unwrap_or(line);
        let line = text::line(line);
        let fence = line.trim_start().strip_prefix("```");
        match (&mut code, fence) {
            (Some(_), Some(after)) if after.trim().is_empty() => code = None,
            (Some(highlighter), _) => {
                let bar = vec![Piece::of(bar, Ink::Dim)];
                blocks.push(Block { first: bar.clone(), rest: bar, pieces: highlighter.line(&line) });
            }
            // ```one line```
            (None, Some(after)) if after.trim_end().len() > 3 && after.trim_end().ends_with("```") => {
                let inner = after.trim_end().trim_end_matches('`').to_owned();
                let bar = vec![Piece::of(bar, Ink::Dim)];
                blocks.push(Block { first: bar.clone(), rest: bar, pieces: vec![Piece::of(inner, Ink::Code)] });
            }
            (None, Some(language)) => {
                code = Some(Highlighter::new(language));
                let language = language.trim();
                if !language.is_empty() {
                    let bar = vec![Piece::of(bar, Ink::Dim)];
                    blocks.push(Block { first: bar.clone(), rest: bar, pieces: vec![Piece::of(language, Ink::Dim)] });
                }
            }
            (None, None) => blocks.push(ordinary(&line, reading)),
        }
    }
    if blocks.is_empty() {
        blocks.push(Block::default());
    }
    // A mark may have stood on a sign that was taken for markup, and now begins a piece.
    for piece in blocks.iter_mut().flat_map(|block| &mut block.pieces) {
        if !text::is_clean(&piece.text) {
            piece.text = text::line(&piece.text);
        }
    }
    blocks
}

/// A line outside of code: a quotation, an item of a list, or neither.
fn ordinary(line: &str, reading: Reading<'_>) -> Block {
    if let Some(quoted) = line.strip_prefix('>') {
        let bar = vec![Piece::of(if reading.ascii { "| " } else { "┃ " }, Ink::Quote)];
        let base = Look::of(Ink::Quote);
        return Block { first: bar.clone(), rest: bar, pieces: inline(quoted.trim_start(), base, reading, DEPTH) };
    }
    let indent = line.len() - line.trim_start().len();
    let (spaces, rest) = line.split_at(indent);
    for (mark, shown) in [("- [ ] ", "☐ "), ("- [x] ", "☑ "), ("- ", "• "), ("* ", "• ")] {
        if let Some(item) = rest.strip_prefix(mark) {
            let shown = if reading.ascii { mark } else { shown };
            let width = shown.chars().count();
            return Block {
                first: vec![Piece::of(format!("{spaces}{shown}"), Ink::Dim)],
                rest: vec![Piece::of(" ".repeat(indent + width), Ink::Plain)],
                pieces: inline(item, Look::default(), reading, DEPTH),
            };
        }
    }
    Block { pieces: inline(line, Look::default(), reading, DEPTH), ..Block::default() }
}

/// The text of a line with its marks.
fn inline(text: &str, base: Look, reading: Reading<'_>, depth: usize) -> Vec<Piece> {
    let mut pieces: Vec<Piece> = Vec::new();
    let mut plain = String::new();
    let mut at = 0;
    let mut before: Option<char> = None;
    while let Some(c) = text[at..].chars().next() {
        let rest = &text[at..];
        let inside_word = before.is_some_and(char::is_alphanumeric);
        if let Some((mut found, length)) = special(rest, inside_word, base, reading, depth) {
            if !plain.is_empty() {
                pieces.push(Piece::new(std::mem::take(&mut plain), base));
            }
            pieces.append(&mut found);
            before = rest[..length].chars().next_back();
            at += length;
        } else {
            plain.push(c);
            before = Some(c);
            at += c.len_utf8();
        }
    }
    if !plain.is_empty() {
        pieces.push(Piece::new(plain, base));
    }
    pieces
}

/// What begins here and is more than text: its pieces, and how many bytes it takes.
fn special(
    rest: &str,
    inside_word: bool,
    base: Look,
    reading: Reading<'_>,
    depth: usize,
) -> Option<(Vec<Piece>, usize)> {
    let first = rest.chars().next()?;
    match first {
        '\\' => {
            let escaped = rest[1..].chars().next().filter(char::is_ascii_punctuation)?;
            Some((vec![Piece::new(escaped, base)], 2))
        }
        '`' => {
            let ticks = rest.len() - rest.trim_start_matches('`').len();
            let fence = &rest[..ticks];
            let end = rest[ticks..].find(fence)?;
            let code = &rest[ticks..ticks + end];
            (!code.is_empty()).then(|| (vec![Piece::new(code, Look { ink: Ink::Code, ..base })], ticks * 2 + end))
        }
        '*' | '_' | '~' | '|' if depth > 0 => {
            for (mark, look) in marks(base) {
                if !rest.starts_with(mark) || first == '_' && inside_word {
                    continue;
                }
                if let Some(inner) = enclosed(rest, mark) {
                    let length = inner.len() + mark.len() * 2;
                    if mark == "||" && !reading.spoilers {
                        let hidden = if reading.ascii { "#" } else { "▒" };
                        let width = unicode_width::UnicodeWidthStr::width(inner).clamp(1, 20);
                        return Some((vec![Piece::of(hidden.repeat(width), Ink::Dim)], length));
                    }
                    return Some((inline(inner, look, reading, depth - 1), length));
                }
            }
            None
        }
        '[' => {
            let close = rest.find("](")?;
            let end = rest[close..].find(')')? + close;
            let (label, target) = (&rest[1..close], &rest[close + 2..end]);
            let target = address(target)?;
            if label.is_empty() || label.contains('[') {
                return None;
            }
            // Where a text leads must be seen, when it is not what the text says.
            let mut piece = Piece::new(label, Look { ink: Ink::Link, underline: true, ..base });
            piece.link = Some(Arc::clone(&target));
            let mut pieces = vec![piece];
            if label != &*target {
                pieces.push(Piece::of(format!(" ({})", host(&target)), Ink::Dim));
            }
            Some((pieces, end + 1))
        }
        'h' | 'H' | 'm' if !inside_word => {
            let end = rest.find(char::is_whitespace).unwrap_or(rest.len());
            let mut shown = &rest[..end];
            // Punctuation after an address belongs to the sentence, a bracket only without its partner.
            while let Some(last) = shown.chars().next_back() {
                let unpaired = last == ')' && !shown.contains('(');
                if !(matches!(last, '.' | ',' | ';' | ':' | '!' | '?' | '"' | '\'' | '>' | '*') || unpaired) {
                    break;
                }
                shown = &shown[..shown.len() - last.len_utf8()];
            }
            let target = address(shown)?;
            let mut piece = Piece::new(shown, Look { ink: Ink::Link, underline: true, ..base });
            piece.link = Some(target);
            Some((vec![piece], shown.len()))
        }
        '@' if !inside_word => {
            let end = rest[1..].find(|c: char| !(c.is_alphanumeric() || matches!(c, '.' | '_' | '-')));
            let name = rest[1..end.map_or(rest.len(), |end| end + 1)].trim_end_matches(['.', '-']);
            if name.is_empty() {
                return None;
            }
            let me = matches!(name, "here" | "room")
                || !reading.me.is_empty() && vestnik_proto::names::fold(name) == vestnik_proto::names::fold(reading.me);
            let ink = if me { Ink::MentionMe } else { Ink::Mention };
            Some((vec![Piece::new(format!("@{name}"), Look { ink, bold: true, ..base })], 1 + name.len()))
        }
        _ => None,
    }
}

/// The marks around text, the longest first, and what they make of it.
fn marks(base: Look) -> [(&'static str, Look); 6] {
    [
        ("**", Look { bold: true, ..base }),
        ("~~", Look { strike: true, ..base }),
        ("||", base),
        ("__", Look { bold: true, ..base }),
        ("*", Look { italic: true, ..base }),
        ("_", Look { italic: true, ..base }),
    ]
}

/// The text between a mark at the beginning and the next such mark. Both must touch it.
fn enclosed<'a>(text: &'a str, mark: &str) -> Option<&'a str> {
    let inner = &text[mark.len()..];
    if inner.starts_with(char::is_whitespace) {
        return None;
    }
    let mut from = 0;
    while let Some(found) = inner[from..].find(mark) {
        // Of `***` at the end the last two belong to `**`, and what stands before to the mark within.
        let run = mark.len() == 2 && inner[from + found + 1..].starts_with(mark);
        let at = from + found + usize::from(run);
        let before = &inner[..at];
        let after = inner[at + mark.len()..].chars().next();
        let touches = !before.is_empty() && !before.ends_with(char::is_whitespace);
        // `*a **b***`: the one that is looked for is not the first half of a longer one.
        let longer = mark.len() == 1 && inner[at + 1..].starts_with(mark);
        let in_word = mark.starts_with('_') && after.is_some_and(char::is_alphanumeric);
        if touches && !longer && !in_word {
            return Some(before);
        }
        from = at + mark.len() + usize::from(longer);
        if from > inner.len() {
            return None;
        }
    }
    None
}

/// An address that may be opened: of the web or of mail, and nothing that a terminal would
/// take for its own.
pub fn address(text: &str) -> Option<Arc<str>> {
    let good = ["http://", "https://", "mailto:"];
    let lower = text.get(..8).unwrap_or(text).to_lowercase();
    let scheme = good.iter().find(|scheme| lower.starts_with(**scheme))?;
    if text.len() <= scheme.len() || text.len() > 2_000 || text.chars().any(|c| c.is_whitespace() || text::is_hidden(c))
    {
        return None;
    }
    let mut safe = String::with_capacity(text.len());
    for c in text.chars() {
        if c.is_ascii_graphic() && !matches!(c, '"' | '<' | '>' | '\\' | '^' | '`' | '{' | '|' | '}') {
            safe.push(c);
        } else {
            let mut bytes = [0; 4];
            for byte in c.encode_utf8(&mut bytes).bytes() {
                safe.push_str(&format!("%{byte:02X}"));
            }
        }
    }
    Some(safe.into())
}

/// The part of an address that says whose it is.
fn host(address: &str) -> &str {
    let rest = address.split_once("://").map_or(address, |(_, rest)| rest);
    rest.split(['/', '?', '#']).next().unwrap_or(rest)
}

/// The addresses in a text, in order.
pub fn addresses(content: &str) -> Vec<Arc<str>> {
    let mut found: Vec<Arc<str>> = Vec::new();
    for block in blocks(content, Reading { spoilers: true, ..Reading::default() }) {
        for link in block.pieces.into_iter().filter_map(|piece| piece.link) {
            if !found.contains(&link) {
                found.push(link);
            }
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The pieces with their looks in letters: b, i, s, u for bold, italic, struck, underlined.
    fn shown(line: &str) -> String {
        let reading = Reading { me: "Аня", spoilers: false, ascii: false };
        let mut out = String::new();
        for block in blocks(line, reading) {
            for piece in block.first.iter().chain(&block.pieces) {
                let look = piece.look;
                let mut marks = String::new();
                for (on, mark) in [(look.bold, 'b'), (look.italic, 'i'), (look.strike, 's'), (look.underline, 'u')] {
                    marks.extend(on.then_some(mark));
                }
                match look.ink {
                    Ink::Plain if marks.is_empty() => out.push_str(&piece.text),
                    Ink::Plain => out.push_str(&format!("<{marks}:{}>", piece.text)),
                    ink => out.push_str(&format!("<{marks}{ink:?}:{}>", piece.text)),
                }
            }
            out.push('\n');
        }
        out.trim_end_matches('\n').to_owned()
    }

    #[test]
    fn reads_the_subset() {
        let check = |line: &str, expected: &str| assert_eq!(shown(line), expected, "{line}");
        check("a **b** *c* _d_ ~~e~~", "a <b:b> <i:c> <i:d> <s:e>");
        check("**bold *and italic***", "<b:bold ><bi:and italic>");
        check("2 * 3 * 4, snake_case_name, a**", "2 * 3 * 4, snake_case_name, a**");
        check("`**code**` ``a`b``", "<Code:**code**> <Code:a`b>");
        check(r"\*not\*", "*not*");
        check("||secret||", "<Dim:▒▒▒▒▒▒>");
        check("> said", "<Quote:┃ ><Quote:said>");
        check("- item", "<Dim:• >item");
        check("hi @Борис and @аня, @room.", "hi <bMention:@Борис> and <bMentionMe:@аня>, <bMentionMe:@room>.");
        check("mail a@b.c", "mail a@b.c");
        check("see https://example.org/a_b_(c)!", "see <uLink:https://example.org/a_b_(c)>!");
        check("(https://example.org)", "(<uLink:https://example.org>)");
        check("[docs](https://example.org/x)", "<uLink:docs><Dim: (example.org)>");
        check("[bad](javascript:alert)", "[bad](javascript:alert)");
        check("```rust\nlet x\n```\nafter", "<Dim:▏ ><Dim:rust>\n<Dim:▏ ><Keyword:let><Code: x>\nafter");
    }

    #[test]
    fn addresses_are_harmless() {
        assert_eq!(
            address("https://пример.рф/a").as_deref(),
            Some("https://%D0%BF%D1%80%D0%B8%D0%BC%D0%B5%D1%80.%D1%80%D1%84/a")
        );
        for bad in
            ["file:///etc/passwd", "https://", "javascript:x", "https://a\u{1b}\\b", "https://a\u{202e}b", "ssh://x"]
        {
            assert_eq!(address(bad), None, "{bad:?}");
        }
        assert_eq!(addresses("https://a.b and [x](https://c.d) https://a.b").len(), 2);
    }

    proptest::proptest! {
        #[test]
        fn whatever_is_written_can_be_read(content in "(\\PC|[*_~|`\\[\\]()>@\\\\\n\u{1b}]){0,80}") {
            for block in blocks(&content, Reading::default()) {
                for piece in block.first.iter().chain(&block.rest).chain(&block.pieces) {
                    proptest::prop_assert!(crate::text::is_clean(&piece.text), "{:?}", piece.text);
                }
            }
        }
    }
}
