//! Drawing: [`view`] makes a screen of the state. It changes nothing and does no I/O.

mod chats;
mod composer;
mod details;
mod help;
mod picker;
mod sign_in;
mod status;
mod theme;
mod timeline;

use std::sync::Arc;

use ratatui::Frame;
use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};
use ratatui::style::Style;
use unicode_width::UnicodeWidthStr;
use vestnik_client::reducer::State;

use crate::app::{App, Overlay};
use crate::feed::look::{Ink, Look, Piece, Row};
use crate::text;
pub use theme::Theme;

/// A piece of the screen that leads somewhere.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Link {
    /// Where it stands.
    pub area: Rect,
    /// Where it leads.
    pub target: Arc<str>,
}

/// What is drawn on.
pub struct Screen<'a, 'b> {
    app: &'a App,
    chats: &'a State,
    theme: Theme,
    frame: &'a mut Frame<'b>,
    links: Vec<Link>,
}

/// Draws everything. Gives the links that are seen.
pub fn view(app: &App, chats: &State, theme: Theme, frame: &mut Frame<'_>) -> Vec<Link> {
    let mut screen = Screen { app, chats, theme, frame, links: Vec::new() };
    if let Some(form) = &app.sign_in {
        screen.sign_in(form);
        screen.status();
    } else {
        screen.main();
    }
    match &app.overlay {
        Some(Overlay::Help(row)) => screen.help(*row),
        Some(Overlay::Picker(picker)) => screen.picker(picker),
        Some(Overlay::Confirm(confirm)) => screen.confirm(confirm),
        Some(Overlay::Prompt(prompt)) => screen.prompt(prompt),
        None => {}
    }
    let links = screen.links;
    guard(frame.buffer_mut(), app.ascii);
    if app.overlay.is_some() { Vec::new() } else { links }
}

/// How many rows the help has.
pub fn help_rows(app: &App) -> usize {
    help::rows(app, usize::from(app.size.0)).len()
}

/// The last defence: whatever a cell holds, it cannot act on the terminal.
fn guard(buffer: &mut Buffer, ascii: bool) {
    for cell in &mut buffer.content {
        if ascii && cell.symbol() == "…" {
            cell.set_symbol("~");
        } else if !text::is_clean(cell.symbol()) {
            cell.set_symbol("\u{fffd}");
        }
    }
}

impl Screen<'_, '_> {
    fn main(&mut self) {
        let areas = self.app.areas();
        for border in areas.borders.into_iter().flatten() {
            let line = if self.app.ascii { "|" } else { "│" };
            for y in border.top()..border.bottom() {
                self.put(border.x, y, 1, line, self.theme.ink(Ink::Dim));
            }
        }
        if let Some(area) = areas.chats {
            self.chats(area);
        }
        if let Some(area) = areas.details {
            self.details(area);
        }
        if let Some(area) = areas.head {
            self.head(area);
        }
        self.timeline(areas.timeline);
        if let Some(area) = areas.rule {
            self.rule(area);
        }
        self.field(areas.field);
        self.status();
        self.completion(areas.field);
    }

    /// Writes a text on one row, cut at a width.
    fn put(&mut self, x: u16, y: u16, width: u16, text: &str, style: Style) {
        let area = self.frame.area();
        if y < area.height && x < area.width {
            let width = width.min(area.width - x);
            self.frame.buffer_mut().set_stringn(x, y, text, usize::from(width), style);
        }
    }

    /// Writes a row, and notes its links.
    fn put_row(&mut self, x: u16, y: u16, width: u16, row: &Row) {
        let mut at = x;
        let end = x.saturating_add(width);
        for piece in &row.pieces {
            let wide = u16::try_from(piece.text.width()).unwrap_or(u16::MAX);
            let room = end.saturating_sub(at);
            if room == 0 {
                break;
            }
            self.put(at, y, room, &piece.text, self.theme.style(piece.look));
            if let Some(target) = &piece.link {
                let area = Rect::new(at, y, wide.min(room), 1).intersection(self.frame.area());
                if !area.is_empty() {
                    self.links.push(Link { area, target: Arc::clone(target) });
                }
            }
            at = at.saturating_add(wide);
        }
    }

    /// Sets the style of a whole row.
    fn paint(&mut self, area: Rect, style: Style) {
        let area = area.intersection(self.frame.area());
        self.frame.buffer_mut().set_style(area, style);
    }

    /// Empties an area.
    fn clear(&mut self, area: Rect) {
        let area = area.intersection(self.frame.area());
        for y in area.top()..area.bottom() {
            for x in area.left()..area.right() {
                self.frame.buffer_mut()[(x, y)].reset();
            }
        }
    }

    /// Shows the cursor.
    fn cursor(&mut self, x: u16, y: u16) {
        let area = self.frame.area();
        if area.width > 0 && area.height > 0 {
            self.frame.set_cursor_position(Position::new(x.min(area.width - 1), y.min(area.height - 1)));
        }
    }

    /// A box over the screen with a heading; gives its inside.
    fn window(&mut self, area: Rect, title: &str) -> Rect {
        let area = area.intersection(self.frame.area());
        self.clear(area);
        if area.width < 4 || area.height < 3 {
            return area;
        }
        let [corner, bar, side] = if self.app.ascii { ["++++", "-", "|"] } else { ["╭╮╰╯", "─", "│"] };
        let corners: Vec<String> = corner.chars().map(String::from).collect();
        let style = self.theme.ink(Ink::Dim);
        let inner = usize::from(area.width - 2);
        let title = crate::feed::wrap::fit(&format!(" {title} "), inner.saturating_sub(1), "…");
        self.put(area.x, area.y, area.width, &format!("{}{}{}", corners[0], bar.repeat(inner), corners[1]), style);
        self.put(area.x + 2, area.y, area.width - 3, &title, self.theme.style(Look::bold(Ink::Plain)));
        let bottom = area.bottom() - 1;
        self.put(area.x, bottom, area.width, &format!("{}{}{}", corners[2], bar.repeat(inner), corners[3]), style);
        for y in area.y + 1..bottom {
            self.put(area.x, y, 1, side, style);
            self.put(area.right() - 1, y, 1, side, style);
        }
        Rect { x: area.x + 1, y: area.y + 1, width: area.width - 2, height: area.height - 2 }
    }

    /// A box of this size in the middle of the screen, as far as it fits.
    fn middle(&self, width: u16, height: u16) -> Rect {
        let area = self.frame.area();
        let (width, height) = (width.min(area.width), height.min(area.height));
        Rect { x: (area.width - width) / 2, y: (area.height - height) / 3, width, height }
    }

    /// The line above the field: what is being written.
    fn rule(&mut self, area: Rect) {
        let bar = if self.app.ascii { "-" } else { "─" };
        self.put(area.x, area.y, area.width, &bar.repeat(usize::from(area.width)), self.theme.ink(Ink::Dim));
        if let Some(banner) = self.banner() {
            let row = Row::from(vec![Piece::of(format!(" {banner} "), Ink::Accent)]);
            let row = crate::feed::fit_row(row.pieces, usize::from(area.width.saturating_sub(4)));
            self.put_row(area.x + 2, area.y, area.width.saturating_sub(2), &row);
        }
    }
}
