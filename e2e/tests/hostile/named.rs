//! Whether a message says where the mistake is.

use serde_json::Value;
use sluice_e2e::hostile::leaf::UNKNOWN;
use sluice_e2e::hostile::path::Path;

/// Whether the message names the field, or one above it that is still near: an item of a list, or an option that is not
/// supported as a whole.
///
/// `top` is left out of the path: messages about a template's metrics begin below its `spec`.
pub(crate) fn names(message: &str, path: &Path, top: &str) -> bool {
    let below = |path: &Path| path.concrete().trim_start_matches(top).trim_start_matches('.').to_owned();
    let unknown = path.name() == UNKNOWN && message.contains(UNKNOWN);
    // A renamed argument is missed where it is used.
    let renamed = path.to_string().ends_with("args[].name") && message.contains("argument \"limit\" has no value");
    unknown
        || renamed
        || message.contains(&below(path))
        || path.above().filter(is_near).any(|above| {
            let at = below(&above);
            !at.is_empty()
                && message.match_indices(&at).any(|(start, _)| message[start + at.len()..].starts_with([':', '"']))
        })
}

/// Blocks with so much in them that naming one says little.
const WIDE: [&str; 6] =
    ["spec", "spec.strategy", "spec.strategy.canary", "spec.strategy.blueGreen", "spec.metrics", "spec.metrics[]"];

fn is_near(path: &Path) -> bool {
    !WIDE.contains(&path.to_string().as_str())
}

/// A value as a short text.
pub(crate) fn short(value: Option<&Value>) -> String {
    let text = value.map_or_else(|| "(removed)".to_owned(), ToString::to_string);
    let cut: String = text.chars().take(80).collect();
    if cut.len() < text.len() { format!("{cut}… ({} bytes)", text.len()) } else { text }
}
