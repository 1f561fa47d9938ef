//! Names that may have been meant.

use strsim::osa_distance;

/// The most names that are suggested.
const MOST: usize = 3;

/// The names that are near to what was typed, the nearest first.
///
/// Near is a slip of the finger in every third letter, or what was typed as a part of the name.
pub(crate) fn near<'a>(typed: &str, names: &'a [String]) -> Vec<&'a str> {
    let slips = (typed.chars().count() / 3).max(1);
    let distance = |name: &str| match osa_distance(typed, name) {
        far if far <= slips => Some(far),
        _ if typed.len() > 2 && name.contains(typed) => Some(slips + 1),
        _ => None,
    };
    let mut found: Vec<_> = names.iter().filter_map(|name| Some((distance(name)?, name.as_str()))).collect();
    found.sort_unstable();
    found.into_iter().take(MOST).map(|(_, name)| name).collect()
}

/// Those names as a question; nothing where none is near.
pub(crate) fn question(typed: &str, names: &[String]) -> Option<String> {
    let quoted: Vec<String> = near(typed, names).iter().map(|name| format!("\"{name}\"")).collect();
    (!quoted.is_empty()).then(|| format!("did you mean {}?", quoted.join(" or ")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_may_have_been_meant_are_suggested() {
        let names = ["shop", "shop-eu", "cart", "checkout-service"].map(str::to_owned);
        for (typed, expected) in [
            ("shpo", Some("did you mean \"shop\"?")),
            ("checkout", Some("did you mean \"checkout-service\"?")),
            ("shop-e", Some("did you mean \"shop-eu\" or \"shop\"?")),
            ("payments", None),
            ("x", None),
        ] {
            assert_eq!(question(typed, &names).as_deref(), expected, "{typed}");
        }
    }
}
