//! Text from elsewhere made safe for a terminal, and text for elsewhere made readable.

use vestnik_proto::names::is_unsafe;

/// Stands for a character that is not shown.
const REPLACEMENT: char = '\u{fffd}';

/// One line of text from elsewhere: nothing in it can move the cursor, change colours, reorder
/// the line or begin another.
pub fn line(text: &str) -> String {
    text.chars().map(safe).collect()
}

fn safe(c: char) -> char {
    match c {
        '\t' => ' ',
        '\u{2028}' | '\u{2029}' => REPLACEMENT,
        c if is_unsafe(c) => REPLACEMENT,
        c => c,
    }
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
