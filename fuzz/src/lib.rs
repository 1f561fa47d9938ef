//! What strangers can write into Sluice, tried by a fuzzer, and what must be so whatever they write.
//!
//! One program a target, in `targets/`. Each reads bytes as one kind of input, hands it to the code that production
//! hands it to, and panics when a promise of that code does not hold. Run them with `fuzz/run`.

/// The longest text that may go into a status or an event: etcd takes 1.5 MiB an object, and a status holds several.
const MESSAGE_LIMIT: usize = 64 << 10;

/// Refuses a message that could keep a status from being written.
///
/// # Panics
/// When it is too long.
pub fn fits_a_status(message: &str) {
    assert!(message.len() <= MESSAGE_LIMIT, "a message of {} bytes: {message:.200}…", message.len());
}
