//! The normal distribution.

use std::f64::consts::PI;

/// How much of it is above `z`, to ten digits: by the series of its integral, and where that loses digits by Laplace's
/// continued fraction.
pub(super) fn beyond(z: f64) -> f64 {
    if z < 0.0 {
        return 1.0 - beyond(-z);
    }
    let density = (-z * z / 2.0).exp() / (2.0 * PI).sqrt();
    if z < 3.0 { 0.5 - density * series(z) } else { density / fraction(z) }
}

/// `z + z³/3 + z⁵/15 + …`
fn series(z: f64) -> f64 {
    let terms = (1..60_u32).scan(z, |term, k| {
        let this = *term;
        *term *= z * z / (2.0 * f64::from(k) + 1.0);
        Some(this)
    });
    terms.sum()
}

/// `z + 1/(z + 2/(z + 3/(z + …)))`
fn fraction(z: f64) -> f64 {
    (1..60_u32).rev().fold(z, |below, k| z + f64::from(k) / below)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// From any table.
    #[test]
    fn known_quantiles_have_known_tails() {
        for (z, tail) in [
            (0.0, 0.5),
            (1.0, 0.158_655_253_9),
            (1.959_963_985, 0.025),
            (2.999_999, 0.001_349_902_5),
            (3.090_232_306, 0.001),
            (4.753_424_309, 1e-6),
            (8.0, 6.220_960_57e-16),
            (-1.0, 0.841_344_746_1),
        ] {
            let found = beyond(z);
            assert!((found / tail - 1.0).abs() < 1e-7, "{z}: {found} is not {tail}");
        }
        assert!(beyond(40.0) >= 0.0 && beyond(-40.0) <= 1.0);
    }
}
