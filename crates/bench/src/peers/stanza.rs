//! Cuts an XMPP stream into its stanzas. Nothing is understood but where a tag begins and ends.

use std::ops::Range;

/// Where a cut stream is. Positions count from the first byte that was not given away.
#[derive(Clone, Debug, Default)]
pub struct Cutter {
    /// What was looked at already.
    at: usize,
    /// Where the stanza begins.
    start: usize,
    /// Open tags.
    depth: u32,
}

impl Cutter {
    /// The next stanza that is wholly in `bytes`, which begin where the last stanza ended and only
    /// grow until one is found. The opening and the closing tag of the stream are stanzas of their
    /// own. `Err` when this is no XML.
    pub fn next(&mut self, bytes: &[u8]) -> Result<Option<Range<usize>>, &'static str> {
        loop {
            let Some(found) = memchr::memchr(b'<', &bytes[self.at..]) else {
                self.at = bytes.len();
                return Ok(None);
            };
            let open = self.at + found;
            self.at = open;
            if self.depth == 0 {
                self.start = open;
            }
            let Some(end) = tag_end(bytes, open) else { return Ok(None) };
            let tag = &bytes[open..end];
            self.at = end;
            let done = match tag.get(1) {
                Some(b'?' | b'!') => false,
                Some(b'/') => {
                    let stream_ends = self.depth == 0;
                    if stream_ends && !tag.starts_with(b"</stream:stream") {
                        return Err("a tag is closed that was not opened");
                    }
                    self.depth = self.depth.saturating_sub(1);
                    self.depth == 0
                }
                _ if tag.ends_with(b"/>") || tag.starts_with(b"<stream:stream") => self.depth == 0,
                _ => {
                    self.depth += 1;
                    false
                }
            };
            if done {
                let stanza = self.start..end;
                *self = Self::default();
                return Ok(Some(stanza));
            }
        }
    }
}

/// The end of the tag that begins at `open`, past its `>`, which may stand in a quoted value, too.
fn tag_end(bytes: &[u8], open: usize) -> Option<usize> {
    const CDATA: &[u8] = b"<![CDATA[";
    if bytes[open..].starts_with(CDATA) {
        return Some(open + memchr::memmem::find(&bytes[open..], b"]]>")? + 3);
    }
    // What may become one.
    if CDATA.starts_with(&bytes[open..]) {
        return None;
    }
    let mut at = open + 1;
    loop {
        at += memchr::memchr3(b'>', b'\'', b'"', bytes.get(at..)?)?;
        match bytes[at] {
            b'>' => return Some(at + 1),
            quote => at += 2 + memchr::memchr(quote, &bytes[at + 1..])?,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// All stanzas of a text that comes in pieces of these lengths.
    fn cut(text: &[u8], pieces: &[usize]) -> Vec<String> {
        let (mut cutter, mut buffer, mut stanzas) = (Cutter::default(), Vec::new(), Vec::new());
        let mut rest = text;
        let mut lengths = pieces.iter().cycle();
        while !rest.is_empty() {
            let (piece, later) = rest.split_at(rest.len().min(lengths.next().copied().unwrap_or(1).max(1)));
            buffer.extend_from_slice(piece);
            rest = later;
            while let Some(stanza) = cutter.next(&buffer).unwrap() {
                stanzas.push(String::from_utf8(buffer[stanza.clone()].to_vec()).unwrap());
                buffer.drain(..stanza.end);
            }
        }
        stanzas
    }

    fn element() -> impl Strategy<Value = String> {
        let name = "[a-z][a-z0-9:]{0,6}";
        let attributes = prop::collection::vec(
            (name, "[^<'\"&]{0,8}", any::<bool>()).prop_map(|(name, value, quote)| {
                if quote { format!(" {name}='{value}'") } else { format!(" {name}=\"{value}>'\"") }
            }),
            0..3,
        )
        .prop_map(|all| all.concat());
        let leaf = (name, attributes.clone()).prop_map(|(name, attributes)| format!("<{name}{attributes}/>"));
        leaf.prop_recursive(3, 12, 3, move |inner| {
            let content = prop_oneof![inner, "[^<&]{0,9}", Just("<![CDATA[</a>\"]]>".to_owned())];
            (name, attributes.clone(), prop::collection::vec(content, 0..3))
                .prop_map(|(name, attributes, content)| format!("<{name}{attributes}>{}</{name}>", content.concat()))
        })
    }

    proptest! {
        #[test]
        fn stanzas_come_whole_however_they_are_cut(
            stanzas in prop::collection::vec(element(), 0..6),
            pieces in prop::collection::vec(1usize..40, 1..6),
        ) {
            let header = "<stream:stream xmlns='jabber:client' to='a'>";
            let text = format!("<?xml version='1.0'?>{header}\n{}</stream:stream>", stanzas.join(" \n"));
            let mut wanted = vec![header.to_owned()];
            wanted.extend(stanzas);
            wanted.push("</stream:stream>".to_owned());
            prop_assert_eq!(cut(text.as_bytes(), &pieces), wanted);
        }

        #[test]
        fn anything_is_survived(bytes in prop::collection::vec(prop::sample::select(b"<>/'\"!?[]CDATA- sa".to_vec()), 0..200)) {
            let mut cutter = Cutter::default();
            let mut rest = &bytes[..];
            while let Ok(Some(stanza)) = cutter.next(rest) {
                prop_assert!(stanza.start < stanza.end && stanza.end <= rest.len());
                rest = &rest[stanza.end..];
            }
        }
    }
}
