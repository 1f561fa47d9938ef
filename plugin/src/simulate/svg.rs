//! A simulation as a picture: weight, pods and analyses over time, with what people and faults did.
//!
//! It stands alone: no fonts, scripts or links. It follows the reader's choice of light or dark.

mod analyses;
mod axis;
mod canvas;
mod charts;
mod head;
mod marks;
mod steps;
mod style;

use super::tale::Tale;
use axis::Axis;
use canvas::Canvas;

/// The picture's width; its height follows from what there is to show.
const WIDTH: f64 = 800.0;
/// Where charts begin and end.
const LEFT: f64 = 56.0;
const RIGHT: f64 = 784.0;

/// The whole picture.
pub(crate) fn picture(tale: &Tale) -> String {
    let axis = Axis::until(tale.outcome.until);
    let mut canvas = Canvas::default();
    let top = head::draw(&mut canvas, tale);
    let top = steps::badges(&mut canvas, tale, &axis, top);
    let charts = charts::Place::below(top);
    marks::bands(&mut canvas, tale, &axis, &charts);
    charts::weight(&mut canvas, tale, &axis, &charts);
    charts::pods(&mut canvas, tale, &axis, &charts);
    axis.draw(&mut canvas, top, charts.bottom());
    let bottom = marks::draw(&mut canvas, tale, &axis, &charts);
    let bottom = analyses::draw(&mut canvas, tale, &axis, bottom);
    let bottom = steps::list(&mut canvas, tale, bottom);
    canvas.finish(WIDTH, bottom + 12.0, &tale.rollout.name)
}

#[cfg(test)]
mod tests;
