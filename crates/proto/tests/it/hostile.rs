//! Whatever comes, decoding answers: a bounded, seeded stand-in for the fuzz target in `fuzz/`,
//! for the stable toolchain.

use proptest::prelude::*;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};
use vestnik_proto::frame::{ReceivedFrame, encode};
use vestnik_proto::{ClientFrame, limits};

use crate::samples;

/// The same cases on every run.
fn runner(cases: u32) -> TestRunner {
    let config = Config { cases, failure_persistence: None, ..Config::default() };
    TestRunner::new_with_rng(config, TestRng::deterministic_rng(RngAlgorithm::ChaCha))
}

/// Valid frames of both directions.
fn corpus() -> Vec<Vec<u8>> {
    let mut frames: Vec<Vec<u8>> = samples::commands().iter().map(|frame| frame.encode().into_bytes()).collect();
    frames.extend(samples::answers().iter().map(|frame| encode(frame, Some("1"))));
    frames.extend(samples::chat_events().iter().map(|frame| encode(frame, None)));
    frames.extend(samples::account_events().iter().map(|frame| encode(frame, None)));
    frames.extend(samples::passing_events().iter().map(|frame| encode(frame, None)));
    frames.extend(samples::controls().iter().map(|frame| encode(frame, Some("1"))));
    frames
}

/// Both decoders take it, a refusal can be told to a person, and what was read can be said again.
fn check(bytes: &[u8]) -> Result<(), TestCaseError> {
    match ClientFrame::decode(bytes) {
        Ok(frame) => {
            let again = frame.encode();
            prop_assert_eq!(ClientFrame::decode(again.as_bytes()), Ok(frame), "{}", again);
        }
        Err(bad) => {
            let message = &bad.error.message;
            prop_assert!(message.chars().count() <= 400, "a long sentence: {}", message);
            prop_assert!(!message.chars().any(char::is_control), "not one line: {:?}", message);
            prop_assert!(bad.id.is_none_or(|id| id.len() <= limits::COMMAND_ID_BYTES));
        }
    }
    if let Ok(text) = std::str::from_utf8(bytes)
        && let Ok(Some(received)) = ReceivedFrame::decode(text)
    {
        let again = String::from_utf8(encode(&received.frame, received.id.as_deref())).expect("JSON is UTF-8");
        let read = ReceivedFrame::decode(&again).expect("what was written is read");
        prop_assert_eq!(read, Some(received), "{}", again);
    }
    Ok(())
}

/// One change to a frame.
#[derive(Clone, Debug)]
enum Mutation {
    Flip { at: usize, bit: u8 },
    Insert { at: usize, bytes: Vec<u8> },
    Remove { at: usize, count: usize },
    Repeat { at: usize, count: usize },
    Splice { other: usize, at: usize },
}

fn tokens() -> impl Strategy<Value = Vec<u8>> {
    prop::sample::select(vec![
        "{",
        "}",
        "[",
        "]",
        "\"",
        ":",
        ",",
        "\\",
        "\\u0000",
        "\\ud800",
        "null",
        "true",
        "-0",
        "-1",
        "1e999",
        "0.5",
        "9223372036854775807",
        "9223372036854775808",
        "99999999999999999999",
        "\"type\":\"ping\",",
        "\"id\":null,",
        "\"id\":7,",
        "\"client_id\":\"\",",
        "\u{feff}",
        "\u{202e}",
        "\n",
        "\0",
        "{\"a\":",
        "[[[[[[[[",
        "2026-02-30T00:00:00Z",
        "+10000-01-01T00:00:00Z",
    ])
    .prop_map(|token| token.as_bytes().to_vec())
}

fn mutation() -> impl Strategy<Value = Mutation> {
    prop_oneof![
        (any::<usize>(), 0u8..8).prop_map(|(at, bit)| Mutation::Flip { at, bit }),
        (any::<usize>(), tokens()).prop_map(|(at, bytes)| Mutation::Insert { at, bytes }),
        (any::<usize>(), prop::collection::vec(any::<u8>(), 1..5))
            .prop_map(|(at, bytes)| Mutation::Insert { at, bytes }),
        (any::<usize>(), 1usize..40).prop_map(|(at, count)| Mutation::Remove { at, count }),
        (any::<usize>(), 1usize..40).prop_map(|(at, count)| Mutation::Repeat { at, count }),
        (any::<usize>(), any::<usize>()).prop_map(|(other, at)| Mutation::Splice { other, at }),
    ]
}

fn mutate(corpus: &[Vec<u8>], bytes: &mut Vec<u8>, mutation: &Mutation) {
    let len = bytes.len();
    let place = |at: usize| at % (len + 1);
    match mutation {
        Mutation::Flip { at, bit } if len > 0 => bytes[at % len] ^= 1 << bit,
        Mutation::Flip { .. } => {}
        Mutation::Insert { at, bytes: new } => drop(bytes.splice(place(*at)..place(*at), new.iter().copied())),
        Mutation::Remove { at, count } => drop(bytes.drain(place(*at)..(place(*at) + count).min(len))),
        Mutation::Repeat { at, count } => {
            let part = bytes[place(*at)..(place(*at) + count).min(len)].to_vec();
            bytes.extend(part);
        }
        Mutation::Splice { other, at } => {
            let other = &corpus[other % corpus.len()];
            bytes.truncate(place(*at));
            bytes.extend(&other[at % (other.len() + 1)..]);
        }
    }
}

#[test]
fn mutated_frames() {
    let corpus = corpus();
    let strategy = (any::<prop::sample::Index>(), prop::collection::vec(mutation(), 1..6));
    runner(10_000)
        .run(&strategy, |(which, mutations)| {
            let mut bytes = which.get(&corpus).clone();
            for mutation in &mutations {
                mutate(&corpus, &mut bytes, mutation);
            }
            check(&bytes)
        })
        .unwrap();
}

#[test]
fn random_bytes() {
    runner(3_000).run(&prop::collection::vec(any::<u8>(), 0..400), |bytes| check(&bytes)).unwrap();
}

#[test]
fn random_tokens() {
    let strategy = prop::collection::vec(tokens(), 0..30).prop_map(|tokens| tokens.concat());
    runner(3_000).run(&strategy, |bytes| check(&bytes)).unwrap();
}

/// Frames at and around the limits of length and depth.
#[test]
fn frames_at_the_limits() {
    let frame = |len: usize| {
        let head = r#"{"type":"message","chat_id":"general","content":""#;
        format!("{head}{}\"}}", "x".repeat(len - head.len() - 2))
    };
    assert!(ClientFrame::decode(frame(limits::FRAME_BYTES).as_bytes()).is_ok());
    assert!(ClientFrame::decode(frame(limits::FRAME_BYTES + 1).as_bytes()).is_err());
    let deep = |depth: usize| format!(r#"{{"type":"ping","a":{}{}}}"#, "[".repeat(depth), "]".repeat(depth));
    assert!(ClientFrame::decode(deep(limits::FRAME_DEPTH - 1).as_bytes()).is_ok());
    assert!(ClientFrame::decode(deep(limits::FRAME_DEPTH).as_bytes()).is_err());
    assert!(ClientFrame::decode(deep(30_000).as_bytes()).is_err());
    let id = |len: usize| format!(r#"{{"type":"ping","id":"{}"}}"#, "x".repeat(len));
    assert!(ClientFrame::decode(id(limits::COMMAND_ID_BYTES).as_bytes()).is_ok());
    assert!(ClientFrame::decode(id(limits::COMMAND_ID_BYTES + 1).as_bytes()).is_err());
}

/// A client's decoder also meets servers gone wrong.
#[test]
fn a_deep_answer_is_refused() {
    let text = format!(r#"{{"type":"pong","a":{}"#, "[".repeat(100_000));
    assert!(ReceivedFrame::decode(&text).is_err());
}
