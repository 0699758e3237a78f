//! The terminal: taken over and given back, whatever happens between.

use std::io::{self, BufWriter, Stdout, Write};
use std::sync::atomic::{AtomicBool, Ordering};

use base64::Engine as _;
use crossterm::cursor::{MoveTo, RestorePosition, SavePosition, Show};
use crossterm::event::{
    DisableBracketedPaste, DisableFocusChange, DisableMouseCapture, EnableBracketedPaste, EnableFocusChange,
    EnableMouseCapture, KeyboardEnhancementFlags, PopKeyboardEnhancementFlags, PushKeyboardEnhancementFlags,
};
use crossterm::style::{Attribute, ResetColor, SetAttribute};
use crossterm::terminal::{
    BeginSynchronizedUpdate, EndSynchronizedUpdate, EnterAlternateScreen, LeaveAlternateScreen, disable_raw_mode,
    enable_raw_mode,
};
use crossterm::{execute, queue};
use ratatui::Terminal;
use ratatui::backend::CrosstermBackend;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::{Color, Modifier, Style};
use vestnik_client::reducer::State;

use crate::app::App;
use crate::options::Notices;
use crate::text;
use crate::ui::{Link, Theme};

/// Whether the terminal is taken over. There is one terminal, and a panic must find it.
static TAKEN: AtomicBool = AtomicBool::new(false);
/// Longest title. Characters.
const TITLE: usize = 100;
/// Longest text for the clipboard. Bytes: terminals cut longer ones anyway.
const CLIPBOARD: usize = 74_000;

type Output = BufWriter<Stdout>;

/// The terminal, taken over until this is dropped.
pub struct Screen {
    terminal: Terminal<CrosstermBackend<Output>>,
    mouse: bool,
    kitty: bool,
    notices: Notices,
}

impl Screen {
    /// Takes the terminal over. A panic gives it back before it is told.
    pub fn take(mouse: bool, kitty: bool, notices: Notices) -> io::Result<Self> {
        let usual = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |panic| {
            give_back();
            usual(panic);
            // Whatever task it was: what is on the screen cannot be trusted any more, and what
            // was written is in the outbox.
            std::process::exit(101);
        }));
        let backend = CrosstermBackend::new(BufWriter::with_capacity(64 * 1024, io::stdout()));
        let mut screen = Self { terminal: Terminal::new(backend)?, mouse, kitty, notices };
        screen.enter()?;
        Ok(screen)
    }

    /// Takes the terminal over again.
    pub fn enter(&mut self) -> io::Result<()> {
        enable_raw_mode()?;
        TAKEN.store(true, Ordering::SeqCst);
        let output = self.terminal.backend_mut();
        // The window's title is put away and brought back.
        output.write_all(b"\x1b[22;0t")?;
        execute!(output, EnterAlternateScreen, EnableBracketedPaste, EnableFocusChange)?;
        if self.mouse {
            execute!(output, EnableMouseCapture)?;
        }
        if self.kitty {
            let flags = KeyboardEnhancementFlags::DISAMBIGUATE_ESCAPE_CODES;
            execute!(output, PushKeyboardEnhancementFlags(flags))?;
        }
        self.redraw()
    }

    /// Gives the terminal back for a while.
    pub fn leave(&mut self) {
        let _ = self.terminal.show_cursor();
        give_back();
    }

    /// Columns and rows.
    pub fn size(&self) -> (u16, u16) {
        self.terminal.size().map_or((80, 24), |size| (size.width, size.height))
    }

    /// Draws everything that has changed.
    pub fn draw(&mut self, app: &App, chats: &State, theme: Theme) -> io::Result<()> {
        queue!(self.terminal.backend_mut(), BeginSynchronizedUpdate)?;
        let mut links = Vec::new();
        let drawn = self.terminal.draw(|frame| links = crate::ui::view(app, chats, theme, frame))?;
        let cells = (!links.is_empty()).then(|| drawn.buffer.clone());
        if let Some(cells) = cells {
            write_links(self.terminal.backend_mut(), &links, &cells)?;
        }
        let output = self.terminal.backend_mut();
        queue!(output, EndSynchronizedUpdate)?;
        Write::flush(output)
    }

    /// Draws everything anew at the next time.
    pub fn redraw(&mut self) -> io::Result<()> {
        // Not `Terminal::clear`: that asks the terminal where the cursor is and waits for an answer.
        let size = self.terminal.size()?;
        self.terminal.resize(Rect::new(0, 0, size.width, size.height))
    }

    /// Sets the window's title.
    pub fn title(&mut self, title: &str) -> io::Result<()> {
        let title: String = text::line(title).chars().take(TITLE).collect();
        self.write(&format!("\x1b]2;{title}\x07"))
    }

    /// Rings the bell.
    pub fn bell(&mut self) -> io::Result<()> {
        self.write("\x07")
    }

    /// Shows a notice, where the terminal can.
    pub fn notice(&mut self, title: &str, body: &str) -> io::Result<()> {
        // A semicolon separates the parts of a sequence.
        let clean = |part: &str| text::line(part).replace(';', ",");
        let (title, body) = (clean(title), clean(body));
        match self.notices {
            Notices::Osc9 => self.write(&format!("\x1b]9;{title}: {body}\x07")),
            Notices::Osc777 => self.write(&format!("\x1b]777;notify;{title};{body}\x07")),
            Notices::Auto | Notices::Off => Ok(()),
        }
    }

    /// Puts a text on the clipboard (OSC 52).
    pub fn copy(&mut self, text: &str) -> io::Result<()> {
        let mut end = text.len().min(CLIPBOARD);
        while !text.is_char_boundary(end) {
            end -= 1;
        }
        let encoded = base64::engine::general_purpose::STANDARD.encode(&text[..end]);
        self.write(&format!("\x1b]52;c;{encoded}\x07"))
    }

    fn write(&mut self, sequence: &str) -> io::Result<()> {
        let output = self.terminal.backend_mut();
        output.write_all(sequence.as_bytes())?;
        Write::flush(output)
    }
}

impl Drop for Screen {
    fn drop(&mut self) {
        self.leave();
    }
}

/// Gives the terminal back as it was. May be called at any time, also twice.
pub fn give_back() {
    if !TAKEN.swap(false, Ordering::SeqCst) {
        return;
    }
    let mut out = io::stdout();
    // All of it even when a part was not in use: terminals ignore what does not apply.
    let _ = execute!(
        out,
        EndSynchronizedUpdate,
        PopKeyboardEnhancementFlags,
        DisableMouseCapture,
        DisableFocusChange,
        DisableBracketedPaste,
        ResetColor,
        SetAttribute(Attribute::Reset),
        LeaveAlternateScreen,
        Show
    );
    let _ = out.write_all(b"\x1b[23;0t").and_then(|()| out.flush());
    let _ = disable_raw_mode();
}

/// Which notices a terminal shows, by its name.
pub fn notices(wanted: Notices, (term, program): &(String, String)) -> Notices {
    match wanted {
        Notices::Auto => {
            let (term, program) = (term.to_lowercase(), program.to_lowercase());
            if ["foot", "rxvt", "ghostty"].iter().any(|name| term.starts_with(name) || program == *name) {
                Notices::Osc777
            } else if term.contains("kitty") || ["iterm.app", "wezterm"].contains(&program.as_str()) {
                Notices::Osc9
            } else {
                Notices::Off
            }
        }
        other => other,
    }
}

/// Writes the links of the screen once more, so that the terminal knows where they lead (OSC 8).
/// Cells that are drawn anew lose it, so this follows every drawing.
fn write_links(output: &mut impl Write, links: &[Link], cells: &Buffer) -> io::Result<()> {
    queue!(output, SavePosition)?;
    for link in links {
        let area = link.area.intersection(cells.area);
        if area.is_empty() {
            continue;
        }
        queue!(output, MoveTo(area.x, area.y))?;
        // The address was cleaned where the text was read; nothing else may end the sequence.
        if !link.target.bytes().all(|byte| byte.is_ascii_graphic()) {
            continue;
        }
        write!(output, "\x1b]8;;{}\x1b\\", link.target)?;
        let mut skip = 0;
        for x in area.left()..area.right() {
            let cell = &cells[(x, area.y)];
            if skip > 0 {
                skip -= 1;
                continue;
            }
            skip = unicode_width::UnicodeWidthStr::width(cell.symbol()).saturating_sub(1);
            write!(output, "{}{}", sgr(cell.style()), cell.symbol())?;
        }
        write!(output, "\x1b]8;;\x1b\\\x1b[0m")?;
    }
    queue!(output, RestorePosition)
}

/// The sequence for a style (ECMA-48 SGR), as far as links have one.
fn sgr(style: Style) -> String {
    let mut codes = vec!["0".to_owned()];
    for (modifier, code) in [
        (Modifier::BOLD, "1"),
        (Modifier::DIM, "2"),
        (Modifier::ITALIC, "3"),
        (Modifier::UNDERLINED, "4"),
        (Modifier::REVERSED, "7"),
        (Modifier::CROSSED_OUT, "9"),
    ] {
        if style.add_modifier.contains(modifier) {
            codes.push(code.to_owned());
        }
    }
    match style.fg {
        Some(Color::Cyan) => codes.push("36".to_owned()),
        Some(Color::DarkGray) => codes.push("90".to_owned()),
        _ => {}
    }
    format!("\x1b[{}m", codes.join(";"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_are_written_with_their_text() {
        let mut cells = Buffer::empty(Rect::new(0, 0, 10, 1));
        cells.set_string(2, 0, "世a", Style::new().fg(Color::Cyan));
        let mut out = Vec::new();
        let link = |target: &str| Link { area: Rect::new(2, 0, 3, 1), target: target.into() };
        write_links(&mut out, &[link("https://a.b"), link("https://a\u{1b}b")], &cells).unwrap();
        let out = String::from_utf8(out).unwrap();
        assert!(out.contains("\x1b]8;;https://a.b\x1b\\\x1b[0;36m世\x1b[0;36ma\x1b]8;;\x1b\\"), "{out:?}");
        assert!(!out.contains("https://a\u{1b}b"), "{out:?}");
    }

    #[test]
    fn notices_go_where_they_are_shown() {
        let of = |term: &str, program: &str| notices(Notices::Auto, &(term.to_owned(), program.to_owned()));
        assert_eq!(of("foot", ""), Notices::Osc777);
        assert_eq!(of("xterm-kitty", ""), Notices::Osc9);
        assert_eq!(of("xterm-256color", "WezTerm"), Notices::Osc9);
        assert_eq!(of("tmux-256color", "tmux"), Notices::Off);
        assert_eq!(notices(Notices::Osc9, &Default::default()), Notices::Osc9);
    }
}
