//! Rules of names: what a username, a slug and a reaction may be, and when two names are too alike.
//! Clients check the same rules before they ask.

use unicode_normalization::UnicodeNormalization;

use crate::limits;

/// Usernames nobody may have: they mean something else in a message or an address.
const RESERVED: &[&str] = &["here", "room", "all", "everyone", "channel", "me", "guest", "system", "vestnik"];

/// Why a name was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NameError {
    /// Nothing left after trimming.
    #[error("The name is empty.")]
    Empty,
    /// More characters than the limit.
    #[error("The name is longer than {0} characters.")]
    TooLong(usize),
    /// A character that may not stand there.
    #[error(
        "The name has a character that may not be used: use letters, digits, '.', '_' and '-', beginning with a letter or digit."
    )]
    Character,
    /// Letters of several scripts that together look like one.
    #[error("The name mixes letters of several alphabets. Use one.")]
    MixedScripts,
    /// Means something else already.
    #[error("This name is reserved. Choose another.")]
    Reserved,
}

/// A username checked and normalised (NFKC), as it will be shown.
///
/// # Errors
/// [`NameError`] says which rule was broken.
pub fn username(text: &str) -> Result<String, NameError> {
    use unicode_security::MixedScript;
    let name: String = text.trim().nfkc().collect();
    if name.is_empty() {
        return Err(NameError::Empty);
    }
    if name.chars().count() > limits::USERNAME_CHARS {
        return Err(NameError::TooLong(limits::USERNAME_CHARS));
    }
    let good = |c: char| c.is_alphanumeric() || matches!(c, '.' | '_' | '-');
    if !name.chars().all(good) || !name.starts_with(char::is_alphanumeric) || name.ends_with('.') {
        return Err(NameError::Character);
    }
    if !name.as_str().is_single_script() {
        return Err(NameError::MixedScripts);
    }
    if RESERVED.contains(&fold(&name).as_str()) {
        return Err(NameError::Reserved);
    }
    Ok(name)
}

/// The form by which a name is looked up: case folded and normalised (NFKC),
/// so that `Анна` and `анна` are one name.
pub fn fold(name: &str) -> String {
    let compatible: String = name.nfkc().collect();
    let folded: String = caseless::default_case_fold_str(&compatible).nfkc().collect();
    folded.trim().to_owned()
}

/// The form by which names are compared for being too alike: the skeleton of Unicode
/// Technical Standard 39 over the folded name, so that `раураl` (Cyrillic) and `paypal` clash.
pub fn skeleton(name: &str) -> String {
    unicode_security::skeleton(&fold(name)).collect()
}

/// Whether this may be a room's slug: [`limits::SLUG_REGEX`].
pub fn is_slug(text: &str) -> bool {
    let bytes = text.as_bytes();
    let alphanumeric = |b: &u8| b.is_ascii_lowercase() || b.is_ascii_digit();
    (1..=64).contains(&bytes.len())
        && bytes.iter().all(|b| alphanumeric(b) || matches!(b, b'-' | b'_'))
        && bytes.first().is_some_and(alphanumeric)
        && bytes.last().is_some_and(alphanumeric)
}

/// Whether this may be a preference's name: [`limits::PREFERENCE_NAME_REGEX`].
pub fn is_preference(text: &str) -> bool {
    let bytes = text.as_bytes();
    let alphanumeric = |b: &u8| b.is_ascii_lowercase() || b.is_ascii_digit();
    bytes.len() <= 64
        && bytes.iter().all(|b| alphanumeric(b) || matches!(b, b'_' | b'.' | b'-'))
        && bytes.first().is_some_and(alphanumeric)
}

/// Whether this may be a reaction: short, without spaces or controls, and not plain text.
/// Custom emoji travel as `:name:`.
pub fn is_reaction(text: &str) -> bool {
    if text.is_empty() || text.len() > limits::EMOJI_BYTES {
        return false;
    }
    if let Some(name) = text.strip_prefix(':').and_then(|rest| rest.strip_suffix(':')) {
        return !name.is_empty() && name.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-' | b'+'));
    }
    // Keycaps (`1️⃣`) are the only emoji that begin with a letter or digit.
    let keycap = text.ends_with('\u{20e3}');
    text.chars().all(|c| !c.is_control() && !c.is_whitespace())
        && (keycap || !text.chars().any(|c| c.is_alphanumeric() && !matches!(c, '\u{1f100}'..='\u{1f1ff}')))
        && !text.is_ascii()
}

/// A line of text for a name or a title: trimmed, without control or bidirectional-override
/// characters; `None` when longer than `max` characters.
pub fn line(text: &str, max: usize) -> Option<String> {
    let clean: String = text.trim().chars().filter(|c| !is_unsafe(*c)).collect();
    (clean.chars().count() <= max).then_some(clean)
}

/// Characters that disturb a line for others: controls and bidirectional overrides and isolates.
pub fn is_unsafe(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{200e}' | '\u{200f}' | '\u{061c}')
}

/// The names mentioned in a text: what follows an `@` that does not stand inside a word,
/// at most [`limits::MENTIONS`] different ones, as written.
pub fn mentions(text: &str) -> Vec<&str> {
    let mut found: Vec<&str> = Vec::new();
    let mut before: Option<char> = None;
    for (at, c) in text.char_indices() {
        let inside = before.is_some_and(|b| b.is_alphanumeric() || matches!(b, '@' | '/' | '.' | '_'));
        before = Some(c);
        if c != '@' || inside {
            continue;
        }
        let rest = &text[at + 1..];
        let end = rest
            .char_indices()
            .find(|(_, c)| !c.is_alphanumeric() && !matches!(c, '.' | '_' | '-'))
            .map_or(rest.len(), |(end, _)| end);
        // A full stop or dash after the name belongs to the sentence.
        let name = rest[..end].trim_end_matches(['.', '-']);
        if !name.is_empty() && !found.contains(&name) && found.len() < limits::MENTIONS {
            found.push(name);
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn usernames() {
        assert_eq!(username(" Анна ").unwrap(), "Анна");
        assert_eq!(username("user123").unwrap(), "user123");
        assert_eq!(username(""), Err(NameError::Empty));
        assert_eq!(username("a b"), Err(NameError::Character));
        assert_eq!(username("-a"), Err(NameError::Character));
        assert_eq!(username("aнна"), Err(NameError::MixedScripts));
        assert_eq!(username("Here"), Err(NameError::Reserved));
        assert_eq!(username(&"a".repeat(51)), Err(NameError::TooLong(50)));
    }

    #[test]
    fn folds_case_and_width_and_sees_lookalikes() {
        assert_eq!(fold("АННА"), fold("анна"));
        assert_eq!(fold("Straße"), fold("STRASSE"));
        assert_eq!(skeleton("раура1"), skeleton("paypal"));
        assert_ne!(skeleton("alice"), skeleton("bob"));
    }

    #[test]
    fn reactions() {
        for good in ["👍", "❤️", "👨‍👩‍👧‍👦", "🇷🇺", "1️⃣", ":party_parrot:", "👋🏽"]
        {
            assert!(is_reaction(good), "{good}");
        }
        for bad in ["", "a", "да", "👍 ", ":):", "::", "+1", &"👍".repeat(17)] {
            assert!(!is_reaction(bad), "{bad}");
        }
    }

    #[test]
    fn finds_mentions() {
        assert_eq!(mentions("@anna, hi @Борис. mail a@b.c @@x @room"), ["anna", "Борис", "room"]);
        assert_eq!(mentions("(@a_b-c) @a_b-c"), ["a_b-c"]);
    }

    #[test]
    fn slugs() {
        for good in ["general", "a", "a-b_1"] {
            assert!(is_slug(good), "{good}");
        }
        for bad in ["", "-a", "a-", "A", "ж", "a b", &"a".repeat(65)] {
            assert!(!is_slug(bad), "{bad}");
        }
        for good in ["a", "0", "theme", "chats.folders", "a_b-c.1", &"a".repeat(64)] {
            assert!(is_preference(good), "{good}");
        }
        for bad in ["", ".a", "-a", "_a", "A", "a b", "тема", "a/b", "a\0", &"a".repeat(65)] {
            assert!(!is_preference(bad), "{bad}");
        }
    }

    proptest! {
        #[test]
        fn folding_is_idempotent_and_nothing_panics(text in "\\PC{0,60}") {
            prop_assert_eq!(fold(&fold(&text)), fold(&text));
            let _ = (username(&text), skeleton(&text), is_reaction(&text), mentions(&text), line(&text, 10));
        }
    }
}
