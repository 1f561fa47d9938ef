#![allow(clippy::unwrap_used)]

use super::*;

/// What a condition makes of a measurement, in one line.
fn judged(source: &str, result: impl Into<Value>) -> String {
    match Condition::parse(source).and_then(|condition| condition.holds(&result.into())) {
        Ok(holds) => holds.to_string(),
        Err(error) => error.to_string(),
    }
}

fn check(source: &str, result: impl Into<Value>, expected: &str) {
    let found = judged(source, result);
    assert!(found.contains(expected), "{source}\n  expected {expected}\n  found    {found}");
}

fn json(text: &str) -> Value {
    serde_json::from_str::<serde_json::Value>(text).unwrap().into()
}

#[test]
fn no_data_is_an_error_and_never_a_success() {
    let none: Vec<f64> = Vec::new();
    for condition in ["result[0] >= 0.95", "result[0] < 5", "!(result[0] > 5)", "true || result[0].x > 1"] {
        let found = judged(condition, none.clone());
        assert!(found.starts_with("evaluate condition at"), "{condition}: {found}");
    }
    check("result[0] >= 0.95", none.clone(), "character 7: the index 0 is out of range: the length is 0");
    check("len(result) == 0 || result[0] < 1", none, "true");
}

#[test]
fn nan_compares_with_nothing() {
    check("result[0] < 1 || result[0] >= 1", vec![f64::NAN], "false");
    check("isNaN(result[0])", vec![f64::NAN], "true");
}

#[test]
fn everyday_conditions() {
    check("result[0] >= 0.95", vec![0.97], "true");
    check("all(result, # < 5)", vec![1.0, 2.0, 7.0], "false");
    check("asFloat(result.p99) < 0.5 && result.ok", json(r#"{"p99": "0.25", "ok": true}"#), "true");
    check(
        "result.items | filter(.price > 10) | len() == 1",
        json(r#"{"items": [{"price": 5}, {"price": 20}]}"#),
        "true",
    );
    check("default(result, 0) < 1", Value::Nil, "true");
}

#[test]
fn what_is_no_boolean_is_an_error_that_names_the_type() {
    check("result", 0.5, "expected bool, but got float");
    check("result.a", json(r#"{"a": [1]}"#), "expected bool, but got array");
    check("nil", 0.5, "expected bool, but got nil");
}

#[test]
fn mistakes_are_told_with_their_place() {
    check("results[0] > 1", 0.5, "parse condition at character 1: unknown name results; there is result");
    check(
        "result > 1 &&\n  avg(result) < 2",
        0.5,
        "parse condition at line 2, character 3: unknown function avg; there are asInt",
    );
    check("now() > 1", 0.5, "unknown function now");
    check("len > 1", 0.5, "call the function as len(...)");
    check("result >", 0.5, "character 9: did not expect the end here");
    check("", 0.5, "did not expect the end here");
    check("result > \"a\"", 0.5, "evaluate condition at character 10: use > with other types than float and string");
    check("result > 1 = 2", 0.5, "did not expect \"=\" here");
}

#[test]
fn a_mistake_of_types_is_an_error_even_where_it_is_never_reached() {
    check("true || result contains \"x\"", 0.5, "use contains with other types");
    check("true || 1 < \"a\"", 0.5, "parse condition");
}

#[test]
fn the_source_has_a_limit() {
    let filled = |length: usize| format!("true{}", " ".repeat(length - 4));
    check(&filled(SOURCE_LIMIT), 0.5, "true");
    check(&filled(SOURCE_LIMIT + 1), 0.5, "it has 4097 bytes; shorten it to 4096");
}

#[test]
fn brackets_have_a_limit() {
    let brackets = |depth: usize| format!("{}true{}", "(".repeat(depth), ")".repeat(depth));
    check(&brackets(parse::NESTING_LIMIT), 0.5, "true");
    check(&brackets(parse::NESTING_LIMIT + 1), 0.5, "nest at most 64");
}

#[test]
fn steps_have_a_limit() {
    let work = |elements: usize| format!("all(1..{elements}, # > 0 && # > 0)");
    check(&work(5_000), 0.5, "true");
    check(&work(50_000), 0.5, "takes more than 100000 steps");
    check(&format!("len(1..{}) > 0", machine::STEP_LIMIT * 10), 0.5, "takes more than 100000 steps");
}

#[test]
fn adversaries_get_an_error_and_nothing_else() {
    let hostile = [
        "(".repeat(4000),
        "[".repeat(4000),
        "{a:".repeat(1300),
        "!".repeat(4000) + "true",
        "-".repeat(4000) + "1",
        "1 + ".repeat(1000) + "1 > 0",
        "1 ** ".repeat(800) + "1 > 0",
        "true ? ".repeat(500) + "1",
        "result".to_owned() + &".a".repeat(2000),
        "result".to_owned() + &"?.a".repeat(1300),
        "result".to_owned() + &"[0]".repeat(1300),
        "map(result, ".repeat(300),
        "let a = ".repeat(500) + "1",
        "if true {".repeat(400),
        "len(1..9223372036854775807) > 0".to_owned(),
        "len(-9223372036854775807..9223372036854775807) > 0".to_owned(),
        "sum(1..100000000) > 0".to_owned(),
        "len(repeat(repeat(\"ab\", 1000000), 1000000)) > 0".to_owned(),
        "len(reduce(1..60, #acc + #acc, \"ab\")) > 0".to_owned(),
        "len(reduce(1..60, concat(#acc, #acc), [1])) > 0".to_owned(),
        "len(reduce(1..30000, [#acc], 0)) > 0".to_owned(),
        "len(reduce(1..30000, {a: #acc}, 0)) > 0".to_owned(),
        "len(string(reduce(1..60, [#acc, #acc], 0))) > 0".to_owned(),
        "reduce(1..60, [#acc, #acc], 0) == reduce(1..60, [#acc, #acc], 0)".to_owned(),
        "len(flatten(reduce(1..60, [#acc, #acc], 0))) > 0".to_owned(),
        "all(1..300, all(1..300, all(1..300, true)))".to_owned(),
        "len(replace(repeat(\"a\", 9999), \"a\", repeat(\"b\", 9999))) > 0".to_owned(),
        "\"a\" matches \"((a{1000}){1000}){1000}\"".to_owned(),
        "all(1..9000, \"a\" matches repeat(\"(a*)*\", 100))".to_owned(),
        "fromJSON(repeat(\"[\", 20000)) == 1".to_owned(),
        "((".repeat(10_000),
        // A key, an index, a message that shares its parts and is endless on paper.
        "{a: 1}[first([reduce(1..60, [#acc, #acc], 0)])] == 1".to_owned(),
        "let k = repeat(\"k\", 900000); len(toJSON(map(1..9000, ({(k): 1})))) > 0".to_owned(),
        "let k = repeat(\"k\", 900000); len(string(map(1..9000, ({(k): 1})))) > 0".to_owned(),
        "len(toJSON(reduce(1..190, [#acc], map(1..24000, 0)))) > 0".to_owned(),
        "let k = first([repeat(\"k\", 900000)]); all(1..90000, any(k, true))".to_owned(),
        "let k = first([repeat(\"k\", 900000)]); all(1..90000, findLast(k, true) > 0)".to_owned(),
        "let a = repeat(\"k\", 450000); let b = repeat(\"k\", 450000); all(1..90000, ({(a): 1} == {(b): 1}))"
            .to_owned(),
        "asInt(repeat(\"k\", 900000)) > 0".to_owned(),
        "let t = join(map(1..4000, string(# * # * 7919 % 1000003)), ''); \
         let u = t + t + t + t + t + t + t + t; all(1..40, not (u matches '([0-9]{0,900}7){1,8}[a-z]'))"
            .to_owned(),
        vec!["\"a\" matches \"(x{500}){24}\""; 100].join(" || "),
    ];
    for source in hostile {
        let found = judged(&source, 0.5);
        assert!(found.contains("condition"), "{source:.60}… gives {found:.200}");
        assert!(found.len() < 32_000, "{source:.60}… gives {} bytes", found.len());
    }
}

#[test]
fn patterns_have_a_limit_together() {
    let all = |count: usize| vec!["\"x\" matches \"(x{500}){5}\""; count].join(" || ");
    check(&all(4), 0.5, "false");
    check(&all(5), 0.5, "the patterns take more than 1048576 bytes");
}

#[test]
fn a_sum_of_sums_of_literals_does_not_grow_without_end() {
    let sum = (0..30).fold("result".to_owned(), |sum, _| format!("sum([{}{sum}])", "1,".repeat(31)));
    check(&format!("{sum} > 0"), 0.5, "true");
}

#[test]
fn many_characters_are_trimmed_at_once() {
    check("trim(repeat(\"b\", 450000), repeat(\"a\", 90000) + \"b\") == \"\"", 0.5, "true");
}

#[test]
fn a_large_literal_list_is_summed() {
    let source = format!("sum([{}]) > 0", vec!["result"; 500].join(","));
    check(&source, 0.5, "true");
}

#[test]
fn every_cut_of_a_condition_is_read_without_harm() {
    let whole =
        "let x = result?.[0] ?? {a: 1.5e3, 'b\\u{41}': [1..3, `q`]}; if x in [1] { x[1:] } else { map(x, .v | abs()) }";
    for (start, _) in whole.char_indices() {
        for end in start..=whole.len() {
            let _ = judged(whole.get(start..end).unwrap_or(""), vec![1.0]);
        }
    }
}

/// What a condition about a Rollout makes of one.
fn judged_about(source: &str) -> String {
    let rollout = json(
        r#"{"rollout": {"kind": "Rollout", "status": {"phase": "Paused", "step": 2, "since": "2026-11-29T03:04:05Z"}},
            "time": 1795921745}"#,
    );
    match Condition::about(&["rollout", "analysisRuns"], source).and_then(|condition| condition.holds(&rollout)) {
        Ok(holds) => holds.to_string(),
        Err(error) => error.to_string(),
    }
}

#[test]
fn a_condition_can_be_about_things_with_names_of_their_own() {
    let told = [
        "rollout.status.phase in ['Paused', 'Degraded'] and rollout.status.step >= 2",
        "analysisRuns == nil",
        "rollout.status.message?.text == nil",
        "any(analysisRuns ?? [], #.status.phase == 'Failed')",
        "result == nil",
        "isNil(rollout)",
        "rollout.status.nothing.at.all",
        "time.Now() > 1",
    ];
    let told: String = told.map(|source| format!("{source}\n    {}\n", judged_about(source))).concat();
    expect_test::expect![[r#"
        rollout.status.phase in ['Paused', 'Degraded'] and rollout.status.step >= 2
            true
        analysisRuns == nil
            true
        rollout.status.message?.text == nil
            true
        any(analysisRuns ?? [], #.status.phase == 'Failed')
            false
        result == nil
            parse condition at character 1: unknown name result; there is rollout, analysisRuns
        isNil(rollout)
            parse condition at character 1: isNil is of metrics' conditions; write x == nil or x ?? y
        rollout.status.nothing.at.all
            evaluate condition at character 23: string cannot be looked up in a value of type nil
        time.Now() > 1
            true
    "#]]
    .assert_eq(&told);
}

/// <https://argo-cd.readthedocs.io/en/stable/operator-manual/notifications/functions/>; now is five minutes after `since`.
#[test]
fn conditions_about_things_know_times() {
    let since = "time.Parse(rollout.status.since)";
    for (condition, expected) in [
        ("time.Now().Sub(SINCE).Minutes() == 5", "true"),
        ("time.Now().Sub(SINCE) >= 5 * time.Minute and time.Now().Sub(SINCE).Hours() < 1", "true"),
        ("SINCE.Before(time.Now()) and not SINCE.After(time.Now()) and SINCE.Equal(SINCE)", "true"),
        ("SINCE.Add(10 * time.Minute).Before(time.Now())", "false"),
        ("!SINCE.Before(time.Now()) or SINCE.Add(1 * time.Minute).Before(time.Now())", "true"),
        ("SINCE.Unix() == 1795921445 and time.Now().Sub(SINCE).Seconds() == 300", "true"),
        ("time.Parse('yesterday') > time.Now()", "\"yesterday\" is no time; write it as"),
        ("time.Parse(rollout.status.until) > time.Now()", "expected a string, found nil"),
        ("time.Parse(1) > time.Now()", "time.Parse"),
        ("time.Yesterday() > 1", "there is no time.Yesterday; there are Now, Parse"),
        ("time > 1", "expected \".\" instead of"),
        ("SINCE.Weekday() == 1", "there is no .Weekday()"),
    ] {
        let found = judged_about(&condition.replace("SINCE", since));
        assert!(found.contains(expected), "{condition}\n  expected {expected}\n  found    {found}");
    }
    check("result.Sub(1) > 1", 2.0, "there is no .Sub()");
    check("time.Now() > 1", 2.0, "unknown name time");
}

/// <https://argo-cd.readthedocs.io/en/stable/operator-manual/notifications/functions/>
#[test]
fn conditions_about_things_call_functions_by_their_namespace() {
    for (condition, expected) in [
        ("strings.ReplaceAll('a-b-c', '-', '.') == 'a.b.c'", "true"),
        ("strings.ToUpper('a') + strings.ToLower('B') == 'Ab'", "true"),
        ("repo.FullNameByRepoURL('git@github.com:org/repo.git') == 'org/repo'", "true"),
        ("repo.RepoURLToHTTPS('git@github.com:org/repo.git') == 'https://github.com/org/repo.git'", "true"),
        ("repo.QueryEscape('a b') == 'a+b'", "true"),
        ("sync.GetInfoItem(rollout, 'ticket') == ''", "true"),
        ("strings.ReplaceAll('a')", "strings.ReplaceAll"),
        ("strings.Title('a') == 'A'", "there is no strings.Title; there are ReplaceAll, ToUpper, ToLower"),
        ("repo.GetCommitMetadata('abc').Author == 'me'", "repo.GetCommitMetadata is for templates"),
        ("repo == nil", "expected \".\" instead of"),
    ] {
        let found = judged_about(condition);
        assert!(found.contains(expected), "{condition}\n  expected {expected}\n  found    {found}");
    }
    check("strings.ToUpper('a') == 'A'", 2.0, "unknown name strings");
}
