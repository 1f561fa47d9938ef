//! Words as Go reads them.

/// A text as Go's `strconv.ParseBool` takes it; `None`: it takes it for neither.
pub fn bool(text: &str) -> Option<bool> {
    match text {
        "1" | "t" | "T" | "true" | "TRUE" | "True" => Some(true),
        "0" | "f" | "F" | "false" | "FALSE" | "False" => Some(false),
        _ => None,
    }
}
