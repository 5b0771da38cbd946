use super::*;
use std::sync::Mutex;

/// A machine whose clocks a test moves.
#[derive(Clone)]
pub(in crate::store::sqlite) struct FakeMachine(Arc<Mutex<(Millis, Millis, Option<BootId>)>>);

impl FakeMachine {
    pub(in crate::store::sqlite) fn new(wall: Millis, since_boot: Millis, boot: Option<u8>) -> FakeMachine {
        FakeMachine(Arc::new(Mutex::new((wall, since_boot, boot.map(|boot| [boot; 16])))))
    }

    /// Time passes.
    pub(in crate::store::sqlite) fn pass(&self, millis: Millis) {
        let mut clocks = self.0.lock().unwrap();
        clocks.0 += millis;
        clocks.1 += millis;
    }

    /// Somebody sets the wall clock.
    pub(in crate::store::sqlite) fn set(&self, by: i64) {
        let mut clocks = self.0.lock().unwrap();
        clocks.0 = clocks.0.saturating_add_signed(by);
    }

    /// The machine is booted, which takes so long, and its wall clock is off by so much then.
    pub(in crate::store::sqlite) fn reboot(&self, millis: Millis, off: i64) {
        let mut clocks = self.0.lock().unwrap();
        clocks.0 = (clocks.0 + millis).saturating_add_signed(off);
        clocks.1 = 5;
        clocks.2 = clocks.2.map(|boot| [boot[0] + 1; 16]);
    }
}

impl Machine for FakeMachine {
    fn wall(&self) -> Millis {
        self.0.lock().unwrap().0
    }

    fn since_boot(&self) -> Millis {
        self.0.lock().unwrap().1
    }

    fn boot(&self) -> Option<BootId> {
        self.0.lock().unwrap().2
    }
}

const NOW: Millis = 1_800_000_000_000;

fn time(machine: &FakeMachine) -> Time {
    Time::Machine(Arc::new(machine.clone()))
}

#[test]
fn within_a_boot_nobody_can_set_it() {
    let machine = FakeMachine::new(NOW, 70, Some(1));
    let (anchor, is_earlier) = time(&machine).anew(None, 0);
    assert!(!is_earlier);
    machine.pass(1_000);
    for by in [
        3_600_000,
        -7_200_000,
        86_400_000,
        -172_800_000,
        i64::MIN,
        4_000_000_000_000,
    ] {
        machine.set(by);
        // Also to a process that begins now.
        let anchor = time(&machine).holds(Some(anchor)).unwrap();
        assert_eq!(time(&machine).now(&anchor), NOW + 1_000);
    }
}

#[test]
fn a_new_boot_goes_by_the_wall_clock() {
    let machine = FakeMachine::new(NOW, 70, Some(1));
    let (anchor, _) = time(&machine).anew(None, 0);
    machine.reboot(60_000, 0);
    assert_eq!(time(&machine).holds(Some(anchor)), None);
    let (anchor, is_earlier) = time(&machine).anew(Some(anchor), NOW);
    assert_eq!(
        (time(&machine).now(&anchor), anchor.era, is_earlier),
        (NOW + 60_000, 0, false)
    );
}

#[test]
fn a_boot_at_an_earlier_time_than_was_written_begins_an_era() {
    let machine = FakeMachine::new(NOW, 70, Some(1));
    let (anchor, _) = time(&machine).anew(None, 0);
    // A wall clock that was years ahead is so no longer, and nothing is left of it.
    machine.reboot(60_000, -400_000_000_000);
    let (anchor, is_earlier) = time(&machine).anew(Some(anchor), NOW);
    assert_eq!(
        (time(&machine).now(&anchor), anchor.era, is_earlier),
        (machine.wall(), 1, true)
    );
}

#[test]
fn where_no_boot_is_named_time_never_goes_back() {
    let machine = FakeMachine::new(NOW, 70, None);
    let (anchor, _) = time(&machine).anew(None, 0);
    assert_eq!(time(&machine).holds(Some(anchor)), None);
    machine.set(-3_600_000);
    let (anchor, is_earlier) = time(&machine).anew(Some(anchor), NOW);
    assert_eq!((time(&machine).now(&anchor), anchor.era, is_earlier), (NOW, 0, false));
}

#[test]
fn times_are_told_by_the_wall_clock() {
    let machine = FakeMachine::new(NOW, 70, Some(1));
    let time = time(&machine);
    assert_eq!(time.told(NOW, NOW + 300_000), NOW + 300_000);
    assert_eq!(time.told(NOW + 1_500, NOW + 300_000), NOW + 300_000);
    machine.set(3_600_000);
    assert_eq!(time.told(NOW, NOW + 300_000), NOW + 3_900_000);
    machine.set(-7_200_000);
    assert_eq!(time.told(NOW, NOW + 300_000), NOW - 3_300_000);
}
