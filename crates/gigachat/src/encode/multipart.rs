use bytes::{BufMut as _, Bytes, BytesMut};
use chatstream_core::{Result, Upload, invalid, random};
use http::HeaderValue;

const MB: usize = 1_000_000;

/// How large a file of this kind may be, in bytes (documentation, 2026).
fn limit(media_type: &str) -> usize {
    match media_type.split('/').next() {
        Some("image") => 15 * MB,
        Some("audio" | "video") => 35 * MB,
        _ => 40 * MB,
    }
}

/// The upload as `multipart/form-data`: its content type and body.
///
/// # Errors
///
/// - [`InvalidRequest`](chatstream_core::ErrorKind::InvalidRequest) when the file is empty, too large,
///   or has a name or type that no header can hold.
pub(crate) fn form(upload: &Upload) -> Result<(HeaderValue, Bytes)> {
    let Upload { name, media_type, data, .. } = upload;
    if data.is_empty() {
        return Err(invalid(format!("file {name} is empty")));
    }
    let (length, limit) = (data.len(), limit(media_type));
    if length > limit {
        return Err(invalid(format!("file {name} has {length} bytes, and {media_type} may have {limit}")));
    }
    let has_break = |text: &str| text.contains(['\r', '\n', '"']);
    if has_break(name) || has_break(media_type) {
        return Err(invalid("name or media type of a file holds a quote or a line break"));
    }
    let boundary = random::uuid();
    let mut body = BytesMut::with_capacity(data.len() + 512);
    body.put_slice(
        format!(
            "--{boundary}\r\ncontent-disposition: form-data; name=\"purpose\"\r\n\r\ngeneral\r\n\
             --{boundary}\r\ncontent-disposition: form-data; name=\"file\"; filename=\"{name}\"\r\n\
             content-type: {media_type}\r\n\r\n"
        )
        .as_bytes(),
    );
    body.put_slice(data);
    body.put_slice(format!("\r\n--{boundary}--\r\n").as_bytes());
    let content_type = HeaderValue::try_from(format!("multipart/form-data; boundary={boundary}"))
        .map_err(|error| invalid("boundary is no header value").with_source(error))?;
    Ok((content_type, body.freeze()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_upload_is_a_form_of_two_parts() {
        let upload = Upload::new("кот.jpg", "image/jpeg", &b"\xFF\xD8\r\n--"[..]);
        let (content_type, body) = form(&upload).unwrap();
        let boundary = content_type.to_str().unwrap().strip_prefix("multipart/form-data; boundary=").unwrap();
        let expected = [
            format!(
                "--{boundary}\r\ncontent-disposition: form-data; name=\"purpose\"\r\n\r\ngeneral\r\n--{boundary}\r\n"
            )
            .as_bytes(),
            "content-disposition: form-data; name=\"file\"; filename=\"кот.jpg\"\r\n".as_bytes(),
            b"content-type: image/jpeg\r\n\r\n\xFF\xD8\r\n--",
            format!("\r\n--{boundary}--\r\n").as_bytes(),
        ]
        .concat();
        assert_eq!(body, expected);
    }

    #[test]
    fn what_the_service_would_refuse_is_refused_before_it_is_sent() {
        let table = [
            (Upload::new("a.txt", "text/plain", ""), "file a.txt is empty"),
            (
                Upload::new("a.png", "image/png", vec![0; 15 * MB + 1]),
                "file a.png has 15000001 bytes, and image/png may have 15000000",
            ),
            (Upload::new("a.mp3", "audio/mpeg", vec![0; 35 * MB + 1]), "file a.mp3 has"),
            (Upload::new("a.txt", "text/plain", vec![0; 40 * MB + 1]), "file a.txt has"),
            (Upload::new("a\"\r\nb", "text/plain", "x"), "name or media type"),
        ];
        for (upload, expected) in table {
            assert!(form(&upload).unwrap_err().message().starts_with(expected));
        }
    }
}
