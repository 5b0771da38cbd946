//! A bounded memory that forgets by itself.

use std::collections::{BTreeMap, HashMap};
use std::time::SystemTime;

/// Entries by id, each until a time of its own. When there are too many, the oldest goes.
#[derive(Debug)]
pub(super) struct Kept<T> {
    capacity: usize,
    entries: HashMap<String, Entry<T>>,
    /// Ids by age.
    order: BTreeMap<u64, String>,
    last_number: u64,
}

#[derive(Debug)]
struct Entry<T> {
    value: T,
    until: SystemTime,
    number: u64,
}

impl<T> Kept<T> {
    pub(super) fn new(capacity: usize) -> Self {
        Self {
            capacity,
            entries: HashMap::new(),
            order: BTreeMap::new(),
            last_number: 0,
        }
    }

    /// Keeps a value, and gives back what had to go for it: the oldest if there are too many, and what is over anyway.
    pub(super) fn insert(&mut self, id: String, value: T, until: SystemTime, now: SystemTime) -> Vec<T> {
        self.last_number += 1;
        let number = self.last_number;
        let mut gone: Vec<T> = self.remove(&id).into_iter().collect();
        self.order.insert(number, id.clone());
        self.entries.insert(id, Entry { value, until, number });
        while let Some((_, oldest)) = self.order.first_key_value() {
            let is_over = self.entries.get(oldest).is_none_or(|entry| entry.until < now);
            if !is_over && self.entries.len() <= self.capacity {
                break;
            }
            let oldest = oldest.clone();
            gone.extend(self.remove(&oldest));
        }
        gone
    }

    /// The entry of this id, unless its time is over.
    pub(super) fn get(&self, id: &str, now: SystemTime) -> Option<&T> {
        let entry = self.entries.get(id)?;
        (entry.until >= now).then_some(&entry.value)
    }

    pub(super) fn get_mut(&mut self, id: &str, now: SystemTime) -> Option<&mut T> {
        let entry = self.entries.get_mut(id)?;
        (entry.until >= now).then_some(&mut entry.value)
    }

    pub(super) fn remove(&mut self, id: &str) -> Option<T> {
        let entry = self.entries.remove(id)?;
        self.order.remove(&entry.number);
        Some(entry.value)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn at(seconds: u64) -> SystemTime {
        SystemTime::UNIX_EPOCH + Duration::from_secs(1_800_000_000 + seconds)
    }

    #[test]
    fn the_oldest_goes_when_there_are_too_many() {
        let mut kept = Kept::new(3);
        for number in 0..10 {
            let gone = kept.insert(number.to_string(), number, at(100), at(0));
            let expected: Vec<i32> = if number < 3 { vec![] } else { vec![number - 3] };
            assert_eq!(gone, expected);
        }
        assert_eq!((kept.entries.len(), kept.order.len()), (3, 3));
        assert_eq!(kept.get("6", at(0)), None);
        assert_eq!(kept.get("7", at(0)), Some(&7));
    }

    #[test]
    fn what_is_over_is_neither_found_nor_kept() {
        let mut kept = Kept::new(100);
        kept.insert("a".to_owned(), 1, at(10), at(0));
        assert_eq!(kept.get("a", at(10)), Some(&1));
        assert_eq!(kept.get("a", at(11)), None);
        assert_eq!(kept.get_mut("a", at(11)), None);
        assert_eq!(kept.insert("b".to_owned(), 2, at(20), at(11)), [1]);
        assert_eq!((kept.entries.len(), kept.order.len()), (1, 1));
    }

    #[test]
    fn removing_leaves_nothing_behind() {
        let mut kept = Kept::new(10);
        for number in 0..1000 {
            kept.insert("same".to_owned(), number, at(100), at(0));
            kept.insert(number.to_string(), number, at(100), at(0));
            assert_eq!(kept.remove(&number.to_string()), Some(number));
        }
        assert_eq!((kept.entries.len(), kept.order.len()), (1, 1));
        assert_eq!(kept.remove("nobody"), None);
    }
}
