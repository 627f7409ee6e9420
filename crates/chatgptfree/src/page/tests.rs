use super::*;

const PAGE: &str = "https://chat.example.org/chat";

fn chosen(html: &str, bot: Option<&str>) -> Result<Chat> {
    choose(&elements(html), bot, PAGE)
}

#[test]
fn attributes_are_read_in_every_order_and_quoting() {
    let table = [
        r#"<div class="a wpaicg-chatbox b" data-nonce="n1" data-post-id="2" data-bot-id="3" data-type="shortcode">"#,
        "<DIV data-type='shortcode' data-bot-id='3'\n data-post-id='2'\tdata-nonce='n1' CLASS='wpaicg-chat-shortcode'>",
        "<div data-bot-id=3 data-nonce=n1 class=wpaicg-chat-shortcode data-post-id=2 x=\"data-post-id='9'\">",
        "<div class=wpaicg-chat-shortcode data-nonce=\"&#110;1\" data-post-id=' 2 ' data-post-id=9 data-bot-id=3 hidden>",
    ];
    for html in table {
        let chat = chosen(html, None).unwrap();
        let nonce = chat.nonce.as_ref().unwrap().expose();
        assert_eq!(
            (nonce, chat.post_id.as_str(), chat.bot_id.as_str(), chat.is_widget),
            ("n1", "2", "3", false),
            "{html}"
        );
    }
}

#[test]
fn what_is_no_markup_is_no_chat() {
    let chat = "<div class=wpaicg-chatbox data-nonce=n1 data-post-id=2></div>";
    for html in [
        format!("<!-- {chat} -->"),
        format!("<script>var a = '{chat}';</script>"),
        format!("<style>{chat}</style>"),
        format!("<textarea>{chat}</textarea>"),
        format!("<p title=\"{chat}\">"),
        chat.replace("wpaicg-chatbox", "wpaicg-chatbox-content"),
        chat.replace('<', "&lt;"),
    ] {
        assert!(elements(&html).is_empty(), "{html}");
        assert!(elements(&format!("{html}{chat}")).len() == 1, "{html}");
    }
}

#[test]
fn what_a_chat_lacks_is_named_with_what_was_looked_at() {
    let table = [
        (
            "<p>Welcome",
            "no chat found on https://chat.example.org/chat: it has no element of class wpaicg-chat-shortcode, ",
        ),
        (
            "<div class=wpaicg-chatbox data-nonce=n><b data-post-id=9>",
            "no post id found: the chat on https://chat.example.org/chat has no data-post-id",
        ),
        (
            "<div class=wpaicg-chatbox data-post-id=2 data-nonce=''>",
            "no nonce found: the chat on https://chat.example.org/chat has no data-nonce",
        ),
        (
            "<div class=aipkit_chat_container data-bot-id=2>",
            "no post id found: the v2 chat on https://chat.example.org/chat has no postId in data-config",
        ),
        ("<div class=aipkit_popup_wrapper data-config='{\"postId\":1}'>", "no bot id found: the v2 chat"),
        ("<div class=aipkit_popup_wrapper data-config='{\"postId\":'>", "no bot id found: the v2 chat"),
    ];
    for (html, message) in table {
        let error = chosen(html, None).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Parse);
        assert!(error.message().starts_with(message), "{error}");
    }
    assert!(no_nonce(PAGE).message().starts_with("no nonce found: the v2 chat"));
}

#[test]
fn the_first_chat_is_asked_unless_a_bot_is_chosen() {
    let html = "<div class=wpaicg-chat-shortcode data-nonce=n1 data-post-id=1 data-bot-id=7></div>\
                <div class=wpaicg-chatbox data-nonce=n2 data-post-id=2 data-bot-id=8></div>";
    for (bot, nonce, bot_id) in [(None, "n1", "7"), (Some("8"), "n2", "8"), (Some("9"), "n1", "9")] {
        let chat = chosen(html, bot).unwrap();
        assert_eq!((chat.nonce.unwrap().expose(), chat.bot_id.as_str()), (nonce, bot_id));
    }
    let default = chosen("<div class=wpaicg-chatbox data-nonce=n data-post-id=1 data-bot-id>", None).unwrap();
    assert_eq!((default.bot_id.as_str(), default.is_widget), ("0", true));
}

#[test]
fn a_v2_chat_is_read_from_its_json() {
    let config = "{&quot;botId&quot;:7,&quot;postId&quot;:&quot;261&quot;,&quot;nonce&quot;:null,&quot;popupEnabled&quot;:&quot;1&quot;,\
                  &quot;headerName&quot;:&quot;A \\&quot;B\\&quot; &amp; C&quot;,&quot;ajaxUrl&quot;:&quot;https:\\/\\/chat.example.org\\/x&quot;}";
    let html = format!(
        "<div class=aipkit_popup_wrapper data-config='{config}'><div class=aipkit_chat_container data-config='{config}'>"
    );
    let elements = elements(&html);
    let [element] = &elements[..] else { panic!("{elements:?}") };
    assert_eq!((element.info.name.as_deref(), element.info.streams), (Some("A \"B\" & C"), None));
    let chat = choose(&elements, None, PAGE).unwrap();
    assert_eq!((chat.bot_id.as_str(), chat.post_id.as_str(), chat.is_widget), ("7", "261", true));
    assert_eq!(chat.ajax_url.as_deref(), Some("https://chat.example.org/x"));
    assert!(chat.nonce.is_none());
}

#[test]
fn a_text_has_no_tags_and_no_entities() {
    let html = "<p>One<br>two</p><script>if (a < b) {}</script><style>x{}</style> &lt;three&gt; &amp; 4 < 5";
    assert_eq!(text(html).split_whitespace().collect::<Vec<_>>().join(" "), "One two <three> & 4 < 5");
}
