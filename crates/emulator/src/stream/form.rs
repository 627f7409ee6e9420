//! What an event looks like.

use super::{Event, Framing};
use crate::fault::{Fault, Faults};
use crate::json;

/// How events are written.
#[derive(Debug)]
pub(super) struct Form {
    layout: Layout,
    line_end: &'static str,
    /// What stands between the name of a field and its value.
    colon: &'static str,
    pub(super) byte_order_mark: bool,
    pub(super) keep_alive: bool,
    pub(super) garbage_comments: bool,
    /// Line ends after the last event: one ends its line, two end the event.
    last_line_ends: usize,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Layout {
    Events,
    /// An object on each line.
    Lines,
    /// One object after the other.
    Glued,
    /// Objects over several lines, one after the other.
    Pretty,
}

impl Form {
    pub(super) fn new(framing: Framing, faults: &Faults) -> Self {
        let line_end = faults.find(|fault| match fault {
            Fault::Crlf => Some("\r\n"),
            Fault::Cr => Some("\r"),
            _ => None,
        });
        let last_line_ends = faults.find(|fault| match fault {
            Fault::NoBlankLineAtEnd => Some(1),
            Fault::NoNewlineAtEnd => Some(0),
            _ => None,
        });
        let layout = match framing {
            Framing::Events => Layout::Events,
            Framing::Objects => faults.find(layout_of).unwrap_or(Layout::Lines),
        };
        Self {
            layout,
            line_end: line_end.unwrap_or("\n"),
            colon: if faults.has(&Fault::NoSpace) { ":" } else { ": " },
            byte_order_mark: faults.has(&Fault::Bom),
            keep_alive: faults.has(&Fault::KeepAlive),
            garbage_comments: layout == Layout::Events && faults.has(&Fault::GarbageComment),
            last_line_ends: last_line_ends.unwrap_or(2),
        }
    }

    pub(super) fn event(&self, event: &Event, last: bool) -> String {
        match self.layout {
            Layout::Events => self.fields(event, last),
            Layout::Lines if last && self.last_line_ends == 0 => event.data.clone(),
            Layout::Lines => [&event.data, self.line_end].concat(),
            Layout::Glued => event.data.clone(),
            Layout::Pretty => json::pretty(&event.data, self.line_end),
        }
    }

    fn fields(&self, event: &Event, last: bool) -> String {
        let line_ends = if last { self.last_line_ends } else { 2 };
        let line_ends = self.line_end.repeat(line_ends);
        if event.bare {
            return event.data.replace('\n', self.line_end) + &line_ends;
        }
        let field = |name: &str, value: &str| [name, self.colon, value].concat();
        let name = event.name.map(|name| field("event", name) + self.line_end).unwrap_or_default();
        let id = event.id.as_deref().map(|id| field("id", id) + self.line_end).unwrap_or_default();
        [name, id, field("data", &event.data), line_ends].concat()
    }

    /// A comment; between objects, where there are none, an empty line.
    pub(super) fn comment(&self, text: &str) -> String {
        match self.layout {
            Layout::Events => [": ", text, self.line_end, self.line_end].concat(),
            _ => self.line_end.to_owned(),
        }
    }

    /// Comments that a parser which looks for `data:` anywhere, or for a colon, would take for something else.
    pub(super) fn garbage(&self) -> String {
        [":", r#": data: {"choices":[{"index":0,"delta":{"content":"GARBAGE"}}]}"#, ":data: [DONE]", ":::"]
            .map(|line| [line, self.line_end].concat())
            .concat()
    }
}

/// The layout of objects that a fault asks for.
fn layout_of(fault: &Fault) -> Option<Layout> {
    match fault {
        Fault::Glued => Some(Layout::Glued),
        Fault::Pretty => Some(Layout::Pretty),
        Fault::DataPrefix => Some(Layout::Events),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::super::Kind;
    use super::*;

    #[test]
    fn a_name_is_a_line_before_the_data() {
        let event = Event::named("delta", Kind::Delta, "{}");
        let written = |faults| Form::new(Framing::Events, &Faults::parse(faults).unwrap()).event(&event, false);
        assert_eq!(written(""), "event: delta\ndata: {}\n\n");
        assert_eq!(written("crlf,no-space"), "event:delta\r\ndata:{}\r\n\r\n");
    }

    #[test]
    fn an_id_stands_between_name_and_data_and_bare_lines_stand_alone() {
        let form = Form::new(Framing::Events, &Faults::parse("crlf").unwrap());
        let event = Event { id: Some("err-1".to_owned()), ..Event::named("error", Kind::Alien, "{}") };
        assert_eq!(form.event(&event, false), "event: error\r\nid: err-1\r\ndata: {}\r\n\r\n");
        assert_eq!(form.event(&Event::bare(Kind::Aside, "{\n}"), false), "{\r\n}\r\n\r\n");
    }
}
