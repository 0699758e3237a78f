//! Whatever comes, decoding answers: it neither panics nor reads differently what it wrote.
//! The same checks run on the stable toolchain, seeded and bounded, in `tests/it/hostile.rs`.

#![no_main]

use libfuzzer_sys::fuzz_target;
use vestnik_proto::ClientFrame;
use vestnik_proto::frame::{ReceivedFrame, encode};

fuzz_target!(|bytes: &[u8]| {
    if let Ok(frame) = ClientFrame::decode(bytes) {
        // Names of absent members take room, so that a frame at the limit may grow beyond it.
        let again = frame.encode();
        if again.len() <= vestnik_proto::limits::FRAME_BYTES {
            assert_eq!(ClientFrame::decode(again.as_bytes()), Ok(frame));
        }
    }
    if let Ok(text) = std::str::from_utf8(bytes)
        && let Ok(Some(received)) = ReceivedFrame::decode(text)
    {
        let again = String::from_utf8(encode(&received.frame, received.id.as_deref())).expect("JSON is UTF-8");
        assert_eq!(ReceivedFrame::decode(&again).expect("what was written is read"), Some(received));
    }
});
