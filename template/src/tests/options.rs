//! What the caller may choose: options, variables and functions of its own.

use expect_test::expect;

use super::{context, rendered};
use crate::{Context, FailTexts, Functions, Limits, MissingKey, Moment, ParseError, Template, Value};

#[test]
fn a_missing_key_prints_as_in_go_or_is_an_error() {
    assert_eq!(rendered("{{ .a }} {{ .a.b }}", "{}", &context()).unwrap(), "<no value> <no value>");
    let strict = Context { missing_key: MissingKey::Error, ..context() };
    let error = rendered("{{ .a }}", "{}", &strict).unwrap_err();
    expect![[r#"render template at line 1, character 4: the map has no entry "a""#]].assert_eq(&error);
}

#[test]
fn the_texts_of_fail_are_shown_where_there_are_no_secrets() {
    let open = Context { fail_texts: FailTexts::All, ..context() };
    let error = rendered("{{ fail (print \"no \" .what) }}", r#"{"what": "pods"}"#, &open).unwrap_err();
    expect!["render template at line 1, character 4: fail: no pods"].assert_eq(&error);
}

#[test]
fn now_is_what_the_caller_says() {
    let text = rendered(
        "{{ now | date \"15:04\" }} {{ ago 1767366000 }} {{ durationRound (toDate \"2006\" \"2025\") }}",
        "{}",
        &context(),
    );
    assert_eq!(text.unwrap(), "15:04 4m5s 1y");
}

#[test]
fn variables_may_hold_functions() {
    let now = context().now;
    let time = Value::map([("Now".to_owned(), Value::function("Now", move |_| Ok(Value::Time(Moment::utc(now)))))]);
    let context = Context { variables: vec![("time".to_owned(), time)], ..context() };
    let text =
        rendered("{{ (call .time.Now).Format \"2006\" }} {{ .name }}", r#"{"name": "web", "time": 1}"#, &context);
    assert_eq!(text.unwrap(), "2026 web");
    assert_eq!(rendered("{{ (call .time.Now).Year }}", "null", &context).unwrap(), "2026");
    let error = rendered("{{ call .time.Now }}", "[1]", &context).unwrap_err();
    expect!["render template at line 1, character 1: variables need data that are a map, but these are []interface {}"]
        .assert_eq(&error);
}

#[test]
fn functions_of_the_caller_go_first() {
    let functions = Functions::standard()
        .with("greet", |args| {
            let name = args.first().and_then(Value::as_text).ok_or("takes a text")?;
            Ok(Value::text(format!("hello {name}")))
        })
        .with("upper", |_| Ok(Value::text("own")));
    let template = Template::parse_with("{{ greet \"web\" }} {{ upper \"a\" }}", functions.clone(), &Limits::default());
    assert_eq!(template.unwrap().render(&serde_json::Value::Null, &context()).unwrap(), "hello web own");
    let template = Template::parse_with("{{ greet 1 }}", functions, &Limits::default()).unwrap();
    let error = template.render(&serde_json::Value::Null, &context()).unwrap_err();
    expect!["render template at line 1, character 4: greet: takes a text"].assert_eq(&error.to_string());
}

#[test]
fn a_long_source_is_refused() {
    let limits = Limits { source: 10, ..Limits::default() };
    let error = Template::parse_with("{{ .too.long }}", Functions::standard(), &limits).unwrap_err();
    assert_eq!(error, ParseError::TooLong { bytes: 15, limit: 10 });
    expect!["parse template: it has 15 bytes; shorten it to 10"].assert_eq(&error.to_string());
}

#[test]
fn a_template_can_be_shared_between_threads() {
    fn shared<T: Send + Sync + Clone>(_: &T) {}
    shared(&Template::parse("x").unwrap());
    shared(&Functions::standard());
}

#[test]
fn rendering_leaves_the_template_and_the_data_as_they_are() {
    let template = Template::parse("{{ $_ := set . \"a\" 2 }}{{ .a }}").unwrap();
    let data = serde_json::json!({"a": 1});
    assert_eq!(template.render(&data, &context()).unwrap(), "2");
    assert_eq!(template.render(&data, &context()).unwrap(), "2");
    assert_eq!(data, serde_json::json!({"a": 1}));
}

#[test]
fn json_becomes_the_values_of_go() {
    let value = Value::try_from(&serde_json::json!({"a": [1, "x", null, true]})).unwrap();
    let data = Context { variables: vec![("v".to_owned(), value)], ..context() };
    let text = rendered("{{ .v }} {{ typeOf (index .v.a 0) }}", "{}", &data).unwrap();
    assert_eq!(text, "map[a:[1 x <nil> true]] float64");
    let deep = (0..200).fold(serde_json::Value::Null, |inner, _| serde_json::json!([inner]));
    assert_eq!(Value::try_from(&deep).unwrap_err(), "its values nest deeper than 130 levels");
    assert!(Template::parse("x").unwrap().render(&deep, &context()).is_err());
}
