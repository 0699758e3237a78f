//! Embeds the web client and the server's own pages into the program, compressed beforehand.
//!
//! The client is what `make web` leaves in `clients/web/dist`, or the directory that `VESTNIK_WEB_DIST`
//! names; with an empty `VESTNIK_WEB_DIST`, or when nothing was built, the program has none and says so.
//! Writes `pages.rs`, which `src/http/pages.rs` includes, and the files beside it.

use std::collections::BTreeSet;
use std::error::Error;
use std::fmt::Write as _;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::{env, fs, io};

use sha2::{Digest, Sha256};

type Result<T> = std::result::Result<T, Box<dyn Error>>;

/// Brotli's quality: 11 takes three times as long and saves two hundredths more.
const BROTLI_QUALITY: i32 = 10;

/// The media type of a file by the end of its name, and whether it gets smaller by compressing.
const KINDS: &[(&str, &str, bool)] = &[
    ("html", "text/html; charset=utf-8", true),
    ("css", "text/css; charset=utf-8", true),
    ("js", "text/javascript; charset=utf-8", true),
    ("mjs", "text/javascript; charset=utf-8", true),
    ("json", "application/json", true),
    ("webmanifest", "application/manifest+json", true),
    ("svg", "image/svg+xml", true),
    ("txt", "text/plain; charset=utf-8", true),
    ("wasm", "application/wasm", true),
    ("ico", "image/x-icon", true),
    ("png", "image/png", false),
    ("jpg", "image/jpeg", false),
    ("webp", "image/webp", false),
    ("avif", "image/avif", false),
    ("woff2", "font/woff2", false),
    ("mp3", "audio/mpeg", false),
    ("ogg", "audio/ogg", false),
    ("wav", "audio/wav", true),
];

fn main() -> Result<()> {
    let here = PathBuf::from(variable("CARGO_MANIFEST_DIR")?);
    let out = PathBuf::from(variable("OUT_DIR")?);
    let packed = out.join("packed");
    fs::create_dir_all(&packed)?;
    println!("cargo::rerun-if-changed=build.rs");
    let mut pack = Pack { packed, kept: BTreeSet::new(), source: String::new() };

    let assets = here.join("assets");
    watch(&assets);
    pack.begin("OWN", "The pages about the API and the files of all own pages.")?;
    for name in files(&assets.join("docs"))? {
        let path = if name == "index.html" { "/docs".to_owned() } else { format!("/docs/{name}") };
        pack.add(&path, &assets.join("docs").join(&name))?;
    }
    let openapi = here.join("../proto/generated/openapi.json");
    watch(&openapi);
    pack.add("/api/openapi.json", &openapi)?;
    pack.end()?;

    pack.begin("BARE", "What stands in for the web client where there is none.")?;
    for name in files(&assets.join("bare"))? {
        let path = name.trim_end_matches(".html").trim_end_matches("index");
        pack.add(&format!("/{path}"), &assets.join("bare").join(&name))?;
    }
    pack.end()?;

    pack.begin("CLIENT", "The web client; empty when it was not built.")?;
    if let Some(dist) = find_client(&here)? {
        for name in files(&dist)? {
            pack.add(&format!("/{name}"), &dist.join(&name))?;
        }
    }
    pack.end()?;
    pack.finish(&out.join("pages.rs"))
}

fn watch(path: &Path) {
    println!("cargo::rerun-if-changed={}", path.display());
}

#[expect(clippy::disallowed_methods, reason = "a build script is told everything by the environment")]
fn variable(name: &str) -> Result<String> {
    println!("cargo::rerun-if-env-changed={name}");
    env::var(name).map_err(|error| format!("{name}: {error}").into())
}

/// Where the built client is, if it is.
fn find_client(here: &Path) -> Result<Option<PathBuf>> {
    if let Ok(named) = variable("VESTNIK_WEB_DIST") {
        if named.is_empty() {
            return Ok(None);
        }
        let dist = PathBuf::from(named);
        watch(&dist);
        if !dist.join("index.html").is_file() {
            return Err(format!("VESTNIK_WEB_DIST: there is no index.html in {}", dist.display()).into());
        }
        return Ok(Some(dist));
    }
    let client = here.join("../../clients/web");
    let dist = client.join("dist");
    // Cargo runs a script that watches what is not there at every build. An empty directory is there,
    // and is changed when the client is built; where it cannot be made, building is slower.
    if client.is_dir()
        && let Err(error) = fs::create_dir(&dist)
        && error.kind() != io::ErrorKind::AlreadyExists
    {
        println!("cargo::warning={}: {error}", dist.display());
    }
    watch(&dist);
    Ok(dist.join("index.html").is_file().then_some(dist))
}

/// The files of a directory and those below it, by their names from there, in order.
fn files(dir: &Path) -> Result<BTreeSet<String>> {
    let mut found = BTreeSet::new();
    let mut dirs = vec![String::new()];
    while let Some(below) = dirs.pop() {
        let entries = fs::read_dir(dir.join(&below)).map_err(|error| format!("{}: {error}", dir.display()))?;
        for entry in entries {
            let entry = entry?;
            let name = entry.file_name().into_string().map_err(|name| format!("{}: not UTF-8", name.display()))?;
            if !name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"._-".contains(&byte)) {
                return Err(
                    format!("{name:?} in {}: name it by letters, digits, '.', '_' and '-'", dir.display()).into()
                );
            }
            // Hidden files, maps for debuggers and what others have compressed are not for browsers.
            if name.starts_with('.') || [".map", ".br", ".gz"].iter().any(|end| name.ends_with(end)) {
                continue;
            }
            let path = format!("{below}{name}");
            if fs::metadata(entry.path())?.is_dir() {
                dirs.push(format!("{path}/"));
            } else {
                found.insert(path);
            }
        }
    }
    Ok(found)
}

/// Whether a bundler has put a hash of the content into the name (`index-B3xK_1-a.js`), so that the
/// file of this name never changes.
fn has_hash(path: &str) -> bool {
    let Some(name) = path.strip_prefix("/assets/") else { return false };
    let stem = name.rsplit_once('.').map_or(name, |(stem, _)| stem);
    let Some((before, hash)) = stem.len().checked_sub(8).and_then(|at| stem.split_at_checked(at)) else { return false };
    before.ends_with(['-', '.']) && hash.bytes().any(|byte| byte.is_ascii_digit() || byte.is_ascii_uppercase())
}

/// Makes the lists of files.
struct Pack {
    /// Where the contents are, named by their hashes, so that none is compressed twice.
    packed: PathBuf,
    kept: BTreeSet<String>,
    source: String,
}

impl Pack {
    fn begin(&mut self, name: &str, about: &str) -> Result<()> {
        Ok(writeln!(self.source, "/// {about}\nstatic {name}: &[File] = &[")?)
    }

    fn end(&mut self) -> Result<()> {
        Ok(writeln!(self.source, "];")?)
    }

    fn add(&mut self, path: &str, file: &Path) -> Result<()> {
        let plain = fs::read(file).map_err(|error| format!("{}: {error}", file.display()))?;
        let end = file.extension().and_then(|end| end.to_str()).unwrap_or_default();
        let (kind, compresses) = KINDS
            .iter()
            .find(|(known, ..)| *known == end)
            .map_or(("application/octet-stream", false), |(_, kind, compresses)| (*kind, *compresses));
        let hash: String = Sha256::digest(&plain).iter().take(16).map(|byte| format!("{byte:02x}")).collect();
        let (mut br, mut gzip) = ("None".to_owned(), "None".to_owned());
        if compresses {
            br = self.variant(&hash, "br", &plain, brotli)?;
            gzip = self.variant(&hash, "gz", &plain, gzipped)?;
        }
        let plain = self.keep(&hash, "raw", || Ok(plain))?;
        writeln!(
            self.source,
            "File {{ path: {path:?}, kind: {kind:?}, hash: {hash:?}, lasting: {}, plain: {plain}, br: {br}, gzip: {gzip} }},",
            has_hash(path)
        )?;
        Ok(())
    }

    /// A compressed form, where it is smaller.
    fn variant(
        &mut self,
        hash: &str,
        end: &str,
        plain: &[u8],
        compress: fn(&[u8]) -> Result<Vec<u8>>,
    ) -> Result<String> {
        let kept = self.keep(hash, end, || compress(plain))?;
        let size = fs::metadata(self.packed.join(format!("{hash}.{end}")))?.len();
        Ok(if size < plain.len() as u64 { format!("Some({kept})") } else { "None".to_owned() })
    }

    /// Writes a content unless it is there already; returns the expression that embeds it.
    fn keep(&mut self, hash: &str, end: &str, content: impl FnOnce() -> Result<Vec<u8>>) -> Result<String> {
        let name = format!("{hash}.{end}");
        let path = self.packed.join(&name);
        if !path.exists() {
            // Renamed into place: a build that is cut short leaves no half file under this name.
            let half = self.packed.join("half");
            fs::write(&half, content()?)?;
            fs::rename(&half, &path)?;
        }
        let expression = format!("include_bytes!(concat!(env!(\"OUT_DIR\"), \"/packed/{name}\"))");
        self.kept.insert(name);
        Ok(expression)
    }

    /// Writes the lists and removes contents that are in none.
    fn finish(self, list: &Path) -> Result<()> {
        fs::write(list, self.source)?;
        for entry in fs::read_dir(&self.packed)? {
            let entry = entry?;
            if entry.file_name().to_str().is_none_or(|name| !self.kept.contains(name)) {
                fs::remove_file(entry.path())?;
            }
        }
        Ok(())
    }
}

fn brotli(plain: &[u8]) -> Result<Vec<u8>> {
    let params = brotli::enc::BrotliEncoderParams {
        quality: BROTLI_QUALITY,
        size_hint: plain.len(),
        ..brotli::enc::BrotliEncoderParams::default()
    };
    let mut out = Vec::new();
    brotli::BrotliCompress(&mut &*plain, &mut out, &params)?;
    Ok(out)
}

fn gzipped(plain: &[u8]) -> Result<Vec<u8>> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    encoder.write_all(plain)?;
    Ok(encoder.finish()?)
}
