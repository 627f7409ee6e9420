//! The one picture there is.

/// A JPEG (ITU-T T.81) of 8 by 8 pixels, all of them the same grey: baseline, one component, one block.
pub(crate) fn jpeg() -> Vec<u8> {
    let mut file = vec![0xFF, 0xD8];
    // JFIF 1.1, square pixels.
    segment(&mut file, 0xE0, b"JFIF\0\x01\x01\0\0\x01\0\x01\0\0");
    // Quantization table 0: all ones.
    segment(&mut file, 0xDB, &[&[0][..], &[1; 64]].concat());
    // A baseline frame: 8 bits, 8 rows, 8 columns, one component that uses table 0.
    segment(&mut file, 0xC0, &[8, 0, 8, 0, 8, 1, 1, 0x11, 0]);
    // Huffman tables with one code each, a single 0: a DC difference of 7 bits, and the end of a block.
    segment(&mut file, 0xC4, &[&[0x00, 1][..], &[0; 15], &[7]].concat());
    segment(&mut file, 0xC4, &[&[0x10, 1][..], &[0; 15], &[0]].concat());
    // A scan of that component.
    segment(&mut file, 0xDA, &[1, 1, 0x00, 0, 63, 0]);
    // 0, the difference 100 in 7 bits, 0; ones fill the bytes up.
    file.extend([0b0110_0100, 0b0111_1111, 0xFF, 0xD9]);
    file
}

/// Adds a marker segment: its length counts itself.
fn segment(file: &mut Vec<u8>, marker: u8, content: &[u8]) {
    let length = u16::try_from(content.len() + 2).expect("segments here are short");
    file.extend([0xFF, marker]);
    file.extend(length.to_be_bytes());
    file.extend(content);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_segments_follow_one_another_to_the_scan() {
        let file = jpeg();
        assert!(file.starts_with(&[0xFF, 0xD8, 0xFF, 0xE0]) && file.ends_with(&[0xFF, 0xD9]));
        let mut rest = &file[2..];
        let mut markers = Vec::new();
        while rest.len() > 4 {
            assert_eq!(rest[0], 0xFF);
            markers.push(rest[1]);
            rest = &rest[2 + usize::from(u16::from_be_bytes([rest[2], rest[3]]))..];
        }
        assert_eq!(markers, [0xE0, 0xDB, 0xC0, 0xC4, 0xC4, 0xDA]);
        assert_eq!(rest.len(), 4, "two bytes of pixels and the end");
    }
}
