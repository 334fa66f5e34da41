//! Charts as SVG, in the colours of the page.

use super::numbers::{decimals, nice_below, percent, short};
use std::fmt::Write;

const HEIGHT: f64 = 280.0;
const LEFT: f64 = 62.0;
const TOP: f64 = 34.0;
const BOTTOM: f64 = 46.0;

/// Width of a chart that fills the page.
pub const WIDE: f64 = 960.0;
/// Width of one of two charts beside each other.
pub const HALF: f64 = 500.0;

/// How an axis goes from values to pixels.
#[derive(Clone, Copy)]
pub struct Scale {
    from: f64,
    to: f64,
    log: bool,
    pixels: [f64; 2],
}

impl Scale {
    fn new(from: f64, to: f64, log: bool) -> Self {
        Self {
            from,
            to: if to > from { to } else { from + 1.0 },
            log,
            pixels: [0.0, 1.0],
        }
    }

    /// Equal steps.
    pub fn linear(from: f64, to: f64) -> Self {
        Self::new(from, to, false)
    }

    /// Equal factors; `from` is greater than 0.
    pub fn log(from: f64, to: f64) -> Self {
        Self::new(from, to, true)
    }

    fn at(&self, value: f64) -> f64 {
        let share = if self.log {
            libm::log(value / self.from) / libm::log(self.to / self.from)
        } else {
            (value - self.from) / (self.to - self.from)
        };
        self.pixels[0] + share * (self.pixels[1] - self.pixels[0])
    }

    /// Round values to write beside the axis, with their names.
    fn ticks(&self, as_percent: bool) -> Vec<(f64, String)> {
        if self.log {
            let ticks = self.powers();
            return ticks.into_iter().map(|t| (t, short(t))).collect();
        }
        let step = nice_below((self.to - self.from) / 3.0);
        let first = libm::ceil(self.from / step - 1e-9);
        let ticks = (0..16).map(|n| (first + f64::from(n)) * step);
        let ticks = ticks.take_while(|t| *t <= self.to + step * 1e-9);
        let name = |tick: f64| match as_percent {
            true => percent(tick),
            // As many decimals as the step has.
            false if step < 1e4 => {
                decimals(tick, (-libm::floor(libm::log10(step))).max(0.0) as usize)
            }
            false => short(tick),
        };
        ticks.map(|t| (t, name(t))).collect()
    }

    /// 1, 2 and 5 of each power of ten; of many powers only these.
    fn powers(&self) -> Vec<f64> {
        let decades = libm::log10(self.to / self.from);
        let steps: &[f64] = if decades > 3.0 {
            &[1.0]
        } else {
            &[1.0, 2.0, 5.0]
        };
        let mut ticks = Vec::new();
        let mut power = libm::pow(10.0, libm::floor(libm::log10(self.from)));
        while power <= self.to {
            ticks.extend(steps.iter().map(|n| n * power));
            power *= 10.0;
        }
        ticks.retain(|t| (self.from..=self.to).contains(t));
        ticks
    }
}

/// What stands beside the axes.
pub struct Names<'a> {
    /// What the chart shows.
    pub title: &'a str,
    /// Below the axis across.
    pub x: &'a str,
    /// Above the axis up.
    pub y: &'a str,
    /// Values up are shares.
    pub percent: bool,
    /// Above the axis at the right, from 0 to 100 %; none where this is `None`.
    pub right: Option<&'a str>,
}

/// A chart that is being drawn.
pub struct Chart {
    svg: String,
    x: Scale,
    y: Scale,
}

impl Chart {
    /// Axes with their names.
    pub fn new(width: f64, mut x: Scale, mut y: Scale, names: &Names) -> Self {
        let right = if names.right.is_some() { 58.0 } else { 26.0 };
        x.pixels = [LEFT, width - right];
        y.pixels = [HEIGHT - BOTTOM, TOP];
        let title = names.title;
        let size = if width == WIDE { "wide" } else { "half" };
        let svg = format!(
            r#"<svg class="{size}" viewBox="0 0 {width} {HEIGHT}" role="img" aria-label="{title}"><g class="grid">"#
        );
        let mut chart = Self { svg, x, y };
        chart.axes(names);
        chart.svg.push_str("</g>");
        chart
    }

    fn axes(&mut self, names: &Names) {
        let ([left, right], bottom) = (self.x.pixels, self.y.pixels[0]);
        for (tick, name) in self.y.ticks(names.percent) {
            let at = self.y.at(tick);
            self.put(&format!(r#"<path d="M{left} {at:.1}H{right}"/>"#));
            self.text([left - 8.0, at + 4.5], "end", "", &name);
        }
        for (tick, name) in self.x.ticks(false) {
            let at = self.x.at(tick);
            self.put(&format!(r#"<path class="tick" d="M{at:.1} {bottom}v5"/>"#));
            self.text([at, bottom + 20.0], "middle", "", &name);
        }
        self.put(&format!(
            r#"<path class="tick" d="M{left} {bottom}H{right}"/>"#
        ));
        let middle = f64::midpoint(left, right);
        self.text([middle, HEIGHT - 6.0], "middle", "name", names.x);
        self.text([left, 16.0], "start", "name", names.y);
        if let Some(name) = names.right {
            for share in [0.0, 0.5, 1.0] {
                let at = bottom + share * (TOP - bottom) + 4.5;
                self.text([right + 8.0, at], "start", "", &percent(share));
            }
            self.text([right, 16.0], "end", "name", name);
        }
    }

    fn put(&mut self, svg: &str) {
        self.svg.push_str(svg);
    }

    fn text(&mut self, [x, y]: [f64; 2], anchor: &str, class: &str, text: &str) {
        let _ = write!(
            self.svg,
            r#"<text class="{class}" x="{x:.1}" y="{y:.1}" text-anchor="{anchor}">{text}</text>"#
        );
    }

    /// A bar from one value to another.
    pub fn bar(&mut self, [from, to]: [f64; 2], height: f64, hint: &str) {
        let (left, right) = (self.x.at(from), self.x.at(to));
        let (top, bottom) = (self.y.at(height), self.y.pixels[0]);
        let gap = if right - left > 4.0 { 1.0 } else { 0.0 };
        let _ = write!(
            self.svg,
            r#"<rect class="bar" x="{left:.2}" y="{top:.2}" width="{:.2}" height="{:.2}"><title>{hint}</title></rect>"#,
            (right - left - gap).max(0.3),
            bottom - top
        );
    }

    /// A line through points, of the colour with this number.
    pub fn line(&mut self, points: impl Iterator<Item = (f64, f64)>, colour: usize) {
        let mut path = String::new();
        for (x, y) in points {
            let word = if path.is_empty() { 'M' } else { 'L' };
            let _ = write!(path, "{word}{:.1} {:.1}", self.x.at(x), self.y.at(y));
        }
        let _ = write!(self.svg, r#"<path class="line c{colour}" d="{path}"/>"#);
    }

    /// An upright line at a value, with its name at a height of so many lines.
    pub fn mark(&mut self, value: f64, name: &str, line: usize) {
        let (at, bottom) = (self.x.at(value), self.y.pixels[0]);
        if !(self.x.pixels[0]..=self.x.pixels[1]).contains(&at) {
            return;
        }
        let y = TOP + 10.0 + 16.0 * line as f64;
        let is_right = at > self.x.pixels[1] - 150.0;
        let (anchor, aside) = if is_right {
            ("end", -5.0)
        } else {
            ("start", 5.0)
        };
        self.put(&format!(
            r#"<path class="mark" d="M{at:.1} {TOP}V{bottom}"/>"#
        ));
        self.text([at + aside, y], anchor, "mark", name);
    }

    /// The picture.
    pub fn finish(mut self) -> String {
        self.svg.push_str("</svg>");
        self.svg
    }
}
