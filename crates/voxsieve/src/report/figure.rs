//! A slice as a figure of the page: a PNG in the page itself, in its true proportions, with a scale bar.

use super::numbers::{length, nice_below};
use voxsieve_core::{Error, Result};

/// Width of the drawing; a column of the page is about as wide.
const WIDTH: f64 = 340.0;
/// Greatest height; higher slices are drawn narrower.
const HEIGHT: f64 = 420.0;
/// Longest scale bar, as a share of the width.
const BAR: f64 = 0.35;

/// A slice.
pub struct Picture {
    /// Across which axis, and where: `z = 64`.
    pub title: String,
    /// Height and width in units of length.
    pub extent: [f64; 2],
    /// The unit.
    pub unit: String,
    /// `data:image/png;base64,...`
    pub data: String,
}

impl Picture {
    /// The figure with its caption.
    pub fn figure(&self) -> String {
        let [height, width] = self.extent;
        let scale = (WIDTH / width).min(HEIGHT / height);
        let [high, wide] = [height * scale, width * scale];
        let left = (WIDTH - wide) / 2.0;
        let (title, data) = (&self.title, &self.data);
        format!(
            r#"<figure><svg viewBox="0 0 {WIDTH} {high:.1}" role="img" aria-label="Slice {title}"><image x="{left:.1}" width="{wide:.1}" height="{high:.1}" preserveAspectRatio="none" href="{data}"/>{}</svg><figcaption>{title}</figcaption></figure>
"#,
            self.bar(scale, [left + 12.0, high - 12.0])
        )
    }

    /// A scale bar; none in a picture that is too low for it.
    fn bar(&self, scale: f64, [x, y]: [f64; 2]) -> String {
        if y < 40.0 {
            return String::new();
        }
        let bar = nice_below(self.extent[1] * BAR);
        let (wide, text) = (bar * scale, length(bar, &self.unit));
        format!(
            r#"<rect class="scale" x="{x:.1}" y="{:.1}" width="{wide:.1}" height="5"/><text class="scale" x="{x:.1}" y="{:.1}">{text}</text>"#,
            y - 5.0,
            y - 12.0
        )
    }
}

/// A PNG of three bytes for each pixel, as an address that holds it.
pub fn data_uri(pixels: &[u8], [height, width]: [usize; 2]) -> Result<String> {
    let mut file = Vec::new();
    let failed = |error: png::EncodingError| {
        Error::io("cannot make", "a picture")(std::io::Error::other(error))
    };
    let mut png = png::Encoder::new(&mut file, width as u32, height as u32);
    png.set_color(png::ColorType::Rgb);
    png.set_compression(png::Compression::High);
    let mut writer = png.write_header().map_err(failed)?;
    writer.write_image_data(pixels).map_err(failed)?;
    writer.finish().map_err(failed)?;
    Ok(format!("data:image/png;base64,{}", base64(&file)))
}

fn base64(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for three in bytes.chunks(3) {
        let byte = |at: usize| u32::from(three.get(at).copied().unwrap_or(0));
        let bits = byte(0) << 16 | byte(1) << 8 | byte(2);
        for digit in 0..4 {
            if digit <= three.len() {
                text.push(char::from(DIGITS[(bits >> (18 - 6 * digit)) as usize & 63]));
            } else {
                text.push('=');
            }
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base64_is_that_of_rfc_4648() {
        let words = ["", "f", "fo", "foo", "foob", "fooba", "foobar"];
        let coded = [
            "", "Zg==", "Zm8=", "Zm9v", "Zm9vYg==", "Zm9vYmE=", "Zm9vYmFy",
        ];
        for (word, code) in words.into_iter().zip(coded) {
            assert_eq!(base64(word.as_bytes()), code);
        }
    }
}
