//! Charts as SVG. No style and no script is in them: what a line looks like is said by its class.

use maud::{Markup, html};

use super::time::clock;
use super::tone;
use crate::view::{Chart, Point, Trace};

/// The drawing, in its own units; the page scales it.
const WIDTH: f64 = 400.0;
const HEIGHT: f64 = 150.0;
/// The edges of the part that is drawn into.
const LEFT: f64 = 40.0;
const RIGHT: f64 = WIDTH - 10.0;
const TOP: f64 = 8.0;
const BOTTOM: f64 = HEIGHT - 18.0;

pub(super) fn charts(charts: &[Chart]) -> Markup {
    html! {
        @if !charts.is_empty() {
            h2 { "Over time" span.hint { " UTC" } }
            div.charts { @for one in charts { (chart(one)) } }
        }
    }
}

fn chart(chart: &Chart) -> Markup {
    let scale = Scale::of(chart);
    html! {
        figure {
            figcaption { b { (chart.title) } span.hint { " " (chart.about) } }
            svg viewBox={ "0 0 " (WIDTH) " " (HEIGHT) } role="img" aria-label={ (chart.title) ": " (chart.about) } {
                @for value in scale.ticks() {
                    line.grid x1=(LEFT) x2=(RIGHT) y1=(scale.y(value)) y2=(scale.y(value)) { }
                    text.tick.right x=(LEFT - 5.0) y=(scale.y(value) + 3.5) { (figure_text(value)) }
                }
                (times(chart))
                @for bound in &chart.bounds {
                    line.bound x1=(LEFT) x2=(RIGHT) y1=(scale.y(*bound)) y2=(scale.y(*bound)) { }
                    text.bound.right x=(RIGHT) y=(scale.y(*bound) - 3.0) { (figure_text(*bound)) }
                }
                @for trace in &chart.traces { (drawn(&scale, trace)) }
            }
        }
    }
}

/// Begin, middle and end.
fn times(chart: &Chart) -> Markup {
    let middle = chart.from.as_second().midpoint(chart.to.as_second());
    let middle = jiff::Timestamp::from_second(middle).unwrap_or(chart.to);
    let baseline = HEIGHT - 4.0;
    html! {
        text.tick x=(LEFT) y=(baseline) { (clock(chart.from)) }
        text.tick.middle x=(LEFT.midpoint(RIGHT)) y=(baseline) { (clock(middle)) }
        text.tick.right x=(RIGHT) y=(baseline) { (clock(chart.to)) }
    }
}

fn drawn(scale: &Scale<'_>, trace: &Trace) -> Markup {
    let is_measured = trace.name == "measured";
    html! {
        path class={ "line " (trace.name) } d=(path(scale, &trace.points, !is_measured)) { }
        @if is_measured {
            @for point in &trace.points {
                circle class={ "point " (tone(point.tone)) } cx=(scale.x(point)) cy=(scale.y(point.value)) r="3" {
                    title { (figure_text(point.value)) " at " (clock(point.at)) }
                }
            }
        }
    }
}

/// A line from point to point; a weight holds until the next one.
fn path(scale: &Scale<'_>, points: &[Point], is_stepped: bool) -> String {
    let places = points.iter().map(|point| (scale.x(point), scale.y(point.value))).enumerate();
    let parts = places.map(|(index, (x, y))| match (index, is_stepped) {
        (0, _) => format!("M{x} {y}"),
        (_, true) => format!("H{x}V{y}"),
        (_, false) => format!("L{x} {y}"),
    });
    parts.collect::<Vec<_>>().concat()
}

/// From times and values to places.
struct Scale<'a> {
    chart: &'a Chart,
    low: f64,
    high: f64,
}

impl<'a> Scale<'a> {
    fn of(chart: &'a Chart) -> Self {
        let points = chart.traces.iter().flat_map(|trace| trace.points.iter().map(|point| point.value));
        let range = chart.range.into_iter().flat_map(|(low, high)| [low, high]);
        let values: Vec<f64> = points.chain(chart.bounds.iter().copied()).chain(range).collect();
        let low = values.iter().copied().reduce(f64::min).unwrap_or(0.0);
        let high = values.iter().copied().reduce(f64::max).unwrap_or(1.0);
        // A tenth of air on both sides, and more where all values are nearly the same: noise is not to look like a cliff.
        let air = match chart.range {
            Some(_) if high > low => 0.0,
            _ => ((high - low) * 0.1).max((0.2 * high.abs().max(low.abs()) - (high - low)) / 2.0),
        };
        let air = if high > low || air > 0.0 { air } else { 1.0 };
        Self { chart, low: low - air, high: high + air }
    }

    fn x(&self, point: &Point) -> f64 {
        let all = self.chart.to.duration_since(self.chart.from).as_secs_f64().max(1.0);
        let part = point.at.duration_since(self.chart.from).as_secs_f64() / all;
        place(LEFT + part.clamp(0.0, 1.0) * (RIGHT - LEFT))
    }

    fn y(&self, value: f64) -> f64 {
        // In halves: the difference of two huge numbers would be none.
        let part = (value / 2.0 - self.low / 2.0) / (self.high / 2.0 - self.low / 2.0);
        place(BOTTOM - part.clamp(0.0, 1.0) * (BOTTOM - TOP))
    }

    fn ticks(&self) -> [f64; 3] {
        [self.low, self.low / 2.0 + self.high / 2.0, self.high]
    }
}

/// A tenth of a unit is finer than any screen.
fn place(at: f64) -> f64 {
    (at * 10.0).round() / 10.0
}

/// A number in a few figures.
fn figure_text(value: f64) -> String {
    let size = value.abs();
    if size >= 1e6 || (size > 0.0 && size < 1e-3) {
        return format!("{value:.1e}");
    }
    let digits = if size >= 100.0 {
        0
    } else if size >= 1.0 {
        2
    } else {
        4
    };
    let text = format!("{value:.digits$}");
    let text = if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.') } else { &text };
    if text == "-0" { "0".to_owned() } else { text.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_short() {
        let cases = [
            (0.0, "0"),
            (-0.00001, "-1.0e-5"),
            (0.05, "0.05"),
            (0.98765, "0.9877"),
            (1.5, "1.5"),
            (100.0, "100"),
            (1234.5, "1234"),
            (2.5e9, "2.5e9"),
        ];
        for (value, expected) in cases {
            assert_eq!(figure_text(value), expected);
        }
    }
}
