//! The part of the text that is looked at: as it came, as it is folded, and which byte of one stands for which of the other.

use crate::fold;

/// A window of the text.
#[derive(Default)]
pub(crate) struct Window {
    /// The text as it came.
    raw: Vec<u8>,
    /// The same, folded.
    folded: Vec<u8>,
    /// Where the two begin to run differently, in order.
    segments: Vec<Segment>,
}

#[derive(Clone, Copy)]
struct Segment {
    folded: usize,
    raw: usize,
    /// One character that was folded, which is not divided.
    is_unit: bool,
}

impl Window {
    pub(crate) fn folded(&self) -> &[u8] {
        &self.folded
    }

    /// A part of the text as it came. The ends are those of characters.
    pub(crate) fn raw(&self, from: usize, to: usize) -> &str {
        self.raw.get(from..to).and_then(|part| std::str::from_utf8(part).ok()).unwrap_or_default()
    }

    /// Adds text.
    pub(crate) fn push(&mut self, text: &str) {
        let mut rest = text;
        while !rest.is_empty() {
            let ascii = encoding_rs::Encoding::ascii_valid_up_to(rest.as_bytes());
            let (plain, others) = rest.split_at(ascii);
            self.same(plain);
            let end = others.bytes().position(|byte| byte.is_ascii()).unwrap_or(others.len());
            let (others, next) = others.split_at(end);
            self.push_others(others);
            rest = next;
        }
    }

    fn push_others(&mut self, text: &str) {
        let (mut changed, mut from) = (String::new(), 0);
        let mut characters = text.char_indices().peekable();
        while let Some((at, character)) = characters.next() {
            if !fold::may_change(character) && character != 'ー' {
                continue;
            }
            let kept = text.get(from..at).unwrap_or_default();
            let before = if kept.is_empty() { self.folded.last().copied() } else { None };
            let voiced = characters.peek().and_then(|(_, mark)| fold::voiced(character, *mark));
            let mut end = at + character.len_utf8();
            if let Some(voiced) = voiced {
                changed.clear();
                changed.push(voiced);
                end += characters.next().map_or(0, |(_, mark)| mark.len_utf8());
            } else if fold::folded(character, before, &mut changed).is_none() {
                continue;
            }
            self.same(kept);
            self.segments.push(Segment { folded: self.folded.len(), raw: self.raw.len(), is_unit: true });
            self.folded.extend_from_slice(changed.as_bytes());
            self.raw.extend_from_slice(text.get(at..end).unwrap_or_default().as_bytes());
            from = end;
        }
        self.same(text.get(from..).unwrap_or_default());
    }

    /// Adds text that stays as it is.
    fn same(&mut self, text: &str) {
        if text.is_empty() {
            return;
        }
        if self.segments.last().is_some_and(|last| last.is_unit) {
            self.segments.push(Segment { folded: self.folded.len(), raw: self.raw.len(), is_unit: false });
        }
        self.folded.extend_from_slice(text.as_bytes());
        self.raw.extend_from_slice(text.as_bytes());
    }

    /// The last place at or before `at` where neither text divides a character.
    pub(crate) fn boundary(&self, at: usize) -> usize {
        let mut at = at.min(self.folded.len());
        while at > 0 && self.folded.get(at).is_some_and(|byte| (0x80..0xC0).contains(byte)) {
            at -= 1;
        }
        match self.segment(at) {
            Some((segment, _)) if segment.is_unit && at < self.folded.len() => segment.folded,
            _ => at,
        }
    }

    /// Where in the text as it came something begins.
    pub(crate) fn raw_start(&self, at: usize) -> usize {
        match self.segment(at) {
            _ if at >= self.folded.len() => self.raw.len(),
            None => at,
            Some((segment, _)) if segment.is_unit => segment.raw,
            Some((segment, _)) => segment.raw + (at - segment.folded),
        }
    }

    /// Where in the text as it came something ends.
    pub(crate) fn raw_end(&self, at: usize) -> usize {
        match self.segment(at) {
            Some((segment, next)) if segment.is_unit && at > segment.folded => next.unwrap_or(self.raw.len()),
            _ => self.raw_start(at),
        }
    }

    /// The segment that holds a place, and where the next begins in the text as it came.
    fn segment(&self, at: usize) -> Option<(Segment, Option<usize>)> {
        let after = self.segments.partition_point(|segment| segment.folded <= at);
        let segment = *self.segments.get(after.checked_sub(1)?)?;
        Some((segment, self.segments.get(after).map(|next| next.raw)))
    }

    /// Forgets what stands before a boundary. Returns how many bytes of the text as it came are forgotten.
    pub(crate) fn forget(&mut self, before: usize) -> usize {
        let raw = self.raw_start(before);
        let is_linear_before = self.segment(before).is_none_or(|(segment, _)| !segment.is_unit);
        self.segments.retain(|segment| segment.folded >= before);
        for segment in &mut self.segments {
            segment.folded -= before;
            segment.raw -= raw;
        }
        debug_assert!(is_linear_before || self.segments.first().is_none_or(|first| first.folded == 0), "a boundary");
        self.folded.drain(..before.min(self.folded.len()));
        self.raw.drain(..raw.min(self.raw.len()));
        raw
    }
}

impl Drop for Window {
    fn drop(&mut self) {
        zeroize::Zeroize::zeroize(&mut self.raw);
        zeroize::Zeroize::zeroize(&mut self.folded);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_of_the_folded_text_leads_to_the_text_as_it_came() {
        let mut window = Window::default();
        window.push("ﾏｲﾅﾝﾊﾞｰ：１２3 ");
        assert_eq!(std::str::from_utf8(window.folded()), Ok("マイナンバー:123 "));
        let digits = "マイナンバー:".len();
        let (start, end) = (window.raw_start(digits), window.raw_end(digits + 3));
        assert_eq!(window.raw(start, end), "１２3");
        window.forget(digits);
        assert_eq!(window.folded(), b"123 ");
        assert_eq!(window.raw(window.raw_start(1), window.raw_end(2)), "２");
    }

    #[test]
    fn a_boundary_divides_no_character() {
        let mut window = Window::default();
        window.push("a番㍿");
        assert_eq!(std::str::from_utf8(window.folded()), Ok("a番株式会社"));
        assert_eq!(window.boundary(2), 1);
        assert_eq!(window.boundary(8), 4);
        assert_eq!((window.raw_start(7), window.raw_end(7)), (4, 7));
    }
}
