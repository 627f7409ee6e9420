use super::{DecodeError, Event};

/// A whole body as one event.
#[derive(Debug)]
pub(super) struct WholeDecoder {
    body: Vec<u8>,
    limit: usize,
    state: State,
}

#[derive(Debug, PartialEq, Eq)]
enum State {
    Collecting,
    Ended,
    TooLong,
    /// The event or the error has been handed out.
    Spent,
}

impl WholeDecoder {
    pub(super) fn new(limit: usize) -> Self {
        Self { body: Vec::new(), limit, state: State::Collecting }
    }

    /// Takes in the next piece; beyond the limit nothing is kept.
    pub(super) fn push(&mut self, piece: &[u8]) {
        if self.state != State::Collecting {
            return;
        }
        if self.body.len() + piece.len() > self.limit {
            (self.body, self.state) = (Vec::new(), State::TooLong);
        } else {
            self.body.extend_from_slice(piece);
        }
    }

    pub(super) fn finish(&mut self) {
        if self.state == State::Collecting {
            self.state = State::Ended;
        }
    }

    pub(super) fn next_event(&mut self) -> Result<Option<Event<'_>>, DecodeError> {
        match self.state {
            State::Collecting | State::Spent => Ok(None),
            State::Ended => {
                self.state = State::Spent;
                Ok((!self.body.is_empty()).then(|| Event::new(&self.body)))
            }
            State::TooLong => {
                self.state = State::Spent;
                Err(DecodeError::EventTooLong { position: 0, limit: self.limit })
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_body_is_handed_out_once_at_its_end() {
        let mut decoder = WholeDecoder::new(10);
        decoder.push(b"{\"a\"");
        assert_eq!(decoder.next_event(), Ok(None));
        decoder.push(b":1}");
        decoder.finish();
        assert_eq!(decoder.next_event(), Ok(Some(Event::new(b"{\"a\":1}"))));
        assert_eq!(decoder.next_event(), Ok(None));
    }

    #[test]
    fn a_body_over_the_limit_is_one_error() {
        let mut decoder = WholeDecoder::new(4);
        decoder.push(b"12345");
        assert!(decoder.next_event().is_err());
        decoder.finish();
        assert_eq!(decoder.next_event(), Ok(None));
    }
}
