//! The run as a drawing: shares of the traffic above, error rates below, on one axis of time. Plain SVG, whose colours
//! the page's style sets.

use std::fmt::Write;

use super::series::{Point, Series, Span};
use super::story::Outcome;

const LEFT: f64 = 44.0;
const RIGHT: f64 = 10.0;
/// The two panels, from top to bottom of each.
const SHARES: (f64, f64) = (38.0, 218.0);
const ERRORS: (f64, f64) = (262.0, 342.0);
const HEIGHT: f64 = 372.0;
/// The upper end of the error rates, in percent.
const ERRORS_TOP: f64 = 12.0;
/// The condition of the analysis, in percent.
const THRESHOLD: f64 = 5.0;
/// Least distance of two labels of weights.
const APART: f64 = 30.0;
/// The width of a version's name and its outcome.
const NAME: f64 = 48.0;

/// Draws the run, so many units wide; a unit is a pixel where the page has room.
pub(super) fn svg(series: &Series, width: f64) -> String {
    let mut drawing = Drawing { width, length: series.length.max(1.0), text: String::new() };
    drawing.axes();
    for span in &series.spans {
        drawing.release(span);
    }
    let label = "Wanted and measured share of the traffic, and error rates, over time";
    format!(
        "<svg viewBox=\"0 0 {width} {HEIGHT}\" role=\"img\" aria-label=\"{label}\" style=\"max-width:{width}px\">{}</svg>",
        drawing.text
    )
}

struct Drawing {
    width: f64,
    length: f64,
    text: String,
}

impl Drawing {
    fn axes(&mut self) {
        for percent in [0.0, 25.0, 50.0, 75.0, 100.0] {
            self.level(SHARES, percent, 100.0);
        }
        for percent in [0.0, 4.0, 8.0, 12.0] {
            self.level(ERRORS, percent, ERRORS_TOP);
        }
        self.label(LEFT - 38.0, SHARES.0 - 26.0, "title", "share of the new version");
        self.label(LEFT - 38.0, ERRORS.0 - 12.0, "title", "failed requests");
        let limit = y(ERRORS, THRESHOLD, ERRORS_TOP);
        self.line((LEFT, limit), (self.width - RIGHT, limit), "limit");
        self.label(LEFT + 4.0, limit - 4.0, "small limit-text", "limit 5 %");
        let every = if self.length / 10.0 * 42.0 < self.width { 10.0 } else { 20.0 };
        let length = self.length;
        for second in std::iter::successors(Some(0.0), |at| Some(at + every)).take_while(|at| *at <= length) {
            let x = self.x(second);
            self.label_at(x, ERRORS.1 + 18.0, "small", &format!("{second:.0} s"));
        }
    }

    /// A line across, with its percentage.
    fn level(&mut self, panel: (f64, f64), percent: f64, top: f64) {
        let y = y(panel, percent, top);
        self.line((LEFT, y), (self.width - RIGHT, y), "grid");
        self.label_at_end(LEFT - 6.0, y + 4.0, "small", &format!("{percent:.0} %"));
    }

    fn release(&mut self, span: &Span) {
        let x = self.x(span.from);
        self.line((x, SHARES.0 - 18.0), (x, ERRORS.1), "release");
        let end = span.points.last().map_or(span.from, |point| point.at);
        let outcome = match span.outcome {
            Some(Outcome::Promoted) if self.x(end) - x > NAME => " ✔",
            Some(Outcome::Aborted) if self.x(end) - x > NAME => " ↩",
            _ => "",
        };
        self.label(x + 4.0, SHARES.0 - 8.0, "name", &format!("{}{outcome}", span.name));
        self.wanted(span);
        let measured: Vec<_> = span.points.iter().map(|point| (point.at, point.measured)).collect();
        self.curve(SHARES, 100.0, &measured, "measured");
        let all: Vec<_> = span.points.iter().map(|point| (point.at, point.all_errors)).collect();
        self.curve(ERRORS, ERRORS_TOP, &all, "all-errors");
        for run in runs(&span.points) {
            self.curve(ERRORS, ERRORS_TOP, &run, "errors");
        }
    }

    /// The wanted share as stairs, with a mark and a label at each.
    fn wanted(&mut self, span: &Span) {
        let mut stairs: Vec<(f64, f64)> = Vec::new();
        let mut labelled = f64::NEG_INFINITY;
        for (number, (at, share)) in span.changes.iter().enumerate() {
            stairs.extend(stairs.last().map(|(_, last)| (*at, *last)));
            stairs.push((*at, *share));
            let x = self.x(*at);
            if number > 0 {
                self.line((x, SHARES.0), (x, ERRORS.1), "step");
            }
            if number > 0 && x - labelled >= APART {
                let below = y(SHARES, *share, 100.0) < SHARES.0 + 20.0;
                let offset = if below { 16.0 } else { -6.0 };
                self.label(x + 3.0, y(SHARES, *share, 100.0) + offset, "weight", &format!("{share:.0} %"));
                labelled = x;
            }
        }
        let end = span.points.last().map_or(span.from, |point| point.at);
        stairs.extend(stairs.last().map(|(_, last)| (end, *last)));
        self.curve(SHARES, 100.0, &stairs, "wanted");
    }

    fn curve(&mut self, panel: (f64, f64), top: f64, points: &[(f64, f64)], class: &str) {
        let places = points.iter().map(|(at, percent)| (self.x(*at), y(panel, percent.min(top), top)));
        let places: Vec<_> = places.map(|(x, y)| format!("{x:.1},{y:.1}")).collect();
        self.add(format_args!("<polyline class=\"{class}\" points=\"{}\"/>", places.join(" ")));
    }

    fn line(&mut self, (x1, y1): (f64, f64), (x2, y2): (f64, f64), class: &str) {
        self.add(format_args!("<line class=\"{class}\" x1=\"{x1:.1}\" y1=\"{y1:.1}\" x2=\"{x2:.1}\" y2=\"{y2:.1}\"/>"));
    }

    fn label(&mut self, x: f64, y: f64, class: &str, text: &str) {
        self.add(format_args!("<text class=\"{class}\" x=\"{x:.1}\" y=\"{y:.1}\">{text}</text>"));
    }

    fn label_at(&mut self, x: f64, y: f64, class: &str, text: &str) {
        self.add(format_args!(
            "<text class=\"{class}\" text-anchor=\"middle\" x=\"{x:.1}\" y=\"{y:.1}\">{text}</text>"
        ));
    }

    fn label_at_end(&mut self, x: f64, y: f64, class: &str, text: &str) {
        self.add(format_args!("<text class=\"{class}\" text-anchor=\"end\" x=\"{x:.1}\" y=\"{y:.1}\">{text}</text>"));
    }

    fn add(&mut self, element: std::fmt::Arguments<'_>) {
        // Writing to a String cannot fail.
        let _ = self.text.write_fmt(element);
        self.text.push('\n');
    }

    fn x(&self, second: f64) -> f64 {
        LEFT + (self.width - LEFT - RIGHT) * second / self.length
    }
}

/// From the bottom of the panel up.
fn y((top, bottom): (f64, f64), percent: f64, most: f64) -> f64 {
    bottom - (bottom - top) * percent / most
}

/// The version's own error rates, apart where it had hardly any requests.
fn runs(points: &[Point]) -> Vec<Vec<(f64, f64)>> {
    let apart = points.chunk_by(|one, next| one.errors.is_some() == next.errors.is_some());
    let runs = apart.map(|run| run.iter().filter_map(|point| Some((point.at, point.errors?))).collect::<Vec<_>>());
    runs.filter(|run| !run.is_empty()).collect()
}
