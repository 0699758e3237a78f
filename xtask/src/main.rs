//! Build chores. `cargo run -p xtask -- gen` writes what is made from the wire's types: the OpenAPI
//! document, the TypeScript types, the table of error codes and the reference in `docs/protocol`.
//! `gen --check` writes nothing and fails when a file is stale.

mod constants;
mod openapi;
mod reference;
mod schemas;
mod typescript;

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::{fs, io};

const USAGE: &str = "Usage: cargo run -p xtask -- gen [--check]\n\n\
    gen          writes the generated files\n\
    gen --check  writes nothing; fails when a generated file is stale";

/// A generated file: where it belongs in the repository, and what it should hold.
struct Generated {
    path: &'static str,
    text: String,
}

/// All generated files, and the one that is generated in part.
fn generated(root: &Path) -> Result<Vec<Generated>, String> {
    let readme = fs::read_to_string(root.join(reference::README))
        .map_err(|error| format!("{} cannot be read: {error}", reference::README))?;
    Ok(vec![
        Generated { path: "crates/proto/generated/openapi.json", text: openapi::document() },
        Generated { path: "crates/proto/generated/wire.ts", text: typescript::module() },
        Generated { path: "crates/proto/generated/error-codes.json", text: constants::error_codes_json() },
        Generated { path: "docs/protocol/commands.md", text: reference::commands() },
        Generated { path: "docs/protocol/frames.md", text: reference::frames() },
        Generated { path: reference::README, text: reference::readme(&readme)? },
    ])
}

/// The generated files that are missing under `root` or differ from what they should be.
fn stale(root: &Path, files: &[Generated]) -> io::Result<Vec<&'static str>> {
    let mut stale = Vec::new();
    for file in files {
        match fs::read_to_string(root.join(file.path)) {
            Ok(text) if text == file.text => {}
            Ok(_) => stale.push(file.path),
            Err(error) if error.kind() == io::ErrorKind::NotFound => stale.push(file.path),
            Err(error) => return Err(error),
        }
    }
    Ok(stale)
}

fn write(root: &Path, files: &[Generated]) -> io::Result<()> {
    for file in files {
        let path = root.join(file.path);
        fs::create_dir_all(path.parent().expect("a generated file is in a folder"))?;
        fs::write(path, &file.text)?;
    }
    Ok(())
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("xtask is a folder of the repository").to_owned()
}

/// What to say about stale files.
fn complaint(stale: &[&str]) -> String {
    format!(
        "These generated files are not what the wire's types say now: {}.\n\
         Run `cargo run -p xtask -- gen` and commit them.",
        stale.join(", ")
    )
}

fn run(args: &[String]) -> Result<String, String> {
    let failed = |error: io::Error| format!("The generated files cannot be read or written: {error}");
    let args: Vec<&str> = args.iter().map(String::as_str).collect();
    match args.as_slice() {
        ["gen"] => {
            let files = generated(&root())?;
            let changed = stale(&root(), &files).map_err(failed)?;
            write(&root(), &files).map_err(failed)?;
            Ok(if changed.is_empty() {
                "Nothing changed.".to_owned()
            } else {
                format!("Written: {}.", changed.join(", "))
            })
        }
        ["gen", "--check"] => match stale(&root(), &generated(&root())?).map_err(failed)?.as_slice() {
            [] => Ok("The generated files are fresh.".to_owned()),
            stale => Err(complaint(stale)),
        },
        _ => Err(USAGE.to_owned()),
    }
}

fn main() -> ExitCode {
    match run(&std::env::args().skip(1).collect::<Vec<_>>()) {
        Ok(text) => {
            println!("{text}");
            ExitCode::SUCCESS
        }
        Err(text) => {
            eprintln!("{text}");
            ExitCode::FAILURE
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn generated_files_are_fresh() {
        let stale = stale(&root(), &generated(&root()).unwrap()).unwrap();
        assert!(stale.is_empty(), "{}", complaint(&stale));
    }

    #[test]
    fn generating_twice_gives_the_same() {
        for (first, second) in generated(&root()).unwrap().iter().zip(&generated(&root()).unwrap()) {
            assert_eq!(first.text, second.text, "{}", first.path);
        }
    }

    #[test]
    fn a_missing_and_a_changed_file_are_stale() {
        let folder = std::env::temp_dir().join(format!("vestnik-xtask-{}", std::process::id()));
        let files =
            [Generated { path: "a/one", text: "1\n".to_owned() }, Generated { path: "a/two", text: "2\n".to_owned() }];
        assert_eq!(stale(&folder, &files).unwrap(), ["a/one", "a/two"]);
        write(&folder, &files).unwrap();
        assert_eq!(stale(&folder, &files).unwrap(), [""; 0]);
        fs::write(folder.join("a/two"), "3\n").unwrap();
        assert_eq!(stale(&folder, &files).unwrap(), ["a/two"]);
        fs::remove_dir_all(folder).unwrap();
    }

    #[test]
    fn anything_else_prints_the_usage() {
        for args in [&[][..], &["fly"], &["gen", "--chek"]] {
            let args: Vec<String> = args.iter().map(|arg| (*arg).to_owned()).collect();
            assert_eq!(run(&args).unwrap_err(), USAGE);
        }
    }
}
