//! Errors as problem JSON (RFC 9457).

use axum::response::{IntoResponse, Response};
use http::{HeaderValue, StatusCode, header};
use serde::Serialize;
use vestnik_proto::{ApiError, ErrorCode};

/// An error on its way out. The outermost layer writes its body, because it knows the request's id.
#[derive(Clone, Debug)]
pub struct Problem {
    /// The HTTP status.
    pub status: StatusCode,
    /// What went wrong.
    pub error: ApiError,
}

/// The body (RFC 9457, 3.1), with the members of [`ApiError`] beside the standard ones.
#[derive(Serialize)]
struct Body<'a> {
    r#type: String,
    title: &'a str,
    status: u16,
    detail: &'a str,
    #[serde(flatten)]
    error: &'a ApiError,
    request_id: &'a str,
}

impl Problem {
    /// A problem with another status than its code's usual one.
    pub fn with_status(status: StatusCode, error: ApiError) -> Self {
        Self { status, error }
    }

    /// The whole response.
    pub fn render(&self, request_id: &str) -> Response {
        let Self { status, error } = self;
        let body = Body {
            r#type: format!("about:blank#{}", error.code),
            title: status.canonical_reason().unwrap_or("Error"),
            status: status.as_u16(),
            detail: &error.message,
            error,
            request_id,
        };
        let json = serde_json::to_vec(&body).expect("a problem is always JSON: its maps have string keys");
        let mut response = (*status, json).into_response();
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        if let Some(millis) = error.retry_after_ms {
            headers.insert(header::RETRY_AFTER, HeaderValue::from(millis.div_ceil(1_000)));
        }
        if *status == StatusCode::UNAUTHORIZED {
            headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        response
    }
}

impl From<ApiError> for Problem {
    fn from(error: ApiError) -> Self {
        let status = StatusCode::from_u16(error.code.http_status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        Self { status, error }
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let mut response = self.status.into_response();
        response.extensions_mut().insert(self);
        response
    }
}

/// There is no such path.
pub async fn no_such_path() -> Problem {
    let words = "There is nothing at this address. The API is described at /docs.";
    ApiError::new(ErrorCode::NotFound, words).into()
}

/// The path is there, the method is not.
pub async fn no_such_method() -> Problem {
    let words = "This address does not take this method. The API is described at /docs.";
    Problem::with_status(StatusCode::METHOD_NOT_ALLOWED, ApiError::new(ErrorCode::Invalid, words))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_problem_has_the_members_of_the_error() {
        let error = ApiError::invalid("seq", "Not so.").retry_after_ms(1_500);
        let response = Problem::from(error).render("r-1");
        assert_eq!(response.headers()[header::RETRY_AFTER], "2");
        let body = axum::body::to_bytes(response.into_body(), 10_000).await.unwrap();
        assert_eq!(
            String::from_utf8(body.to_vec()).unwrap(),
            r#"{"type":"about:blank#invalid","title":"Bad Request","status":400,"detail":"Not so.","code":"invalid","message":"Not so.","field":"seq","retry_after_ms":1500,"request_id":"r-1"}"#
        );
    }
}
