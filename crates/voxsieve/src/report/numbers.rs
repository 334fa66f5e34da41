//! Numbers and units as people read them: four digits that matter, thin spaces, µm.

const SUPERSCRIPTS: [char; 10] = ['⁰', '¹', '²', '³', '⁴', '⁵', '⁶', '⁷', '⁸', '⁹'];

/// A number of at most four digits that matter.
pub fn short(value: f64) -> String {
    if !value.is_finite() {
        return "–".to_owned();
    }
    if value == 0.0 {
        return "0".to_owned();
    }
    // Rounded first: 9999.7 has the exponent of 10000.
    let rounded = format!("{value:.3e}");
    let (mantissa, exponent) = rounded.split_once('e').unwrap_or((&rounded, "0"));
    let exponent: i32 = exponent.parse().unwrap_or(0);
    if (-4..7).contains(&exponent) {
        return decimals(value, (3 - exponent).max(0) as usize);
    }
    let power: String = exponent.unsigned_abs().to_string();
    let power = power
        .bytes()
        .map(|digit| SUPERSCRIPTS[usize::from(digit - b'0')]);
    let sign = if exponent < 0 { "⁻" } else { "" };
    let power: String = power.collect();
    format!("{} × 10{sign}{power}", grouped(trimmed(mantissa)))
}

/// A number with at most so many decimals.
pub fn decimals(value: f64, decimals: usize) -> String {
    let text = format!("{value:.decimals$}");
    match trimmed(&text) {
        "-0" => "0".to_owned(),
        text => grouped(text),
    }
}

fn trimmed(text: &str) -> &str {
    if text.contains('.') {
        text.trim_end_matches('0').trim_end_matches('.')
    } else {
        text
    }
}

/// A whole number with thin spaces.
pub fn whole(value: &impl ToString) -> String {
    grouped(&value.to_string())
}

/// A share in percent.
pub fn percent(share: f64) -> String {
    format!("{}\u{a0}%", short(100.0 * share))
}

/// Digits in groups of three before the point, behind a real minus.
fn grouped(digits: &str) -> String {
    let (sign, digits) = match digits.strip_prefix('-') {
        Some(rest) => ("−", rest),
        None => ("", digits),
    };
    let (front, rest) = digits.split_at(digits.find('.').unwrap_or(digits.len()));
    let mut text = sign.to_owned();
    for (index, digit) in front.chars().enumerate() {
        if index > 0 && (front.len() - index).is_multiple_of(3) {
            text.push('\u{202f}');
        }
        text.push(digit);
    }
    text + rest
}

/// A unit of length as it is printed.
pub fn unit(name: &str) -> &str {
    match name {
        "um" => "µm",
        "angstrom" => "Å",
        other => other,
    }
}

/// A length with its unit, of which voxels and units without a name have more than one.
pub fn length(value: f64, name: &str) -> String {
    let plural = if ["voxel", "unit"].contains(&name) {
        "s"
    } else {
        ""
    };
    format!("{} {}{plural}", short(value), unit(name))
}

/// The largest of 1, 2 and 5 times a power of ten that is not above a limit.
pub fn nice_below(limit: f64) -> f64 {
    let power = libm::pow(10.0, libm::floor(libm::log10(limit)));
    let below = |n: &f64| *n * power <= limit * (1.0 + 1e-12);
    [5.0, 2.0].into_iter().find(below).unwrap_or(1.0) * power
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn four_digits_matter() {
        for (value, text) in [
            (0.0, "0"),
            (0.012_692_3, "0.01269"),
            (0.000_123_456, "0.0001235"),
            (125.606, "125.6"),
            (9_999.7, "10\u{202f}000"),
            (-590_508.4, "−590\u{202f}508"),
            (3.436_21e9, "3.436 × 10⁹"),
            (-1.5e-7, "−1.5 × 10⁻⁷"),
            (f64::NAN, "–"),
        ] {
            assert_eq!(short(value), text);
        }
    }

    #[test]
    fn lengths_of_scale_bars_are_round() {
        for (limit, bar) in [(1.0, 1.0), (4.9, 2.0), (540.0, 500.0), (0.031, 0.02)] {
            assert!((nice_below(limit) / bar - 1.0).abs() < 1e-9, "{limit}");
        }
    }
}
