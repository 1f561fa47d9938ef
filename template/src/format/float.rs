//! Floats by their verbs.

use super::spec::Spec;
use crate::error::Failure;
use crate::limits::Growing;
use crate::number;

pub(super) fn is_verb(verb: char) -> bool {
    matches!(verb, 'v' | 'e' | 'E' | 'f' | 'F' | 'g' | 'G')
}

/// The most digits behind the point: no float has more before they are all zeros.
const MOST_DIGITS: usize = 1_100;

/// Prints a float by one of the verbs of [`is_verb`].
pub(super) fn put(value: f64, spec: &Spec, out: &mut Growing) -> Result<(), Failure> {
    if spec.precision.is_some_and(|digits| digits > MOST_DIGITS) {
        return Err(Failure::Limit(format!("it shows a float with more than {MOST_DIGITS} digits")));
    }
    let text = unsigned(value, spec);
    let negative = value.is_sign_negative() && !value.is_nan();
    let sign = match (negative, spec.signs(), spec.space) {
        (true, ..) => "-",
        (_, true, _) => "+",
        (.., true) => " ",
        _ if value.is_infinite() => "+",
        _ => "",
    };
    if !value.is_finite() {
        return spec.pad_spaces(&format!("{sign}{text}"), out);
    }
    if spec.zero && !spec.minus {
        // The sign stands before the zeros.
        out.push(sign)?;
        out.repeat("0", spec.width.unwrap_or_default().saturating_sub(sign.len() + text.len()))?;
        return out.push(&text);
    }
    spec.pad(&format!("{sign}{text}"), out)
}

fn unsigned(value: f64, spec: &Spec) -> String {
    let size = value.abs();
    if size.is_nan() {
        return "NaN".to_owned();
    }
    if size.is_infinite() {
        return "Inf".to_owned();
    }
    let precision = spec.precision;
    let text = match spec.verb {
        'f' | 'F' => format!("{size:.*}", precision.unwrap_or(6)),
        'e' | 'E' => number::exponent(&format!("{size:.*e}", precision.unwrap_or(6)), 2),
        _ => match (precision, spec.alternate()) {
            (None, false) => number::format(size),
            (None, true) => padded(&number::format(size)),
            (Some(precision), false) => without_zeros(&general(size, precision.max(1))),
            (Some(precision), true) => general(size, precision.max(1)),
        },
    };
    let text = if spec.alternate() && !text.contains('.') { with_point(&text) } else { text };
    if matches!(spec.verb, 'E' | 'G') { text.replace('e', "E") } else { text }
}

fn with_point(text: &str) -> String {
    match text.split_once('e') {
        Some((mantissa, power)) => format!("{mantissa}.e{power}"),
        None => format!("{text}."),
    }
}

/// `%g`: so many digits that count, with an exponent where the number is far from one.
fn general(size: f64, precision: usize) -> String {
    let scientific = format!("{size:.*e}", precision - 1);
    let power: i32 = scientific.split_once('e').and_then(|(_, power)| power.parse().ok()).unwrap_or_default();
    // Go measures a large precision by the digits that there are.
    let shortest = format!("{size:e}").split_once('e').map_or(1, |(digits, _)| digits.replace('.', "").len());
    let before_point = usize::try_from(power + 1).unwrap_or_default();
    let digits = shortest.min(precision);
    let least = if precision > digits && digits >= before_point { digits } else { precision };
    if power < -4 || i64::from(power) >= number::count(least) {
        let (mantissa, power) = scientific.split_once('e').unwrap_or((&scientific, "0"));
        return number::exponent(&format!("{mantissa}e{power}"), 2);
    }
    let decimals = number::count(precision) - 1 - i64::from(power);
    format!("{size:.*}", number::size(decimals).unwrap_or_default())
}

/// A number with at least six digits that count.
fn padded(text: &str) -> String {
    let (mantissa, power) = text.split_once('e').map_or((text, String::new()), |(m, p)| (m, format!("e{p}")));
    let counting = mantissa.replace('.', "").trim_start_matches('0').len();
    let zeros = "0".repeat(6usize.saturating_sub(counting.max(usize::from(mantissa == "0"))));
    let point = if mantissa.contains('.') { "" } else { "." };
    format!("{mantissa}{point}{zeros}{power}")
}

fn without_zeros(text: &str) -> String {
    let (mantissa, power) = text.split_once('e').map_or((text, String::new()), |(m, p)| (m, format!("e{p}")));
    let short = if mantissa.contains('.') { mantissa.trim_end_matches('0').trim_end_matches('.') } else { mantissa };
    format!("{short}{power}")
}
