//! The HTTP door: REST, WebSocket upgrades and a few pages, by axum over one hyper connection each.

mod api;
pub mod client;
mod pages;
pub mod problem;

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use axum::Router;
use axum::extract::ws::WebSocketUpgrade;
use axum::extract::{FromRequestParts, MatchedPath, Request, State};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use axum::routing::{MethodFilter, get, on};
use http::{HeaderName, HeaderValue, Method, header};
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use ipnet::IpNet;
use tokio::time::Instant;
use tower::ServiceExt;
use tower_http::cors::{AllowOrigin, CorsLayer};
use tracing::Instrument;
use vestnik_proto::{ApiError, ErrorCode};

use crate::listener::{Accepted, Behind, Corked, Place, Refusal};
use crate::live::Live;
use crate::live::connection::Connection;
use crate::live::ws::{Messages, configure};
use client::Peer;
use pages::Site;
use problem::Problem;

/// Scripts, styles and connections of this site alone; nothing inline; no framing. The client's
/// encryption is WebAssembly; what a person sends or opens is shown from memory (`blob:`, `data:`).
const CSP: &str = "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; \
                   img-src 'self' data: blob:; font-src 'self'; media-src 'self' blob:; connect-src 'self'; \
                   worker-src 'self'; manifest-src 'self'; object-src 'none'; base-uri 'none'; form-action 'self'; \
                   frame-ancestors 'none'";
/// How long a browser that came by TLS shall come back by nothing else: a year.
const HSTS: &str = "max-age=31536000";
/// Largest request head.
const HEAD_BYTES: usize = 16 * 1024;

/// What the HTTP door works with.
pub struct HttpDoor {
    /// What live connections work with; REST uses the same.
    pub live: Arc<Live>,
    /// Proxies that are believed.
    pub trusted_proxies: Vec<IpNet>,
    /// Sites that may call the API.
    pub cors_origins: Vec<String>,
    /// Largest body.
    pub max_body_bytes: usize,
    /// Longest request.
    pub request_timeout: Duration,
    /// Longest time for a request's head.
    pub head_timeout: Duration,
    /// Life of the refresh cookie.
    pub refresh_token_secs: i64,
    /// Beginning of every request id of this process.
    pub request_prefix: u32,
    /// Requests so far.
    pub requests: AtomicU64,
}

impl std::fmt::Debug for HttpDoor {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("HttpDoor").finish_non_exhaustive()
    }
}

/// The connection's place in the limits, which a WebSocket keeps after the upgrade.
#[derive(Clone)]
struct Held(#[expect(dead_code, reason = "held, not read")] Arc<Place>);

/// Answers requests, by connection.
#[derive(Clone, Debug)]
pub struct HttpService {
    door: Arc<HttpDoor>,
    router: Router,
}

impl HttpService {
    /// The door with its routes.
    pub fn new(door: Arc<HttpDoor>) -> Self {
        let site = Site::EMBEDDED;
        let mut router = Router::new();
        for (route, does) in api::bound() {
            let method = Method::from_bytes(route.method.as_bytes()).expect("a test reads every method of the table");
            let filter = MethodFilter::try_from(method).expect("the table has common methods alone");
            let handler = {
                let door = door.clone();
                move |request: Request| api::handle(door.clone(), route, does, request)
            };
            router = router.route(route.path, on(filter, handler));
        }
        let mut router: Router = router
            .route("/ws", get(upgrade))
            .with_state(door.clone())
            .merge(site.router())
            .fallback(move |request| site.otherwise(request))
            .method_not_allowed_fallback(problem::no_such_method)
            .layer(from_fn_with_state(door.clone(), time_limit));
        if !door.cors_origins.is_empty() {
            router = router.layer(cors(&door.cors_origins));
        }
        let router = router.layer(from_fn_with_state(door.clone(), around));
        Self { door, router }
    }
}

fn cors(origins: &[String]) -> CorsLayer {
    let origin = if origins.iter().any(|origin| origin == "*") {
        AllowOrigin::any()
    } else {
        AllowOrigin::list(origins.iter().filter_map(|origin| HeaderValue::from_str(origin).ok()))
    };
    CorsLayer::new()
        .allow_origin(origin)
        .allow_methods([Method::GET, Method::POST, Method::PUT, Method::PATCH, Method::DELETE])
        .allow_headers([header::AUTHORIZATION, header::CONTENT_TYPE, HeaderName::from_static("idempotency-key")])
        .expose_headers([header::RETRY_AFTER, HeaderName::from_static("x-request-id")])
}

/// Around every request: its id, its log line, its measures, its headers, and the body of its error.
async fn around(State(door): State<Arc<HttpDoor>>, request: Request, next: Next) -> Response {
    let number = door.requests.fetch_add(1, Ordering::Relaxed);
    let request_id = format!("{:08x}-{number:x}", door.request_prefix);
    let route = request.extensions().get::<MatchedPath>().map_or("(none)", MatchedPath::as_str).to_owned();
    let method = known_method(request.method());
    let is_api = request.uri().path().starts_with("/api/");
    let (parts, body) = request.into_parts();
    let from = client::From::new(client::peer(&parts), &parts.headers, &door.trusted_proxies);
    let request = Request::from_parts(parts, body);
    // The path may hold an invite's code, which is a secret: the log has the route alone.
    let span = tracing::info_span!("request", request_id, method, route, ip = %from.ip);
    let begun = Instant::now();
    let mut response = next.run(request).instrument(span.clone()).await;
    if let Some(problem) = response.extensions_mut().remove::<Problem>() {
        if problem.error.code == ErrorCode::Internal {
            let _entered = span.enter();
            tracing::error!(detail = problem.error.message, "a request failed");
        }
        let kept = std::mem::take(response.headers_mut());
        response = problem.render(&request_id);
        for (name, value) in &kept {
            if *name != header::CONTENT_LENGTH {
                response.headers_mut().append(name, value.clone());
            }
        }
    }
    let took = begun.elapsed();
    let status = response.status().as_u16();
    door.live.metrics.request(method, &route, status, took);
    span.in_scope(|| tracing::debug!(status, took_us = took.as_micros() as u64, "answered"));
    let headers = response.headers_mut();
    if let Ok(value) = HeaderValue::try_from(&request_id) {
        headers.insert("x-request-id", value);
    }
    headers.insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(CSP));
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(header::REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    headers.insert(header::X_FRAME_OPTIONS, HeaderValue::from_static("DENY"));
    headers.insert("cross-origin-opener-policy", HeaderValue::from_static("same-origin"));
    headers.insert("cross-origin-resource-policy", HeaderValue::from_static("same-origin"));
    if from.secure {
        headers.insert(header::STRICT_TRANSPORT_SECURITY, HeaderValue::from_static(HSTS));
    }
    headers.insert(
        "permissions-policy",
        HeaderValue::from_static("camera=(self), microphone=(self), geolocation=(self), payment=()"),
    );
    if is_api && !headers.contains_key(header::CACHE_CONTROL) {
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    }
    response
}

/// A method as a label that a client cannot multiply.
fn known_method(method: &Method) -> &'static str {
    ["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"]
        .into_iter()
        .find(|known| method.as_str() == *known)
        .unwrap_or("OTHER")
}

/// Answers `unavailable` when a request takes too long.
async fn time_limit(State(door): State<Arc<HttpDoor>>, request: Request, next: Next) -> Response {
    match tokio::time::timeout(door.request_timeout, next.run(request)).await {
        Ok(response) => response,
        Err(_) => {
            let words =
                "The request took too long; it may or may not have been done. Repeat it with the same client_id.";
            Problem::from(ApiError::new(ErrorCode::Unavailable, words).retry_after_ms(1_000)).into_response()
        }
    }
}

/// Makes a WebSocket of the connection.
async fn upgrade(State(door): State<Arc<HttpDoor>>, request: Request) -> Response {
    let (mut parts, _) = request.into_parts();
    let upgrade = match WebSocketUpgrade::from_request_parts(&mut parts, &()).await {
        Ok(upgrade) => upgrade,
        Err(_) => {
            let words = "This address speaks WebSocket. Connect with a WebSocket client.";
            let status = http::StatusCode::UPGRADE_REQUIRED;
            let mut response = Problem::with_status(status, ApiError::invalid("", words)).into_response();
            response.headers_mut().insert(header::UPGRADE, HeaderValue::from_static("websocket"));
            return response;
        }
    };
    if door.live.stop.soft.is_cancelled() {
        let error = ApiError::new(ErrorCode::Unavailable, "The server is stopping. Come back in a moment.");
        return Problem::from(error.retry_after_ms(2_000)).into_response();
    }
    let live = door.live.clone();
    let origin = client::origin(&parts, &door.trusted_proxies);
    let held = parts.extensions.get::<Held>().cloned();
    let since = Instant::now();
    // Counted from here, so that a stop waits for it.
    let token = live.stop.tasks.token();
    configure(upgrade).on_upgrade(move |socket| async move {
        let hard = live.stop.hard.clone();
        tokio::select! {
            biased;
            () = hard.cancelled() => {}
            () = Connection::new(live, Messages::new(socket), origin, since).run() => {}
        }
        drop((held, token));
    })
}

impl Behind for HttpService {
    async fn serve(self: Arc<Self>, accepted: Accepted) {
        let Accepted { socket, peer, place, .. } = accepted;
        let peer = Peer { addr: peer, tls: socket.is_tls() };
        let held = Held(Arc::new(place));
        let soft = self.door.live.stop.soft.clone();
        let service = self.router.clone().map_request(move |mut request: http::Request<hyper::body::Incoming>| {
            request.extensions_mut().insert(peer);
            request.extensions_mut().insert(held.clone());
            request.map(axum::body::Body::new)
        });
        let connection = hyper::server::conn::http1::Builder::new()
            .timer(TokioTimer::new())
            .header_read_timeout(self.door.head_timeout)
            .max_buf_size(HEAD_BYTES)
            .serve_connection(TokioIo::new(Corked::new(socket)), TowerToHyperService::new(service))
            .with_upgrades();
        let mut connection = std::pin::pin!(connection);
        let served = tokio::select! {
            served = connection.as_mut() => served,
            () = soft.cancelled() => {
                connection.as_mut().graceful_shutdown();
                connection.await
            }
        };
        if let Err(error) = served {
            tracing::debug!(peer = %peer.addr, %error, "a connection broke");
        }
    }

    fn refuse(&self, why: Refusal) -> Vec<u8> {
        let (status, title, words) = match why {
            Refusal::TooMany => (503, "Service Unavailable", "There are too many connections. Wait a moment."),
            Refusal::PlainText => (
                400,
                "Bad Request",
                "Plain text is accepted only from this machine. Open this address with https:// instead, \
                 or let the operator set http.allow_plain_text.",
            ),
            Refusal::Silent => return Vec::new(),
        };
        let page =
            format!("<!doctype html><meta charset=\"utf-8\"><title>Vestnik</title><h1>{title}</h1><p>{words}</p>\n");
        format!(
            "HTTP/1.1 {status} {title}\r\nContent-Type: text/html; charset=utf-8\r\nContent-Length: {}\r\n\
             Connection: close\r\nX-Content-Type-Options: nosniff\r\nRetry-After: 5\r\n\r\n{page}",
            page.len()
        )
        .into_bytes()
    }
}
