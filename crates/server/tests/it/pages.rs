//! The web client and the server's own pages, through the real door. What a client's files get is held
//! beside the code (`src/http/pages.rs`), with a client made up for it; here is what every build has.

use std::io::Read;

use http::header;
use reqwest::Response;
use serde_json::Value;
use vestnik_testkit::TestServer;

const NAVIGATION: &str = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8";

async fn get(server: &TestServer, path: &str, headers: &[(&str, &str)]) -> Response {
    let request = server.rest.get(server.url(path));
    headers.iter().fold(request, |request, (name, value)| request.header(*name, *value)).send().await.unwrap()
}

fn header_of<'r>(response: &'r Response, name: &str) -> &'r str {
    response.headers().get(name).map_or("", |value| value.to_str().unwrap())
}

#[tokio::test]
async fn every_answer_is_guarded_by_its_headers() {
    let server = TestServer::start().await;
    for path in ["/", "/docs", "/docs/page.css", "/c/general", "/api/v1/meta/client-config", "/api/v1/nothing"] {
        let response = get(&server, path, &[("accept", NAVIGATION)]).await;
        let csp = header_of(&response, "content-security-policy");
        let directives: Vec<&str> = csp.split(';').map(str::trim).collect();
        for expected in [
            "default-src 'none'",
            "script-src 'self' 'wasm-unsafe-eval'",
            "style-src 'self'",
            "img-src 'self' data: blob:",
            "font-src 'self'",
            "media-src 'self' blob:",
            "connect-src 'self'",
            "worker-src 'self'",
            "manifest-src 'self'",
            "object-src 'none'",
            "base-uri 'none'",
            "form-action 'self'",
            "frame-ancestors 'none'",
        ] {
            assert!(directives.contains(&expected), "{path}: no {expected} in {csp}");
        }
        assert!(!csp.contains("unsafe-inline") && !csp.contains("'unsafe-eval'") && !csp.contains('*'), "{csp}");
        for (name, expected) in [
            ("x-content-type-options", "nosniff"),
            ("referrer-policy", "no-referrer"),
            ("x-frame-options", "DENY"),
            ("cross-origin-opener-policy", "same-origin"),
            ("cross-origin-resource-policy", "same-origin"),
            ("strict-transport-security", ""),
        ] {
            assert_eq!(header_of(&response, name), expected, "{path}: {name}");
        }
        assert!(header_of(&response, "permissions-policy").contains("payment=()"), "{path}");
    }
}

#[tokio::test]
async fn who_comes_by_tls_is_told_to_stay_with_it() {
    let server = TestServer::builder()
        .settings(|settings| settings.http.trusted_proxies = vec!["127.0.0.1/32".parse().unwrap()])
        .start()
        .await;
    for (proto, expected) in [("https", true), ("http", false)] {
        let response = get(&server, "/", &[("x-forwarded-proto", proto)]).await;
        let hsts = header_of(&response, "strict-transport-security");
        assert_eq!(hsts == "max-age=31536000", expected, "{proto}: {hsts:?}");
    }
    // Whoever is no proxy is not believed.
    let server = TestServer::start().await;
    let response = get(&server, "/", &[("x-forwarded-proto", "https")]).await;
    assert_eq!(header_of(&response, "strict-transport-security"), "");
}

#[tokio::test]
async fn files_come_compressed_and_are_not_sent_twice() {
    let server = TestServer::start().await;
    for path in ["/docs", "/docs/docs.js", "/docs/page.css", "/api/openapi.json"] {
        let plain = get(&server, path, &[]).await;
        assert_eq!(
            (plain.status().as_u16(), header_of(&plain, "content-encoding"), header_of(&plain, "vary")),
            (200, "", "accept-encoding")
        );
        assert_eq!(header_of(&plain, "cache-control"), "no-cache", "{path}");
        let mut tags = vec![header_of(&plain, "etag").to_owned()];
        let plain = plain.bytes().await.unwrap();
        for (accepted, coding) in [("gzip, deflate, br", "br"), ("gzip", "gzip"), ("br;q=0.1, gzip;q=0.9", "gzip")] {
            let asked = [("accept-encoding", accepted)];
            let packed = get(&server, path, &asked).await;
            assert_eq!(header_of(&packed, "content-encoding"), coding, "{path}");
            let tag = header_of(&packed, "etag").to_owned();
            let length: usize = header_of(&packed, "content-length").parse().unwrap();
            let packed = packed.bytes().await.unwrap();
            assert!(packed.len() == length && packed.len() < plain.len(), "{path}");
            let mut unpacked = Vec::new();
            match coding {
                "br" => brotli::Decompressor::new(&*packed, 4096).read_to_end(&mut unpacked).unwrap(),
                _ => flate2::read::GzDecoder::new(&*packed).read_to_end(&mut unpacked).unwrap(),
            };
            assert_eq!(unpacked, plain, "{path}");
            let again = get(&server, path, &[asked[0], ("if-none-match", &tag)]).await;
            assert_eq!((again.status().as_u16(), header_of(&again, "etag")), (304, &*tag), "{path}");
            assert_eq!(get(&server, path, &[("if-none-match", &tag)]).await.status(), 200, "another form of {path}");
            tags.push(tag);
        }
        tags.dedup();
        assert_eq!(tags.len(), 3, "each form has its tag: {tags:?}");
        let head = server.rest.head(server.url(path)).send().await.unwrap();
        assert_eq!((head.status().as_u16(), header_of(&head, "content-length")), (200, &*plain.len().to_string()));
        assert!(head.bytes().await.unwrap().is_empty());
    }
}

#[tokio::test]
async fn addresses_of_the_client_answer_its_page_and_nothing_else_does() {
    let server = TestServer::start().await;
    let index = get(&server, "/", &[]).await.bytes().await.unwrap();
    for path in ["/login", "/c/general/42", "/invite/abc?x=1", "/direct/@anna", "/rooms/general", "/share"] {
        let response = get(&server, path, &[("accept", NAVIGATION)]).await;
        assert_eq!((response.status().as_u16(), header_of(&response, "cache-control")), (200, "no-cache"), "{path}");
        assert_eq!(response.bytes().await.unwrap(), index, "{path}");
        assert_eq!(get(&server, path, &[("accept", "*/*")]).await.status(), 404, "{path}");
    }
    for path in ["/api/v1/nothing", "/api", "/assets/gone-00000000.js", "/docs/gone.js"] {
        let response = get(&server, path, &[("accept", NAVIGATION)]).await;
        assert_eq!(response.status(), 404, "{path}");
        assert_eq!(header_of(&response, "content-type"), "application/problem+json", "{path}");
        let problem: Value = response.json().await.unwrap();
        assert_eq!(problem["code"], "not_found", "{path}");
    }
    let quiet = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).build().unwrap();
    let shared = quiet.post(server.url("/share")).body("text=x").send().await.unwrap();
    assert_eq!((shared.status().as_u16(), header_of(&shared, header::LOCATION.as_str())), (303, "/"));
    assert_eq!(quiet.post(server.url("/login")).send().await.unwrap().status(), 404);
}

/// Everything that a page names with `src` or `href` on this server.
fn named(page: &str) -> Vec<&str> {
    ["src=\"/", "href=\"/"]
        .iter()
        .flat_map(|start| page.match_indices(start).map(|(at, start)| &page[at + start.len() - 1..]))
        .filter_map(|rest| rest.split('"').next())
        .collect()
}

#[tokio::test]
async fn what_the_pages_name_is_there() {
    let server = TestServer::start().await;
    for page in ["/", "/setup", "/docs"] {
        let text = get(&server, page, &[("accept", NAVIGATION)]).await.text().await.unwrap();
        let named = named(&text);
        assert!(named.len() >= 2, "{page}: {text}");
        for path in named {
            let response = get(&server, path, &[]).await;
            assert_eq!(response.status(), 200, "{page} names {path}");
            let kind = header_of(&response, "content-type");
            assert!(!path.ends_with(".js") || kind.starts_with("text/javascript"), "{path} is {kind}");
            assert!(!path.ends_with(".css") || kind.starts_with("text/css"), "{path} is {kind}");
        }
    }
}
