//! The form for signing in: accounts kept here, or a server and a name.

use vestnik_client::reducer::State;

use super::{App, Effect, Field, SignInForm};
use crate::i18n::Text;
use crate::keys::{Action, Key};

/// A field of the form.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FormField {
    /// The server's address, or an invite's link.
    Server,
    /// The username.
    Name,
    /// The password.
    Password,
    /// The password again, for a new account.
    Again,
    /// The second factor.
    Code,
    /// An invite's code.
    Invite,
}

impl crate::i18n::Language {
    /// What a field is called.
    pub fn form_field(self, field: FormField) -> &'static str {
        self.text(match field {
            FormField::Server => Text::FormServer,
            FormField::Name => Text::FormName,
            FormField::Password => Text::FormPassword,
            FormField::Again => Text::FormAgain,
            FormField::Code => Text::FormCode,
            FormField::Invite => Text::FormInvite,
        })
    }
}

/// The form for signing in. It has secrets in it, so it cannot be printed.
#[derive(Clone, Default)]
pub struct SignIn {
    /// Whether an account is made.
    pub register: bool,
    /// Which row the keys are at: accounts kept here first, then the fields.
    pub at: usize,
    /// The server's address.
    pub server: Field,
    /// The username.
    pub name: Field,
    /// The password.
    pub password: Field,
    /// The password again.
    pub again: Field,
    /// The second factor.
    pub code: Field,
    /// An invite's code.
    pub invite: Field,
    /// Whether a second factor is needed.
    pub needs_code: bool,
    /// Whether an answer is waited for.
    pub busy: bool,
    /// What is wrong, and what to do.
    pub trouble: Option<String>,
    /// Accounts that are offered.
    pub accounts: usize,
    /// Whether one may go back to a session.
    pub may_leave: bool,
}

impl SignIn {
    /// The fields that are shown.
    pub fn fields(&self) -> Vec<FormField> {
        let mut fields = vec![FormField::Server, FormField::Name, FormField::Password];
        if self.register {
            fields.extend([FormField::Again, FormField::Invite]);
        } else if self.needs_code {
            fields.push(FormField::Code);
        }
        fields
    }

    /// The field the keys are at, if it is one.
    pub fn field(&self) -> Option<FormField> {
        self.fields().get(self.at.checked_sub(self.accounts)?).copied()
    }

    /// The text of a field.
    pub fn text(&self, field: FormField) -> &Field {
        match field {
            FormField::Server => &self.server,
            FormField::Name => &self.name,
            FormField::Password => &self.password,
            FormField::Again => &self.again,
            FormField::Code => &self.code,
            FormField::Invite => &self.invite,
        }
    }

    fn text_mut(&mut self, field: FormField) -> &mut Field {
        match field {
            FormField::Server => &mut self.server,
            FormField::Name => &mut self.name,
            FormField::Password => &mut self.password,
            FormField::Again => &mut self.again,
            FormField::Code => &mut self.code,
            FormField::Invite => &mut self.invite,
        }
    }

    /// Writes a text into the field the keys are at.
    pub fn insert(&mut self, text: &str) {
        if let Some(field) = self.field() {
            self.text_mut(field).insert(text);
            self.take_invite();
        }
    }

    /// Fills in the name.
    pub fn insert_name(&mut self, name: &str) {
        self.name = Field::new(name);
    }

    /// A link of an invite in the field for the server says both the server and the code.
    fn take_invite(&mut self) {
        let text = self.server.text().trim().to_owned();
        if let Some((server, code)) = text.split_once("/invite/") {
            self.invite = Field::new(code.trim_matches('/'));
            self.server = Field::new(server);
            self.register = true;
        }
    }
}

/// An address as a person writes it, with the door it means: encrypted unless it is this machine.
pub fn full_address(typed: &str) -> String {
    let typed = typed.trim();
    if typed.contains("://") || typed.is_empty() {
        return typed.to_owned();
    }
    let host = typed.split([':', '/']).next().unwrap_or(typed);
    let here = host == "localhost" || host.starts_with("127.") || typed.starts_with("[::1]");
    format!("{}://{typed}", if here { "tcp" } else { "tls" })
}

impl App {
    /// Shows the form.
    pub fn open_sign_in(&mut self, server: &str) {
        let accounts = self.accounts.len();
        let server = if server.is_empty() && accounts == 0 { "tcp://127.0.0.1:8888" } else { server };
        self.overlay = None;
        self.sign_in = Some(SignIn {
            server: Field::new(server),
            at: if accounts > 0 && server.is_empty() { 0 } else { accounts + usize::from(!server.is_empty()) },
            accounts,
            may_leave: self.opened,
            ..SignIn::default()
        });
        self.effects.push(Effect::ListAccounts);
    }

    /// These accounts are kept here.
    pub(super) fn accounts_known(&mut self, accounts: Vec<super::AccountRef>) {
        if let Some(form) = &mut self.sign_in {
            form.at = if form.at >= form.accounts {
                form.at - form.accounts + accounts.len()
            } else {
                form.at.min(accounts.len())
            };
            form.accounts = accounts.len();
        }
        self.accounts = accounts;
    }

    /// The session has ended on the server.
    pub(super) fn signed_out(&mut self, why: String) {
        let (server, name) = (self.server.clone(), self.username.clone());
        self.leave_draft();
        self.opened = false;
        self.open_sign_in(&server);
        if let Some(form) = &mut self.sign_in {
            form.name = Field::new(name);
            form.at = form.accounts + 2;
            form.trouble = Some(crate::text::line(&why));
        }
    }

    pub(super) fn not_signed_in(&mut self, why: String, code: bool) {
        match &mut self.sign_in {
            Some(form) => {
                form.busy = false;
                form.trouble = Some(crate::text::line(&why));
                if code {
                    form.needs_code = true;
                    form.register = false;
                    form.at = form.accounts + 3;
                }
            }
            None => self.warn(why),
        }
    }

    pub(super) fn sign_in_key(&mut self, chats: &State, key: Key, action: Option<Action>) {
        if let Some(action) = action
            && !matches!(
                action,
                Action::FieldDown | Action::FieldUp | Action::FormSend | Action::FormToggle | Action::FormCancel
            )
        {
            if matches!(action, Action::Quit | Action::Redraw | Action::Suspend | Action::Help) {
                self.anywhere(chats, action);
            } else {
                self.type_into_form(key);
            }
            return;
        }
        let Some(form) = &mut self.sign_in else { return };
        let rows = form.accounts + form.fields().len();
        match action {
            Some(Action::FieldDown) => form.at = (form.at + 1) % rows,
            Some(Action::FieldUp) => form.at = (form.at + rows - 1) % rows,
            Some(Action::FormToggle) => {
                form.register = !form.register;
                form.at = form.at.min(form.accounts + form.fields().len() - 1);
                form.trouble = None;
            }
            Some(Action::FormCancel) if form.may_leave && self.opened => self.sign_in = None,
            Some(Action::FormSend) => self.submit_form(),
            _ => self.type_into_form(key),
        }
    }

    fn type_into_form(&mut self, key: Key) {
        if let Some(form) = &mut self.sign_in
            && let Some(field) = form.field()
            && !form.busy
        {
            form.text_mut(field).key(key);
            form.take_invite();
        }
    }

    fn submit_form(&mut self) {
        let Some(form) = &mut self.sign_in else { return };
        if form.busy {
            return;
        }
        if form.at < form.accounts {
            if let Some(account) = self.accounts.get(form.at).cloned() {
                form.busy = true;
                form.trouble = None;
                self.effects.push(Effect::Open(account));
            }
            return;
        }
        // From an empty field on, the next one; from the last one, all is sent.
        let empty = form
            .fields()
            .into_iter()
            .position(|field| field != FormField::Invite && form.text(field).text().trim().is_empty());
        if let Some(empty) = empty {
            // Going on to the next field needs no words.
            if form.at == form.accounts + empty {
                let name = self.language.form_field(form.fields()[empty]);
                form.trouble = Some(self.language.fill(Text::FormEmpty, &[name]));
            }
            form.at = form.accounts + empty;
            return;
        }
        if form.register {
            let language = self.language;
            if let Err(error) = vestnik_proto::names::username(form.name.text()) {
                form.trouble = Some(language.name_error(&error));
                return;
            }
            if let Some(problem) = language.password_problem(form.password.text()) {
                form.trouble = Some(problem);
                return;
            }
            if form.password.text() != form.again.text() {
                form.trouble = Some(language.text(Text::PasswordsDiffer).to_owned());
                return;
            }
        }
        let some = |field: &Field| Some(field.text().trim().to_owned()).filter(|text| !text.is_empty());
        form.busy = true;
        form.trouble = None;
        let filled = SignInForm {
            server: full_address(form.server.text()),
            username: form.name.text().trim().to_owned(),
            password: form.password.text().to_owned(),
            code: some(&form.code),
            invite: some(&form.invite),
            register: form.register,
        };
        self.effects.push(Effect::SignIn(filled));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_completed() {
        assert_eq!(full_address("localhost:8888"), "tcp://localhost:8888");
        assert_eq!(full_address(" chat.example.org "), "tls://chat.example.org");
        assert_eq!(full_address("wss://chat.example.org"), "wss://chat.example.org");
    }
}
