//! Durations as people write them.

use std::time::Duration;

/// The longest pace that is taken from a header, one hour.
const MAX: Duration = Duration::from_secs(3600);

/// Reads `20ms`, `1.5s` or `250us`; a bare number counts milliseconds. More than an hour is an hour.
pub(crate) fn parse(text: &str) -> Result<Duration, String> {
    let text = text.trim();
    let digits = text.trim_end_matches(|last: char| last.is_ascii_alphabetic());
    let unit = match &text[digits.len()..] {
        "" | "ms" => Some(1e-3),
        "us" => Some(1e-6),
        "s" => Some(1.0),
        _ => None,
    };
    let number = digits.trim_end().parse::<f64>().ok().filter(|number| *number >= 0.0);
    let seconds = number.zip(unit).map(|(number, unit)| (number * unit).min(MAX.as_secs_f64()));
    seconds.map(Duration::from_secs_f64).ok_or_else(|| format!("`{text}` is no duration such as 20ms or 1.5s"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn units_are_read_and_the_rest_is_refused() {
        let table = [
            ("20ms", 20_000),
            ("20", 20_000),
            (" 1.5s ", 1_500_000),
            ("250us", 250),
            ("0", 0),
            ("5 ms", 5_000),
            ("9999999s", 3_600_000_000),
        ];
        for (text, microseconds) in table {
            assert_eq!(parse(text), Ok(Duration::from_micros(microseconds)), "{text}");
        }
        for text in ["", "ms", "-1ms", "20m", "fast", "NaN", "1e999x"] {
            assert!(parse(text).is_err(), "{text}");
        }
    }
}
