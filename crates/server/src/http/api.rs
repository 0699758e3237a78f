//! The REST routes: each makes a command from path, query and body, and answers with its answer.
//!
//! What a route is stands in [`vestnik_proto::http::ROUTES`]; [`BINDINGS`] says which command it
//! stands for. Both must agree, and a test says so.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::{FromRequestParts, RawPathParams, Request};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use http::request::Parts;
use http::{HeaderValue, StatusCode, header};
use http_body_util::{BodyExt, LengthLimitError, Limited};
use serde_json::{Map, Value};
use vestnik_core::{Actor, Core, SignedIn};
use vestnik_proto::command::MessageRef;
use vestnik_proto::frame::{Ack, encode};
use vestnik_proto::http::{ROUTES, Route};
use vestnik_proto::{
    Answer, ApiError, ClientFrame, ClientId, Command, ErrorCode, GuestToken, SetupRequest, TokenAnswer, command,
};

use super::client::{self, set_cookie};
use super::problem::Problem;
use super::{HttpDoor, pages};

/// What a route does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Does {
    /// Runs the command of this name.
    Command(&'static str),
    Live,
    Ready,
    OpenApi,
    ClientConfig,
    PasswordRules,
    Setup,
    Register,
    Login,
    Refresh,
    Guest,
    Logout,
    SendMessage,
}

use Does::Command as C;

/// Which route does what, in the order of the table of routes.
const BINDINGS: &[(&str, &str, Does)] = &[
    ("GET", "/api/health/live", Does::Live),
    ("GET", "/api/health/ready", Does::Ready),
    ("GET", "/api/openapi.json", Does::OpenApi),
    ("GET", "/api/v1/meta/client-config", Does::ClientConfig),
    ("POST", "/api/v1/setup", Does::Setup),
    ("GET", "/api/v1/auth/password-rules", Does::PasswordRules),
    ("POST", "/api/v1/auth/register", Does::Register),
    ("POST", "/api/v1/auth/login", Does::Login),
    ("POST", "/api/v1/auth/refresh", Does::Refresh),
    ("POST", "/api/v1/auth/guest", Does::Guest),
    ("POST", "/api/v1/auth/logout", Does::Logout),
    ("POST", "/api/v1/auth/password", C("change_password")),
    ("GET", "/api/v1/auth/sessions", C("list_sessions")),
    ("DELETE", "/api/v1/auth/sessions/{session_id}", C("revoke_session")),
    ("GET", "/api/v1/account", C("get_account")),
    ("PATCH", "/api/v1/account", C("update_profile")),
    ("GET", "/api/v1/account/preferences", C("list_preferences")),
    ("PUT", "/api/v1/account/preferences/{name}", C("set_preference")),
    ("GET", "/api/v1/users", C("find_users")),
    ("GET", "/api/v1/users/{username}", C("get_user")),
    ("GET", "/api/v1/rooms", C("list_rooms")),
    ("GET", "/api/v1/chats", C("list_chats")),
    ("POST", "/api/v1/chats", C("create_chat")),
    ("POST", "/api/v1/chats/direct", C("start_direct")),
    ("GET", "/api/v1/chats/{chat_id}", C("get_chat")),
    ("PATCH", "/api/v1/chats/{chat_id}", C("update_chat")),
    ("DELETE", "/api/v1/chats/{chat_id}", C("delete_chat")),
    ("POST", "/api/v1/chats/{chat_id}/join", C("join")),
    ("POST", "/api/v1/chats/{chat_id}/leave", C("leave")),
    ("POST", "/api/v1/chats/{chat_id}/read", C("mark_read")),
    ("POST", "/api/v1/chats/{chat_id}/delivered", C("mark_delivered")),
    ("POST", "/api/v1/chats/{chat_id}/typing", C("typing")),
    ("PUT", "/api/v1/chats/{chat_id}/draft", C("set_draft")),
    ("PATCH", "/api/v1/chats/{chat_id}/settings", C("set_chat_settings")),
    ("POST", "/api/v1/chats/{chat_id}/owner", C("transfer_ownership")),
    ("GET", "/api/v1/chats/{chat_id}/members", C("list_members")),
    ("POST", "/api/v1/chats/{chat_id}/members", C("add_member")),
    ("PUT", "/api/v1/chats/{chat_id}/members/{user_id}", C("set_role")),
    ("DELETE", "/api/v1/chats/{chat_id}/members/{user_id}", C("remove_member")),
    ("GET", "/api/v1/chats/{chat_id}/invites", C("list_invites")),
    ("POST", "/api/v1/chats/{chat_id}/invites", C("create_invite")),
    ("DELETE", "/api/v1/chats/{chat_id}/invites/{code}", C("revoke_invite")),
    ("GET", "/api/v1/invites/{code}", C("get_invite")),
    ("POST", "/api/v1/invites/{code}/join", C("join")),
    ("GET", "/api/v1/chats/{chat_id}/messages", C("history")),
    ("POST", "/api/v1/chats/{chat_id}/messages", Does::SendMessage),
    ("GET", "/api/v1/chats/{chat_id}/messages/{message_id}", C("get_message")),
    ("PATCH", "/api/v1/chats/{chat_id}/messages/{message_id}", C("edit_message")),
    ("DELETE", "/api/v1/chats/{chat_id}/messages/{message_id}", C("delete_message")),
    ("GET", "/api/v1/chats/{chat_id}/messages/{message_id}/versions", C("list_versions")),
    ("GET", "/api/v1/chats/{chat_id}/messages/{message_id}/readers", C("list_readers")),
    ("PUT", "/api/v1/chats/{chat_id}/messages/{message_id}/reactions/{emoji}", C("react")),
    ("DELETE", "/api/v1/chats/{chat_id}/messages/{message_id}/reactions/{emoji}", C("unreact")),
    ("PUT", "/api/v1/chats/{chat_id}/pins/{message_id}", C("pin_message")),
    ("DELETE", "/api/v1/chats/{chat_id}/pins/{message_id}", C("unpin_message")),
    ("GET", "/api/v1/chats/{chat_id}/pins", C("list_pins")),
    ("GET", "/api/v1/unread", C("unread_state")),
    ("GET", "/api/v1/scheduled", C("list_scheduled")),
    ("POST", "/api/v1/chats/{chat_id}/scheduled", C("schedule_message")),
    ("PATCH", "/api/v1/scheduled/{scheduled_id}", C("update_scheduled")),
    ("DELETE", "/api/v1/scheduled/{scheduled_id}", C("cancel_scheduled")),
];

/// Path and query members that are numbers in the command.
const NUMBERS: [&str; 7] = ["user_id", "limit", "before", "after", "around", "page", "seq"];

/// Every route with what it does. Routes without a binding are left out; the test names them.
pub(super) fn bound() -> impl Iterator<Item = (&'static Route, Does)> {
    ROUTES.iter().filter_map(|route| {
        let bound = BINDINGS.iter().find(|(method, path, _)| (*method, *path) == (route.method, route.path));
        bound.map(|(_, _, does)| (route, *does))
    })
}

/// Answers a request.
pub(super) async fn handle(door: Arc<HttpDoor>, route: &'static Route, does: Does, request: Request) -> Response {
    let answered = match does {
        Does::Live => Ok(StatusCode::OK.into_response()),
        Does::Ready => ready(&door).await,
        Does::OpenApi => Ok(pages::openapi(request.headers())),
        _ => respond(&door, route, does, request).await,
    };
    answered.unwrap_or_else(IntoResponse::into_response)
}

async fn ready(door: &HttpDoor) -> Result<Response, Problem> {
    if door.live.stop.soft.is_cancelled() {
        return Err(ApiError::new(ErrorCode::Unavailable, "The server is stopping.").into());
    }
    if door.live.core.ready().await {
        Ok(StatusCode::OK.into_response())
    } else {
        let words = "The database takes no writes. See the log and free space, or make it writable.";
        Err(ApiError::new(ErrorCode::Unavailable, words).into())
    }
}

async fn respond(door: &HttpDoor, route: &Route, does: Does, request: Request) -> Result<Response, Problem> {
    let (mut parts, body) = request.into_parts();
    let path = RawPathParams::from_request_parts(&mut parts, &()).await;
    let path = path.map_err(|_| ApiError::invalid("", "The address has bytes that are not UTF-8."))?;
    let mut members =
        if route.body.is_some() { read_body(&parts, body, door.max_body_bytes).await? } else { Map::new() };
    let client_id = client_id(&parts, &mut members)?;
    for (name, value) in &path {
        // An invite's code is named by its command.
        let name = if name == "code" && does == C("join") { "invite" } else { name };
        members.insert(name.to_owned(), member(name, value)?);
    }
    for (name, value) in query(&parts) {
        if let Some(name) = route.query.iter().find(|known| **known == name) {
            members.insert((*name).to_owned(), member(name, &value)?);
        }
    }
    let json = Value::Object(members).to_string();
    let core = &door.live.core;
    let origin = client::origin(&parts, &door.trusted_proxies);
    let status = StatusCode::from_u16(route.status).unwrap_or(StatusCode::OK);
    match does {
        Does::ClientConfig => {
            let setup = core.setup_token().await?.is_some();
            Ok(json_response(status, serde_json::to_vec(&core.client_config(setup))))
        }
        Does::PasswordRules => Ok(json_response(status, serde_json::to_vec(&core.password_rules()))),
        Does::Setup => {
            let setup = serde_json::from_str::<SetupRequest>(&json);
            let setup = setup.map_err(|_| command::decode_error::<SetupRequest>(&json))?;
            tokens(door, &parts, status, core.setup(setup, &origin).await)
        }
        Does::Register => match decode("register", &json)? {
            Command::Register(register) => tokens(door, &parts, status, core.register(register, &origin).await),
            _ => Err(mismatch()),
        },
        Does::Login => match decode("login", &json)? {
            Command::Login(login) => tokens(door, &parts, status, core.login(login, &origin).await),
            _ => Err(mismatch()),
        },
        Does::Refresh => {
            let refresh = match (client::refresh_cookie(&parts.headers), json.as_str()) {
                (Some(cookie), "{}") => command::Refresh { refresh_token: cookie.to_owned() },
                _ => match decode("refresh", &json)? {
                    Command::Refresh(refresh) => refresh,
                    _ => return Err(mismatch()),
                },
            };
            tokens(door, &parts, status, core.refresh(refresh, &origin).await)
        }
        Does::Guest => {
            let SignedIn { answer, .. } = core.guest(&origin).await?;
            let access_token = answer.access_token.unwrap_or_default();
            let token = GuestToken { access_token, expires_in: answer.expires_in };
            Ok(json_response(status, serde_json::to_vec(&token)))
        }
        Does::Logout => {
            let actor = client::actor(core, &parts.headers, route.access)?;
            core.logout(&actor).await?;
            let cookie = set_cookie(&parts, &door.trusted_proxies, "", 0);
            Ok((status, [(header::SET_COOKIE, cookie)]).into_response())
        }
        Does::SendMessage => {
            let actor = client::actor(core, &parts.headers, route.access)?;
            let Command::Message(message) = decode("message", &json)? else { return Err(mismatch()) };
            let ack = core.send(&actor, client_id, message).await?.await?;
            door.live.metrics.message();
            let answer = acknowledged(core, &actor, ack).await?;
            let response = json_response(status, Ok(shape(&answer, route.answer)));
            Ok(located(response, parts.uri.path(), &answer))
        }
        Does::Command(name) => {
            let actor = client::actor(core, &parts.headers, route.access)?;
            let frame = ClientFrame { id: None, client_id, command: decode(name, &json)? };
            let answer = match core.execute(&actor, frame).await? {
                // The live doors tell of the new text by an event; here the message itself does.
                Answer::Ack(ack) if route.answer == Some("Message") => acknowledged(core, &actor, ack).await?,
                answer => answer,
            };
            if status == StatusCode::NO_CONTENT {
                return Ok(status.into_response());
            }
            let response = json_response(status, Ok(shape(&answer, route.answer)));
            Ok(if name == "create_chat" { located(response, parts.uri.path(), &answer) } else { response })
        }
        // Answered before the request is taken apart.
        Does::Live | Does::Ready | Does::OpenApi => Err(mismatch()),
    }
}

/// The message an acknowledgement is about, as it is now.
async fn acknowledged(core: &Core, actor: &Actor, ack: Ack) -> Result<Answer, Problem> {
    let Some(message_id) = ack.message_id else { return Err(mismatch()) };
    let get = Command::GetMessage(MessageRef { chat_id: ack.chat_id, message_id });
    Ok(core.execute(actor, ClientFrame::new(get)).await?)
}

/// Says where what was made can be found (RFC 9110, 10.2.2): below the path it was posted to.
fn located(mut response: Response, path: &str, answer: &Answer) -> Response {
    let id = match answer {
        Answer::Message { message } => message.id.as_str(),
        Answer::Chat { chat } => chat.id.as_str(),
        _ => return response,
    };
    if let Ok(place) = HeaderValue::try_from(format!("{path}/{id}")) {
        response.headers_mut().insert(header::LOCATION, place);
    }
    response
}

fn decode(name: &str, json: &str) -> Result<Command, ApiError> {
    Command::decode(name, json)
}

/// A fault of this table.
fn mismatch() -> Problem {
    ApiError::new(ErrorCode::Internal, "The server answered with the wrong thing. Please report this.").into()
}

/// The answer to whoever got new tokens; browsers keep the refresh token in a cookie.
fn tokens(
    door: &HttpDoor,
    parts: &Parts,
    status: StatusCode,
    signed: Result<SignedIn, ApiError>,
) -> Result<Response, Problem> {
    let answer = signed.inspect_err(|_| door.live.metrics.auth_failed("http"))?.answer;
    let (Some(user), Some(access_token), Some(refresh_token)) =
        (answer.user, answer.access_token, answer.refresh_token)
    else {
        return Err(mismatch());
    };
    let cookie = set_cookie(parts, &door.trusted_proxies, &refresh_token, door.refresh_token_secs);
    let tokens = TokenAnswer { user, access_token, refresh_token, expires_in: answer.expires_in };
    let mut response = json_response(status, serde_json::to_vec(&tokens));
    if let Ok(cookie) = HeaderValue::try_from(cookie) {
        response.headers_mut().insert(header::SET_COOKIE, cookie);
    }
    Ok(response)
}

fn json_response(status: StatusCode, json: serde_json::Result<Vec<u8>>) -> Response {
    let json = json.expect("answers are always JSON: their maps have string keys");
    (status, [(header::CONTENT_TYPE, "application/json")], json).into_response()
}

/// An answer as the table wants it: its members without `type`, or the one member by itself.
fn shape(answer: &Answer, wanted: Option<&str>) -> Vec<u8> {
    let json = encode(answer, None);
    // `{"type":"…"` comes first, always: the enum is tagged inside.
    let after_type = json.iter().position(|byte| *byte == b',');
    let Some(after_type) = after_type else { return b"{}".to_vec() };
    let members = &json[after_type + 1..];
    if wanted.is_some_and(|wanted| !wanted.starts_with('{')) {
        // One member: `"name":value}`.
        let value = members.iter().position(|byte| *byte == b':').map_or(0, |colon| colon + 1);
        members[value..members.len() - 1].to_vec()
    } else {
        [b"{", members].concat()
    }
}

/// The members of a JSON body; none for an empty one.
async fn read_body(parts: &Parts, body: Body, most: usize) -> Result<Map<String, Value>, Problem> {
    let too_large = || ApiError::new(ErrorCode::TooLarge, "The body is larger than this server takes. Send less.");
    let announced = parts.headers.get(header::CONTENT_LENGTH).and_then(|length| length.to_str().ok());
    if announced.and_then(|length| length.parse::<usize>().ok()).is_some_and(|length| length > most) {
        return Err(too_large().into());
    }
    let bytes: Bytes = match Limited::new(body, most).collect().await {
        Ok(collected) => collected.to_bytes(),
        Err(error) if error.is::<LengthLimitError>() => return Err(too_large().into()),
        Err(_) => return Err(ApiError::invalid("", "The body ended too early.").into()),
    };
    if bytes.is_empty() {
        return Ok(Map::new());
    }
    let kind = parts.headers.get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    let kind = kind.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    if kind != "application/json" && !(kind.starts_with("application/") && kind.ends_with("+json")) {
        let error = ApiError::invalid("", "The body must be JSON, with `Content-Type: application/json`.");
        return Err(Problem::with_status(StatusCode::UNSUPPORTED_MEDIA_TYPE, error));
    }
    match serde_json::from_slice(&bytes) {
        Ok(Value::Object(members)) => Ok(members),
        Ok(_) => Err(ApiError::invalid("", "The body is not a JSON object.").into()),
        Err(error) => Err(ApiError::invalid(
            "",
            format!("The body is not JSON: wrong at line {}, column {}.", error.line(), error.column()),
        )
        .into()),
    }
}

/// The idempotency key: `client_id` of the body, or the header `Idempotency-Key`.
fn client_id(parts: &Parts, members: &mut Map<String, Value>) -> Result<Option<ClientId>, ApiError> {
    let header = parts.headers.get("idempotency-key").map(|key| key.to_str().unwrap_or_default().trim_matches('"'));
    let wrong = || ApiError::invalid("client_id", "The idempotency key (client_id) must be a UUID.");
    match (members.remove("client_id"), header) {
        (Some(Value::Null) | None, None) => Ok(None),
        (Some(Value::Null) | None, Some(key)) => key.parse().map(Some).map_err(|_| wrong()),
        (Some(Value::String(key)), _) => key.parse().map(Some).map_err(|_| wrong()),
        (Some(_), _) => Err(wrong()),
    }
}

/// A member from the path or the query, as its command wants it.
fn member(name: &str, text: &str) -> Result<Value, ApiError> {
    if NUMBERS.contains(&name) {
        text.parse::<i64>().map(Value::from).map_err(|_| ApiError::invalid(name, format!("{name} must be a number.")))
    } else {
        Ok(Value::from(text))
    }
}

/// The query's members, decoded.
fn query(parts: &Parts) -> Vec<(String, String)> {
    let query = axum::extract::Query::<Vec<(String, String)>>::try_from_uri(&parts.uri);
    query.map(|query| query.0).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use vestnik_proto::Timestamp;

    use super::*;

    #[test]
    fn every_route_is_bound_and_nothing_else_is() {
        for route in ROUTES {
            assert!(
                bound().any(|(other, _)| (other.method, other.path) == (route.method, route.path)),
                "{} {} has no binding",
                route.method,
                route.path
            );
        }
        assert_eq!(BINDINGS.len(), ROUTES.len());
        for (_, path, does) in BINDINGS {
            if let C(name) = does {
                assert!(Command::NAMES.contains(name), "{path}: there is no command {name}");
            }
        }
        for route in ROUTES {
            assert!(http::Method::from_bytes(route.method.as_bytes()).is_ok());
        }
    }

    #[test]
    fn answers_take_the_tables_shape() {
        let pong = Answer::Pong { timestamp: Timestamp::from_millis(0) };
        let text = |answer, wanted| String::from_utf8(shape(answer, wanted)).unwrap();
        assert_eq!(text(&pong, None), r#"{"timestamp":"1970-01-01T00:00:00.000Z"}"#);
        assert_eq!(text(&pong, Some("Timestamp")), r#""1970-01-01T00:00:00.000Z""#);
        assert_eq!(text(&Answer::Ok, None), "{}");
        assert_eq!(text(&Answer::Draft { draft: None }, Some("{draft: Draft | null}")), r#"{"draft":null}"#);
    }

    #[test]
    fn the_idempotency_key_comes_from_body_or_header() {
        let key = "0190a5c0-0000-7000-8000-000000000001";
        let parts = |header: Option<&str>| {
            let mut request = http::Request::builder();
            if let Some(header) = header {
                request = request.header("Idempotency-Key", header);
            }
            request.body(()).unwrap().into_parts().0
        };
        let body = |value: Value| Map::from_iter([("client_id".to_owned(), value)]);
        let expected = Some(key.parse().unwrap());
        assert_eq!(client_id(&parts(None), &mut body(key.into())).unwrap(), expected);
        assert_eq!(client_id(&parts(Some(key)), &mut Map::new()).unwrap(), expected);
        assert_eq!(client_id(&parts(None), &mut Map::new()).unwrap(), None);
        for wrong in [body(7.into()), body("x".into())] {
            assert_eq!(client_id(&parts(None), &mut wrong.clone()).unwrap_err().field.as_deref(), Some("client_id"));
        }
    }

    #[test]
    fn numbers_of_the_path_name_their_field() {
        assert_eq!(member("user_id", "7"), Ok(Value::from(7)));
        assert_eq!(member("emoji", "7"), Ok(Value::from("7")));
        assert_eq!(member("limit", "many").unwrap_err().field.as_deref(), Some("limit"));
    }
}
