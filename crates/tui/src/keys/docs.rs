//! The tables of `docs/terminal.md`.

use super::commands::{COMMANDS, in_lines};
use super::{Keymap, Place, Preset, TABLE};
use crate::i18n::{Language, Text};
use std::collections::BTreeMap;
use std::fmt::Write;

/// Keys and commands as Markdown: what `vestnik-tui --keys` prints and the documentation holds.
pub fn markdown(language: Language) -> String {
    let russian = language == Language::Ru;
    let pick = |both: (&'static str, &'static str)| if russian { both.1 } else { both.0 };
    let map = |preset| Keymap::new(preset, &BTreeMap::new()).unwrap_or_default();
    let (usual, vi, emacs) = (map(Preset::Default), map(Preset::Vi), map(Preset::Emacs));
    let mut out = String::new();
    for place in Place::ALL {
        let _ = write!(out, "### {}\n\n", language.text(language.place(*place)));
        let _ = writeln!(
            out,
            "| {} | vi | emacs | {} | {} |",
            pick(("key", "клавиша")),
            pick(("what it does", "что делает")),
            pick(("name", "имя"))
        );
        out.push_str("|---|---|---|---|---|\n");
        for row in TABLE.iter().filter(|row| row.place == *place) {
            let keys = |map: &Keymap| code(&map.shown(row.action));
            let differs = |map: &Keymap| {
                let own = keys(map);
                if own == keys(&usual) { String::new() } else { own }
            };
            let _ = writeln!(
                out,
                "| {} | {} | {} | {} | `{}` |",
                keys(&usual),
                differs(&vi),
                differs(&emacs),
                pick(row.what),
                row.id
            );
        }
        out.push('\n');
    }
    let _ = write!(out, "### {}\n\n", language.text(Text::HelpCommands));
    let _ = writeln!(out, "| {} | {} |\n|---|---|", pick(("command", "команда")), pick(("what it does", "что делает")));
    for row in COMMANDS {
        command_row(&mut out, row.name, row.aliases, pick(row.args), pick(row.what));
    }
    let _ = write!(out, "\n### {}\n\n", language.text(Text::HelpInLines));
    let _ = writeln!(out, "| {} | {} |\n|---|---|", pick(("command", "команда")), pick(("what it does", "что делает")));
    for row in in_lines() {
        command_row(&mut out, row.name, row.aliases, pick(row.args), pick(row.what));
    }
    out
}

fn command_row(out: &mut String, name: &str, aliases: &[&str], args: &str, what: &str) {
    let args = args.replace('|', "\\|");
    let args = if args.is_empty() { args } else { format!(" {args}") };
    let aliases: Vec<String> = aliases.iter().map(|alias| format!("`/{alias}`")).collect();
    let aliases = if aliases.is_empty() { String::new() } else { format!(" ({})", aliases.join(", ")) };
    let _ = writeln!(out, "| `/{name}{args}`{aliases} | {what} |");
}

fn code(keys: &str) -> String {
    let keys: Vec<String> = keys.split(", ").map(|key| format!("`{key}`")).collect();
    keys.join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_documentation_has_the_tables_of_this_program() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/terminal.md");
        let written = std::fs::read_to_string(path).unwrap();
        let (_, tables) = written.split_once("<!-- made by `vestnik-tui --keys` -->\n\n").unwrap();
        let (tables, _) = tables.split_once("<!-- end -->").unwrap();
        assert!(
            tables.trim_end() == markdown(Language::En).trim_end(),
            "docs/terminal.md is stale: put what `LANG=C.UTF-8 vestnik-tui --keys` prints between its marks."
        );
    }

    #[test]
    fn the_tables_are_markdown_in_both_languages() {
        for language in [Language::En, Language::Ru] {
            for line in markdown(language).lines().filter(|line| line.starts_with("| ")) {
                let columns = line.replace("\\|", "").matches('|').count();
                assert!(matches!(columns, 3 | 6), "{line}");
            }
        }
    }
}
