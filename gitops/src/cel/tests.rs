use serde_json::json;

use super::*;

fn fails(text: &str, object: &Json) -> EvalError {
    Program::parse(text).unwrap().evaluate(object).unwrap_err()
}

fn refused(text: &str) -> String {
    Program::parse(text).unwrap_err().to_string()
}

#[test]
fn what_is_not_taken_says_where_and_why() {
    for (text, said) in [
        ("self.?status", "cannot be read at \"?status\": optional fields are not supported: ask has(...)"),
        ("timestamp(self.a) < 5", "cannot be read at \"< 5\": timestamp is not supported; there are has, all"),
        ("size(1u)", "cannot be read at \"1u)\": there are whole numbers and fractions, without letters"),
        ("self.a ==", "cannot be read at \"\": a value is missing"),
        ("self.a = 1", "cannot be read at \"= 1\": this is no part of an expression"),
    ] {
        let refused = refused(text);
        assert!(refused.starts_with(said), "{text}: {refused}");
    }
}

#[test]
fn what_is_too_long_or_too_deep_is_refused() {
    let long = format!("'{}'", "a".repeat(LONGEST));
    assert_eq!(Program::parse(&long), Err(ParseError::TooLong));
    for deep in [
        "(".repeat(2000),
        "[".repeat(2000),
        "!".repeat(2000) + "true",
        format!("1{}", "+1".repeat(1500)),
        format!("true{}", "||true".repeat(600)),
        format!("a{}", ".a".repeat(1500)),
        format!("a{}", "[0]".repeat(1000)),
        "true ? 1 : ".repeat(300) + "1",
        format!("{}a{}", "(".repeat(40), ".b.b.b)".repeat(40)),
    ] {
        assert!(refused(&deep).contains("deep"), "{deep}: {}", refused(&deep));
    }
}

/// Whatever somebody asks of a large object, it ends after so many steps, and has built nothing larger.
#[test]
fn no_run_is_endless() {
    let object = json!({"list": (0..10_000).collect::<Vec<_>>(), "text": "a".repeat(50_000)});
    for hostile in [
        "self.list.all(a, self.list.all(b, self.list.all(c, true)))",
        "self.list.exists(a, self.list.exists(b, false)) || true",
        "self.list.map(a, self.list).size() > 0 && self.list.map(a, self.list.map(b, self.list)).size() > 0",
        "[self.text, self.text].map(a, a + a).map(a, a + a).map(a, a + a).size() > 0",
        "self.list.all(a, self.text == self.text + '')",
        "self.list.all(a, self.list == self.list)",
        "self.list.all(a, self.text.matches('(a*)*b') || true)",
        "self.list.map(a, self.list + self.list).size() > 0",
        "self.list.all(a, 20000 in self.list || true)",
    ] {
        assert_eq!(fails(hostile, &object), EvalError::TooMuch, "{hostile}");
    }
}

#[test]
fn a_check_of_usual_size_takes_few_steps() {
    let condition = json!({"type": "Ready", "status": "True", "message": "x".repeat(200)});
    let object = json!({"status": {"conditions": vec![condition; 50]}});
    let text = "has(self.status.conditions) && self.status.conditions.all(c, c.type in ['Ready', 'Synced'] && c.status == 'True')";
    let program = Program::parse(text).unwrap();
    let mut run = Run::new(&object);
    assert!(matches!(run.value(&program.0), Ok(Value::Bool(true))));
    assert!(run.spend(evaluate::STEPS - 2000).is_ok());
}

#[test]
fn what_is_missing_is_named() {
    assert_eq!(fails("self.status.phase == 'x'", &json!({})).to_string(), "there is no \"status\"; ask has(...) first");
    assert_eq!(fails("self.a < 1", &json!({"a": "x"})).to_string(), "a text < a whole number makes no sense");
    assert_eq!(fails("b", &json!({})).to_string(), "nothing is called b; the object is self");
}

/// Nothing that is thrown at it ends it but an answer or an error.
#[test]
fn whatever_is_asked_is_answered() {
    let parts = [
        "self",
        ".",
        "a",
        "[",
        "]",
        "(",
        ")",
        "{",
        "}",
        ",",
        ":",
        "?",
        "!",
        "-",
        "0",
        "0x",
        "1e",
        ".5",
        "9223372036854775807",
        "'",
        "\"",
        "'\'\'",
        "\\",
        "\\u",
        "\\377",
        "r'",
        "ä",
        "\u{0}",
        "//",
        "\n",
        " in ",
        "==",
        "%",
        "/",
        "+",
        "&&",
        "||",
        "has(",
        ".all(x,",
        ".map(x,",
        ".size()",
        "matches('a', '",
        "int(",
        "string(",
        "null",
        "true",
        "💥",
    ];
    let object = json!({"a": [1, {"b": null}, "ä"], "ä": -1.5e300});
    let mut dice = 1_u64;
    let mut next = |end: usize| {
        dice = dice.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(dice >> 33).unwrap() % end
    };
    let mut answered = 0;
    for _ in 0..20_000 {
        let text: String = (0..=next(9)).map(|_| parts[next(parts.len())]).collect();
        answered += usize::from(Program::parse(&text).is_ok_and(|program| program.evaluate(&object).is_ok()));
    }
    assert!(answered > 200, "{answered}");
}
