//! The numbers that a condition compares a measurement with: what a chart draws beside the measured values.

use super::Condition;
use super::ast::{Binary, Kind, Node, Pointer, Unary};

/// Functions that give their first argument, as another type or where there is one.
const TRANSPARENT: [&str; 5] = ["default", "asFloat", "asInt", "float", "int"];

impl Condition {
    /// The finite numbers that the measurement itself, one of its elements or one of its fields is compared with, in the
    /// order in which they are written, each once. Numbers that something else is compared with, such as the length of
    /// the measurement, are none.
    pub fn bounds(&self) -> Vec<f64> {
        let mut found = Vec::new();
        collect(&self.tree, &mut found);
        found
    }
}

fn collect(node: &Node, found: &mut Vec<f64>) {
    match &node.kind {
        Kind::Binary(Binary::Equal | Binary::NotEqual, left, right) => compared(left, right, found),
        Kind::Binary(_, left, right) | Kind::Otherwise(left, right) => {
            collect(left, found);
            collect(right, found);
        }
        Kind::Unary(Unary::Not, inner) => collect(inner, found),
        Kind::Conditional(condition, yes, no) => [condition, yes, no].into_iter().for_each(|part| collect(part, found)),
        Kind::Loop(each) => each.predicate.iter().for_each(|predicate| collect(predicate, found)),
        Kind::Comparison(first, rest) => {
            let mut left = &**first;
            for (_, right) in rest {
                compared(left, right, found);
                left = right;
            }
        }
        _ => {}
    }
}

fn compared(left: &Node, right: &Node, found: &mut Vec<f64>) {
    let number = match (is_measured(left), is_measured(right)) {
        (true, false) => number(right),
        (false, true) => number(left),
        _ => None,
    };
    found.extend(number.filter(|number| number.is_finite() && !found.contains(number)));
}

/// Whether it is the measurement, or a part of it.
fn is_measured(node: &Node) -> bool {
    match &node.kind {
        Kind::Result | Kind::Pointer(Pointer::Item) => true,
        Kind::Member { base, .. } | Kind::Chain(base) => is_measured(base),
        Kind::Call(function, arguments) => {
            TRANSPARENT.contains(&function.name) && arguments.first().is_some_and(is_measured)
        }
        _ => false,
    }
}

#[expect(clippy::cast_precision_loss, reason = "a place on a chart")]
fn number(node: &Node) -> Option<f64> {
    match &node.kind {
        Kind::Int(number) => Some(*number as f64),
        Kind::Float(number) => Some(*number),
        Kind::Unary(Unary::Minus, inner) => number(inner).map(|number| -number),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_measurement_is_compared_with_is_found() {
        let cases: [(&str, &[f64]); 10] = [
            ("result[0] >= 0.95", &[0.95]),
            ("0.95 <= result[0]", &[0.95]),
            ("len(result) > 0 && result[0] < 5", &[5.0]),
            ("asFloat(result.errors) < 1.5 || default(result, 0) == -1", &[1.5, -1.0]),
            ("0.1 < result[0] <= 0.9", &[0.1, 0.9]),
            ("all(result, # < 0.05)", &[0.05]),
            ("!(result[0] > 3) and result[0] != 3", &[3.0]),
            ("result == 'ok'", &[]),
            ("result[0] < result[1]", &[]),
            ("true", &[]),
        ];
        for (source, expected) in cases {
            assert_eq!(Condition::parse(source).unwrap().bounds(), expected, "{source}");
        }
    }
}
