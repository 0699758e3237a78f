//! Text from elsewhere made safe for a terminal, and text for elsewhere made readable.

use unicode_segmentation::UnicodeSegmentation;
use unicode_width::UnicodeWidthStr;
use vestnik_proto::names::is_unsafe;

/// Stands for a character that is not shown.
const REPLACEMENT: char = '\u{fffd}';
/// Most marks (accents, vowel signs, variation selectors) that may stand on one letter. Written
/// languages need four; a flood of them paints over the lines above and below.
const MARKS: usize = 4;
/// Most characters in one emoji: a family with skin tones has eleven.
const JOINED: usize = 12;

/// One line of text from elsewhere: nothing in it can move the cursor, change colours, reorder
/// the line, begin another, hide, or be wider on the terminal than it is counted.
pub fn line(text: &str) -> String {
    // Most text is plain letters, for which there is nothing to do.
    if text.bytes().all(|byte| matches!(byte, b' '..=b'~')) {
        return text.to_owned();
    }
    let mut clean = String::with_capacity(text.len());
    for grapheme in text.graphemes(true) {
        push_clean(&mut clean, grapheme);
    }
    // What was joined by something taken out may only now stand together.
    for _ in 0..4 {
        if is_clean(&clean) {
            return clean;
        }
        clean = clean.graphemes(true).map(|one| if is_clean_grapheme(one) { one } else { "\u{fffd}" }).collect();
    }
    clean.graphemes(true).map(|_| REPLACEMENT).collect()
}

/// Whether a text can be shown as it is: what [`line`] makes is, and what is written into the cells of a screen must be.
pub fn is_clean(text: &str) -> bool {
    text.bytes().all(|byte| matches!(byte, b' '..=b'~')) || text.graphemes(true).all(is_clean_grapheme)
}

fn push_clean(clean: &mut String, grapheme: &str) {
    match grapheme {
        "\t" => clean.push(' '),
        "\r\n" => clean.push(REPLACEMENT),
        _ if is_clean_grapheme(grapheme) => clean.push_str(grapheme),
        _ => {
            let (mut marks, mut joined, mut hidden) = (0, 0, false);
            for c in grapheme.chars() {
                if is_hidden(c) {
                    hidden = true;
                } else if is_mark(c) {
                    marks += 1;
                    if marks <= MARKS && joined > 0 {
                        clean.push(c);
                    }
                } else if c != '\u{200d}' {
                    joined += 1;
                    if joined <= JOINED {
                        clean.push(c);
                    }
                }
            }
            if hidden || joined == 0 {
                clean.push(REPLACEMENT);
            }
        }
    }
}

/// Whether a grapheme is shown as it is: visible, of a width all terminals agree on, and no flood.
fn is_clean_grapheme(grapheme: &str) -> bool {
    let mut chars = grapheme.chars();
    let Some(first) = chars.next() else { return true };
    if is_hidden(first) || is_mark(first) || first == '\u{200d}' {
        return false;
    }
    let (mut marks, mut joined, mut count) = (0, false, 1);
    for c in chars {
        count += 1;
        if c == NON_JOINER && uses_non_joiner(first) {
            continue;
        }
        if is_hidden(c) || count > JOINED + MARKS {
            return false;
        }
        marks = if is_mark(c) { marks + 1 } else { 0 };
        joined |= c == '\u{200d}';
        if marks > MARKS {
            return false;
        }
    }
    // A joiner belongs between pictures, which are wide; between letters it only hides.
    grapheme.width() <= 4 && (!joined || grapheme.width() == 2)
}

/// Keeps two letters from joining (U+200C): a sign of spelling in Persian and in Indian scripts, and
/// only a way to hide elsewhere.
const NON_JOINER: char = '\u{200c}';

fn uses_non_joiner(letter: char) -> bool {
    matches!(letter, '\u{600}'..='\u{6ff}' | '\u{750}'..='\u{77f}' | '\u{900}'..='\u{dff}')
}

/// Marks that stand on the letter before them.
fn is_mark(c: char) -> bool {
    matches!(c, '\u{300}'..='\u{36f}' | '\u{483}'..='\u{489}' | '\u{1ab0}'..='\u{1aff}' | '\u{1dc0}'..='\u{1dff}' | '\u{20d0}'..='\u{20ff}' | '\u{fe00}'..='\u{fe0f}' | '\u{fe20}'..='\u{fe2f}')
        || (c as u32 >= 0x300
            && c != '\u{200d}'
            && !is_hidden(c)
            && unicode_width::UnicodeWidthChar::width(c) == Some(0))
}

/// Characters that act on the terminal or the line instead of being shown, or that are shown as nothing.
pub fn is_hidden(c: char) -> bool {
    is_unsafe(c)
        || matches!(c,
            '\u{ad}' | '\u{34f}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}' | '\u{180b}'..='\u{180f}'
            | '\u{200b}' | '\u{200c}' | '\u{2028}' | '\u{2029}' | '\u{2060}'..='\u{206f}' | '\u{3164}' | '\u{feff}'
            | '\u{ffa0}' | '\u{fff0}'..='\u{fffb}' | '\u{1bca0}'..='\u{1bca3}' | '\u{1d173}'..='\u{1d17a}'
            | '\u{e0000}'..='\u{e0fff}' | '\u{e000}'..='\u{f8ff}' | '\u{f0000}'..='\u{10ffff}')
}

/// A text of several lines from elsewhere; all but the first are indented, so that none can pass
/// for a message of its own.
pub fn body(text: &str, indent: usize) -> String {
    let lines: Vec<String> = text.split('\n').map(|one| line(one.strip_suffix('\r').unwrap_or(one))).collect();
    lines.join(&format!("\n{}", " ".repeat(indent)))
}

/// A line another program wrote for a terminal, without what only a terminal understands:
/// escape sequences and control characters. What a carriage return would overwrite goes.
pub fn from_terminal(text: &str) -> String {
    let text = text.trim_end_matches('\r');
    let text = text.rsplit_once('\r').map_or(text, |(_, last)| last);
    let mut clean = String::with_capacity(text.len());
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '\u{1b}' => match chars.next() {
                // CSI (ECMA-48): parameters until a byte from @ to ~.
                Some('[') => while chars.next().is_some_and(|c| !matches!(c, '@'..='~')) {},
                // OSC: until BEL or ESC \.
                Some(']') => {
                    while let Some(c) = chars.next() {
                        if c == '\u{7}' || c == '\u{1b}' && chars.next_if_eq(&'\\').is_some() {
                            break;
                        }
                    }
                }
                // Others have an intermediate byte or none.
                Some(' '..='/') => drop(chars.next()),
                _ => {}
            },
            '\t' => clean.push('\t'),
            c if c.is_control() => {}
            c => clean.push(c),
        }
    }
    clean
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_from_elsewhere_reaches_the_terminal() {
        assert_eq!(
            line("a\u{1b}[2Jb\u{9b}c\u{202e}d\ne\tf\u{7f}"),
            "a\u{fffd}[2Jb\u{fffd}c\u{fffd}d\u{fffd}e f\u{fffd}"
        );
        assert_eq!(line("привет 👍🏽"), "привет 👍🏽");
        for c in (0..=0x9f).chain(0x2028..=0x202e).chain(0x2066..=0x2069).filter_map(char::from_u32) {
            let shown = body(&format!("x{c}y"), 2);
            assert!(c == '\n' || !shown.chars().any(|c| c.is_control() || is_unsafe(c)), "{c:?} gives {shown:?}");
        }
    }

    #[test]
    fn nothing_hides_or_floods() {
        assert_eq!(line("a\u{200b}b\u{feff}c\u{ad}"), "a\u{fffd}b\u{fffd}c\u{fffd}");
        let flood = format!("e{}x", "\u{301}".repeat(500));
        assert_eq!(line(&flood), "e\u{301}\u{301}\u{301}\u{301}x");
        let selectors = format!("a{}", "\u{fe0f}".repeat(100));
        assert!(line(&selectors).chars().count() <= 1 + MARKS);
        for kept in
            ["е\u{301}", "❤\u{fe0f}", "👨‍👩‍👧‍👦", "🇷🇺", "1\u{fe0f}\u{20e3}", "हिन्दी", "ไทย", "שלום", "می\u{200c}خواهم"]
        {
            assert_eq!(line(kept), kept);
        }
        assert_eq!(line("a\u{200c}b"), "a\u{fffd}b");
        assert_eq!(line("\u{301}a"), "\u{fffd}a", "a mark without a letter");
    }

    proptest::proptest! {
        #[test]
        fn whatever_comes_is_clean_afterwards(text in "(\\PC|[\u{0}-\u{9f}\u{300}-\u{36f}\u{200b}-\u{206f}\u{fe00}-\u{fe0f}\u{1f3fb}-\u{1f468}\u{e0000}-\u{e01ef}]){0,60}") {
            let shown = line(&text);
            proptest::prop_assert!(is_clean(&shown), "{text:?} gives {shown:?}");
            proptest::prop_assert_eq!(line(&shown), shown.clone());
            proptest::prop_assert!(!shown.chars().any(|c| c.is_control() || is_unsafe(c)));
        }
    }

    #[test]
    fn further_lines_are_indented() {
        assert_eq!(body("one\r\n12:00 anna: two\n", 3), "one\n   12:00 anna: two\n   ");
    }

    #[test]
    fn what_a_program_wrote_for_a_terminal_becomes_plain() {
        assert_eq!(from_terminal("\u{1b}[1;31mred\u{1b}[0m\ttab\r"), "red\ttab");
        assert_eq!(from_terminal("10%\r50%\r100%"), "100%");
        assert_eq!(from_terminal("\u{1b}]0;title\u{7}a\u{1b}]0;t\u{1b}\\b\u{1b}(Bc\0"), "abc");
        assert_eq!(from_terminal("\u{1b}["), "");
    }
}
