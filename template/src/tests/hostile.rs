//! Templates that would take all time, memory or stack: each ends with an error.

use super::{context, hits_a_limit, rendered};
use crate::{Context, Limits, Template};

/// Nesting of every kind, one inside the other, `count` times.
fn nested(open: &str, close: &str, count: usize) -> String {
    format!("{}x{}", open.repeat(count), close.repeat(count))
}

#[test]
fn deep_sources_are_refused_when_they_are_read() {
    for count in [65, 5_000] {
        assert!(Template::parse(&nested("{{ if 1 }}", "{{ end }}", count)).is_err());
        assert!(Template::parse(&nested("{{ range .l }}", "{{ else }}{{ end }}", count)).is_err());
        assert!(Template::parse(&nested("{{ block \"a\" . }}", "{{ end }}", count)).is_err());
        assert!(Template::parse(&format!("{{{{ {}1{} }}}}", "(".repeat(count), ")".repeat(count))).is_err());
    }
}

#[test]
fn a_source_as_deep_as_may_be_renders() {
    let source = nested("{{ if 1 }}{{ end }}{{ with 1 }}", "{{ end }}", 60);
    assert_eq!(rendered(&source, "{}", &context()).unwrap(), "x");
    let source = format!("{{{{ {}1{} }}}}", "(print ".repeat(60), ")".repeat(60));
    assert_eq!(rendered(&source, "{}", &context()).unwrap(), "1");
}

#[test]
fn a_long_chain_costs_no_stack() {
    let chain = format!("{{{{ if 0 }}}}{}{{{{ else }}}}x{{{{ end }}}}", "{{ else if 0 }}".repeat(5_000));
    assert_eq!(rendered(&chain, "{}", &context()).unwrap(), "x");
    let fields = format!("{{{{ {} }}}}", ".a".repeat(5_000));
    assert_eq!(rendered(&fields, "{}", &context()).unwrap(), "<no value>");
    let pipeline = format!("{{{{ \"x\" {} }}}}", "| print ".repeat(5_000));
    assert_eq!(rendered(&pipeline, "{}", &context()).unwrap(), "x");
}

#[test]
fn endless_work_ends() {
    for source in [
        "{{ define \"r\" }}{{ template \"r\" . }}{{ end }}{{ template \"r\" . }}",
        "{{ define \"r\" }}{{ range list 1 2 }}{{ template \"r\" . }}{{ end }}{{ end }}{{ template \"r\" . }}",
        "{{ define \"r\" }}{{ with $x := (dict \"a\" (list .)) }}{{ if (and 1 (or 0 $x.a)) }}{{ template \"r\" (first $x.a) }}{{ end }}{{ end }}{{ end }}{{ template \"r\" 1 }}",
        "{{ range 1000000000000 }}{{ end }}",
        "{{ range until 1000 }}{{ range until 1000 }}{{ range until 1000 }}{{ end }}{{ end }}{{ end }}",
        "{{ $s := repeat 1000000 \"a\" }}{{ range 1000000 }}{{ $_ := sha512sum $s }}{{ end }}",
        "{{ $s := repeat 100000 \"A\" }}{{ regexFindAll \".*[^A-Z]|[A-Z]\" $s -1 }}",
        "{{ $s := repeat 100000 \"A\" }}{{ regexReplaceAll \".*[^A-Z]|[A-Z]\" $s \"\" }}",
        "{{ $s := repeat 100000 \"A\" }}{{ regexSplit \".*[^A-Z]|[A-Z]\" $s -1 }}",
        "{{ range $i, $_ := until 1000 }}{{ $_ := regexMatch (printf \"\\\\pL{50}%d\" $i) \"a\" }}{{ end }}",
        "{{ $l := until 100000 }}{{ uniq $l }}",
        "{{ $l := until 1000 }}{{ range $l }}{{ $_ := has -1 $l }}{{ end }}",
        "{{ $d := list }}{{ range 60 }}{{ $d = list $d $d }}{{ end }}{{ toJson $d }}",
        "{{ $d := list }}{{ range 60 }}{{ $d = list $d $d }}{{ end }}{{ deepEqual $d (deepCopy $d) }}",
    ] {
        assert!(hits_a_limit(source), "{source}");
    }
}

#[test]
fn endless_memory_ends() {
    for source in [
        "{{ repeat 1000000000000 \"x\" }}",
        "{{ range 1000 }}{{ $_ := repeat 1000000 \"x\" }}{{ end }}",
        "{{ $s := \"x\" }}{{ range 60 }}{{ $s = print $s $s }}{{ end }}",
        "{{ $l := list 1 }}{{ range 60 }}{{ $l = concat $l $l }}{{ end }}",
        "{{ until 1000000000 }}",
        "{{ untilStep 0 9223372036854775807 1 }}",
        "{{ seq 1 9223372036854775807 }}",
        "{{ range 100000 }}{{ repeat 100 \"x\" }}{{ end }}",
        "{{ printf \"%1000000d%1000000d\" 1 1 }}",
        "{{ printf \"%.1000000d%.1000000d\" 1 1 }}",
        "{{ printf \"%.1000000f\" 1.0 }}",
        "{{ indent 1000000 (repeat 1000 \"\\n\") }}",
        "{{ nindent 9223372036854775807 \"a\" }}",
        "{{ replace \"\" (repeat 10000 \"x\") (repeat 1000 \"y\") }}",
        "{{ regexReplaceAll \"\" (repeat 1000 \"y\") (repeat 10000 \"x\") }}",
        "{{ join (repeat 10000 \"x\") (until 1000) }}",
        "{{ wrapWith 1 (repeat 10000 \"x\") (repeat 1000 \"y\") }}",
        "{{ splitList \"\" (repeat 1000000 \"x\") }}",
        "{{ split \"\" (repeat 1000000 \"x\") }}",
        "{{ date (repeat 100000 \"January\") now }}",
        "{{ fromJson (print \"[\" (repeat 500000 \"0,\") \"0]\") }}",
        "{{ fromYaml (repeat 1000000 \"[\") }}",
        "{{ regexMatch \"((a{100}){100}){100}\" \"a\" }}",
        "{{ regexMatch (repeat 10000 \"a\") \"a\" }}",
    ] {
        assert!(hits_a_limit(source), "{source}");
    }
}

#[test]
fn values_that_nest_without_end_are_dropped_and_not_followed() {
    let deep = "{{ $d := dict }}{{ range 20000 }}{{ $d = dict \"a\" (list $d) }}{{ end }}";
    assert_eq!(rendered(&format!("{deep}x"), "{}", &context()).unwrap(), "x");
    for use_of_it in [
        "{{ $d }}",
        "{{ toJson $d }}",
        "{{ toYaml $d }}",
        "{{ deepCopy $d }}",
        "{{ deepEqual $d (dict \"a\" (list $d)) }}",
        "{{ printf \"%#v\" $d }}",
        "{{ set dict \"a\" $d }}",
        "{{ merge dict $d }}",
        "{{ toString $d }}",
        "{{ $e := dict }}{{ range 20000 }}{{ $e = dict \"a\" (list $e) }}{{ end }}{{ mergeOverwrite (dict \"a\" $e) (dict \"a\" $d) }}",
    ] {
        assert!(hits_a_limit(&format!("{deep}{use_of_it}")), "{use_of_it}");
    }
}

#[test]
fn maps_linked_one_by_one_nest_without_end_too() {
    let chain = "{{ $first := dict }}{{ $last := $first }}{{ range 10000 }}{{ $next := dict }}{{ $_ := set $last \"a\" $next }}{{ $last = $next }}{{ end }}";
    assert_eq!(rendered(&format!("{chain}x"), "{}", &context()).unwrap(), "x");
    assert!(hits_a_limit(&format!("{chain}{{{{ $first }}}}")));
    assert!(hits_a_limit(&format!("{chain}{{{{ set $last \"a\" $first }}}}")));
}

#[test]
fn a_map_is_never_within_itself() {
    for source in [
        "{{ $d := dict }}{{ set $d \"a\" $d }}",
        "{{ $d := dict }}{{ $e := dict \"d\" (list 1 (dict \"x\" $d)) }}{{ set $d \"a\" $e }}",
        "{{ set . \"a\" . }}",
        "{{ set .m \"a\" $ }}",
        "{{ merge .m (dict \"a\" $) }}",
    ] {
        let error = rendered(source, r#"{"m": {}}"#, &context()).unwrap_err();
        assert!(error.contains("a map cannot be put into itself"), "{source}: {error}");
    }
}

#[test]
fn json_that_nests_without_end_is_none() {
    assert_eq!(rendered("{{ fromJson (repeat 1000000 \"[\") }}", "{}", &context()).unwrap(), "<no value>");
    assert!(rendered("{{ mustFromJson (repeat 1000000 \"[\") }}", "{}", &context()).is_err());
}

#[test]
fn yaml_that_explodes_is_refused() {
    let bomb = (1..10).fold("a0: &a0 [x, x, x, x, x, x, x, x, x]\n".to_owned(), |text, level| {
        let aliases = vec![format!("*a{}", level - 1); 9].join(", ");
        format!("{text}a{level}: &a{level} [{aliases}]\n")
    });
    let data = serde_json::json!({ "bomb": bomb }).to_string();
    assert!(rendered("{{ fromYaml .bomb | len }}", &data, &context()).is_err());
}

#[test]
fn limits_are_the_callers() {
    let source = "{{ range 100 }}{{ . }}{{ end }}";
    assert!(rendered(source, "{}", &context()).is_ok());
    for limits in [
        Limits { steps: 100, ..Limits::default() },
        Limits { output: 100, ..Limits::default() },
        Limits { memory: 10, ..Limits::default() },
    ] {
        let error = rendered(source, "{}", &Context { limits, ..context() }).unwrap_err();
        assert!(error.ends_with("; simplify it"), "{error}");
    }
}
