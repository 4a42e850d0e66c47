//! What is killed, and what is cut.

use crate::world::{DEVICES, Machines, World, seeded};
use std::time::Duration;
use weir_support::Random;

#[test]
fn one_server_and_its_devices_survive_whatever_is_killed() {
    chaos("chaos-sqlite", 20, Machines::default());
}

#[test]
fn two_servers_a_database_and_their_devices_survive_whatever_is_killed() {
    let machines = Machines {
        postgres: true,
        ..Machines::default()
    };
    chaos("chaos-postgres", 30, machines);
}

fn chaos(name: &str, strikes: u64, machines: Machines) {
    let mut random = seeded();
    let mut world = World::begin(name, machines);
    for number in 1..=strikes {
        strike(&mut world, &mut random);
        if number % 8 == 0 {
            world.publish();
        }
    }
    world.settle();
    world.check(&[]);
}

/// Something ends without a word, and comes again after a while.
fn strike(world: &mut World, random: &mut Random) {
    let pause = Duration::from_millis(random.below(400));
    match random.below(8) {
        0..3 => {
            let number = usize::try_from(random.below(DEVICES as u64)).unwrap();
            world.devices[number].kill();
            std::thread::sleep(pause / 2);
            world.launch(number);
        }
        3..6 => {
            let number = usize::try_from(random.below(world.servers.len() as u64)).unwrap();
            world.servers[number].kill().unwrap();
            std::thread::sleep(pause);
            world.servers[number].up().unwrap();
        }
        6 if world.postgres.is_some() => {
            let postgres = world.postgres.as_ref().unwrap();
            postgres.kill();
            std::thread::sleep(pause);
            postgres.up();
        }
        _ => {
            world.balancer.cut(true);
            std::thread::sleep(pause);
            world.balancer.cut(false);
        }
    }
    // What was under way goes on for a moment.
    std::thread::sleep(Duration::from_millis(random.below(300)));
}
