//! The schemas that are part of this crate, as `build.rs` packed them.

use std::collections::BTreeMap;
use std::io::Read;

use flate2::read::DeflateDecoder;
use serde_json::Value;

/// Those of our own kinds, by their names in paths. `crdgen` writes them: the types that could tell are half a megabyte of code.
pub(super) const DEFINED: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/definitions.json.deflate"));
/// Those of the built-in kinds and their parts, by their names.
pub(super) const PUBLISHED: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/openapi.json.deflate"));

/// What is written there by name. It is part of this crate: without it every test would fail.
pub(super) fn unpacked(packed: &[u8]) -> BTreeMap<String, Value> {
    let mut text = Vec::new();
    let read = DeflateDecoder::new(packed).read_to_end(&mut text);
    read.ok().and_then(|_| serde_json::from_slice(&text).ok()).unwrap_or_default()
}
