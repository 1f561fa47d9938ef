//! Names as they are typed.

use super::*;

fn check(words: &[&str], selector: Option<&str>, expected: &str) {
    let words = words.iter().map(|word| (*word).to_owned()).collect();
    let names = Names { words, selector: selector.map(str::to_owned) };
    let told = match Wanted::of(&names, &[Kind::Rollout, Kind::Experiment]) {
        Ok(Wanted::Named(names)) => {
            let one = |(kind, name): &(Option<Kind>, String)| format!("{}:{name}", kind.map_or("?", Kind::singular));
            names.iter().map(one).collect::<Vec<_>>().join(" ")
        }
        Ok(Wanted::Labelled(kind, selector)) => format!("{} with {selector}", kind.map_or("?", Kind::singular)),
        Err(error) => error.to_string(),
    };
    assert_eq!(told, expected);
}

#[test]
fn a_kind_may_stand_before_all_names_or_before_each() {
    check(&["shop", "cart"], None, "?:shop ?:cart");
    check(&["ro", "shop", "cart"], None, "rollout:shop rollout:cart");
    check(&["exp/trial", "ro/shop"], None, "experiment:trial rollout:shop");
    check(&["experiments"], Some("a=b"), "experiment with a=b");
    check(&[], Some("a=b"), "? with a=b");
}

#[test]
fn what_names_nothing_is_said_to() {
    check(&[], None, "name a rollout or an experiment, or select some with -l");
    check(&["rollout"], None, "name a rollout or an experiment, or select some with -l");
    check(&["shop"], Some("a=b"), "give names or --selector, not both");
    check(&["ar/errors"], None, "\"ar/errors\" names no rollout or experiment");
}
