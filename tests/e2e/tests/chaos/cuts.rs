//! A network that loses what it is given, one way or both, and tells nobody. What laptops and servers hold of a connection then is one
//! half of it. Where no network can be made in namespaces it says SKIPPED and why.

use crate::world::{Machines, World, count_stored, seeded};
use std::ops::RangeInclusive;
use std::time::{Duration, Instant};
use weir_e2e::fleet::until;
use weir_support::{Cut, Random, Server, network};

#[test]
fn cut_networks_lose_nothing_and_everybody_comes_back() {
    if !network::may_cut("cuts::cut_networks_lose_nothing_and_everybody_comes_back") {
        return;
    }
    let (mut random, mut world) = begin("chaos-cuts");
    for _ in 0..6 {
        strike(&world, &mut random);
    }
    world.publish();
    // What a laptop says of itself in the moment before it is killed can arrive behind what it says when it has come again: then the
    // server shows the older policy until it is told the next time, a quarter of an hour later.
    world.until_newest();
    while_it_is_cut_the_other_side_is_another(&mut world);
    world.assert_up();
    world.settle();
    world.check(&[]);
}

/// The network goes on, and knows nothing any more of the connections that there are: what is sent on them vanishes, for ever. Only time
/// tells: a stream that should say something, a ping that should be answered.
#[test]
#[ignore = "it waits for the timeouts of laptops and servers: two minutes"]
fn half_a_connection_is_given_up_by_both_sides() {
    if !network::may_cut("cuts::half_a_connection_is_given_up_by_both_sides") {
        return;
    }
    let (_, mut world) = begin("chaos-halves");
    let forgotten = world.network.as_ref().unwrap().forget().unwrap();
    let begun = Instant::now();
    world.publish();
    let told = |what: &str| println!("{what} after {:?}", begun.elapsed());
    until("servers give up what is left of connections", || {
        let mut held = world.servers.iter().map(|server| held(server, &forgotten));
        held.all(|held| held == 0)
    });
    told("servers gave up");
    world.until_newest();
    told("laptops had the newest policy");
    world.settle();
    world.check(&[]);
}

/// How many connections with these ports of laptops a server holds.
fn held(server: &Server, ports: &RangeInclusive<u16>) -> usize {
    let table = std::fs::read_to_string(format!("/proc/{}/net/tcp", server.pid().unwrap())).unwrap();
    let established = table.lines().skip(1).filter_map(|line| {
        let mut fields = line.split_whitespace().skip(2);
        let (remote, state) = (fields.next()?, fields.next()?);
        // 1 is ESTABLISHED.
        (state == "01").then_some(remote)
    });
    let port = |remote: &str| u16::from_str_radix(remote.split_once(':')?.1, 16).ok();
    established.filter_map(port).filter(|port| ports.contains(port)).count()
}

/// Two servers on one database, and laptops that are told of policy by the stream alone.
fn begin(name: &str) -> (Random, World) {
    let machines = Machines {
        postgres: true,
        network: true,
        ..Machines::default()
    };
    let (random, world) = (seeded(), World::begin(name, machines));
    world.until_newest();
    (random, world)
}

fn cut(world: &World, cut: Cut) {
    world.network.as_ref().unwrap().cut(cut).unwrap();
}

/// One way or both, for a moment: what was sent meanwhile is sent again.
fn strike(world: &World, random: &mut Random) {
    let way = match random.below(3) {
        0 => Cut::ToServers,
        1 => Cut::ToLaptops,
        _ => Cut::Both,
    };
    cut(world, way);
    std::thread::sleep(Duration::from_millis(200 + random.below(800)));
    cut(world, Cut::Nothing);
    std::thread::sleep(Duration::from_millis(random.below(300)));
}

/// A server and a laptop are killed behind the cut and come again: whoever they had a connection with is not told, and has one half of it.
/// Policy is published meanwhile. When the network is whole again, all of that is found out and made up for.
fn while_it_is_cut_the_other_side_is_another(world: &mut World) {
    cut(world, Cut::Both);
    // What the servers had already is stored.
    std::thread::sleep(Duration::from_secs(1));
    let stored: Vec<usize> = stored(world);
    world.servers[0].kill().unwrap();
    world.servers[0].up().unwrap();
    world.devices[1].kill();
    // It comes up, and decides by the policy it has, without its server.
    world.launch(1);
    world.publish();
    for device in &world.devices {
        device.until_answers(10);
    }
    assert_eq!(self::stored(world), stored, "nothing gets through");
    cut(world, Cut::Nothing);
    world.until_newest();
    until("what was recorded meanwhile arrives", || {
        self::stored(world)
            .iter()
            .zip(&stored)
            .all(|(now, before)| now > before)
    });
}

fn stored(world: &World) -> Vec<usize> {
    let count = |device| count_stored(&world.servers[0], device);
    world.devices.iter().map(count).collect()
}
