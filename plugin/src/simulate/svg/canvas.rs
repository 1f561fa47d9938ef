//! Shapes and texts, written one after the other.

use std::fmt::Write;

use super::style::STYLE;

/// A picture in the making.
#[derive(Debug, Default)]
pub(super) struct Canvas {
    shapes: String,
}

/// On which side of its place a text stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Anchor {
    Start,
    Middle,
    End,
}

impl Canvas {
    pub(super) fn rect(&mut self, class: &str, (x, y): (f64, f64), (width, height): (f64, f64)) {
        let (x, y, width, height) = (fixed(x), fixed(y), fixed(width.max(0.0)), fixed(height.max(0.0)));
        self.put(&format!(r#"<rect class="{class}" x="{x}" y="{y}" width="{width}" height="{height}"/>"#));
    }

    /// A rectangle with round corners.
    pub(super) fn pill(&mut self, class: &str, (x, y): (f64, f64), (width, height): (f64, f64)) {
        let (x, y, round) = (fixed(x), fixed(y), fixed(height / 2.0));
        let (width, height) = (fixed(width), fixed(height));
        self.put(&format!(r#"<rect class="{class}" x="{x}" y="{y}" width="{width}" height="{height}" rx="{round}"/>"#));
    }

    pub(super) fn line(&mut self, class: &str, (x1, y1): (f64, f64), (x2, y2): (f64, f64)) {
        let (x1, y1, x2, y2) = (fixed(x1), fixed(y1), fixed(x2), fixed(y2));
        self.put(&format!(r#"<line class="{class}" x1="{x1}" y1="{y1}" x2="{x2}" y2="{y2}"/>"#));
    }

    pub(super) fn circle(&mut self, class: &str, (x, y): (f64, f64), radius: f64) {
        let (x, y, radius) = (fixed(x), fixed(y), fixed(radius));
        self.put(&format!(r#"<circle class="{class}" cx="{x}" cy="{y}" r="{radius}"/>"#));
    }

    /// A path through points.
    pub(super) fn path(&mut self, class: &str, points: &[(f64, f64)]) {
        let points: Vec<_> = points.iter().map(|(x, y)| format!("{} {}", fixed(*x), fixed(*y))).collect();
        if !points.is_empty() {
            self.put(&format!(r#"<path class="{class}" d="M{}"/>"#, points.join("L")));
        }
    }

    pub(super) fn text(&mut self, class: &str, (x, y): (f64, f64), anchor: Anchor, text: &str) {
        let anchor = match anchor {
            Anchor::Start => "start",
            Anchor::Middle => "middle",
            Anchor::End => "end",
        };
        let (x, y, text) = (fixed(x), fixed(y), escaped(text));
        self.put(&format!(r#"<text class="{class}" x="{x}" y="{y}" text-anchor="{anchor}">{text}</text>"#));
    }

    /// The whole picture.
    pub(super) fn finish(self, width: f64, height: f64, name: &str) -> String {
        let (width, height) = (fixed(width), fixed(height));
        let size = format!(r#"viewBox="0 0 {width} {height}" width="{width}" height="{height}""#);
        let title = escaped(&format!("Simulated update of Rollout {name}"));
        format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" {size} role=\"img\">\n<title>{title}</title>\n\
             <style>{STYLE}</style>\n<rect class=\"ground\" x=\"0\" y=\"0\" width=\"{width}\" height=\"{height}\"/>\n{}</svg>",
            self.shapes
        )
    }

    fn put(&mut self, shape: &str) {
        // Writing into a String cannot fail.
        let _ = writeln!(self.shapes, "{shape}");
    }
}

/// With one decimal, or none where that is zero.
fn fixed(number: f64) -> String {
    let text = format!("{number:.1}");
    text.strip_suffix(".0").map_or(text.clone(), str::to_owned)
}

/// Text as XML has it; what XML cannot have at all is left out.
fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            c if c.is_control() || matches!(c, '\u{fffe}' | '\u{ffff}') => escaped.push(' '),
            c => escaped.push(c),
        }
    }
    escaped
}

/// About how wide a text is: the fonts of readers differ, so rather too wide.
pub(super) fn width(text: &str, size: f64) -> f64 {
    let wide = |c: char| if c.is_ascii() { 0.58 } else { 1.0 };
    text.chars().map(wide).sum::<f64>() * size
}

/// The text, or as much of it as has room, with an ellipsis.
pub(super) fn cut(text: &str, size: f64, room: f64) -> String {
    if width(text, size) <= room {
        return text.to_owned();
    }
    let (mut kept, mut used) = (String::new(), width("…", size));
    for c in text.chars() {
        used += width(c.encode_utf8(&mut [0; 4]), size);
        if used > room {
            break;
        }
        kept.push(c);
    }
    format!("{}…", kept.trim_end())
}
