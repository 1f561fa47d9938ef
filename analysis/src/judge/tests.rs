use expect_test::{Expect, expect};

use super::*;

fn check(success: Option<&str>, failure: Option<&str>, value: impl Into<Value>, expected: Expect) {
    let rule = |text: &str| Rule::parse(text).unwrap();
    let conditions = Conditions { success: success.map(rule), failure: failure.map(rule), no_data: None };
    let Verdict { outcome, message } = conditions.judge(&value.into(), "V");
    expected.assert_eq(format!("{outcome:?} {message}").trim());
}

#[test]
fn without_conditions_any_value_passes() {
    check(None, None, 3.0, expect!["Successful"]);
    check(None, None, f64::INFINITY, expect!["Successful"]);
}

#[test]
fn a_success_condition_must_hold() {
    check(Some("result < 5"), None, 3.0, expect!["Successful"]);
    check(Some("result < 5"), None, 7.0, expect!["Failed V does not meet successCondition result < 5"]);
}

#[test]
fn a_failure_condition_must_not_hold() {
    check(None, Some("result > 5"), 3.0, expect!["Successful"]);
    check(None, Some("result > 5"), 7.0, expect!["Failed V meets failureCondition result > 5"]);
    check(None, Some("result > 5"), f64::INFINITY, expect!["Failed V meets failureCondition result > 5"]);
}

#[test]
fn of_both_the_failure_condition_wins_and_neither_is_inconclusive() {
    check(Some("result < 5"), Some("result > 2"), 3.0, expect!["Failed V meets failureCondition result > 2"]);
    check(
        Some("result < 5"),
        Some("result > 9"),
        7.0,
        expect!["Inconclusive V meets neither successCondition result < 5 nor failureCondition result > 9"],
    );
    check(Some("result < 5"), Some("result > 9"), 3.0, expect!["Successful"]);
}

#[test]
fn a_condition_that_cannot_be_told_is_an_error() {
    check(
        Some("result[0] < 5"),
        None,
        3.0,
        expect![
            "Error successCondition result[0] < 5 cannot be told of V: evaluate condition at character 8: look nothing up in a value of type float: it has no fields"
        ],
    );
    check(
        Some("result < 5"),
        Some("result[0] > 5"),
        3.0,
        expect![
            "Error failureCondition result[0] > 5 cannot be told of V: evaluate condition at character 8: look nothing up in a value of type float: it has no fields"
        ],
    );
}

#[test]
fn answers_without_data_do_not_pass_unless_asked_about() {
    check(
        None,
        None,
        f64::NAN,
        expect!["Error the answer holds NaN; if that is fine, say so in the condition with isNaN"],
    );
    check(
        None,
        Some("result > 5"),
        f64::NAN,
        expect!["Error the answer holds NaN; if that is fine, say so in the condition with isNaN"],
    );
    check(
        None,
        None,
        Vec::new(),
        expect!["Error no series matches the query; if that is fine, say so in the condition with len(result) == 0"],
    );
    check(
        None,
        Some("any(result, # > 5)"),
        Vec::new(),
        expect!["Error no series matches the query; if that is fine, say so in the condition with len(result) == 0"],
    );
    check(Some("len(result) == 0 || result[0] < 5"), None, Vec::new(), expect!["Successful"]);
    check(Some("isNaN(result[0]) || result[0] < 5"), None, vec![f64::NAN], expect!["Successful"]);
}

#[test]
fn what_an_answer_without_numbers_is_can_be_said() {
    let judged = |no_data, value: Value| {
        let success = Some(Rule::parse("result[0] < 5").unwrap());
        let Verdict { outcome, message } =
            Conditions { success, failure: None, no_data: Some(no_data) }.judge(&value, "V");
        format!("{outcome:?} {message}").trim().to_owned()
    };
    let (none, nan) = (|| Vec::new().into(), || vec![f64::NAN].into());
    assert_eq!(judged(Outcome::Failed, none()), "Failed no series matches the query");
    assert_eq!(judged(Outcome::Inconclusive, nan()), "Inconclusive the answer holds no number");
    assert_eq!(judged(Outcome::Successful, none()), "Successful");
    assert_eq!(judged(Outcome::Successful, vec![7.0].into()), "Failed V does not meet successCondition result[0] < 5");
}
