use chatstream::{Citation, Ending, ErrorKind, FinishReason, ToolCall};

use super::*;

const PIPES: Screen = Screen { stdout: false, stderr: false, redraws: false };
const SHARED: Screen = Screen { stdout: true, stderr: true, redraws: true };

/// What is written to both streams, styles taken out of the second.
fn shown(form: Form, screen: Screen, show: impl FnOnce(&mut Renderer<'_>)) -> (String, String) {
    let (mut stdout, mut stderr) = (Vec::new(), Vec::new());
    let mut renderer = Renderer::new(Box::new(&mut stdout), Box::new(&mut stderr), form, screen);
    show(&mut renderer);
    drop(renderer);
    let stderr = String::from_utf8(stderr).unwrap();
    (String::from_utf8(stdout).unwrap(), anstream::adapter::strip_str(&stderr).to_string())
}

fn end() -> Chunk {
    Chunk::End(End::new(Ending::FinishAndDone))
}

fn show_all(renderer: &mut Renderer<'_>, chunks: &[Chunk]) {
    for chunk in chunks {
        renderer.chunk(chunk).unwrap();
        if let Chunk::End(end) = chunk {
            renderer.end(end, &Vitals::default()).unwrap();
        }
    }
}

#[test]
fn text_is_written_as_it_is_and_its_last_line_is_ended() {
    for (deltas, expected) in [(["a", " b"], "a b\n"), (["a", "\n"], "a\n"), (["\u{1b}[1m", "я"], "\u{1b}[1mя\n")] {
        let chunks = deltas.map(|delta| Chunk::Text(delta.to_owned()));
        let (stdout, _) = shown(Form::Text, PIPES, |renderer| {
            show_all(renderer, &chunks);
            show_all(renderer, &[end()]);
        });
        assert_eq!(stdout, expected);
    }
    let (stdout, _) = shown(Form::Text, PIPES, |renderer| show_all(renderer, &[end()]));
    assert_eq!(stdout, "", "no text has no last line");
}

#[test]
fn reasoning_and_notices_go_to_standard_error_on_lines_of_their_own() {
    let chunks = [
        Chunk::Reasoning(Reasoning::Delta("hm".into())),
        Chunk::Reasoning(Reasoning::Delta(", so".into())),
        Chunk::Text("answer".into()),
        Chunk::Citation(Citation::new("https://example.com").title("Example")),
        Chunk::ToolCall(ToolCall::new("1", "sum", "{}")),
        end(),
    ];
    let (stdout, stderr) = shown(Form::Text, PIPES, |renderer| show_all(renderer, &chunks));
    assert_eq!(stdout, "answer\n");
    assert_eq!(stderr, "hm, so\nsource: Example <https://example.com>\ntool call: sum({})\n");

    let (stdout, stderr) = shown(Form::Text, SHARED, |renderer| show_all(renderer, &chunks));
    assert_eq!(stdout, "answer", "the line was ended on the shared screen already");
    assert_eq!(stderr, "hm, so\n\nsource: Example <https://example.com>\ntool call: sum({})\n");
}

#[test]
fn a_terminal_is_not_steered_by_the_answer() {
    let chunks = [Chunk::Text("a\u{1b}]52;c;x\u{7}\u{9b}\tb\r\n".into())];
    let (stdout, _) = shown(Form::Text, SHARED, |renderer| show_all(renderer, &chunks));
    assert_eq!(stdout, "a␛]52;c;x␇\u{fffd}\tb\r\n");
}

#[test]
fn json_is_one_chunk_a_line_and_an_error_like_them() {
    let chunks = [Chunk::Text("a\n".into()), Chunk::Reasoning(Reasoning::Delta("b".into()))];
    let (stdout, stderr) = shown(Form::Json, SHARED, |renderer| {
        show_all(renderer, &chunks);
        renderer.error(&Error::new(ErrorKind::Interrupted, "answer stopped")).unwrap();
    });
    let expected = concat!(
        "{\"type\":\"text\",\"text\":\"a\\n\"}\n",
        "{\"type\":\"reasoning\",\"delta\":\"b\"}\n",
        "{\"type\":\"error\",\"kind\":\"interrupted\",\"message\":\"answer stopped\"}\n",
    );
    assert_eq!(stdout, expected);
    assert!(stderr.starts_with("error: interrupted: answer stopped\n"), "{stderr}");
}

#[test]
fn the_summary_tells_what_is_known() {
    let mut known = End::new(Ending::FinishAndDone);
    known.model = Some("grok".into());
    known.finish_reason = Some(FinishReason::ToolCalls);
    let mut usage = TokenUsage::default();
    (usage.input_tokens, usage.output_tokens, usage.reasoning_tokens) = (Some(7), Some(9), Some(4));
    usage.cached_tokens = Some(0);
    known.usage = Some(usage);
    let mut vitals = Vitals::default();
    vitals.time_to_first_content = Some(Duration::from_millis(1234));
    vitals.attempts = 2;
    let expected = "grok · tool calls · tokens: 7 in, 9 out (4 reasoning) · first content after 1.2 s · 2 attempts";
    assert_eq!(summary(&known, &vitals), expected);
    assert_eq!(summary(&End::new(Ending::CleanEof), &Vitals::default()), "");
    assert_eq!(told(Duration::from_micros(7_900)), "7 ms");
}

#[test]
fn a_picture_inside_its_address_is_not_shown() {
    let image = Image::new("data:image/png;base64,AAAA");
    assert_eq!(address(&image), "data:image/png;base64,… (26 bytes)");
}

#[test]
fn the_progress_of_a_picture_is_one_line_where_lines_can_be_drawn_anew() {
    let preview = |percent| Chunk::ImagePreview(Image::new("https://example.com/p").progress(percent));
    let done = Chunk::Images(vec![Image::new("https://example.com/p")]);
    let chunks = [preview(10), preview(60), done, Chunk::Text("there".into()), end()];
    let (stdout, stderr) = shown(Form::Text, PIPES, |renderer| show_all(renderer, &chunks));
    assert_eq!(stdout, "there\n");
    let far = |percent| format!("picture, {percent} % drawn: https://example.com/p\n");
    assert_eq!(stderr, format!("{}{}picture: https://example.com/p\n", far(10), far(60)));

    let mut written = Vec::new();
    let mut renderer = Renderer::new(Box::new(io::sink()), Box::new(&mut written), Form::Text, SHARED);
    show_all(&mut renderer, &chunks);
    drop(renderer);
    let written = String::from_utf8(written).unwrap();
    let parts: Vec<_> = written.split("\r\x1b[K").map(|part| anstream::adapter::strip_str(part).to_string()).collect();
    assert_eq!(parts, ["picture, 10 % drawn", "picture, 60 % drawn", "picture: https://example.com/p\n"]);
}
