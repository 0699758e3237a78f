//! The few pages and files the server brings along. Everything is embedded; nothing is fetched elsewhere.

use axum::Router;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use http::header;

const OPENAPI: &str = include_str!("../../../proto/generated/openapi.json");

/// Path, type and content of each file.
const FILES: [(&str, &str, &str); 8] = [
    ("/", "text/html; charset=utf-8", include_str!("../../assets/index.html")),
    ("/setup", "text/html; charset=utf-8", include_str!("../../assets/setup.html")),
    ("/docs", "text/html; charset=utf-8", include_str!("../../assets/docs.html")),
    ("/assets/page.css", "text/css; charset=utf-8", include_str!("../../assets/page.css")),
    ("/assets/page.js", "text/javascript; charset=utf-8", include_str!("../../assets/page.js")),
    ("/assets/setup.js", "text/javascript; charset=utf-8", include_str!("../../assets/setup.js")),
    ("/assets/docs.js", "text/javascript; charset=utf-8", include_str!("../../assets/docs.js")),
    ("/favicon.svg", "image/svg+xml", include_str!("../../assets/favicon.svg")),
];

/// The pages' routes.
pub fn router<S: Clone + Send + Sync + 'static>() -> Router<S> {
    FILES.into_iter().fold(Router::new(), |router, (path, kind, text)| {
        router.route(path, get(move || async move { file(kind, text) }))
    })
}

/// The OpenAPI document.
pub fn openapi() -> Response {
    file("application/json", OPENAPI)
}

fn file(kind: &'static str, text: &'static str) -> Response {
    ([(header::CONTENT_TYPE, kind), (header::CACHE_CONTROL, "no-cache")], text).into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_have_nothing_inline_and_nothing_from_elsewhere() {
        for (path, kind, text) in FILES {
            for bad in ["http://", "https://", " style=", "onclick=", "javascript:"] {
                let allowed = text.replace("http://www.w3.org/2000/svg", "");
                assert!(!allowed.contains(bad), "{path} has {bad}");
            }
            if kind.starts_with("text/html") {
                assert!(!text.contains("<style") && !text.contains("<script>"), "{path} has inline code");
            }
        }
    }
}
