//! The three forms of a threshold: a count, a share, a multiple.

/// A whole number of 1 or more, such as `3`.
pub(crate) fn count(text: &str) -> Result<u32, String> {
    let count = text.parse().ok().filter(|count| *count > 0);
    count.ok_or_else(|| format!("is {text:?}; must be a whole number of 1 or more, such as 3"))
}

/// A share above nothing, up to all, such as `5%`.
pub(crate) fn share(text: &str) -> Result<f64, String> {
    let percent = text.strip_suffix('%').and_then(number).filter(|percent| *percent > 0.0 && *percent <= 100.0);
    percent
        .map(|percent| percent / 100.0)
        .ok_or_else(|| format!("is {text:?}; must be a percentage above 0% and up to 100%, such as 5%"))
}

/// A multiple above one, such as `2x`.
pub(crate) fn multiple(text: &str) -> Result<f64, String> {
    let factor = text.strip_suffix(['x', 'X']).and_then(number).filter(|factor| *factor > 1.0);
    factor.ok_or_else(|| format!("is {text:?}; must be a multiple above 1, such as 2x"))
}

/// A share of the fastest, such as `0.95`.
pub(crate) fn quantile(text: &str) -> Result<f64, String> {
    let quantile = number(text).filter(|quantile| *quantile > 0.0 && *quantile < 1.0);
    quantile.ok_or_else(|| format!("is {text:?}; must be between 0 and 1, such as 0.95"))
}

fn number(text: &str) -> Option<f64> {
    text.trim().parse::<f64>().ok().filter(|number| number.is_finite())
}
