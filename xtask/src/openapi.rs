//! `generated/openapi.json`: the REST door as OpenAPI 3.1, from the table of routes and the schemas.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};
use vestnik_proto::http::{Access, ROUTES, Route};
use vestnik_proto::{ErrorCode, schema};

use crate::schemas::{PREFIX, Schemas, input, output, properties, requires};
use crate::{constants, schemas};

/// The types whose members are the query parameters of listings.
const QUERIES: &[&str] = &["History", "ListMembers", "ListRooms", "FindUsers"];

/// The parameters of paths, their types and what they are.
const PATH_PARAMETERS: &[(&str, &str, &str)] = &[
    ("chat_id", "ChatId", "The chat."),
    ("code", "string", "The invite's code."),
    ("emoji", "string", "The emoji, percent-encoded."),
    ("message_id", "MessageId", "The message."),
    ("name", "string", "The preference's name."),
    ("scheduled_id", "string", "The scheduled message."),
    ("session_id", "string", "The session."),
    ("user_id", "UserId", "The user's number."),
    ("username", "string", "The username, in any case."),
];

/// Makes the document.
pub fn document() -> String {
    let mut builder = Builder { input: input(), components: output(), paths: Map::new() };
    for route in ROUTES {
        builder.add(route);
    }
    constants::pretty(&builder.finish())
}

struct Builder {
    /// What requests are made of.
    input: Schemas,
    /// What answers are made of, and request bodies as they are added.
    components: Schemas,
    paths: Map<String, Value>,
}

impl Builder {
    fn add(&mut self, route: &Route) {
        let mut operation = Map::new();
        operation.insert("operationId".to_owned(), json!(operation_id(route)));
        operation.insert("tags".to_owned(), json!([tag(route.path)]));
        operation.insert("summary".to_owned(), json!(route.about));
        match route.access {
            Access::Public => operation.insert("security".to_owned(), json!([])),
            Access::Optional => operation.insert("security".to_owned(), json!([{}, { "bearer": [] }])),
            Access::SignedIn => operation.insert("security".to_owned(), json!([{ "bearer": [] }])),
        };
        let parameters = self.parameters(route);
        if !parameters.is_empty() {
            operation.insert("parameters".to_owned(), Value::Array(parameters));
        }
        if let Some(body) = route.body {
            operation.insert("requestBody".to_owned(), self.body(route, body));
        }
        operation.insert("responses".to_owned(), self.responses(route));
        let path = self.paths.entry(route.path).or_insert_with(|| json!({}));
        let path = path.as_object_mut().expect("a path is an object");
        let before = path.insert(route.method.to_lowercase(), Value::Object(operation));
        assert!(before.is_none(), "{} {} is twice in the table", route.method, route.path);
    }

    fn parameters(&self, route: &Route) -> Vec<Value> {
        let mut parameters: Vec<Value> = path_members(route.path)
            .map(|name| {
                let (_, kind, about) = PATH_PARAMETERS
                    .iter()
                    .find(|(parameter, ..)| *parameter == name)
                    .unwrap_or_else(|| panic!("{}: say in PATH_PARAMETERS what {name} is", route.path));
                json!({ "name": name, "in": "path", "required": true, "description": about, "schema": notation(kind) })
            })
            .collect();
        if route.query.is_empty() {
            return parameters;
        }
        let path: Vec<&str> = path_members(route.path).collect();
        let wanted: BTreeSet<&str> = route.query.iter().copied().collect();
        let query = QUERIES
            .iter()
            .map(|name| &self.input[*name])
            .find(|schema| {
                let members = properties(schema);
                members.keys().map(String::as_str).filter(|name| !path.contains(name)).collect::<BTreeSet<_>>()
                    == wanted
            })
            .unwrap_or_else(|| panic!("{}: no type in QUERIES has the members {wanted:?}", route.path));
        let members = properties(query);
        parameters.extend(route.query.iter().map(|name| {
            let mut member = without_null(&members[*name]);
            let about = schemas::description(&member);
            if let Some(member) = member.as_object_mut() {
                member.remove("description");
            }
            json!({
                "name": name, "in": "query", "required": requires(query, name), "description": about, "schema": member,
            })
        }));
        parameters
    }

    /// The request body: the command's members without those in the path, with `client_id` where
    /// the command changes something lasting.
    fn body(&mut self, route: &Route, name: &str) -> Value {
        let mut schema = self.input.get(name).unwrap_or_else(|| panic!("{name} is not a wire type")).clone();
        let mut component = name.to_owned();
        let path: Vec<&str> = path_members(route.path).collect();
        let mut members = properties(&schema);
        let all = members.len();
        members.retain(|member, _| !path.contains(&member.as_str()));
        if route.access == Access::SignedIn && name != "Typing" {
            members.insert(
                "client_id".to_owned(),
                json!({
                    "type": "string", "format": "uuid",
                    "description": "Idempotency key: repeating the request with the same key and content \
                                    returns the first result and changes nothing.",
                }),
            );
        }
        if members.len() != all || members.contains_key("client_id") {
            component.push_str("Body");
        }
        let required: Vec<Value> = schema["required"]
            .as_array()
            .into_iter()
            .flatten()
            .filter(|member| member.as_str().is_some_and(|member| members.contains_key(member)))
            // Browsers keep it in a cookie.
            .filter(|member| name != "Refresh" || *member != "refresh_token")
            .cloned()
            .collect();
        let object = schema.as_object_mut().expect("a body is an object");
        object.insert("properties".to_owned(), Value::Object(members));
        object.remove("required");
        if !required.is_empty() {
            object.insert("required".to_owned(), Value::Array(required));
        }
        self.define(&component, schema);
        json!({
            "required": name != "Refresh",
            "content": { "application/json": { "schema": { "$ref": format!("{PREFIX}{component}") } } },
        })
    }

    /// Adds a component, and from the request side those it needs.
    fn define(&mut self, name: &str, schema: Value) {
        let mut needed = BTreeSet::new();
        references(&schema, &mut needed);
        self.components.insert(name.to_owned(), schema);
        for name in needed {
            assert!(
                self.components.get(&name) == self.input.get(&name),
                "{name} is read and written differently; a request and an answer cannot share it"
            );
        }
    }

    fn responses(&self, route: &Route) -> Value {
        let mut responses = Map::new();
        let mut success = Map::new();
        success.insert("description".to_owned(), json!(if route.status == 201 { "Made." } else { "Done." }));
        if let Some(answer) = route.answer {
            success.insert("content".to_owned(), json!({ "application/json": { "schema": notation(answer) } }));
        } else if route.path.ends_with(".json") {
            success.insert("content".to_owned(), json!({ "application/json": { "schema": { "type": "object" } } }));
        }
        responses.insert(route.status.to_string(), Value::Object(success));
        for status in failures(route) {
            responses.insert(status.to_string(), json!({ "$ref": format!("#/components/responses/Problem{status}") }));
        }
        Value::Object(responses)
    }

    fn finish(mut self) -> Value {
        self.components.insert("Problem".to_owned(), problem());
        let responses: Map<String, Value> =
            statuses().into_iter().map(|s| (format!("Problem{s}"), response(s))).collect();
        // Only what the document speaks of: frames of the other doors are in wire.ts.
        let mut needed = BTreeSet::new();
        for value in self.paths.values().chain(responses.values()) {
            references(value, &mut needed);
        }
        let mut open: Vec<String> = needed.iter().cloned().collect();
        while let Some(name) = open.pop() {
            let mut more = BTreeSet::new();
            references(self.components.get(&name).unwrap_or_else(|| panic!("{name} is not a wire type")), &mut more);
            open.extend(more.into_iter().filter(|name| needed.insert(name.clone())));
        }
        self.components.retain(|name, _| needed.contains(name));
        json!({
            "openapi": "3.1.0",
            "info": {
                "title": "Vestnik",
                "version": schema::VERSION,
                "description": "The REST door of Vestnik. The same actions, and live events besides, are spoken over \
                                WebSocket (`/ws`) and TCP; see the protocol documentation.",
                "license": { "name": "Apache-2.0 OR MIT", "identifier": "Apache-2.0 OR MIT" },
            },
            "servers": [{ "url": "/" }],
            "tags": tags().into_iter().map(|name| json!({ "name": name })).collect::<Vec<_>>(),
            "paths": self.paths,
            "components": {
                "schemas": self.components,
                "responses": responses,
                "securitySchemes": {
                    "bearer": {
                        "type": "http",
                        "scheme": "bearer",
                        "description": "The access token from `register`, `login`, `refresh` or `guest`.",
                    },
                },
            },
        })
    }
}

/// The `{members}` of a path.
fn path_members(path: &str) -> impl Iterator<Item = &str> {
    path.split('/').filter_map(|part| part.strip_prefix('{')?.strip_suffix('}'))
}

/// `get_chats_by_chat_id_messages`: the method and the path's words.
fn operation_id(route: &Route) -> String {
    let path = route.path.trim_start_matches("/api/").trim_start_matches("v1/");
    let words = path.split('/').map(|part| match part.strip_prefix('{') {
        Some(member) => format!("by_{}", member.trim_end_matches('}')),
        None => part.replace(['-', '.'], "_"),
    });
    format!("{}_{}", route.method.to_lowercase(), words.collect::<Vec<_>>().join("_"))
}

/// The group a path is shown in: its last plain word that names a group.
fn tag(path: &'static str) -> &'static str {
    const GROUPS: &[&str] = &["members", "messages", "invites", "pins", "scheduled"];
    let mut words = path.split('/').filter(|part| !part.is_empty() && !matches!(*part, "api" | "v1"));
    let first = words.next().unwrap_or_default();
    let inner = words.find(|word| GROUPS.contains(word));
    match (first, inner) {
        ("openapi.json", _) => "meta",
        (_, Some(inner)) => inner,
        (first, None) => first,
    }
}

fn tags() -> Vec<&'static str> {
    let mut tags: Vec<&str> = Vec::new();
    for route in ROUTES {
        let tag = tag(route.path);
        if !tags.contains(&tag) {
            tags.push(tag);
        }
    }
    tags
}

/// The statuses with which a route may fail.
fn failures(route: &Route) -> Vec<u16> {
    match route.path {
        "/api/health/live" | "/api/openapi.json" => return Vec::new(),
        "/api/health/ready" => return vec![503],
        _ => {}
    }
    let in_path = path_members(route.path).next().is_some();
    let signs_in = route.access == Access::Public && (route.path.contains("/auth/") || route.path.ends_with("/setup"));
    let signs_in = signs_in && route.method == "POST";
    let rules = [
        (400, in_path || !route.query.is_empty() || route.body.is_some()),
        (401, route.access != Access::Public || signs_in),
        (403, route.access != Access::Public || signs_in),
        (404, in_path || matches!(route.body, Some("StartDirect" | "CreateChat"))),
        (
            409,
            route.body.is_some()
                && !matches!(route.body, Some("Login" | "Refresh" | "Typing" | "MarkRead" | "MarkDelivered")),
        ),
        (413, route.body.is_some()),
        (423, matches!(route.body, Some("Login" | "ChangePassword"))),
        (429, true),
        (500, true),
        (503, true),
    ];
    rules.into_iter().filter_map(|(status, applies)| applies.then_some(status)).collect()
}

/// Every HTTP status an error code has, ascending.
fn statuses() -> BTreeSet<u16> {
    ErrorCode::ALL.iter().map(|code| code.http_status()).collect()
}

fn response(status: u16) -> Value {
    let codes: Vec<ErrorCode> = ErrorCode::ALL.iter().copied().filter(|code| code.http_status() == status).collect();
    let about: Vec<String> =
        codes.iter().map(|code| format!("`{code}`: {}", constants::error_code_docs(*code))).collect();
    let mut response = json!({
        "description": about.join(" "),
        "content": { "application/problem+json": { "schema": { "$ref": format!("{PREFIX}Problem") } } },
    });
    if codes.iter().any(|code| code.retryable()) && status != 500 {
        response["headers"] = json!({
            "Retry-After": { "description": "Seconds to wait.", "schema": { "type": "integer", "minimum": 0 } },
        });
    }
    response
}

/// RFC 9457 problem JSON: an [`vestnik_proto::ApiError`] with the members the RFC names.
fn problem() -> Value {
    json!({
        "description": "An error as problem JSON (RFC 9457), with the stable `code`.",
        "allOf": [
            { "$ref": format!("{PREFIX}ApiError") },
            {
                "type": "object",
                "properties": {
                    "type": { "type": "string", "format": "uri-reference", "default": "about:blank" },
                    "title": { "type": "string" },
                    "status": { "type": "integer", "description": "The HTTP status." },
                    "detail": { "type": "string" },
                },
            },
        ],
    })
}

/// The schema of a type in the routes' notation: a name, `T[]`, `T | null`, `Record<string, T>`
/// or `{member: T, member?: T}`.
fn notation(text: &str) -> Value {
    let text = text.trim();
    if let Some(inner) = text.strip_prefix('{').and_then(|rest| rest.strip_suffix('}')) {
        let mut members = Map::new();
        let mut required = Vec::new();
        for member in split_members(inner) {
            let (name, kind) = member.split_once(':').unwrap_or_else(|| panic!("no type in {member:?} of {text:?}"));
            let optional = name.trim().strip_suffix('?');
            let name = optional.unwrap_or(name.trim());
            if optional.is_none() {
                required.push(name);
            }
            members.insert(name.to_owned(), notation(kind));
        }
        return json!({ "type": "object", "properties": members, "required": required });
    }
    if let Some(inner) = text.strip_suffix("| null") {
        return json!({ "anyOf": [notation(inner), { "type": "null" }] });
    }
    if let Some(item) = text.strip_suffix("[]") {
        return json!({ "type": "array", "items": notation(item) });
    }
    if let Some(value) = text.strip_prefix("Record<string,").and_then(|rest| rest.strip_suffix('>')) {
        return json!({ "type": "object", "additionalProperties": notation(value) });
    }
    match text {
        "string" | "boolean" => json!({ "type": text }),
        "number" => json!({ "type": "integer", "format": "int64" }),
        name => json!({ "$ref": format!("{PREFIX}{name}") }),
    }
}

/// Splits at the commas that are not within `<…>`.
fn split_members(text: &str) -> Vec<&str> {
    let mut members = Vec::new();
    let (mut depth, mut start) = (0u32, 0usize);
    for (at, letter) in text.char_indices() {
        match letter {
            '<' => depth += 1,
            '>' => depth = depth.saturating_sub(1),
            ',' if depth == 0 => {
                members.push(&text[start..at]);
                start = at + 1;
            }
            _ => {}
        }
    }
    members.push(&text[start..]);
    members
}

/// A member's schema without `null`: in a query a member is absent instead.
fn without_null(schema: &Value) -> Value {
    let mut schema = schema.clone();
    if let Some(kinds) = schema["type"].as_array()
        && let Some(kind) = kinds.iter().find(|kind| *kind != "null").cloned()
    {
        schema["type"] = kind;
    }
    if let Some(kinds) = schema["anyOf"].as_array()
        && let Some(kind) = kinds.iter().find(|kind| kind["type"] != "null").cloned()
    {
        let about = schema["description"].clone();
        schema = kind;
        schema["description"] = about;
    }
    schema
}

/// The names of all schemas referred to.
fn references(value: &Value, found: &mut BTreeSet<String>) {
    match value {
        Value::Object(members) => {
            for (name, member) in members {
                match member.as_str().and_then(|text| text.strip_prefix(PREFIX)) {
                    Some(schema) if name == "$ref" => drop(found.insert(schema.to_owned())),
                    _ => references(member, found),
                }
            }
        }
        Value::Array(items) => items.iter().for_each(|item| references(item, found)),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed() -> Value {
        serde_json::from_str(&document()).unwrap()
    }

    #[test]
    fn reads_the_notation() {
        assert_eq!(
            notation("{a: User[], b?: string, c: Draft | null, d: Record<string, number>}"),
            json!({
                "type": "object",
                "properties": {
                    "a": { "type": "array", "items": { "$ref": "#/components/schemas/User" } },
                    "b": { "type": "string" },
                    "c": { "anyOf": [{ "$ref": "#/components/schemas/Draft" }, { "type": "null" }] },
                    "d": { "type": "object", "additionalProperties": { "type": "integer", "format": "int64" } },
                },
                "required": ["a", "c", "d"],
            })
        );
    }

    #[test]
    fn every_route_is_an_operation_with_its_own_id() {
        let document = parsed();
        let mut ids = BTreeSet::new();
        for route in ROUTES {
            let operation = &document["paths"][route.path][route.method.to_lowercase()];
            assert!(operation["responses"][route.status.to_string()].is_object(), "{} {}", route.method, route.path);
            assert!(ids.insert(operation["operationId"].as_str().unwrap().to_owned()));
        }
    }

    #[test]
    fn members_of_the_path_are_not_in_the_body() {
        let document = parsed();
        let body = &document["components"]["schemas"]["SendMessageBody"];
        assert!(body["properties"]["chat_id"].is_null());
        assert!(body["properties"]["client_id"].is_object());
        assert_eq!(body["required"], json!(["content"]));
    }

    #[test]
    fn a_query_is_typed() {
        let document = parsed();
        let parameters = &document["paths"]["/api/v1/chats/{chat_id}/messages"]["get"]["parameters"];
        let find = |name: &str| parameters.as_array().unwrap().iter().find(|p| p["name"] == name).unwrap().clone();
        assert_eq!(find("before")["schema"]["type"], "integer");
        assert_eq!(find("before_timestamp")["schema"]["$ref"], "#/components/schemas/Timestamp");
        assert_eq!(find("chat_id")["in"], "path");
        let people = &document["paths"]["/api/v1/users"]["get"]["parameters"];
        assert_eq!((&people[0]["name"], &people[0]["required"]), (&json!("q"), &json!(true)));
    }

    #[test]
    fn everything_referred_to_is_there() {
        let document = parsed();
        let mut names = BTreeSet::new();
        references(&document, &mut names);
        for name in names {
            assert!(document["components"]["schemas"][&name].is_object(), "{name}");
        }
    }
}
