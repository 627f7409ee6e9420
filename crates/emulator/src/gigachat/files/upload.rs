//! Files on their way in: POST `/files`, a form of several parts (RFC 7578).

use bytes::Bytes;
use futures_util::stream;
use http::header::CONTENT_TYPE;
use multer::{Field, Multipart};

use super::NewFile;
use crate::form::at_once;
use crate::gigachat::error::{self, Refusal, bad_request, missing_field};
use crate::server::Call;

/// The most bytes of a file, by the beginning of its content type; a megabyte is 2²⁰ bytes.
const LIMITS: [(&str, usize); 3] = [("image/", 15 << 20), ("audio/", 35 << 20), ("video/", 35 << 20)];

/// The most bytes of any other file, which is a text.
pub(in crate::gigachat) const MAX_BYTES: usize = 40 << 20;

/// Reads the file of a request.
pub(in crate::gigachat) fn read(call: &Call) -> Result<NewFile, Refusal> {
    if call.too_large {
        return Err(error::too_large());
    }
    let content_type = call.head.headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok());
    let boundary = multer::parse_boundary(content_type.unwrap_or_default()).map_err(unreadable)?;
    let file = at_once(take_apart(call.body.clone(), boundary)).unwrap_or_else(|| Err(bad_request("No form")))?;
    let kind = file.content_type.to_ascii_lowercase();
    let limit = LIMITS.iter().find(|(begin, _)| kind.starts_with(begin)).map_or(MAX_BYTES, |(_, limit)| *limit);
    if file.content.len() > limit { Err(error::too_large()) } else { Ok(file) }
}

async fn take_apart(body: Bytes, boundary: String) -> Result<NewFile, Refusal> {
    let mut form = Multipart::new(stream::iter([Ok::<_, std::convert::Infallible>(body)]), boundary);
    let (mut file, mut purpose) = (None, None);
    while let Some(field) = form.next_field().await.map_err(unreadable)? {
        match field.name() {
            Some("file") => file = Some(new_file(field).await?),
            Some("purpose") => purpose = Some(field.text().await.map_err(unreadable)?),
            _ => {}
        }
    }
    let file = file.ok_or_else(|| missing_field("file"))?;
    let purpose = purpose.filter(|purpose| !purpose.is_empty()).ok_or_else(|| missing_field("purpose"))?;
    Ok(NewFile { purpose, ..file })
}

async fn new_file(field: Field<'_>) -> Result<NewFile, Refusal> {
    let content_type = field.content_type().map_or("application/octet-stream", |content_type| content_type.as_ref());
    Ok(NewFile {
        name: field.file_name().unwrap_or("file").to_owned(),
        purpose: String::new(),
        content_type: content_type.to_owned(),
        content: field.bytes().await.map_err(unreadable)?,
    })
}

fn unreadable(error: multer::Error) -> Refusal {
    bad_request(format!("Invalid form: {error}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(body: &str) -> Result<NewFile, Refusal> {
        let body = body.replace('\n', "\r\n");
        at_once(take_apart(Bytes::from(body), "XX".to_owned())).unwrap()
    }

    #[test]
    fn the_file_and_its_purpose_are_read_from_any_place_in_the_form() {
        let file = "--XX\nContent-Disposition: form-data; name=\"file\"; filename=\"кот \\\"1\\\".txt\"\n\
                    Content-Type: text/plain\n\nline\n--X\n--XX";
        let purpose = "\nContent-Disposition: form-data; name=\"purpose\"\n\ngeneral\n--XX--\n";
        let read_file = read(&[file, purpose].concat()).unwrap();
        assert_eq!((read_file.purpose.as_str(), read_file.content_type.as_str()), ("general", "text/plain"));
        assert_eq!(read_file.content, "line\r\n--X");
        assert!(read_file.name.starts_with("кот "), "{}", read_file.name);
        assert_eq!(read(&[file, "--\n"].concat()), Err(missing_field("purpose")));
        assert_eq!(read(&["--XX", purpose].concat()), Err(missing_field("file")));
        assert!(read("--XX\n").is_err());
        assert!(read("").is_err());
    }
}
