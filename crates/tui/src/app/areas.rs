//! Which pane stands where, for a size and what is wanted.

use ratatui::layout::Rect;
use unicode_segmentation::UnicodeSegmentation;
use unicode_width::UnicodeWidthStr;

use super::{App, Focus};
use crate::feed::wrap::breaks;

/// From this many columns the members stand beside the messages.
const WIDE: u16 = 100;
/// From this many columns the list of chats stands beside the messages.
const MIDDLE: u16 = 60;
/// Most rows of the field.
const FIELD_ROWS: usize = 8;
/// Columns before the messages, for the mark of the selected one.
pub const GUTTER: u16 = 2;
/// Columns before the text in the field.
pub const PROMPT: u16 = 2;

/// Where the panes are; one that is folded away is absent.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Areas {
    /// The list of chats.
    pub chats: Option<Rect>,
    /// The line with the chat's title.
    pub head: Option<Rect>,
    /// The messages, with the columns before them.
    pub timeline: Rect,
    /// The members.
    pub details: Option<Rect>,
    /// The line above the field.
    pub rule: Option<Rect>,
    /// The field.
    pub field: Rect,
    /// The line at the lower edge.
    pub status: Option<Rect>,
    /// The columns between panes.
    pub borders: [Option<Rect>; 2],
    /// Whether the members are to be shown.
    pub details_wanted: bool,
}

impl App {
    /// Where the panes are now.
    pub fn areas(&self) -> Areas {
        let (width, height) = self.size;
        let wide = width >= WIDE;
        let details_wanted = self.details.unwrap_or(wide && self.options.members);
        let mut areas = Areas { details_wanted, ..Areas::default() };
        let mut rest = Rect::new(0, 0, width, height);
        if height >= 3 {
            areas.status = Some(Rect::new(0, height - 1, width, 1));
            rest.height -= 1;
        }
        // Narrow screens show one pane at a time.
        if width < MIDDLE {
            if self.focus == Focus::Chats {
                areas.chats = Some(rest);
                return areas;
            }
            if details_wanted {
                areas.details = Some(rest);
                return areas;
            }
        } else {
            if wide || !details_wanted {
                let list = if wide { 28 } else { 22 };
                areas.chats = Some(Rect { width: list, ..rest });
                areas.borders[0] = Some(Rect { x: list, width: 1, ..rest });
                rest.x += list + 1;
                rest.width -= list + 1;
            }
            if details_wanted {
                let side = 24;
                rest.width -= side + 1;
                areas.borders[1] = Some(Rect { x: rest.right(), width: 1, ..rest });
                areas.details = Some(Rect { x: rest.right() + 1, width: side, ..rest });
            }
        }
        if rest.height >= 6 {
            areas.head = Some(Rect { height: 1, ..rest });
            rest.y += 1;
            rest.height -= 1;
        }
        let most = usize::from(rest.height / 2).clamp(1, FIELD_ROWS);
        let rows = self.field_rows(rest.width).min(most);
        let rows = u16::try_from(rows).unwrap_or(1).min(rest.height);
        areas.field = Rect { y: rest.bottom() - rows, height: rows, ..rest };
        rest.height -= rows;
        if rest.height >= 4 {
            areas.rule = Some(Rect { y: rest.bottom() - 1, height: 1, ..rest });
            rest.height -= 1;
        }
        areas.timeline = rest;
        areas
    }

    /// Columns and rows for the messages.
    pub fn timeline_size(&self) -> (usize, usize) {
        let area = self.areas().timeline;
        (usize::from(area.width.saturating_sub(GUTTER)).max(1), usize::from(area.height))
    }

    /// The rows of the field's text at a width, and where the cursor is: row and column.
    pub fn field_layout(&self, width: u16) -> (Vec<String>, (usize, usize)) {
        let width = usize::from(width.saturating_sub(PROMPT + 1)).max(1);
        let (line_at, column) = self.composer.cursor();
        let mut rows = Vec::new();
        let mut cursor = (0, 0);
        for (number, line) in self.composer.lines().iter().enumerate() {
            let shown = crate::text::line(line);
            let graphemes: Vec<&str> = shown.graphemes(true).collect();
            let measures: Vec<(usize, bool)> = graphemes.iter().map(|one| (one.width(), *one == " ")).collect();
            // Where the cursor is is counted in what was typed, which is as good as ever what is shown.
            let before: String = line.chars().take(column).collect();
            let before = crate::text::line(&before).graphemes(true).count().min(graphemes.len());
            let ranges = breaks(&measures, width);
            let last = ranges.len() - 1;
            for (at, range) in ranges.into_iter().enumerate() {
                if number == line_at && (range.contains(&before) || at == last && before >= range.end) {
                    let left = measures[range.start..before.max(range.start)].iter().map(|(wide, _)| wide).sum();
                    cursor = (rows.len(), left);
                }
                rows.push(graphemes[range].concat());
            }
        }
        (rows, cursor)
    }

    fn field_rows(&self, width: u16) -> usize {
        self.field_layout(width).0.len()
    }
}
