//! Disks without room: of a laptop, of the server, of its database. What cannot be recorded does not leave, what cannot be stored
//! is not acknowledged, and with room again everything goes on by itself. Where nothing can be mounted it says SKIPPED and why.

use crate::world::{DEVICES, Device, Machines, World, count_stored, log, long_message, seeded};
use std::time::Duration;
use weir_e2e::fleet::{prompt, until};
use weir_support::{Disk, PostgresServer, Random, disk};

#[test]
fn full_disks_lose_nothing_and_let_nothing_go_unrecorded() {
    if !disk::may_mount("disks::full_disks_lose_nothing_and_let_nothing_go_unrecorded") {
        return;
    }
    let machines = Machines {
        disks: true,
        ..Machines::default()
    };
    let (mut random, mut world) = (seeded(), World::begin("chaos-disks", machines));
    fill_a_laptop(&mut world, &mut random);
    fill_the_server(&mut world, &mut random);
    strike_all(&mut world, &mut random, 8);
    world.settle();
    world.check(&[]);
}

#[test]
fn full_disks_of_laptops_and_a_database_lose_nothing() {
    if !disk::may_mount("disks::full_disks_of_laptops_and_a_database_lose_nothing") {
        return;
    }
    let machines = Machines {
        disks: true,
        postgres: true,
        ..Machines::default()
    };
    let (mut random, mut world) = (seeded(), World::begin("chaos-disks-postgres", machines));
    fill_the_server(&mut world, &mut random);
    strike_all(&mut world, &mut random, 8);
    world.settle();
    world.check(&[]);
}

/// The log has room of its own for a while. When that is used up nothing leaves, also after a new start on the full disk.
fn fill_a_laptop(world: &mut World, random: &mut Random) {
    let device = &world.devices[0];
    device.until_answers(1);
    disk_of(device).fill().unwrap();
    device.until_answers(10);
    use_up_its_own_room(device, random);
    world.devices[0].kill();
    world.launch(0);
    let device = &world.devices[0];
    let answers = device.answers();
    let reply = device.send(&prompt("hello"));
    assert!(reply.text().contains(NOT_RECORDED), "{}", reply.text());
    assert_eq!(device.answers(), answers, "nothing is answered that was not recorded");
    disk_of(device).free().unwrap();
    device.until_answers(10);
    world.assert_up();
}

/// Sends messages with much to record until one of them cannot be recorded, and then with little.
fn use_up_its_own_room(device: &Device, random: &mut Random) {
    for message in [long_message(random), prompt("hello")] {
        let full = (0..10_000).any(|_| device.send(&message).text().contains(NOT_RECORDED));
        assert!(full, "the log's own room does not end");
    }
}

/// What people read then.
const NOT_RECORDED: &str = "could not be recorded";

/// What cannot be stored is not acknowledged. Laptops work on and keep it, and send it when there is room.
fn fill_the_server(world: &mut World, random: &mut Random) {
    let device = &world.devices[1];
    until("the server stores", || count_stored(&world.servers[0], device) > 0);
    server_disk(world).fill().unwrap();
    let long = long_message(random);
    until("the server has no room", || {
        device.send(&long);
        let mut logs = world.servers.iter().map(log);
        logs.any(|log| log.contains("batches were not stored"))
    });
    device.until_answers(10);
    world.assert_up();
    world.servers[0].kill().unwrap();
    world.servers[0].up().unwrap();
    free_the_server(world);
    let device = &world.devices[1];
    let had = count_stored(&world.servers[0], device);
    until("the server stores again", || {
        count_stored(&world.servers[0], device) > had
    });
    world.assert_up();
}

/// Disks are full for a moment, one after another.
fn strike_all(world: &mut World, random: &mut Random, strikes: u64) {
    for number in 1..=strikes {
        strike(world, random);
        if number % 4 == 0 {
            world.publish();
        }
    }
    world.assert_up();
}

/// A disk is full for a moment, and in it what works on it is killed, and started again before there is room or after.
fn strike(world: &mut World, random: &mut Random) {
    let pause = |random: &mut Random| std::thread::sleep(Duration::from_millis(random.below(400)));
    let number = usize::try_from(random.below(DEVICES as u64 + 2)).unwrap();
    let while_full = random.below(2) == 0;
    if number < DEVICES {
        disk_of(&world.devices[number]).fill().unwrap();
        pause(random);
        world.devices[number].kill();
        if while_full {
            world.launch(number);
        }
        pause(random);
        disk_of(&world.devices[number]).free().unwrap();
        if !while_full {
            world.launch(number);
        }
    } else {
        server_disk(world).fill().unwrap();
        pause(random);
        match &world.postgres {
            // It may need room to come up.
            Some(postgres) if while_full => postgres.kill(),
            _ => {
                world.servers[0].kill().unwrap();
                world.servers[0].up().unwrap();
            }
        }
        pause(random);
        free_the_server(world);
    }
    pause(random);
}

fn disk_of(device: &Device) -> &Disk {
    device.disk.as_ref().unwrap()
}

/// Where the records are.
fn server_disk(world: &World) -> &Disk {
    let database = world.postgres.as_ref().and_then(PostgresServer::disk);
    database.or(world.disk.as_ref()).unwrap()
}

/// PostgreSQL ends where it cannot write its log; what looks after services starts it again.
fn free_the_server(world: &World) {
    server_disk(world).free().unwrap();
    if let Some(postgres) = &world.postgres
        && !postgres.is_up()
    {
        postgres.up();
    }
}
