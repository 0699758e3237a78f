//! The example file and the documentation, made from the sections.

use super::{Settings, full_name};

/// `vestnik.example.toml`: every key with its documentation, commented out at its default.
pub fn example() -> String {
    let mut out = String::from(
        "# The configuration of Vestnik. Every setting stands here with its default; remove the `#` to change one.\n\
         # The server reads this file as `vestnik.toml` in its data directory, or as named by `--config`.\n\
         # The same settings can be given as environment variables: http.bind is VESTNIK_HTTP__BIND.\n\
         # Made by `vestnik config generate`; do not edit by hand.\n",
    );
    for (table, about, keys) in Settings::sections() {
        out.push('\n');
        for line in about {
            out.push_str(&format!("# {line}\n"));
        }
        if !table.is_empty() {
            out.push_str(&format!("[{table}]\n"));
        }
        for key in keys {
            out.push('\n');
            for line in key.about {
                out.push_str(&format!("# {line}\n"));
            }
            if key.secret {
                out.push_str(&format!("# May also come from a file: {}_file.\n", key.name));
            }
            let default = if key.secret && key.default.contains("***") { "\"memory:\"" } else { &key.default };
            out.push_str(&format!("#{} = {default}\n", key.name));
        }
    }
    out
}

/// `docs/config.md`: every key in tables.
pub fn markdown() -> String {
    let mut out = String::from(
        "# Configuration\n\n\
         <!-- Made by `vestnik config generate --markdown`; do not edit by hand. -->\n\n\
         An empty configuration starts a working server. Settings are taken, the later winning, from\n\n\
         1. the defaults below,\n\
         2. the file `vestnik.toml` in the data directory, or the one named by `--config` or `VESTNIK_CONFIG`,\n\
         3. environment variables: `VESTNIK_` and the key in capitals, with `__` between section and key \
         (`http.bind` is `VESTNIK_HTTP__BIND`, `data_dir` is `VESTNIK_DATA_DIR`); lists are parted by commas,\n\
         4. flags of `vestnik serve`.\n\n\
         A setting nobody knows is refused, with the nearest one that exists. Times are written `250ms`, `30s`, \
         `5m`, `12h`, `30d`; sizes `64KiB`, `10MiB`. A setting marked *secret* is never shown, and may also be read \
         from a file: `<setting>_file`.\n\n\
         `vestnik config check` reads the configuration and says what is wrong with it, `vestnik config dump` shows \
         what is in force, `vestnik config generate` writes an example file.\n",
    );
    for (table, about, keys) in Settings::sections() {
        let title = if table.is_empty() { "Above all sections".to_owned() } else { format!("`[{table}]`") };
        out.push_str(&format!("\n## {title}\n\n{}\n\n", about.join(" ")));
        out.push_str("| setting | accepts | default | |\n|---|---|---|---|\n");
        for key in keys {
            let default = if key.secret && key.default.contains("***") { "\"memory:\"" } else { &key.default };
            let secret = if key.secret { "*secret* " } else { "" };
            out.push_str(&format!(
                "| `{}` | {} | `{default}` | {secret}{} |\n",
                full_name(table, key.name),
                key.kind,
                key.about.join(" ").replace('|', "\\|"),
            ));
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    /// Set to write the files instead of comparing them.
    const WRITE: &str = "VESTNIK_TEST_WRITE";

    #[expect(clippy::disallowed_methods, reason = "tells a run that writes from one that compares")]
    fn check(path: &str, made: &str) {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").join(path);
        if std::env::var_os(WRITE).is_some() {
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(&path, made).unwrap();
        }
        let kept = std::fs::read_to_string(&path).unwrap_or_default();
        assert!(kept == made, "{} is stale: run this test with {WRITE}=1", path.display());
    }

    #[test]
    fn the_written_files_are_not_stale() {
        check("vestnik.example.toml", &super::example());
        check("docs/config.md", &super::markdown());
    }

    #[test]
    fn the_example_with_every_setting_in_force_is_the_default() {
        let text: String = super::example()
            .lines()
            .map(|line| match line.strip_prefix('#') {
                Some(rest) if !rest.starts_with(' ') => format!("{rest}\n"),
                _ => format!("{line}\n"),
            })
            .collect();
        let table: toml::Table = text.parse().unwrap();
        assert_eq!(table["http"]["bind"].as_str(), Some("127.0.0.1:8080"));
        assert!(table.contains_key("bus_url"));
    }
}
