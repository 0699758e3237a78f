//! Colours for code: keywords, strings, comments and numbers of the languages people paste most.
//! It knows no grammar and works line by line; what it does not know stays plain.

use super::look::{Ink, Look, Piece};

/// What a highlighter must know of a language.
struct Syntax {
    names: &'static [&'static str],
    keywords: &'static [&'static str],
    comments: &'static [&'static str],
    block: Option<(&'static str, &'static str)>,
    /// Whether `'` quotes strings (in Rust it begins lifetimes).
    single_quotes: bool,
}

const C_BLOCK: Option<(&str, &str)> = Some(("/*", "*/"));

const SYNTAXES: &[Syntax] = &[
    Syntax {
        names: &["rust", "rs"],
        keywords: &[
            "as", "async", "await", "break", "const", "continue", "crate", "dyn", "else", "enum", "extern", "false",
            "fn", "for", "if", "impl", "in", "let", "loop", "match", "mod", "move", "mut", "pub", "ref", "return",
            "self", "Self", "static", "struct", "super", "trait", "true", "type", "unsafe", "use", "where", "while",
            "Some", "None", "Ok", "Err",
        ],
        comments: &["//"],
        block: C_BLOCK,
        single_quotes: false,
    },
    Syntax {
        names: &["python", "py"],
        keywords: &[
            "and", "as", "assert", "async", "await", "break", "class", "continue", "def", "del", "elif", "else",
            "except", "False", "finally", "for", "from", "global", "if", "import", "in", "is", "lambda", "None",
            "nonlocal", "not", "or", "pass", "raise", "return", "True", "try", "while", "with", "yield", "self",
        ],
        comments: &["#"],
        block: None,
        single_quotes: true,
    },
    Syntax {
        names: &["js", "javascript", "ts", "typescript", "jsx", "tsx"],
        keywords: &[
            "async",
            "await",
            "break",
            "case",
            "catch",
            "class",
            "const",
            "continue",
            "default",
            "delete",
            "do",
            "else",
            "export",
            "extends",
            "false",
            "finally",
            "for",
            "function",
            "if",
            "import",
            "in",
            "instanceof",
            "interface",
            "let",
            "new",
            "null",
            "of",
            "return",
            "static",
            "super",
            "switch",
            "this",
            "throw",
            "true",
            "try",
            "type",
            "typeof",
            "undefined",
            "var",
            "void",
            "while",
            "yield",
        ],
        comments: &["//"],
        block: C_BLOCK,
        single_quotes: true,
    },
    Syntax {
        names: &["c", "cpp", "c++", "h", "java", "kotlin", "cs", "csharp", "go", "swift", "php"],
        keywords: &[
            "auto",
            "bool",
            "break",
            "case",
            "catch",
            "chan",
            "char",
            "class",
            "const",
            "continue",
            "default",
            "defer",
            "do",
            "double",
            "else",
            "enum",
            "extends",
            "false",
            "final",
            "float",
            "for",
            "fun",
            "func",
            "go",
            "if",
            "implements",
            "import",
            "include",
            "int",
            "interface",
            "long",
            "map",
            "namespace",
            "new",
            "nil",
            "null",
            "nullptr",
            "package",
            "private",
            "protected",
            "public",
            "range",
            "return",
            "select",
            "short",
            "static",
            "string",
            "struct",
            "switch",
            "template",
            "this",
            "throw",
            "true",
            "try",
            "type",
            "typedef",
            "using",
            "val",
            "var",
            "virtual",
            "void",
            "while",
        ],
        comments: &["//"],
        block: C_BLOCK,
        single_quotes: true,
    },
    Syntax {
        names: &["sh", "bash", "shell", "zsh", "console", "make", "makefile", "dockerfile"],
        keywords: &[
            "case", "cd", "do", "done", "echo", "elif", "else", "esac", "exit", "export", "fi", "for", "function",
            "if", "in", "local", "return", "set", "shift", "then", "until", "while",
        ],
        comments: &["#"],
        block: None,
        single_quotes: true,
    },
    Syntax {
        names: &["sql"],
        keywords: &[
            "ALTER", "AND", "AS", "BY", "CREATE", "DELETE", "DROP", "EXISTS", "FROM", "GROUP", "HAVING", "IN", "INDEX",
            "INSERT", "INTO", "JOIN", "KEY", "LEFT", "LIMIT", "NOT", "NULL", "ON", "OR", "ORDER", "PRIMARY", "SELECT",
            "SET", "TABLE", "UNION", "UPDATE", "VALUES", "WHERE", "WITH",
        ],
        comments: &["--"],
        block: C_BLOCK,
        single_quotes: true,
    },
    Syntax {
        names: &["toml", "yaml", "yml", "ini", "conf"],
        keywords: &["true", "false", "null", "yes", "no"],
        comments: &["#"],
        block: None,
        single_quotes: true,
    },
    Syntax { names: &["json"], keywords: &["true", "false", "null"], comments: &[], block: None, single_quotes: false },
];

/// Colours the lines of one block, from the first to the last.
pub struct Highlighter {
    syntax: Option<&'static Syntax>,
    in_block: bool,
}

impl Highlighter {
    /// For the language named after the fence.
    pub fn new(language: &str) -> Self {
        let language = language.trim().to_lowercase();
        Self { syntax: SYNTAXES.iter().find(|syntax| syntax.names.contains(&language.as_str())), in_block: false }
    }

    /// The next line in pieces.
    pub fn line(&mut self, line: &str) -> Vec<Piece> {
        let Some(syntax) = self.syntax else { return vec![Piece::of(line, Ink::Code)] };
        let mut pieces: Vec<Piece> = Vec::new();
        let mut push = |text: &str, ink: Ink| match pieces.last_mut() {
            _ if text.is_empty() => {}
            Some(last) if last.look.ink == ink => last.text.push_str(text),
            _ => pieces.push(Piece::new(text, Look::of(ink))),
        };
        let mut rest = line;
        while let Some(first) = rest.chars().next() {
            if let (true, Some((_, close))) = (self.in_block, syntax.block) {
                let end = rest.find(close).map(|at| at + close.len());
                self.in_block = end.is_none();
                let (comment, after) = rest.split_at(end.unwrap_or(rest.len()));
                push(comment, Ink::Comment);
                rest = after;
            } else if syntax.comments.iter().any(|comment| rest.starts_with(comment)) {
                push(rest, Ink::Comment);
                rest = "";
            } else if syntax.block.is_some_and(|(open, _)| rest.starts_with(open)) {
                self.in_block = true;
                push(&rest[..2], Ink::Comment);
                rest = &rest[2..];
            } else if matches!(first, '"' | '`') || first == '\'' && syntax.single_quotes {
                let (string, after) = rest.split_at(string_end(rest, first));
                push(string, Ink::Literal);
                rest = after;
            } else if first.is_alphanumeric() || first == '_' {
                let end = rest.find(|c: char| !(c.is_alphanumeric() || c == '_')).unwrap_or(rest.len());
                let (word, after) = rest.split_at(end);
                let ink = if first.is_ascii_digit() {
                    Ink::Number
                } else if is_keyword(syntax, word) {
                    Ink::Keyword
                } else {
                    Ink::Code
                };
                push(word, ink);
                rest = after;
            } else {
                let (other, after) = rest.split_at(first.len_utf8());
                push(other, Ink::Code);
                rest = after;
            }
        }
        pieces
    }
}

fn is_keyword(syntax: &Syntax, word: &str) -> bool {
    let any_case = syntax.names.contains(&"sql");
    syntax.keywords.iter().any(|keyword| *keyword == word || any_case && keyword.eq_ignore_ascii_case(word))
}

/// The byte after the string that begins here; the line's end when it does not end in it.
fn string_end(text: &str, quote: char) -> usize {
    let mut escaped = false;
    for (at, c) in text.char_indices().skip(1) {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            c if c == quote => return at + c.len_utf8(),
            _ => {}
        }
    }
    text.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn inks(language: &str, lines: &[&str]) -> Vec<(String, Ink)> {
        let mut highlighter = Highlighter::new(language);
        let pieces = lines.iter().flat_map(|line| highlighter.line(line));
        pieces.filter(|piece| piece.look.ink != Ink::Code).map(|piece| (piece.text, piece.look.ink)).collect()
    }

    #[test]
    fn finds_what_it_knows() {
        let found = inks("rust", &["let x = \"a\\\"b\" + 1; // why", "/* one", "two */ fn"]);
        let expected = [
            ("let", Ink::Keyword),
            ("\"a\\\"b\"", Ink::Literal),
            ("1", Ink::Number),
            ("// why", Ink::Comment),
            ("/* one", Ink::Comment),
            ("two */", Ink::Comment),
            ("fn", Ink::Keyword),
        ];
        let expected: Vec<_> = expected.iter().map(|(text, ink)| ((*text).to_owned(), *ink)).collect();
        assert_eq!(found, expected);
        assert_eq!(inks("SQL", &["select 'x'"]).len(), 2);
        assert!(inks("klingon", &["let x"]).is_empty());
    }

    proptest::proptest! {
        #[test]
        fn nothing_is_lost(line in "\\PC{0,40}") {
            for syntax in SYNTAXES {
                let text: String = Highlighter::new(syntax.names[0]).line(&line).into_iter().map(|piece| piece.text).collect();
                proptest::prop_assert_eq!(&text, &line);
            }
        }
    }
}
