//! The exact JSON of every frame. A changed snapshot is a changed promise: add members, never
//! rename or remove them.

use std::collections::BTreeSet;

use serde::Serialize;
use vestnik_proto::frame::{Control, ReceivedFrame, encode};
use vestnik_proto::{Answer, ClientFrame, Command, ServerFrame};

use crate::samples;

fn json(frame: &impl Serialize) -> String {
    String::from_utf8(encode(frame, None)).expect("JSON is UTF-8")
}

fn lines<T: Serialize>(frames: &[T]) -> String {
    frames.iter().map(json).collect::<Vec<_>>().join("\n")
}

/// Each frame reads back as itself, with and without the `id` of an answer.
fn reads_back<T: Serialize + Clone>(frames: &[T], wrap: impl Fn(T) -> ServerFrame) {
    for frame in frames {
        for id in [None, Some("a\"1")] {
            let text = String::from_utf8(encode(frame, id)).expect("JSON is UTF-8");
            let read = ReceivedFrame::decode(&text).unwrap_or_else(|error| panic!("{error}: {text}"));
            let read = read.unwrap_or_else(|| panic!("not known: {text}"));
            assert_eq!((read.id.as_deref(), read.frame), (id, wrap(frame.clone())), "{text}");
        }
    }
}

fn kinds<T: Serialize>(frames: &[T]) -> BTreeSet<String> {
    let kind = |frame: &T| serde_json::to_value(frame).ok()?["type"].as_str().map(str::to_owned);
    frames.iter().map(|frame| kind(frame).expect("every frame has a type")).collect()
}

fn set(names: &[&str]) -> BTreeSet<String> {
    names.iter().map(|name| (*name).to_owned()).collect()
}

#[test]
fn commands() {
    let frames = samples::commands();
    let names: BTreeSet<String> = frames.iter().map(|frame| frame.command.name().to_owned()).collect();
    assert_eq!(names, set(Command::NAMES), "every command has a sample");
    for frame in &frames {
        assert_eq!(ClientFrame::decode(frame.encode().as_bytes()).as_ref(), Ok(frame), "{}", frame.encode());
    }
    insta::assert_snapshot!(frames.iter().map(ClientFrame::encode).collect::<Vec<_>>().join("\n"));
}

#[test]
fn answers() {
    let frames = samples::answers();
    assert_eq!(kinds(&frames), set(Answer::NAMES), "every answer has a sample");
    reads_back(&frames, ServerFrame::Answer);
    insta::assert_snapshot!(lines(&frames));
}

#[test]
fn chat_events() {
    let frames = samples::chat_events();
    for frame in &frames {
        assert_eq!(kinds(std::slice::from_ref(frame)), set(&[frame.content.name()]));
    }
    reads_back(&frames, ServerFrame::Chat);
    insta::assert_snapshot!(lines(&frames));
}

#[test]
fn account_events() {
    let frames = samples::account_events();
    reads_back(&frames, ServerFrame::Account);
    insta::assert_snapshot!(lines(&frames));
}

#[test]
fn passing_events() {
    let frames = samples::passing_events();
    reads_back(&frames, ServerFrame::Passing);
    insta::assert_snapshot!(lines(&frames));
}

#[test]
fn controls() {
    let frames: Vec<Control> = samples::controls();
    reads_back(&frames, ServerFrame::Control);
    insta::assert_snapshot!(lines(&frames));
}

#[test]
fn rest() {
    let text: Vec<String> = samples::rest().iter().map(|(name, json)| format!("{name} {json}")).collect();
    insta::assert_snapshot!(text.join("\n"));
}

/// Answers, events and control frames are told apart by `type` alone, but for `read_marker`.
#[test]
fn types_never_coincide() {
    let sets = [
        kinds(&samples::answers()),
        kinds(&samples::chat_events()),
        kinds(&samples::account_events()),
        kinds(&samples::passing_events()),
        kinds(&samples::controls()),
    ];
    for (at, one) in sets.iter().enumerate() {
        for other in &sets[at + 1..] {
            let common: Vec<&String> = one.intersection(other).filter(|name| *name != "read_marker").collect();
            assert!(common.is_empty(), "{common:?}");
        }
    }
}

/// With the schemas at hand, no event lacks a sample either.
#[cfg(feature = "schema")]
#[test]
fn every_event_has_a_sample() {
    let tags = |schema: schemars::Schema| -> BTreeSet<String> {
        let frames = schema.get("oneOf").unwrap().as_array().unwrap().clone();
        frames.iter().map(|frame| frame["properties"]["type"]["const"].as_str().unwrap().to_owned()).collect()
    };
    use vestnik_proto::{AccountEventContent, ChatEventContent, PassingEvent};
    assert_eq!(tags(schemars::schema_for!(ChatEventContent)), kinds(&samples::chat_events()));
    assert_eq!(tags(schemars::schema_for!(AccountEventContent)), kinds(&samples::account_events()));
    assert_eq!(tags(schemars::schema_for!(PassingEvent)), kinds(&samples::passing_events()));
    assert_eq!(tags(schemars::schema_for!(Control)), kinds(&samples::controls()));
}
