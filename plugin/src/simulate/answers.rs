//! Finds what Prometheus would have to answer for a metric to be good, or bad: by trying the user's own conditions.

use sluice_analysis::condition::Value;
use sluice_analysis::judge::{Conditions, Outcome};
use sluice_world::actors::prometheus::Answer;

/// Numbers that are tried before those in the conditions.
const USUAL: [f64; 8] = [1.0, 0.0, 0.5, 0.99, 0.01, 100.0, 10.0, -1.0];
/// And after them.
const UNUSUAL: [f64; 4] = [1000.0, 1e9, -1e9, 0.001];

/// The conditions of a metric, and their words.
#[derive(Clone, Debug)]
pub(crate) struct Judged {
    /// The conditions.
    pub(crate) conditions: Conditions,
    /// Their texts.
    pub(crate) texts: Vec<String>,
}

impl Judged {
    /// The first answer that comes to this outcome.
    pub(crate) fn answer(&self, outcome: Outcome) -> Option<Answer> {
        self.candidates().find(|answer| {
            let (value, shown) = (value(answer), shown(answer));
            self.conditions.judge(&value, &shown).outcome == outcome
        })
    }

    /// These numbers in the form that the conditions can judge.
    pub(crate) fn given(&self, numbers: Vec<f64>) -> Answer {
        let judged = |answer: &Answer| self.conditions.judge(&value(answer), "").outcome != Outcome::Error;
        let bare = numbers.first().filter(|_| numbers.len() == 1).map(|number| Answer::Scalar(*number));
        let list = Answer::Vector(numbers);
        if judged(&list) { list } else { bare.filter(judged).unwrap_or(list) }
    }

    /// A series of one number each, then bare numbers, then two series, then none.
    fn candidates(&self) -> impl Iterator<Item = Answer> {
        let numbers = self.numbers();
        let one = numbers.clone().into_iter().map(|number| Answer::Vector(vec![number]));
        let bare = numbers.clone().into_iter().map(Answer::Scalar);
        let two = numbers.into_iter().map(|number| Answer::Vector(vec![number, number]));
        one.chain(bare).chain(two).chain([Answer::Empty])
    }

    fn numbers(&self) -> Vec<f64> {
        let written = self.texts.iter().flat_map(|text| literals(text));
        let around =
            written.flat_map(|number| [number, number + 1.0, number - 1.0, number * 1.01, number * 0.99, -number]);
        USUAL.into_iter().chain(around).chain(UNUSUAL).collect()
    }
}

/// The numbers that stand in a condition.
fn literals(text: &str) -> Vec<f64> {
    let words = text.split(|c: char| !(c.is_ascii_alphanumeric() || c == '.' || c == '_'));
    words.filter_map(|word| word.replace('_', "").parse().ok()).filter(|number: &f64| number.is_finite()).collect()
}

/// The answer as conditions see it.
fn value(answer: &Answer) -> Value {
    match answer {
        Answer::Scalar(number) => Value::from(*number),
        Answer::Vector(numbers) => Value::from(numbers.clone()),
        _ => Value::from(Vec::<f64>::new()),
    }
}

/// The answer for people.
pub(crate) fn shown(answer: &Answer) -> String {
    match answer {
        Answer::Scalar(number) => number.to_string(),
        Answer::Vector(numbers) => numbers.iter().map(ToString::to_string).collect::<Vec<_>>().join(", "),
        _ => "no series".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use expect_test::{Expect, expect};
    use sluice_analysis::judge::Rule;

    use super::*;

    fn check(success: Option<&str>, failure: Option<&str>, expected: &Expect) {
        let rule = |text: Option<&str>| text.map(|text| Rule::parse(text).unwrap());
        let conditions = Conditions { no_data: None, success: rule(success), failure: rule(failure) };
        let texts = success.into_iter().chain(failure).map(str::to_owned).collect();
        let judged = Judged { conditions, texts };
        let found = |outcome| judged.answer(outcome).map(|answer| format!("{answer:?}"));
        expected.assert_eq(&format!("{:?} {:?}", found(Outcome::Successful), found(Outcome::Failed)));
    }

    #[test]
    fn usual_shares_and_times_are_found() {
        check(Some("result[0] >= 0.95"), None, &expect![[r#"Some("Vector([1.0])") Some("Vector([0.0])")"#]]);
        check(Some("result[0] < 0.05"), None, &expect![[r#"Some("Vector([0.0])") Some("Vector([1.0])")"#]]);
        check(Some("result < 300"), None, &expect![[r#"Some("Scalar(1.0)") Some("Scalar(300.0)")"#]]);
    }

    #[test]
    fn numbers_in_the_conditions_are_tried() {
        check(Some("result[0] == 4321"), None, &expect![[r#"Some("Vector([4321.0])") Some("Vector([1.0])")"#]]);
        check(
            Some("result[0] > 17 && result[0] < 19"),
            Some("result[0] >= 40_000"),
            &expect![[r#"Some("Vector([18.0])") Some("Vector([40000.0])")"#]],
        );
    }

    #[test]
    fn lists_and_their_length_are_found() {
        check(Some("len(result) == 0"), None, &expect![[r#"Some("Empty") Some("Vector([1.0])")"#]]);
        check(Some("len(result) == 2"), None, &expect![[r#"Some("Vector([1.0, 1.0])") Some("Vector([1.0])")"#]]);
        check(Some("all(result, # < 0.1)"), None, &expect![[r#"Some("Vector([0.0])") Some("Vector([1.0])")"#]]);
    }

    #[test]
    fn where_nothing_fits_nothing_is_found() {
        check(Some("result[0] > 3 && result[0] < 2"), None, &expect![[r#"None Some("Vector([1.0])")"#]]);
        check(None, None, &expect![[r#"Some("Vector([1.0])") None"#]]);
    }
}
