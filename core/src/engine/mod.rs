//! The rules, pure: no I/O, no async, no clock and no randomness but what is passed in.

pub(crate) mod budget;
pub(crate) mod draw;
pub(crate) mod keys;
mod record;
pub(crate) mod route;
pub(crate) mod sealed;
pub(crate) mod slot;
pub(crate) mod verbs;
pub(crate) mod window;

/// Appends without the spare room that a vector takes by itself: most lists here hold one or two for all their life,
/// and a store holds millions of lists.
fn push<T>(list: &mut Vec<T>, item: T) {
    if list.len() == list.capacity() {
        list.reserve_exact(1 + list.len() / 2);
    }
    list.push(item);
}
