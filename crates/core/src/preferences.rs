//! Settings of one's clients: kept and told to all of them, read by none but them.

use vestnik_proto::command::SetPreference;
use vestnik_proto::{AccountEventContent, Answer, ApiError, limits, names};
use vestnik_store::ChatKey;

use crate::context::{Request, storable};
use crate::error::{Fail, conflict};
use crate::{Actor, Core};

impl Core {
    pub(crate) async fn list_preferences(&self, actor: &Actor) -> Result<Answer, Fail> {
        let user = actor.user()?.id;
        let mut db = self.read().await?;
        // Read first: what changes meanwhile is told again, never missed.
        let account_rev = vestnik_store::get_account_rev(&mut db, user).await?;
        Ok(Answer::Preferences { preferences: vestnik_store::list_preferences(&mut db, user).await?, account_rev })
    }

    pub(crate) async fn set_preference(&self, request: &Request, command: SetPreference) -> Result<Answer, Fail> {
        let SetPreference { name, value } = command;
        if !names::is_preference(&name) {
            return Err(ApiError::invalid(
                "name",
                "A preference's name is 1 to 64 small Latin letters, digits, '_', '.' and '-', \
                 beginning with a letter or digit.",
            )
            .into());
        }
        if value.as_ref().is_some_and(|value| value.len() > limits::PREFERENCE_VALUE_BYTES) {
            return Err(ApiError::invalid("value", "A preference holds at most 16 KiB. Keep less in it.").into());
        }
        if value.as_ref().is_some_and(|value| !storable(value)) {
            return Err(ApiError::invalid("value", "The value has a NUL character. Take it out.").into());
        }
        let (core, user) = (self.clone(), request.actor.id);
        self.commit(request, ChatKey::NONE, move |tx| {
            Box::pin(async move {
                let before = vestnik_store::find_preference(tx, user, &name).await?;
                if before == value {
                    return Ok(Answer::Ok);
                }
                let full = vestnik_store::count_preferences(tx, user).await? >= limits::PREFERENCES_PER_USER;
                if before.is_none() && full {
                    return Err(conflict("There are 200 preferences. Clear one that is not needed.").into());
                }
                tx.set_preference(user, &name, value.as_deref()).await?;
                core.emit_account(tx, user, AccountEventContent::PreferenceChanged { name, value }).await?;
                Ok(Answer::Ok)
            })
        })
        .await
    }
}
