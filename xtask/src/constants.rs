//! The constants of the wire: error codes, close codes and their names.

use serde_json::{Value, json};
use vestnik_proto::{ErrorCode, schema};

use crate::schemas;

/// `generated/error-codes.json`: code, status, whether to retry, and what it means.
pub fn error_codes_json() -> String {
    let codes: Vec<Value> = ErrorCode::ALL
        .iter()
        .map(|code| {
            json!({
                "code": code.as_str(),
                "status": code.http_status(),
                "retryable": code.retryable(),
                "about": error_code_docs(*code),
            })
        })
        .collect();
    pretty(&Value::Array(codes))
}

/// What an error code means, from its schema.
pub fn error_code_docs(code: ErrorCode) -> String {
    let schema = schemas::output().remove("ErrorCode").expect("ErrorCode is a wire type");
    let about = schema["oneOf"]
        .as_array()
        .into_iter()
        .flatten()
        .find(|variant| variant["const"] == code.as_str())
        .and_then(|variant| variant["description"].as_str())
        .expect("every error code is documented");
    schemas::one_line(about)
}

/// Name (`snake_case`), number and sentence of every close code.
pub fn close_codes() -> Vec<(String, u16, &'static str)> {
    schema::CLOSE_CODES.iter().map(|code| (snake_case(&format!("{code:?}")), code.code(), code.reason())).collect()
}

fn snake_case(name: &str) -> String {
    let mut text = String::new();
    for letter in name.chars() {
        if letter.is_ascii_uppercase() && !text.is_empty() {
            text.push('_');
        }
        text.push(letter.to_ascii_lowercase());
    }
    text
}

/// JSON for a file: indented, with a line end.
pub fn pretty(value: &Value) -> String {
    let mut text = serde_json::to_string_pretty(value).expect("a JSON value is always JSON");
    text.push('\n');
    text
}
