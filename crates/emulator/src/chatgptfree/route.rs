//! The paths of the site.

/// What a path is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Route {
    Page(Page),
    /// Where everything is posted to.
    Ajax,
}

/// A page with a chat, or without.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Page {
    Shortcode,
    Widget,
    Minified,
    Two,
    Second,
    Popup,
    About,
}

impl Route {
    pub(super) fn of(path: &str) -> Option<Self> {
        let page = match path.strip_suffix('/').unwrap_or(path) {
            "/wp-admin/admin-ajax.php" | "/rizq" => return Some(Self::Ajax),
            "" | "/chat" => Page::Shortcode,
            "/widget" => Page::Widget,
            "/minified" => Page::Minified,
            "/two" => Page::Two,
            "/v2" => Page::Second,
            "/popup" => Page::Popup,
            "/about" => Page::About,
            _ => return None,
        };
        Some(Self::Page(page))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_leads_to_the_same_page_with_a_slash_and_without() {
        let table = [("", Page::Shortcode), ("/", Page::Shortcode), ("/v2", Page::Second), ("/v2/", Page::Second)];
        for (path, page) in table {
            assert_eq!(Route::of(path), Some(Route::Page(page)), "{path}");
        }
        for path in ["//", "/v3/", "/wp-admin/", "/chat/more"] {
            assert_eq!(Route::of(path), None, "{path}");
        }
    }
}
