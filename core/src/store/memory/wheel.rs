use std::collections::BTreeMap;

/// What has to be looked at when, by the second: adding and taking cost no more with millions of entries, and an entry
/// takes no more room than its key.
pub(super) struct Wheel<K> {
    seconds: BTreeMap<u32, Vec<K>>,
    length: usize,
}

impl<K> Default for Wheel<K> {
    fn default() -> Self {
        Self {
            seconds: BTreeMap::new(),
            length: 0,
        }
    }
}

impl<K> Wheel<K> {
    pub(super) fn add(&mut self, second: u32, key: K) {
        self.seconds.entry(second).or_default().push(key);
        self.length += 1;
    }

    /// Takes an entry of the earliest second, if that has come.
    pub(super) fn take(&mut self, now: u32) -> Option<(u32, K)> {
        let mut first = self.seconds.first_entry().filter(|first| *first.key() <= now)?;
        let second = *first.key();
        let key = first.get_mut().pop();
        if first.get().is_empty() {
            first.remove();
        }
        self.length -= usize::from(key.is_some());
        Some((second, key?))
    }

    pub(super) fn len(&self) -> usize {
        self.length
    }

    #[cfg(test)]
    pub(super) fn keys(&self) -> impl Iterator<Item = &K> {
        self.seconds.values().flatten()
    }
}

impl<K> FromIterator<(u32, K)> for Wheel<K> {
    fn from_iter<I: IntoIterator<Item = (u32, K)>>(entries: I) -> Self {
        let mut wheel = Self::default();
        entries.into_iter().for_each(|(second, key)| wheel.add(second, key));
        wheel
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_comes_early_and_all_of_it_comes() {
        let mut wheel: Wheel<u8> = [(5, 1), (3, 2), (5, 3)].into_iter().collect();
        assert_eq!((wheel.take(2), wheel.len()), (None, 3));
        assert_eq!(wheel.take(4), Some((3, 2)));
        assert_eq!(wheel.take(4), None);
        let mut rest = [wheel.take(9).unwrap().1, wheel.take(9).unwrap().1];
        rest.sort_unstable();
        assert_eq!((rest, wheel.len(), wheel.take(u32::MAX)), ([1, 3], 0, None));
    }
}
