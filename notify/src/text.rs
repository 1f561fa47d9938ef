//! Small helps for texts.

/// So many letters of a text, with a sign that there are more.
pub(crate) fn cut(text: &str, letters: usize) -> String {
    match text.char_indices().nth(letters) {
        None => text.to_owned(),
        Some(_) => text.chars().take(letters.saturating_sub(1)).chain(['…']).collect(),
    }
}

/// The first text that is not blank; empty where all are.
pub(crate) fn first<'t>(texts: &[&'t str]) -> &'t str {
    texts.iter().find(|text| !text.trim().is_empty()).unwrap_or(&"")
}

/// A text as Slack and HTML show it literally.
/// <https://docs.slack.dev/messaging/formatting-message-text#escaping>
pub(crate) fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_cut_only_where_it_is_too_long() {
        assert_eq!((cut("abc", 3).as_str(), cut("äbcd", 3).as_str(), cut("", 3).as_str()), ("abc", "äb…", ""));
        assert_eq!((first(&["", " \n", "a", "b"]), first(&[])), ("a", ""));
    }
}
