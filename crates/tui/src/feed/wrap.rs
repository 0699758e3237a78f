//! Breaking text into rows of a width, at spaces where there are any.

use std::ops::Range;

use unicode_segmentation::UnicodeSegmentation;
use unicode_width::UnicodeWidthStr;

use super::look::{Piece, Row};

/// Where rows of at most `width` columns begin and end, given each grapheme's width and whether it
/// is a space. There is always a row; a grapheme wider than the width stands alone.
pub fn breaks(graphemes: &[(usize, bool)], width: usize) -> Vec<Range<usize>> {
    let width = width.max(1);
    let mut rows = Vec::new();
    let mut start = 0;
    loop {
        let (mut end, mut used, mut space) = (start, 0, None);
        while let Some(&(wide, is_space)) = graphemes.get(end) {
            if used + wide > width && end > start {
                break;
            }
            used += wide;
            end += 1;
            if is_space {
                space = Some(end);
            }
        }
        if end >= graphemes.len() {
            rows.push(start..graphemes.len());
            return rows;
        }
        // A space that does not fit any more ends the row as well.
        let end = if graphemes[end].1 { end + 1 } else { space.unwrap_or(end) };
        rows.push(start..end);
        start = end;
        if start >= graphemes.len() {
            return rows;
        }
    }
}

/// Breaks pieces into rows. The first row is preceded by `first`, the others by `rest`.
pub fn wrap(pieces: &[Piece], width: usize, first: &[Piece], rest: &[Piece]) -> Vec<Row> {
    let lead = |pieces: &[Piece]| pieces.iter().map(|piece| piece.text.width()).sum::<usize>();
    let indent = lead(first).max(lead(rest)).min(width.saturating_sub(1));
    let mut graphemes = Vec::new();
    let mut measures = Vec::new();
    for (number, piece) in pieces.iter().enumerate() {
        for grapheme in piece.text.graphemes(true) {
            graphemes.push((number, grapheme));
            measures.push((grapheme.width(), grapheme == " "));
        }
    }
    let mut rows = Vec::new();
    for (number, range) in breaks(&measures, width - indent.min(width)).into_iter().enumerate() {
        let mut row = Row { pieces: if number == 0 { first.to_vec() } else { rest.to_vec() } };
        let mut at = usize::MAX;
        for (piece, grapheme) in &graphemes[range] {
            match row.pieces.last_mut() {
                Some(last) if at == *piece => last.text.push_str(grapheme),
                _ => {
                    at = *piece;
                    row.pieces.push(Piece { text: (*grapheme).to_owned(), ..pieces[*piece].clone() });
                }
            }
        }
        rows.push(row);
    }
    rows
}

/// The beginning of a text that fits, with an ellipsis when it does not all.
pub fn fit(text: &str, width: usize, ellipsis: &str) -> String {
    if text.width() <= width {
        return text.to_owned();
    }
    let room = width.saturating_sub(ellipsis.width());
    let mut fitted = String::new();
    let mut used = 0;
    for grapheme in text.graphemes(true) {
        used += grapheme.width();
        if used > room {
            break;
        }
        fitted.push_str(grapheme);
    }
    if width >= ellipsis.width() {
        fitted.push_str(ellipsis);
    }
    fitted
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::feed::look::Look;

    fn rows(text: &str, width: usize) -> Vec<String> {
        wrap(&[Piece::new(text, Look::default())], width, &[], &[]).iter().map(Row::text).collect()
    }

    #[test]
    fn breaks_at_spaces_and_in_long_words() {
        assert_eq!(rows("one two three", 8), ["one two ", "three"]);
        assert_eq!(rows("abcdefgh", 3), ["abc", "def", "gh"]);
        assert_eq!(rows("", 3), [""]);
        assert_eq!(rows("привет мир", 6), ["привет ", "мир"]);
        assert_eq!(rows("👍🏽👍🏽👍🏽", 4), ["👍🏽👍🏽", "👍🏽"]);
        assert_eq!(rows("👍", 1), ["👍"]);
    }

    #[test]
    fn fits() {
        assert_eq!(fit("abc", 3, "…"), "abc");
        assert_eq!(fit("abcd", 3, "…"), "ab…");
        assert_eq!(fit("👍👍", 3, "…"), "👍…");
        assert_eq!(fit("abcd", 0, "…"), "");
    }

    proptest::proptest! {
        #[test]
        fn every_row_fits_and_nothing_is_lost(text in "[a-zя 👍世]{0,60}", width in 2usize..20) {
            let rows = rows(&text, width);
            proptest::prop_assert_eq!(rows.concat(), text);
            for row in &rows {
                // A space at the end may hang over.
                proptest::prop_assert!(row.trim_end().width() <= width, "{:?}", row);
            }
        }
    }
}
