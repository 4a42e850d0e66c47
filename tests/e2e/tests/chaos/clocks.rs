//! Clocks that are wrong: ahead and behind, and set while everything runs. Nothing is lost, policy comes where certificates are
//! believed, the server says whose clock jumped, and with right clocks everything goes on by itself.

use crate::world::{DEVICES, Machines, World, count_stored, long_message, seeded};
use std::collections::BTreeSet;
use std::path::Path;
use std::time::Duration;
use weir_e2e::fleet::until;
use weir_support::Random;

const MINUTE: i64 = 60;
const HOUR: i64 = 60 * MINUTE;
const DAY: i64 = 24 * HOUR;

#[test]
fn wrong_clocks_lose_nothing_and_are_told_of() {
    let mut random = seeded();
    let machines = Machines {
        clocks: true,
        ..Machines::default()
    };
    let mut world = World::begin("chaos-clocks", machines);
    laptops_are_wrong(&mut world);
    server_starts_wrong(&mut world);
    a_laptop_is_years_ahead(&mut world, &mut random);
    for number in 1..=8 {
        strike(&mut world, &mut random);
        if number % 4 == 0 {
            world.publish();
        }
    }
    set_right(&world);
    world.settle();
    world.check(&["clock-jump"]);
}

/// Hours ahead and hours behind are no reason to be without policy, or to send nothing; the server tells of both.
fn laptops_are_wrong(world: &mut World) {
    for device in &world.devices {
        device.until_answers(1);
    }
    until("the server knows everybody's time", || {
        world
            .devices
            .iter()
            .all(|device| count_stored(&world.servers[0], device) > 0)
    });
    set(world, 0, 6 * HOUR);
    set(world, 1, -6 * HOUR);
    let wrong = BTreeSet::from([world.devices[0].name(), world.devices[1].name()]);
    until("the server tells whose clock jumped", || {
        let alerts = world.alerts("clock-jump");
        let subjects = alerts.iter().map(|alert| alert["subject"].as_str().unwrap().to_owned());
        subjects.collect::<BTreeSet<_>>() == wrong
    });
    world.publish();
    world.until_newest();
}

/// A machine whose clock was wrong when it started, and is put right later, as it happens before the network is there.
fn server_starts_wrong(world: &mut World) {
    world.servers[0].kill().unwrap();
    set_server(world, 40 * DAY);
    world.servers[0].up().unwrap();
    until("nobody believes the server", || {
        let mut agents = world.devices.iter().filter_map(|device| device.agent.as_ref());
        agents.all(|agent| agent.log().contains("certificate not valid yet"))
    });
    let had = count_stored(&world.servers[0], &world.devices[2]);
    set_server(world, 0);
    until("everybody is believed again", || {
        count_stored(&world.servers[0], &world.devices[2]) > had
    });
    world.assert_up();
}

/// Records are kept for a year. What the server does not have yet is not removed by a clock, of which the gap would be an alert.
fn a_laptop_is_years_ahead(world: &mut World, random: &mut Random) {
    world.balancer.cut(true);
    let audit = world.devices[0].dir.join("state/audit");
    let long = long_message(random);
    until("the log has segments that can be removed", || {
        for _ in 0..20 {
            world.devices[0].send(&long);
        }
        segments(&audit) > 2
    });
    let before = segments(&audit);
    world.devices[0].kill();
    set(world, 0, 800 * DAY);
    world.launch(0);
    let agent = world.devices[0].agent.as_ref().unwrap();
    for _ in 0..5 {
        // Reading is recorded. In the pause behind it the log removes what is too old.
        agent.records().unwrap();
        std::thread::sleep(Duration::from_millis(100));
    }
    assert!(segments(&audit) >= before, "unsent records were removed");
    set(world, 0, 0);
    world.balancer.cut(false);
}

fn segments(audit: &Path) -> usize {
    let names = audit.read_dir().unwrap().map(|entry| entry.unwrap().path());
    names
        .filter(|name| name.extension().is_some_and(|end| end == "seg"))
        .count()
}

/// A clock is set, and sometimes what goes by it starts anew.
fn strike(world: &mut World, random: &mut Random) {
    const WRONG: [i64; 8] = [
        0,
        11 * MINUTE,
        -11 * MINUTE,
        7 * HOUR,
        -7 * HOUR,
        3 * DAY,
        -3 * DAY,
        40 * DAY,
    ];
    let below = |random: &mut Random, limit: usize| usize::try_from(random.below(limit as u64)).unwrap();
    let number = below(random, DEVICES + 1);
    let seconds = WRONG[below(random, WRONG.len())];
    let anew = random.below(3) == 0;
    if number == DEVICES {
        set_server(world, seconds);
        if anew {
            world.servers[0].kill().unwrap();
            world.servers[0].up().unwrap();
        }
    } else {
        set(world, number, seconds);
        if anew {
            world.devices[number].kill();
            world.launch(number);
        }
    }
    std::thread::sleep(Duration::from_millis(random.below(800)));
}

fn set(world: &World, number: usize, seconds: i64) {
    world.devices[number].clock.as_ref().unwrap().set(seconds).unwrap();
}

fn set_server(world: &World, seconds: i64) {
    world.clock.as_ref().unwrap().set(seconds).unwrap();
}

fn set_right(world: &World) {
    set_server(world, 0);
    for number in 0..DEVICES {
        set(world, number, 0);
    }
}
