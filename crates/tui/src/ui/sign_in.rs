//! The form for signing in.

use ratatui::layout::Rect;
use unicode_width::UnicodeWidthStr;

use super::Screen;
use crate::app::SignIn;
use crate::feed::look::{Ink, Look, Piece};
use crate::feed::wrap::{fit, wrap};
use crate::i18n::Text;
use crate::keys::Action;
use crate::text;

/// The widest the form gets.
const WIDE: u16 = 64;

impl Screen<'_, '_> {
    /// The form.
    pub(super) fn sign_in(&mut self, form: &SignIn) {
        use crate::app::FormField;
        let app = self.app;
        let language = app.language;
        let whole = self.frame.area();
        let width = whole.width.min(WIDE);
        let x = (whole.width - width) / 2;
        let bottom = whole.height.saturating_sub(u16::from(whole.height >= 3));
        let mut rows: Vec<(Vec<Piece>, Option<FormField>, bool)> = Vec::new();
        let text = |words: &str, look: Look| (vec![Piece::new(words, look)], None, false);
        let title = language.text(if form.register { Text::FormTitleNew } else { Text::FormTitleIn });
        let roomy = bottom >= 14;
        rows.push(text(title, Look::bold(Ink::Accent)));
        if roomy {
            rows.push(text("", Look::default()));
        }
        if form.accounts > 0 {
            rows.push(text(language.text(Text::FormAccounts), Look::of(Ink::Dim)));
            for (number, account) in app.accounts.iter().take(form.accounts).enumerate() {
                let pieces = vec![
                    Piece::of("  ", Ink::Plain),
                    Piece::new(text::line(&account.username), Look::bold(Ink::Plain)),
                    Piece::of(format!("  {}", text::line(&account.server)), Ink::Dim),
                ];
                rows.push((pieces, None, form.at == number));
            }
            if roomy {
                rows.push(text("", Look::default()));
            }
        }
        for field in form.fields() {
            rows.push((Vec::new(), Some(field), form.field() == Some(field)));
        }
        if roomy {
            rows.push(text("", Look::default()));
        }
        let plain = form.server.text();
        let exposed = plain.starts_with("tcp://") || plain.starts_with("ws://") || plain.starts_with("http://");
        let here = plain.contains("://127.") || plain.contains("://localhost") || plain.contains("://[::1]");
        let notice = match (&form.trouble, form.busy) {
            (Some(trouble), _) => Some((trouble.as_str(), Ink::Warn)),
            (None, true) => Some((language.text(Text::FormBusy), Ink::Accent)),
            (None, false) if exposed && !here => Some((language.text(Text::FormPlain), Ink::Warn)),
            (None, false) => None,
        };
        if let Some((words, ink)) = notice {
            for row in wrap(&[Piece::of(words, ink)], usize::from(width.saturating_sub(2)), &[], &[]) {
                rows.push((row.pieces, None, false));
            }
        }
        let hint = if form.register { Text::FormHintNew } else { Text::FormHintIn };
        let keys = [Action::FormSend, Action::FormToggle, Action::Quit].map(|action| app.keys.first(action));
        let hint = language.fill(hint, &[&keys[0], &keys[1], &keys[2]]);
        rows.push(text(&hint, Look::of(Ink::Dim)));

        // On a low screen the row that the keys are at is seen first of all.
        let at = rows.iter().position(|(.., at)| *at).unwrap_or(0);
        let height = usize::from(bottom).max(1);
        let skip = (at + 1).saturating_sub(height).min(rows.len().saturating_sub(height));
        let count = rows.len().min(height);
        let top = u16::try_from((height - count) / 3).unwrap_or(0);
        let label = form.fields().iter().map(|field| language.form_field(*field).width()).max().unwrap_or(0);
        for (number, (pieces, field, at)) in rows.into_iter().skip(skip).take(height).enumerate() {
            let y = top + u16::try_from(number).unwrap_or(0);
            let area = Rect { x, y, width, height: 1 };
            match field {
                None => {
                    let row = crate::feed::fit_row(pieces, usize::from(width.saturating_sub(1)));
                    self.put_row(x + 1, y, width.saturating_sub(1), &row);
                    if at {
                        self.paint(area, self.theme.chosen());
                    }
                }
                Some(field) => self.form_row(area, form, field, at, label),
            }
        }
    }

    fn form_row(&mut self, area: Rect, form: &SignIn, field: crate::app::FormField, at: bool, label: usize) {
        use crate::app::FormField;
        let words = self.app.language.form_field(field);
        let label = label.min(usize::from(area.width / 2));
        let shown = fit(words, label, "…");
        let look = if at { Look::bold(Ink::Accent) } else { Look::of(Ink::Dim) };
        self.put(area.x + 1, area.y, area.width.saturating_sub(1), &shown, self.theme.style(look));
        let lead = u16::try_from(label).unwrap_or(0) + 2;
        let place = Rect { x: area.x + lead, width: area.width.saturating_sub(lead), ..area };
        let secret = matches!(field, FormField::Password | FormField::Again);
        if at {
            self.text_field(place, form.text(field), secret);
        } else {
            let text = form.text(field).text();
            let text = if secret { "*".repeat(text.chars().count()) } else { text::line(text) };
            let text = fit(&text, usize::from(place.width.saturating_sub(1)), "…");
            self.put(place.x + 1, place.y, place.width.saturating_sub(1), &text, self.theme.ink(Ink::Plain));
        }
    }
}
