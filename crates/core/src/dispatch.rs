//! From commands to actions: the one place that knows them all.

use vestnik_proto::{Answer, ApiError, ClientFrame, Command};

use crate::context::Request;
use crate::error::Fail;
use crate::tokens::content_hash;
use crate::{Actor, Core};

impl Core {
    /// Performs a command and answers after it is durable.
    ///
    /// Commands about the connection itself (signing in and out, `sync`, `set_active_chat`, `presence`)
    /// are the connection's, not core's: they answer `invalid` here.
    ///
    /// # Errors
    /// Everything an action may refuse, with its code and a sentence for a person.
    pub async fn execute(&self, actor: &Actor, frame: ClientFrame) -> Result<Answer, ApiError> {
        if let Command::Message(command) = frame.command {
            return self.send(actor, frame.client_id, command).await?.await.map(Answer::Ack);
        }
        self.0.commands.take(actor.user_id(), self.now())?;
        Ok(self.dispatch(actor, frame).await?)
    }

    async fn dispatch(&self, actor: &Actor, frame: ClientFrame) -> Result<Answer, Fail> {
        match frame.command {
            Command::Ping(_) => Ok(Answer::Pong { timestamp: self.now() }),

            Command::GetMessage(command) => self.get_message(actor, command).await,
            Command::ListVersions(command) => self.list_versions(actor, command).await,
            Command::ListReaders(command) => self.list_readers(actor, command).await,
            Command::ListPins(command) => self.list_pins(actor, &command.chat_id).await,
            Command::History(command) => self.history(actor, command).await,
            Command::GetChat(command) => self.get_chat(actor, command).await,
            Command::ListRooms(command) => self.list_rooms(actor, command).await,
            Command::ListMembers(command) => self.list_members(actor, command).await,
            Command::ListInvites(command) => self.list_invites(actor, command).await,
            Command::GetInvite(command) => self.get_invite(command).await,
            Command::UnreadState(_) => self.unread_state(actor).await,
            Command::ListChats(_) => self.list_chats(actor).await,
            Command::ListScheduled(_) => self.list_scheduled(actor).await,
            Command::ListPreferences(_) => self.list_preferences(actor).await,
            Command::ListSessions(_) => self.list_sessions(actor).await,
            Command::GetAccount(_) => self.get_account(actor).await,
            Command::GetUser(command) => self.get_user(actor, command).await,
            Command::FindUsers(command) => self.find_users(actor, command).await,
            Command::Typing(command) => self.typing(actor, command).await,

            Command::Message(_)
            | Command::Auth(_)
            | Command::Register(_)
            | Command::Login(_)
            | Command::Refresh(_)
            | Command::Guest(_)
            | Command::Logout(_)
            | Command::Sync(_)
            | Command::SetActiveChat(_)
            | Command::Presence(_) => {
                Err(ApiError::invalid("type", "This command belongs to a live connection. Send it there.").into())
            }

            // Its hash would be a quick way to guess the passwords in it: it knows a repeat by itself.
            Command::ChangePassword(command) => {
                let (actor, client_id) = (actor.user()?.clone(), frame.client_id);
                self.change_password(&Request { actor, client_id, hash: 0 }, command).await
            }

            command => {
                let hash = if frame.client_id.is_some() { content_hash(&command) } else { 0 };
                let request = Request { actor: actor.user()?.clone(), client_id: frame.client_id, hash };
                // A repeat gets the first answer even where the command could not be given any more,
                // as leaving a chat one has left.
                match self.find_answered(&request).await? {
                    Some(answer) => Ok(answer),
                    None => self.change(&request, command).await,
                }
            }
        }
    }

    /// The commands that change something lasting.
    async fn change(&self, request: &Request, command: Command) -> Result<Answer, Fail> {
        match command {
            Command::EditMessage(command) => self.edit_message(request, command).await,
            Command::DeleteMessage(command) => self.delete_message(request, command).await,
            Command::React(command) => self.react(request, command, true).await,
            Command::Unreact(command) => self.react(request, command, false).await,
            Command::PinMessage(command) => self.pin(request, command, true).await,
            Command::UnpinMessage(command) => self.pin(request, command, false).await,
            Command::MarkRead(command) => self.mark_read(request, command).await,
            Command::MarkDelivered(command) => self.mark_delivered(request, command).await,
            Command::Join(command) => self.join(request, command).await,
            Command::Leave(command) => self.leave(request, command).await,
            Command::CreateChat(command) => self.create_chat(request, command).await,
            Command::StartDirect(command) => self.start_direct(request, command).await,
            Command::UpdateChat(command) => self.update_chat(request, command).await,
            Command::DeleteChat(command) => self.delete_chat(request, command).await,
            Command::AddMember(command) => self.add_member(request, command).await,
            Command::SetRole(command) => self.set_role(request, command).await,
            Command::RemoveMember(command) => self.remove_member(request, command).await,
            Command::TransferOwnership(command) => self.transfer_ownership(request, command).await,
            Command::CreateInvite(command) => self.create_invite(request, command).await,
            Command::RevokeInvite(command) => self.revoke_invite(request, command).await,
            Command::SetDraft(command) => self.set_draft(request, command).await,
            Command::SetChatSettings(command) => self.set_chat_settings(request, command).await,
            Command::ScheduleMessage(command) => self.schedule_message(request, command).await,
            Command::UpdateScheduled(command) => self.update_scheduled(request, command).await,
            Command::CancelScheduled(command) => self.cancel_scheduled(request, command).await,
            Command::UpdateProfile(command) => self.update_profile(request, command).await,
            Command::SetPreference(command) => self.set_preference(request, command).await,
            Command::RevokeSession(command) => self.revoke_session(request, command).await,
            command => Err(ApiError::invalid("type", format!("{} changes nothing.", command.name())).into()),
        }
    }
}
