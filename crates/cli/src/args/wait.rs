use std::str::FromStr;
use std::time::Duration;

/// A limit on a wait, as typed: `10s`, or `none` for no limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Wait(pub(crate) Option<Duration>);

impl FromStr for Wait {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if text == "none" {
            return Ok(Self(None));
        }
        match duration(text)? {
            Duration::ZERO => Err("a wait of nothing always runs out: write none for no limit".to_owned()),
            wait => Ok(Self(Some(wait))),
        }
    }
}

/// The time between two events, which may be nothing.
pub(super) fn pace(text: &str) -> Result<Duration, String> {
    duration(text)
}

/// A number with its unit: `ms`, `s`, `m` or `h`.
fn duration(text: &str) -> Result<Duration, String> {
    let digits = text.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(text.len());
    let (number, unit) = text.split_at(digits);
    let seconds = match unit {
        "ms" => 0.001,
        "s" => 1.0,
        "m" => 60.0,
        "h" => 3600.0,
        "" if !number.is_empty() => return Err(format!("no unit: write {number}s or {number}ms")),
        _ => return Err("no duration: write 500ms, 10s, 2m or 1h".to_owned()),
    };
    let number: f64 = number.parse().map_err(|_| "no duration: write 500ms, 10s, 2m or 1h".to_owned())?;
    Duration::try_from_secs_f64(number * seconds).map_err(|_| "longer than any wait".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_are_read_with_their_units() {
        let table = [("500ms", 500), ("10s", 10_000), ("1.5s", 1_500), ("2m", 120_000), ("1h", 3_600_000)];
        for (text, milliseconds) in table {
            assert_eq!(text.parse(), Ok(Wait(Some(Duration::from_millis(milliseconds)))), "{text}");
        }
        assert_eq!("none".parse(), Ok(Wait(None)));
        assert_eq!(pace("0ms"), Ok(Duration::ZERO));
    }

    #[test]
    fn what_is_no_wait_is_refused() {
        for text in ["", "0s", "0ms", "10", "-1s", "1d", "s", ".s", "1.2.3s", "None", "10 s", "99999999999999999999h"] {
            assert!(text.parse::<Wait>().is_err(), "{text}");
        }
    }
}
