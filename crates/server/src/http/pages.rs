//! The web client, and the few pages the server brings along. Everything is embedded by the build
//! script, compressed beforehand; nothing is fetched elsewhere.

use axum::Router;
use axum::extract::Request;
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::get;
use bytes::Bytes;
use http::request::Parts;
use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header};

use super::problem::{no_such_method, no_such_path};

/// A file of the program.
#[derive(Debug)]
struct File {
    /// Where it is found.
    path: &'static str,
    /// Its media type.
    kind: &'static str,
    /// Of its content.
    hash: &'static str,
    /// Whether the file of this name never changes.
    lasting: bool,
    plain: &'static [u8],
    br: Option<&'static [u8]>,
    gzip: Option<&'static [u8]>,
}

include!(concat!(env!("OUT_DIR"), "/pages.rs"));

/// The client's own start page, which is also every page it makes by itself.
const INDEX: &str = "/index.html";
/// The client's service worker.
const WORKER: &str = "/sw.js";
/// What browsers keep for as long as they like, for the name changes with the content.
const FOR_EVER: &str = "public, max-age=31536000, immutable";
/// What browsers ask about every time.
const ASK: &str = "no-cache";

/// What is served besides the API.
#[derive(Clone, Copy, Debug)]
pub(super) struct Site {
    client: &'static [File],
}

impl Site {
    /// What this program was built with.
    pub(super) const EMBEDDED: Self = Self { client: CLIENT };

    /// The routes of pages; what they do not name is for [`Site::otherwise`].
    pub(super) fn router<S: Clone + Send + Sync + 'static>(self) -> Router<S> {
        let page = get(move |request| self.page(request));
        ["/", "/docs", "/docs/{*file}", "/assets/{*file}"]
            .into_iter()
            .fold(Router::new(), |router, path| router.route(path, page.clone()))
            // Shared things go to the client's service worker; only where there is none yet does a
            // browser send them here.
            .route("/share", page.post(|| async { Redirect::to("/") }))
    }

    /// Answers what no route names: files of the client, and the pages it makes by itself.
    pub(super) async fn otherwise(self, request: Request) -> Response {
        if matches!(*request.method(), Method::GET | Method::HEAD) {
            return self.page(request).await;
        }
        match self.file(request.uri().path()) {
            Some(_) => {
                let mut response = no_such_method().await.into_response();
                response.headers_mut().insert(header::ALLOW, HeaderValue::from_static("GET,HEAD"));
                response
            }
            None => no_such_path().await.into_response(),
        }
    }

    async fn page(self, request: Request) -> Response {
        let (Parts { uri, headers, .. }, _) = request.into_parts();
        let path = uri.path();
        let file = self.file(path).or_else(|| {
            let of_the_client = !is_of_the_server(path) && wants_a_page(&headers);
            of_the_client.then(|| self.index()).flatten()
        });
        match file {
            Some(file) => file.respond(&headers),
            None => no_such_path().await.into_response(),
        }
    }

    /// The file of a path.
    fn file(self, path: &str) -> Option<&'static File> {
        let instead = if self.client.is_empty() { BARE } else { self.client };
        let name = if path == "/" && !self.client.is_empty() { INDEX } else { path };
        find(OWN, path).or_else(|| find(instead, name))
    }

    fn index(self) -> Option<&'static File> {
        self.file("/")
    }
}

fn find(files: &'static [File], path: &str) -> Option<&'static File> {
    files.iter().find(|file| file.path == path)
}

/// Whether the client makes no pages there.
fn is_of_the_server(path: &str) -> bool {
    ["/api", "/ws", "/docs", "/assets"]
        .iter()
        .any(|place| path.strip_prefix(place).is_some_and(|rest| rest.is_empty() || rest.starts_with('/')))
}

/// Whether a page is asked for, as browsers do when they open an address, and not a file.
fn wants_a_page(headers: &HeaderMap) -> bool {
    listed(headers, header::ACCEPT).any(|(kind, weight)| kind.eq_ignore_ascii_case("text/html") && weight > 0)
}

/// The OpenAPI document.
pub(super) fn openapi(headers: &HeaderMap) -> Response {
    match find(OWN, "/api/openapi.json") {
        Some(file) => file.respond(headers),
        None => StatusCode::NOT_FOUND.into_response(),
    }
}

/// The members of a header that lists things, with their weights in thousandths.
fn listed(headers: &HeaderMap, name: HeaderName) -> impl Iterator<Item = (&str, u32)> {
    headers.get_all(name).into_iter().filter_map(|value| value.to_str().ok()).flat_map(|value| value.split(',')).map(
        |member| {
            let mut parts = member.split(';').map(str::trim);
            let what = parts.next().unwrap_or_default();
            let weight = parts.find_map(|part| part.strip_prefix("q=").or_else(|| part.strip_prefix("Q=")));
            let weight = weight.map_or(Some(1.0), |weight| weight.parse::<f32>().ok()).unwrap_or(0.0);
            (what, (weight.clamp(0.0, 1.0) * 1000.0) as u32)
        },
    )
}

/// The forms a file may be sent in, the smallest first.
const CODINGS: [&str; 3] = ["br", "gzip", "identity"];

/// How much a browser likes a form (RFC 9110, 12.5.3): 0 when it cannot take it.
fn weight(headers: &HeaderMap, coding: &str) -> u32 {
    let named = |name: &str| {
        let mut all = listed(headers, header::ACCEPT_ENCODING);
        all.find(|(listed, _)| listed.eq_ignore_ascii_case(name)).map(|(_, weight)| weight)
    };
    // Plain is always good enough, but nobody prefers it without saying so.
    named(coding).or_else(|| named("*")).unwrap_or(u32::from(coding == "identity"))
}

impl File {
    /// The content in the form that is liked best, and the form's name.
    fn content(&self, headers: &HeaderMap) -> (&'static [u8], &'static str) {
        let there = CODINGS.iter().filter_map(|coding| {
            let content = match *coding {
                "br" => self.br,
                "gzip" => self.gzip,
                _ => Some(self.plain),
            };
            Some((content?, *coding, weight(headers, coding)))
        });
        // The first of equals: `max_by_key` would take the last.
        let best = there.reduce(|best, other| if other.2 > best.2 { other } else { best });
        best.filter(|(_, _, weight)| *weight > 0)
            .map_or((self.plain, "identity"), |(content, coding, _)| (content, coding))
    }

    fn respond(&'static self, asked: &HeaderMap) -> Response {
        let (content, coding) = self.content(asked);
        let tag = match coding {
            "identity" => format!("\"{}\"", self.hash),
            coding => format!("\"{}-{coding}\"", self.hash),
        };
        let mut headers = HeaderMap::new();
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static(if self.lasting { FOR_EVER } else { ASK }));
        if self.br.is_some() || self.gzip.is_some() {
            headers.insert(header::VARY, HeaderValue::from_static("accept-encoding"));
        }
        let known = listed(asked, header::IF_NONE_MATCH)
            .any(|(known, _)| known == "*" || known.trim_start_matches("W/") == tag);
        headers.insert(header::ETAG, HeaderValue::try_from(tag).expect("a hash and a coding are ASCII"));
        if known {
            return (StatusCode::NOT_MODIFIED, headers).into_response();
        }
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(self.kind));
        if coding != "identity" {
            headers.insert(header::CONTENT_ENCODING, HeaderValue::from_static(coding));
        }
        if self.path == WORKER {
            headers.insert("service-worker-allowed", HeaderValue::from_static("/"));
        }
        (headers, Bytes::from_static(content)).into_response()
    }
}

#[cfg(test)]
mod tests {
    use std::io::Read;

    use axum::body::Body;
    use tower::ServiceExt;

    use super::*;

    const fn file(path: &'static str, kind: &'static str, lasting: bool) -> File {
        File { path, kind, hash: "cafe", lasting, plain: b"plain", br: Some(b"brotli"), gzip: Some(b"gzip") }
    }

    static BUILT: &[File] = &[
        file("/index.html", "text/html; charset=utf-8", false),
        file("/sw.js", "text/javascript; charset=utf-8", false),
        file("/manifest.webmanifest", "application/manifest+json", false),
        file("/assets/index-B3xK_1-a.js", "text/javascript; charset=utf-8", true),
        File { br: None, gzip: None, ..file("/icons/192.png", "image/png", false) },
    ];

    /// Asks a site with a client, or one without.
    async fn ask(built: bool, method: &str, path: &str, headers: &[(&str, &str)]) -> (u16, HeaderMap, Vec<u8>) {
        let site = Site { client: if built { BUILT } else { &[] } };
        let router: Router = site.router().fallback(move |request| site.otherwise(request));
        let mut request = Request::builder().method(method).uri(path);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let response = router.oneshot(request.body(Body::empty()).unwrap()).await.unwrap();
        let (parts, body) = response.into_parts();
        let body = axum::body::to_bytes(body, 10_000_000).await.unwrap();
        (parts.status.as_u16(), parts.headers, body.to_vec())
    }

    const NAVIGATION: (&str, &str) = ("accept", "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8");

    #[tokio::test]
    async fn the_clients_pages_are_its_start_page() {
        for path in [
            "/",
            "/c/general",
            "/c/general/42",
            "/login",
            "/register",
            "/invite/abc",
            "/setup",
            "/settings/sessions",
            "/u/anna.k",
            "/direct",
            "/direct/@anna",
            "/rooms",
            "/rooms/general",
            "/share",
            "/apiary",
            "/docs.html",
        ] {
            for method in ["GET", "HEAD"] {
                let (status, headers, body) = ask(true, method, path, &[NAVIGATION]).await;
                assert_eq!(status, 200, "{method} {path}");
                assert_eq!(headers[header::CONTENT_TYPE], "text/html; charset=utf-8", "{path}");
                assert_eq!(headers[header::CACHE_CONTROL], "no-cache", "{path}");
                assert_eq!(body, if method == "GET" { b"plain".as_slice() } else { b"" }, "{path}");
            }
        }
        assert_eq!(ask(true, "GET", "/", &[]).await.0, 200, "the start page is there for scripts too");
        assert_eq!(ask(true, "GET", "/index.html", &[]).await.0, 200);
    }

    #[tokio::test]
    async fn what_is_not_there_is_no_page() {
        for (method, path, headers) in [
            ("GET", "/c/general", vec![]),
            ("GET", "/c/general", vec![("accept", "*/*")]),
            ("GET", "/c/general", vec![("accept", "text/html;q=0, */*")]),
            ("GET", "/assets/index-00000000.js", vec![NAVIGATION]),
            ("GET", "/assets/", vec![NAVIGATION]),
            ("GET", "/assets", vec![NAVIGATION]),
            ("GET", "/api/v1/nothing", vec![NAVIGATION]),
            ("GET", "/api", vec![NAVIGATION]),
            ("GET", "/ws/nothing", vec![NAVIGATION]),
            ("GET", "/docs/nothing.js", vec![NAVIGATION]),
            ("GET", "/nothing.png", vec![("accept", "image/avif,image/*,*/*;q=0.8")]),
            ("POST", "/login", vec![NAVIGATION]),
            ("DELETE", "/c/general", vec![NAVIGATION]),
        ] {
            assert_eq!(ask(true, method, path, &headers).await.0, 404, "{method} {path} {headers:?}");
        }
        let (status, headers, _) = ask(true, "POST", "/sw.js", &[]).await;
        assert_eq!((status, &headers[header::ALLOW]), (405, &HeaderValue::from_static("GET,HEAD")));
        assert_eq!(ask(true, "POST", "/", &[]).await.0, 405);
        let (status, headers, _) = ask(true, "POST", "/share", &[]).await;
        assert_eq!((status, &headers[header::LOCATION]), (303, &HeaderValue::from_static("/")));
    }

    #[tokio::test]
    async fn the_form_is_the_one_liked_best() {
        for (accepted, expected) in [
            (None, "identity"),
            (Some(""), "identity"),
            (Some("gzip, deflate, br, zstd"), "br"),
            (Some("gzip, deflate"), "gzip"),
            (Some("GZIP"), "gzip"),
            (Some("gzip;q=1.0, br;q=0.5"), "gzip"),
            (Some("br;q=0, gzip;q=0.001"), "gzip"),
            (Some("br;q=0, gzip; q=0"), "identity"),
            (Some("*"), "br"),
            (Some("*;q=0.5, br;q=0"), "gzip"),
            (Some("identity, gzip;q=0.5"), "identity"),
            (Some("identity;q=0, *;q=0"), "identity"),
            (Some("br;q=nonsense, gzip"), "gzip"),
            (Some("zstd"), "identity"),
        ] {
            let accept = accepted.map(|accepted| ("accept-encoding", accepted));
            let (status, headers, body) = ask(true, "GET", "/sw.js", accept.as_slice()).await;
            let coding = headers.get(header::CONTENT_ENCODING).map_or("identity", |coding| coding.to_str().unwrap());
            assert_eq!((status, coding), (200, expected), "{accepted:?}");
            let content: &[u8] = match expected {
                "br" => b"brotli",
                "gzip" => b"gzip",
                _ => b"plain",
            };
            assert_eq!(body, content, "{accepted:?}");
            assert_eq!(headers[header::VARY], "accept-encoding");
            assert_eq!(headers[header::CONTENT_LENGTH], content.len().to_string());
        }
        let (_, headers, body) = ask(true, "GET", "/icons/192.png", &[("accept-encoding", "br")]).await;
        assert!(!headers.contains_key(header::CONTENT_ENCODING) && !headers.contains_key(header::VARY));
        assert_eq!(body, b"plain");
    }

    #[tokio::test]
    async fn what_a_browser_has_is_not_sent_again() {
        let br = ("accept-encoding", "br");
        let (_, headers, _) = ask(true, "GET", "/sw.js", &[br]).await;
        assert_eq!(headers[header::ETAG], "\"cafe-br\"");
        for known in ["\"cafe-br\"", "W/\"cafe-br\"", "\"other\", \"cafe-br\"", "*"] {
            let (status, headers, body) = ask(true, "GET", "/sw.js", &[br, ("if-none-match", known)]).await;
            assert_eq!((status, body.len()), (304, 0), "{known}");
            assert_eq!(headers[header::ETAG], "\"cafe-br\"");
            assert_eq!(headers[header::CACHE_CONTROL], "no-cache");
            assert_eq!(headers[header::VARY], "accept-encoding");
            assert!(!headers.contains_key(header::CONTENT_TYPE) && !headers.contains_key(header::CONTENT_ENCODING));
        }
        // Another form is another thing.
        for known in ["\"cafe\"", "\"cafe-gzip\"", "cafe-br", ""] {
            assert_eq!(ask(true, "GET", "/sw.js", &[br, ("if-none-match", known)]).await.0, 200, "{known}");
        }
        assert_eq!(ask(true, "HEAD", "/sw.js", &[("if-none-match", "\"cafe\"")]).await.0, 304);
    }

    #[tokio::test]
    async fn only_what_never_changes_is_kept_for_ever() {
        let (_, headers, _) = ask(true, "GET", "/assets/index-B3xK_1-a.js", &[]).await;
        assert_eq!(headers[header::CACHE_CONTROL], FOR_EVER);
        for path in ["/", "/sw.js", "/manifest.webmanifest", "/icons/192.png", "/docs", "/docs/page.css"] {
            assert_eq!(ask(true, "GET", path, &[]).await.1[header::CACHE_CONTROL], ASK, "{path}");
        }
        let (_, headers, _) = ask(true, "GET", "/sw.js", &[]).await;
        assert_eq!(headers["service-worker-allowed"], "/");
        assert!(!ask(true, "GET", "/", &[]).await.1.contains_key("service-worker-allowed"));
    }

    #[tokio::test]
    async fn without_the_client_there_are_pages_that_say_so() {
        let (status, _, body) = ask(false, "GET", "/", &[]).await;
        assert_eq!(status, 200);
        assert!(String::from_utf8(body).unwrap().contains("make web"));
        let (_, _, body) = ask(false, "GET", "/setup", &[]).await;
        assert!(String::from_utf8(body).unwrap().contains("/docs/setup.js"));
        let (status, _, body) = ask(false, "GET", "/invite/abc", &[NAVIGATION]).await;
        assert!(status == 200 && String::from_utf8(body).unwrap().contains("make web"));
        assert_eq!(ask(false, "GET", "/sw.js", &[]).await.0, 404);
        assert_eq!(ask(true, "GET", "/docs", &[]).await.2, ask(false, "GET", "/docs", &[]).await.2);
    }

    #[test]
    fn what_was_compressed_is_the_file() {
        let mut smaller = 0;
        for file in OWN.iter().chain(BARE).chain(CLIENT) {
            if let Some(br) = file.br {
                let mut plain = Vec::new();
                brotli::Decompressor::new(br, 4096).read_to_end(&mut plain).unwrap();
                assert!(plain == file.plain && br.len() < plain.len(), "{}", file.path);
                smaller += 1;
            }
            if let Some(gzip) = file.gzip {
                let mut plain = Vec::new();
                flate2::read::GzDecoder::new(gzip).read_to_end(&mut plain).unwrap();
                assert!(plain == file.plain && gzip.len() < plain.len(), "{}", file.path);
            }
            assert!(!file.kind.starts_with("font/") || file.br.is_none(), "{}", file.path);
        }
        assert!(smaller >= 8, "own pages alone are that many");
        assert!(find(OWN, "/api/openapi.json").is_some());
        assert_eq!(CLIENT.is_empty(), find(CLIENT, INDEX).is_none(), "a client has a start page");
    }

    #[test]
    fn own_pages_have_nothing_inline_and_nothing_from_elsewhere() {
        for file in OWN.iter().chain(BARE).filter(|file| !file.path.starts_with("/api/")) {
            let text = std::str::from_utf8(file.plain).unwrap();
            for bad in ["http://", "https://", " style=", "onclick=", "javascript:"] {
                let allowed = text.replace("http://www.w3.org/2000/svg", "");
                assert!(!allowed.contains(bad), "{} has {bad}", file.path);
            }
            if file.kind.starts_with("text/html") {
                assert!(!text.contains("<style") && !text.contains("<script>"), "{} has inline code", file.path);
            }
        }
    }
}
