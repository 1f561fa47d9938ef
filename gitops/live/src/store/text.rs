//! The text of an object: as it is, or packed where that is worth it. Definitions of kinds and dashboards are a hundred times as
//! long as what most Applications deploy.

use std::io::{Read, Write};
use std::sync::Arc;

use flate2::Compression;
use flate2::read::DeflateDecoder;
use flate2::write::DeflateEncoder;
use serde_json::Value;
use sluice_gitops::Object;

/// From how many bytes on a text is packed.
const LARGE: usize = 8 * 1024;

/// A text. Cheap to clone.
#[derive(Clone, Debug)]
pub(crate) enum Text {
    Plain(Arc<str>),
    Packed(Arc<[u8]>),
}

impl Text {
    /// The text of an object.
    pub(super) fn of(object: &Value) -> Self {
        let text = object.to_string();
        if text.len() < LARGE {
            return Self::Plain(text.into());
        }
        match pack(text.as_bytes()) {
            Ok(packed) => Self::Packed(packed.into()),
            Err(_) => Self::Plain(text.into()),
        }
    }

    /// The object.
    pub(crate) fn object(&self) -> Object {
        // Both were written by `of`, from a value.
        let value: Result<Value, _> = match self {
            Self::Plain(text) => serde_json::from_str(text),
            Self::Packed(packed) => {
                let mut text = String::new();
                let read = DeflateDecoder::new(&**packed).read_to_string(&mut text);
                read.map_err(serde_json::Error::io).and_then(|_| serde_json::from_str(&text))
            }
        };
        value.unwrap_or_default().into()
    }

    /// How many bytes it takes.
    pub(super) fn len(&self) -> usize {
        match self {
            Self::Plain(text) => text.len(),
            Self::Packed(packed) => packed.len(),
        }
    }
}

/// Quickly: what is looked at often is small.
fn pack(text: &[u8]) -> std::io::Result<Vec<u8>> {
    let mut encoder = DeflateEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(text)?;
    encoder.finish()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_large_text_is_packed_and_still_the_same() {
        let small = json!({"data": {"key": "value"}});
        let large = json!({"data": (0..2000).map(|number| (number.to_string(), "the same again")).collect::<Vec<_>>()});
        for (value, most) in [(small, 100), (large, 20_000)] {
            let text = Text::of(&value);
            assert_eq!(*text.object().value(), value);
            assert!(text.len() < most, "{}", text.len());
        }
    }
}
