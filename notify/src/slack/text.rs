//! Texts for Slack: escaped, and no longer than it takes.

use crate::text::{cut, escaped};

/// The most letters of a text in a block.
/// <https://docs.slack.dev/reference/block-kit/blocks/section-block>
pub(super) const LONGEST_TEXT: usize = 3000;

/// A text as it is, cut to so many letters and then escaped: half an escape is none.
pub(super) fn short(text: &str, letters: usize) -> String {
    escaped(&cut(text.trim(), letters))
}

/// A text as code in a line: nothing in it is a format.
pub(super) fn code(text: &str, letters: usize) -> String {
    // A backtick would end it.
    format!("`{}`", short(&text.replace('`', "'").replace('\n', " "), letters))
}

/// A link; without one where the address is none that Slack takes.
pub(super) fn link(url: &str, title: &str) -> String {
    // What would end the address, or begin the title, has to be escaped in an address anyway.
    let bad = |letter: char| letter.is_whitespace() || letter.is_control() || "|<>".contains(letter);
    let usable = (url.starts_with("https://") || url.starts_with("http://")) && !url.contains(bad) && url.len() < 1000;
    if usable { format!("<{}|{}>", escaped(url), title.replace('|', "/")) } else { title.to_owned() }
}

/// The whole lines that have room, and how many more there are.
pub(super) fn lines(lines: &[String], letters: usize) -> String {
    let mut text = String::new();
    for (at, line) in lines.iter().enumerate() {
        if text.chars().count() + line.chars().count() + MORE > letters {
            return format!("{text}… and {} more", lines.len() - at);
        }
        text += line;
        text += "\n";
    }
    text.trim_end().to_owned()
}

/// Room for the number of lines that are left out.
const MORE: usize = 24;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_escaped_and_cut_between_letters() {
        assert_eq!(short("a<b> & c", 100), "a&lt;b&gt; &amp; c");
        assert_eq!(short("éééé", 3), "éé…");
        assert_eq!(short("&&&&", 2), "&amp;…");
        assert_eq!(code("a`b\n<c>", 100), "`a'b &lt;c&gt;`");
    }

    #[test]
    fn a_link_is_one_or_only_its_title() {
        assert_eq!(link("https://x/?a=1&b=2", "t|u"), "<https://x/?a=1&amp;b=2|t/u>");
        for bad in ["", "javascript:alert(1)", "https://x|y", "https://x y", "https://x>"] {
            assert_eq!(link(bad, "title"), "title");
        }
    }

    #[test]
    fn lines_that_have_no_room_are_counted() {
        let many: Vec<String> = (0..10).map(|at| format!("line {at}")).collect();
        assert_eq!(lines(&many, 40), "line 0\nline 1\n… and 8 more");
        assert_eq!(lines(&many[..2], 40), "line 0\nline 1");
    }
}
