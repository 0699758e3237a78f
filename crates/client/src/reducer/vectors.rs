//! Golden event vectors: what every reducer of this product must make of a run of events.
//! They are JSON files written by the server's tests; this reducer and the web client's run them all.
//!
//! ```json
//! { "name": "edit after delete", "initial": {…}, "events": [ …frames… ], "expected": {…} }
//! ```

use serde::{Deserialize, Deserializer, Serialize};
use vestnik_proto::ServerFrame;
use vestnik_proto::frame::ReceivedFrame;

use super::State;

/// One vector.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Vector {
    /// What it is about, for the message when it fails.
    pub name: String,
    /// The state before.
    pub initial: State,
    /// Frames as they travel, in order. Some may be repeated, or out of order: a reducer must
    /// pass over what is not next.
    #[serde(deserialize_with = "frames")]
    pub events: Vec<ServerFrame>,
    /// The state after.
    pub expected: State,
}

/// Reads each frame as a client reads it from the wire.
fn frames<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<ServerFrame>, D::Error> {
    use serde::de::Error;
    let values = Vec::<serde_json::Value>::deserialize(deserializer)?;
    let frame = |value: serde_json::Value| match ReceivedFrame::decode(&value.to_string()) {
        Ok(Some(received)) => Ok(received.frame),
        Ok(None) => Err(Error::custom(format!("unknown frame {value}"))),
        Err(error) => Err(Error::custom(format!("{error} in {value}"))),
    };
    values.into_iter().map(frame).collect()
}

/// Why a vector does not hold.
#[derive(Debug, thiserror::Error)]
pub enum VectorError {
    /// The file is not a list of vectors.
    #[error("the vectors cannot be read: {0}")]
    Json(#[from] serde_json::Error),
    /// The state came out otherwise.
    #[error("{name}: the state differs\nexpected {expected}\n     got {got}")]
    Differs {
        /// Which vector.
        name: String,
        /// What it asks for, as JSON.
        expected: String,
        /// What came out, as JSON.
        got: String,
    },
}

/// Reads a file of vectors: a JSON array.
///
/// # Errors
/// When it is not JSON of that shape.
pub fn load(json: &str) -> Result<Vec<Vector>, VectorError> {
    Ok(serde_json::from_str(json)?)
}

impl Vector {
    /// Writes down what this reducer makes of the events.
    pub fn record(name: impl Into<String>, initial: State, events: Vec<ServerFrame>) -> Self {
        let mut expected = initial.clone();
        for event in &events {
            expected.apply(event);
        }
        Self { name: name.into(), initial, events, expected }
    }

    /// Folds the events and compares.
    ///
    /// # Errors
    /// [`VectorError::Differs`] when the state is not the expected one.
    pub fn check(&self) -> Result<(), VectorError> {
        let got = Self::record(&*self.name, self.initial.clone(), self.events.clone()).expected;
        if got == self.expected {
            return Ok(());
        }
        Err(VectorError::Differs {
            name: self.name.clone(),
            expected: serde_json::to_string(&self.expected)?,
            got: serde_json::to_string(&got)?,
        })
    }
}
