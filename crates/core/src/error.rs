//! From failures inside to errors a caller can act on.

use vestnik_proto::{ApiError, ErrorCode};
use vestnik_store::StoreError;

/// A failure within an action.
#[derive(Debug)]
pub(crate) enum Fail {
    /// Something the caller can act on.
    Api(ApiError),
    /// The store's.
    Store(StoreError),
}

impl From<ApiError> for Fail {
    fn from(error: ApiError) -> Self {
        Self::Api(error)
    }
}

impl From<StoreError> for Fail {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

impl From<Fail> for ApiError {
    fn from(fail: Fail) -> Self {
        match fail {
            Fail::Api(error) => error,
            Fail::Store(error) => api(&error),
        }
    }
}

/// What a caller is told of a failure of the store.
pub(crate) fn api(error: &StoreError) -> ApiError {
    match error {
        StoreError::Unavailable(reason) => {
            tracing::warn!(reason, "the store is unavailable");
            ApiError::new(
                ErrorCode::Unavailable,
                "The server cannot store anything at the moment; nothing was changed. Try again in a little while.",
            )
            .retry_after_ms(1_000)
        }
        StoreError::Exists => ApiError::new(ErrorCode::Conflict, "There is such a thing already. Choose another name."),
        StoreError::Gone => ApiError::not_found(),
        StoreError::ClientIdReused => ApiError::new(
            ErrorCode::Conflict,
            "This client_id was used for another request. Use a new one for every new request.",
        ),
        StoreError::Migration(_) | StoreError::Moved { .. } | StoreError::HalfMoved | StoreError::Internal(_) => {
            tracing::error!(%error, "the store failed");
            internal()
        }
    }
}

pub(crate) fn internal() -> ApiError {
    ApiError::new(
        ErrorCode::Internal,
        "Something went wrong on the server. Try again; if it happens again, tell the administrator.",
    )
}

pub(crate) fn forbidden() -> ApiError {
    ApiError::new(ErrorCode::Forbidden, "You may not do this here. Ask an admin of the chat for the right.")
}

pub(crate) fn conflict(message: &str) -> ApiError {
    ApiError::new(ErrorCode::Conflict, message)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_store_says_is_told_without_its_words() {
        let secret = "at postgres://user:secret@db".to_owned();
        for (error, code) in [
            (StoreError::Unavailable(secret.clone()), ErrorCode::Unavailable),
            (StoreError::Internal(secret.clone()), ErrorCode::Internal),
            (StoreError::Migration(secret.clone()), ErrorCode::Internal),
            (StoreError::Exists, ErrorCode::Conflict),
            (StoreError::Gone, ErrorCode::NotFound),
            (StoreError::ClientIdReused, ErrorCode::Conflict),
        ] {
            let told = ApiError::from(Fail::from(error));
            assert_eq!(told.code, code);
            assert!(!told.message.contains("secret"), "{told}");
            assert_eq!(told.retry_after_ms.is_some(), code == ErrorCode::Unavailable);
        }
    }
}
